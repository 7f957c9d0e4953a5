/* Whole HTTP messages between Windows PowerShell 5.1 and Windows, from packet captures: their heads, their handshake
 * tokens, and the frames of their sealed bodies, which are read by what reads our own up to the decryption: nobody has
 * the keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/context.h"
#include "auth/kerberos_token.h"
#include "auth/spnego_token.h"
#include "base/text.h"
#include "tests/replay/capture.h"
#include "wsman/challenge.h"
#include "wsman/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { PLAIN_MAX = 1024 * 1024, FILES_MAX = 500 };

/* what there is to count; of the folder that we know, counted by a few lines of Python too */
struct counts {
    size_t messages, requests, responses, tokens, mechs, completed, kerberos, bodies, sealed, plain, chunked,
        unauthorized;
};
static struct counts all;

/* ---- a context that opens nothing, and sees that what it is given may be opened ---- */

static enum icm_code measure(struct auth_context *c, uint32_t header_size, struct icm_slice bytes, struct icm_buf *out,
                             struct icm_error *err)
{
    (void)c;
    static const uint8_t ntlm[] = {1, 0, 0, 0}; /* a signature's version; MS-NLMP 2.2.2.9.1 */
    bool is_ntlm = header_size == 16 && bytes.size >= 16 && memcmp(bytes.data, ntlm, sizeof ntlm) == 0;
    enum icm_code code = is_ntlm ? ICM_OK : auth_kerberos_sealed_check(bytes, err);
    if (code == ICM_OK && header_size > bytes.size)
        code = icm_fail(err, ICM_DENIED, NULL, "a header of %u bytes in %zu", header_size, bytes.size);
    for (size_t i = header_size; code == ICM_OK && i < bytes.size; i++)
        icm_buf_add_u8(out, ' ');
    return code;
}

static const struct auth_ops measuring = {.unwrap = measure};
static const struct auth_mechanism mechanisms[] = {
    {.name = "Kerberos", .scheme = "Kerberos", .protocol = "application/HTTP-Kerberos-session-encrypted"},
    {.name = "Negotiate", .scheme = "Negotiate", .protocol = "application/HTTP-SPNEGO-session-encrypted"},
};

/* ---- heads ---- */

/* the value of a header; false: there is none */
static bool header_of(const struct replay_row *row, const char *name, char *out, size_t size)
{
    struct icm_slice text = icm_buf_slice(&row->head);
    size_t length = strlen(name);

    *out = '\0';
    for (const uint8_t *line = text.data, *end = line + text.size; line < end;) {
        const uint8_t *stop = memmem(line, (size_t)(end - line), "\r\n", 2);
        size_t rest = stop ? (size_t)(stop - line) : (size_t)(end - line);
        if (rest > length + 1 && strncasecmp((const char *)line, name, length) == 0 && line[length] == ':') {
            struct icm_slice value = icm_slice_trim(icm_slice_of(line + length + 1, rest - length - 1));
            snprintf(out, size, "%.*s", (int)value.size, (const char *)value.data);
            return true;
        }
        line += rest + 2;
    }
    return false;
}

static void check_head(const struct replay_row *row)
{
    const char *head = icm_buf_text((struct icm_buf *)(uintptr_t)&row->head);
    char value[64];

    assert_non_null(strstr(head, "\r\n\r\n"));
    if (row->is_from_server) { /* with no word behind the status */
        assert_true(strncmp(head, "HTTP/1.1 ", 9) == 0 && head[12] == ' ');
        all.responses++;
        all.unauthorized += strncmp(head + 9, "401", 3) == 0;
    } else {
        assert_true(strncmp(head, "POST /wsman", 11) == 0);
        all.requests++;
    }
    if (header_of(row, "Content-Length", value, sizeof value) && !row->is_truncated)
        assert_int_equal(strtoul(value, NULL, 10), row->body.size);
}

/* ---- tokens ---- */

static void check_kerberos(struct icm_slice token, bool is_from_server)
{
    enum auth_kerberos_token type;

    assert_int_equal(auth_kerberos_token_read(token, &type, NULL), ICM_OK);
    all.kerberos++;
    assert_int_equal(type, is_from_server ? AUTH_KERBEROS_AP_REP : AUTH_KERBEROS_AP_REQ);
}

static size_t count_mechs(struct icm_slice mechs)
{
    struct icm_slice oid;
    size_t count = 0;

    while (auth_spnego_next_mech(&mechs, &oid))
        count++;
    return count;
}

/* In those that we know the client offers MS-KRB5, KRB5, NEGOEX and NTLMSSP, and the server takes MS-KRB5 at once.
 * windows-quirks.md */
static void check_spnego(struct icm_slice bytes, bool is_from_server)
{
    struct auth_spnego_token token;
    struct icm_slice oid = {0};

    assert_int_equal(auth_spnego_read(bytes, &token, NULL), ICM_OK);
    if (token.kind == AUTH_SPNEGO_INIT && auth_spnego_next_mech(&token.mechs, &oid))
        all.mechs += 1 + count_mechs(token.mechs);
    if (token.kind == AUTH_SPNEGO_RESPONSE) {
        all.completed += token.state == AUTH_SPNEGO_COMPLETED;
        oid = token.mech;
    }
    if (token.token.size > 0 && icm_slice_equal(oid, auth_oid_ms_kerberos))
        check_kerberos(token.token, is_from_server);
}

