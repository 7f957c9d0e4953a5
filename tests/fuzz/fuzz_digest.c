/* Laws: parameters that were read and written again read as the same; a challenge is answered or refused, and the password is in no
 * answer; an acceptor lets nobody in who does not know the password, whatever is said to it. RFC 7616. */
#include "auth/auth.h"
#include "auth/digest_params.h"

#include <stdlib.h>

#define PASSWORD "not-to-be-guessed"

static void must(bool law)
{
    if (!law)
        abort();
}

static void check_params(struct icm_slice text)
{
    struct auth_params p = {0}, again = {0};
    struct icm_buf written = {0};

    if (auth_params_read(text, &p, NULL) != ICM_OK)
        return;
    for (size_t i = 0; i < p.count; i++) {
        char name[64] = "";

        memcpy(name, p.list[i].name.data, p.list[i].name.size);
        auth_params_add_quoted(&written, name, icm_slice_text(p.list[i].value));
    }
    must(auth_params_read(icm_buf_slice(&written), &again, NULL) == ICM_OK && again.count == p.count);
    for (size_t i = 0; i < p.count; i++)
        must(icm_slice_equal(p.list[i].name, again.list[i].name) && strcmp(p.list[i].value, again.list[i].value) == 0);
    auth_params_reset(&p);
    auth_params_reset(&again);
    icm_buf_reset(&written);
}

static struct auth_credential *somebody(void)
{
    static struct auth_credential c;

    if (!c.user) {
        icm_set_text(&c.user, "ana");
        icm_buf_add_text(&c.password, PASSWORD);
    }
    return &c;
}

static bool has_password(struct icm_slice text)
{
    return text.size > 0 && memmem(text.data, text.size, PASSWORD, strlen(PASSWORD));
}

static void check_client(struct icm_slice challenge)
{
    struct auth_initiator_options options = {.credential = somebody()};
    struct auth_context *c = NULL;
    struct icm_buf out = {0};

    must(auth_initiator_new(&c, auth_mechanism_find("Digest"), &options, NULL) == ICM_OK);
    auth_describe_request(c, "POST", "/wsman", icm_slice_text("<a/>"));
    enum icm_code code = auth_step(c, challenge, &out, NULL);
    must((code == ICM_OK) == (out.size > 0));
    must(!has_password(icm_buf_slice(&out)) || has_password(challenge)); /* who says it gets it back, as a nonce */
    icm_buf_reset(&out);
    auth_context_free(c);
}

static void check_server(struct icm_slice credentials)
{
    struct auth_acceptor_options options = {.accounts = somebody(), .account_count = 1};
    struct auth_context *c = NULL;
    struct icm_buf out = {0};

    must(auth_digest_nonces_new(&options.nonces, NULL) == ICM_OK);
    must(auth_acceptor_new(&c, auth_mechanism_find("Digest"), &options, NULL) == ICM_OK);
    auth_describe_request(c, "POST", "/wsman", icm_slice_text("<a/>"));
    must(auth_step(c, credentials, &out, NULL) != ICM_OK && !auth_user(c));
    icm_buf_reset(&out);
    auth_context_free(c);
    auth_digest_nonces_free(options.nonces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_slice text = icm_slice_of(data, size);

    check_params(text);
    check_client(text);
    check_server(text);
    return 0;
}
