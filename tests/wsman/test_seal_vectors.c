/* fixtures/vectors/http-encryption: whole bodies, opened. NTLM's are opened in earnest, with the keys that the manifest gives. Kerberos's
 * and CredSSP's show how the data lies in the body: what opens them here takes their layout apart and gives the known text. */
#include "auth/context.h"
#include "auth/ntlm_seal.h"
#include "base/text.h"
#include "tests/auth/vectors.h"
#include "tests/psrp/hex.h"
#include "wsman/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES_MAX = 64, PLAIN_MAX = 1 << 20 };

static struct vectors *all;

struct opener {
    struct auth_context context;
    struct auth_ntlm_stream stream;
    struct icm_slice plain; /* what is left of it */
};

static enum icm_code open_ntlm(struct auth_context *c, uint32_t header_size, struct icm_slice bytes, struct icm_buf *out,
                               struct icm_error *err)
{
    struct opener *o = (struct opener *)c;

    if (header_size != AUTH_NTLM_SIGNATURE_SIZE || bytes.size < header_size)
        return icm_fail(err, ICM_DENIED, NULL, "no signature");
    return auth_ntlm_unseal(&o->stream, icm_slice_from(bytes, header_size), icm_slice_of(bytes.data, header_size), out, err);
}

static enum icm_code give(struct opener *o, size_t size, struct icm_buf *out, struct icm_error *err)
{
    if (size > o->plain.size)
        return icm_fail(err, ICM_DENIED, NULL, "more data than text");
    icm_buf_add(out, icm_slice_of(o->plain.data, size));
    o->plain = icm_slice_from(o->plain, size);
    return ICM_OK;
}

/* RFC 4121 4.2.6.2: the token's mark, and data as long as the text */
static enum icm_code open_kerberos(struct auth_context *c, uint32_t header_size, struct icm_slice bytes, struct icm_buf *out,
                                   struct icm_error *err)
{
    if (header_size != 60 || bytes.size < 60 || bytes.data[0] != 5 || bytes.data[1] != 4)
        return icm_fail(err, ICM_DENIED, NULL, "no wrap token");
    return give((struct opener *)c, bytes.size - header_size, out, err);
}

/* one record, all of it there; in samples all pieces but the last are full */
static enum icm_code open_tls(struct auth_context *c, uint32_t header_size, struct icm_slice bytes, struct icm_buf *out,
                              struct icm_error *err)
{
    struct opener *o = (struct opener *)c;

    if (bytes.size < 5 + header_size || bytes.data[0] != 23 || (size_t)(bytes.data[3] << 8 | bytes.data[4]) != bytes.size - 5)
        return icm_fail(err, ICM_DENIED, NULL, "no TLS record");
    return give(o, o->plain.size < 16384 ? o->plain.size : 16384, out, err);
}

static const struct {
    const char *kind;
    struct auth_ops ops;
    struct auth_mechanism mechanism;
} openers[] = {
    {"ntlm", {.unwrap = open_ntlm}, {.name = "Ntlm", .protocol = "application/HTTP-SPNEGO-session-encrypted"}},
    {"kerberos", {.unwrap = open_kerberos}, {.name = "Kerberos", .protocol = "application/HTTP-Kerberos-session-encrypted"}},
    {"tls", {.unwrap = open_tls}, {.name = "Credssp", .protocol = "application/HTTP-CredSSP-session-encrypted", .piece_max = 16384}},
};

static void set_up(struct opener *o, size_t index, struct icm_slice plain)
{
    const char *kind = vectors_text(all, index, "key.kind");
    struct icm_buf key = {0};

    for (size_t i = 0; i < ICM_COUNT(openers); i++)
        if (strcmp(openers[i].kind, kind) == 0)
            o->context = (struct auth_context){.ops = &openers[i].ops, .mechanism = &openers[i].mechanism, .is_established = true};
    assert_non_null(o->context.ops);
    o->plain = plain;
    if (strcmp(kind, "ntlm") != 0)
        return;
    bool to_server = strcmp(vectors_text(all, index, "key.direction"), "client-to-server") == 0;
    assert_true(vectors_bytes(all, index, "key.exported_session_key", &key));
    assert_int_equal(auth_ntlm_stream_init(&o->stream, to_server ? AUTH_NTLM_TO_SERVER : AUTH_NTLM_TO_CLIENT, key.data,
                                           0xE0088237 /* all that protection needs */, NULL),
                     ICM_OK);
    icm_buf_reset(&key);
}

static void read_file(const char *name, struct icm_buf *out)
{
    const char *other = getenv("ICM_DATA_DIR");
    char path[4096], piece[4096];
    size_t got;

    snprintf(path, sizeof path, "%s/vectors/http-encryption/%s", other ? other : ICM_FIXTURES, name);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    while ((got = fread(piece, 1, sizeof piece, in)) > 0)
        icm_buf_add(out, icm_slice_of(piece, got));
    fclose(in);
}

static enum icm_code open_body(struct opener *o, const char *content_type, struct icm_slice body, struct icm_buf *out,
                               struct icm_error *err)
{
    struct wsman_unsealer *u = NULL;
    bool ended;

    assert_int_equal(wsman_unsealer_new(&u, err), ICM_OK);
    enum icm_code code = wsman_unsealer_restart(u, &o->context, content_type, PLAIN_MAX, err);
    while (code == ICM_OK && body.size > 0) {
        size_t taken;
        code = wsman_unsealer_feed(u, body, &taken, &ended, out, err);
        body = icm_slice_from(body, taken);
    }
    if (code == ICM_OK)
        code = wsman_unsealer_finish(u, err);
    wsman_unsealer_free(u);
    return code;
}

static void opens(void **state)
{
    size_t index = (size_t)*state;
    const char *file = vectors_text(all, index, "file"), *quirk = vectors_text(all, index, "quirk");
    struct icm_buf body = {0}, plain = {0}, opened = {0};
    struct opener opener = {0};
    struct icm_error err = {0};

    read_file(file, &body);
    read_file(vectors_text(all, index, "plain"), &plain);
    set_up(&opener, index, icm_buf_slice(&plain));
    enum icm_code code = open_body(&opener, vectors_text(all, index, "content_type"), icm_buf_slice(&body), &opened, &err);
    if (quirk && strcmp(quirk, "reject") == 0)
        assert_true(code == ICM_DENIED || code == ICM_SYNTAX);
    else if (code != ICM_OK)
        fail_msg("%s: %s", file, err.text);
    assert_true(icm_slice_equal(icm_buf_slice(&opened), icm_buf_slice(&plain)));
    auth_ntlm_stream_wipe(&opener.stream);
    icm_error_reset(&err);
    icm_buf_reset(&body);
    icm_buf_reset(&plain);
    icm_buf_reset(&opened);
}

int main(void)
{
    struct CMUnitTest tests[SAMPLES_MAX];
    size_t count = 0;

    all = vectors_load("http-encryption/manifest.json");
    if (!all || vectors_count(all) == 0 || vectors_count(all) > SAMPLES_MAX) {
        fprintf(stderr, "fixtures/vectors/http-encryption/manifest.json cannot be read\n");
        return 1;
    }
    for (; count < vectors_count(all); count++)
        tests[count] = (struct CMUnitTest){
            .name = vectors_text(all, count, "file"), .test_func = opens, .initial_state = (void *)count};
    int failed = _cmocka_run_group_tests("fixtures/vectors/http-encryption", tests, count, NULL, NULL);
    vectors_free(all);
    return failed;
}