static void check_token(const struct replay_row *row)
{
    static char value[32768];
    struct icm_buf bytes = {0};
    struct icm_slice headers;
    struct wsman_challenge challenge;

    if (!header_of(row, row->is_from_server ? "WWW-Authenticate" : "Authorization", value, sizeof value))
        return;
    headers = icm_slice_text(value);
    assert_true(wsman_challenge_next(&headers, &challenge));
    if (challenge.rest.size > 0) {
        all.tokens++;
        assert_int_equal(icm_base64_read(challenge.rest, &bytes, NULL), ICM_OK);
        if (icm_slice_is(challenge.scheme, "Kerberos"))
            check_kerberos(icm_buf_slice(&bytes), row->is_from_server);
        else if (icm_slice_is(challenge.scheme, "Negotiate"))
            check_spnego(icm_buf_slice(&bytes), row->is_from_server);
    }
    icm_buf_reset(&bytes);
}

/* ---- bodies ---- */

/* RFC 9112 7.1, as far as it came */
static void unchunk(struct icm_slice body, struct icm_buf *out)
{
    while (body.size > 0) {
        const uint8_t *end = memmem(body.data, body.size, "\r\n", 2);
        size_t size = end ? strtoul((const char *)body.data, NULL, 16) : 0;
        if (size == 0)
            return;
        body = icm_slice_from(body, (size_t)(end + 2 - body.data));
        icm_buf_add(out, icm_slice_of(body.data, size < body.size ? size : body.size));
        body = icm_slice_from(body, size + 2 < body.size ? size + 2 : body.size);
    }
}

static size_t unseal(const char *type, struct icm_slice body, size_t piece, bool is_whole)
{
    struct auth_context context = {
        .ops = &measuring, .mechanism = &mechanisms[strstr(type, "SPNEGO") != NULL], .is_established = true};
    struct wsman_unsealer *u = NULL;
    struct icm_buf plain = {0};
    struct icm_error err = {0};
    size_t messages = 0;

    assert_int_equal(wsman_unsealer_new(&u, NULL), ICM_OK);
    assert_int_equal(wsman_unsealer_restart(u, &context, type, PLAIN_MAX, NULL), ICM_OK);
    while (body.size > 0) {
        bool message_ended = false;
        size_t taken = 0;
        struct icm_slice next = icm_slice_of(body.data, body.size < piece ? body.size : piece);
        if (wsman_unsealer_feed(u, next, &taken, &message_ended, &plain, &err) != ICM_OK)
            fail_msg("%s", err.text);
        body = icm_slice_from(body, taken);
        messages += message_ended;
    }
    if (is_whole)
        assert_int_equal(wsman_unsealer_finish(u, NULL), ICM_OK);
    all.plain += plain.size;
    wsman_unsealer_free(u);
    icm_buf_reset(&plain);
    return messages;
}

static void check_body(const struct replay_row *row)
{
    char type[256], coding[64];
    struct icm_buf body = {0};

    all.bodies += row->body.size > 0;
    if (!header_of(row, "Content-Type", type, sizeof type) || !wsman_is_sealed(type) || row->body.size == 0 ||
        row->has_lost)
        return;
    bool is_chunked = header_of(row, "Transfer-Encoding", coding, sizeof coding) && strcasecmp(coding, "chunked") == 0;
    all.chunked += is_chunked;
    if (is_chunked)
        unchunk(icm_buf_slice(&row->body), &body);
    else
        icm_buf_add(&body, icm_buf_slice(&row->body));
    size_t messages = unseal(type, icm_buf_slice(&body), SIZE_MAX, !row->is_truncated);
    size_t before = all.plain;
    assert_int_equal(unseal(type, icm_buf_slice(&body), 1, !row->is_truncated), messages);
    all.plain = before;
    all.sealed += messages;
    icm_buf_reset(&body);
}

static void is_read(void **state)
{
    struct replay_capture *c = NULL;
    struct icm_error err = {0};

    if (replay_capture_read(&c, *state, &err) != ICM_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < c->row_count; i++) {
        all.messages++;
        check_head(&c->rows[i]);
        check_token(&c->rows[i]);
        check_body(&c->rows[i]);
    }
    replay_capture_free(c);
}

/* counted by a few lines of Python with its own base64 and lengths */
static void all_is_counted(void **state)
{
    (void)state;
    const size_t is[] = {all.messages, all.requests, all.responses, all.tokens, all.mechs,   all.completed,
                         all.kerberos, all.bodies,   all.sealed,    all.plain,  all.chunked, all.unauthorized};
    static const size_t known[] = {208, 104, 104, 56, 12, 3, 56, 144, 153, 375056, 9, 1};

    for (size_t i = 0; i < ICM_COUNT(known) && !getenv("ICM_CAPTURES"); i++)
        assert_int_equal(is[i], known[i]);
}

int main(void)
{
    static struct CMUnitTest tests[FILES_MAX];
    char **paths = replay_capture_list(replay_capture_folder());
    size_t count = 0;

    if (!paths) {
        printf("SKIP: no captures in %s\n", replay_capture_folder());
        return 77;
    }
    for (char **path = paths; *path && count < FILES_MAX - 1; path++)
        if (strstr(*path, "/wire/"))
            tests[count++] = (struct CMUnitTest){strrchr(*path, '/') + 1, is_read, NULL, NULL, *path};
    if (count > 0)
        tests[count++] = (struct CMUnitTest){"all is counted", all_is_counted, NULL, NULL, NULL};
    int failed =
        count > 0 ? _cmocka_run_group_tests("packets between Windows and Windows", tests, count, NULL, NULL) : 0;
    replay_capture_list_free(paths);
    return failed;
}
