/* Laws of Negotiate's two roles before any peer, with mechanisms whose tokens are short texts: nobody is established
 * before the mechanism inside is, nor without the mechListMIC where one is a must; what fails has a code, is of no more
 * use, and a client then sends nothing; and all ends within a bounded number of tokens. RFC 4178. */
#include "base/bytes.h"
#include "tests/auth/fake_mechanism.h"

#include <stdlib.h>

static void must(bool law)
{
    if (!law)
        abort();
}

static const struct icm_slice *const mechs[] = {NULL,           &fake_oid_x, &fake_oid_x2, &fake_oid_y,
                                                &fake_oid_none, NULL,        NULL,         NULL};

/* One byte for the state and the kind, one for names, one for the mechanism's token, one for the MIC. */
static void make_token(struct icm_reader *r, struct icm_buf *out)
{
    uint8_t kind = icm_read_u8(r), names = icm_read_u8(r), leg = icm_read_u8(r), signs = icm_read_u8(r);
    char text[2] = {(char)(leg & 8 ? 'Y' : 'X'), (char)('0' + leg % 8)};
    struct icm_slice list[2] = {fake_oid_x, fake_oid_y}, mech = {0};
    struct icm_buf oids = {0};

    if (kind >= 0xF0) { /* bytes as they are */
        icm_buf_add(out, icm_read_slice(r, r->rest.size < names ? r->rest.size : names));
        return;
    }
    for (int i = 0; i < 2; i++)
        if (mechs[names >> 3 * i & 7])
            list[i] = mech = *mechs[names >> 3 * i & 7];
    auth_spnego_add_mechs(&oids, list, 2);
    auth_spnego_write(
        out, &(struct auth_spnego_token){.kind = kind & 0x80 ? AUTH_SPNEGO_INIT : AUTH_SPNEGO_RESPONSE,
                                         .state = kind & 4 ? AUTH_SPNEGO_NO_STATE : (enum auth_spnego_state)(kind & 3),
                                         .mechs = icm_buf_slice(&oids),
                                         .mech = mech,
                                         .token = icm_slice_of(leg & 0x80 ? text : NULL, leg & 0x80 ? 2 : 0),
                                         .mic = icm_slice_of(signs & 1 ? text : NULL, signs & 1 ? 2 : 0)});
    icm_buf_reset(&oids);
}

static struct auth_context *make_context(struct icm_reader *r, bool is_client)
{
    static const struct auth_initiator_options initiates = {.host = "srv1"};
    static const struct auth_acceptor_options accepts;
    struct auth_context *c = NULL;
    size_t first, count;

    for (int i = 0; i < 2; i++) {
        uint8_t how = icm_read_u8(r);

        fake_kinds[i] = (struct fake_kind){.legs = 1 + how % 4, .has_own_mic = how & 8, .has_no_mic = how & 16};
        fake_kinds[i].first_step = how & 32 ? ICM_IO : ICM_OK;
        fake_kinds[i].serve = how & 64 ? ICM_IO : ICM_OK;
    }
    first = icm_read_u8(r) % 2;
    count = 1 + icm_read_u8(r) % 2;
    enum icm_code code = is_client ? auth_negotiate_initiator_from(&c, fake_rows + first, count, &initiates, NULL)
                                   : auth_negotiate_acceptor_from(&c, fake_rows + first, count, &accepts, NULL);
    must(code == ICM_OK);
    return c;
}

static void check_established(const struct auth_context *c)
{
    const struct auth_negotiate *n = (const struct auth_negotiate *)c;

    must(auth_is_established(c) && n->inner && auth_is_established(n->inner) && n->chosen && auth_describe(c)[0]);
    must(!n->needs_mic || n->has_checked_mic || n->is_raw);
    must(!n->accepts || auth_user(c));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_reader r = icm_reader_on(icm_slice_of(data, size));
    bool is_client = icm_read_u8(&r) & 1;
    struct auth_context *c = make_context(&r, is_client);
    struct icm_buf in = {0}, out = {0};
    struct icm_error err = {0};
    enum icm_code code = is_client ? auth_step(c, icm_slice_of(NULL, 0), &out, &err) : ICM_AGAIN;
    int steps = 0;

    while (code == ICM_AGAIN && r.rest.size > 0) {
        size_t before = out.size;

        icm_buf_clear(&in);
        make_token(&r, &in);
        code = auth_step(c, icm_buf_slice(&in), &out, &err);
        must(code == ICM_OK || code == ICM_AGAIN || !is_client || out.size == before);
        must(in.size == 0 || ++steps <= AUTH_NEGOTIATE_STEPS_MAX + 1);
    }
    if (code == ICM_OK) {
        check_established(c);
    } else if (code != ICM_AGAIN) {
        must(err.code == code && err.text[0] && !auth_is_established(c));
        must(auth_step(c, icm_buf_slice(&in), &out, NULL) == ICM_STATE);
    }
    auth_context_free(c);
    icm_buf_reset(&in);
    icm_buf_reset(&out);
    icm_error_reset(&err);
    return 0;
}
