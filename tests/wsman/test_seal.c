/* Sealed bodies: what Windows, Exchange and the specification write is read, what lies about its lengths is refused, and what we write
 * is what Windows writes. The recorded ones of fixtures/vectors/http-encryption are in test_seal_vectors.c. */
#include "tests/wsman/toy_seal.h"
#include "wsman/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#define B "--Encrypted Boundary"
#define T "Content-Type: application/HTTP-SPNEGO-session-encrypted\r\n"
#define TYPE "multipart/encrypted;protocol=\"application/HTTP-SPNEGO-session-encrypted\";boundary=\"Encrypted Boundary\""
#define LENGTH "OriginalContent: type=application/soap+xml;charset=UTF-8;Length="
#define OCTETS "Content-Type: application/octet-stream\r\n"
#define HEAD(n) B "\r\n" T LENGTH n "\r\n" B "\r\n" OCTETS

/* "{hello}" in a body stands for the toy's length field, header and data of the text hello, the next message each time. */
static void expand(struct icm_buf *out, const char *body)
{
    struct auth_context *c = toy_new(TOY_PLAIN);
    struct icm_buf sealed = {0};
    struct auth_sealed how;
    const char *data;

    while ((data = strstr(body, "{hello}"))) {
        icm_buf_add(out, icm_slice_of(body, (size_t)(data - body)));
        icm_buf_clear(&sealed);
        assert_int_equal(auth_wrap(c, icm_slice_text("hello"), &sealed, &how, NULL), ICM_OK);
        icm_buf_add_le32(out, how.header_size);
        icm_buf_add(out, icm_buf_slice(&sealed));
        body = data + strlen("{hello}");
    }
    icm_buf_add_text(out, body);
    icm_buf_reset(&sealed);
    auth_context_free(c);
}

/* ---- reading ---- */

static const struct {
    const char *name, *content_type, *body;
    enum icm_code code;
    const char *opened; /* '|' where a message ended */
} cases[] = {
    {"as Windows writes it", TYPE, HEAD("5") "{hello}" B "--\r\n", ICM_OK, "hello|"},
    {"with tabs", TYPE, B "\r\n\t" T "\t" LENGTH "5\r\n" B "\r\n\t" OCTETS "{hello}" B "--\r\n", ICM_OK, "hello|"},
    {"no line end at the end", TYPE, HEAD("5") "{hello}" B "--", ICM_OK, "hello|"},
    {"a last delimiter without hyphens", TYPE, HEAD("5") "{hello}" B "\r\n", ICM_OK, "hello"},
    {"neither hyphens nor line end", TYPE, HEAD("5") "{hello}" B, ICM_OK, "hello"},
    {"Exchange's space", TYPE,
     "-- Encrypted Boundary\r\n" T LENGTH "5\r\n-- Encrypted Boundary\r\n" OCTETS "{hello}-- Encrypted Boundary--\r\n", ICM_OK,
     "hello|"},
    {"line ends without CR", TYPE, B "\n" T LENGTH "5\n" B "\n" OCTETS "{hello}" B "--\n", ICM_OK, "hello|"},
    {"any case of names", "Multipart/Encrypted; boundary=\"Encrypted Boundary\"; PROTOCOL=application/http-spnego-session-encrypted",
     B "\r\ncontent-type: application/http-spnego-session-encrypted\r\noriginalcontent: length=5\r\n" B
       "\r\nCONTENT-TYPE: Application/Octet-Stream\r\n{hello}" B "--\r\n",
     ICM_OK, "hello|"},
    {"two messages", TYPE, HEAD("5") "{hello}" B "--\r\n" HEAD("5") "{hello}" B "--\r\n", ICM_OK, "hello|hello|"},
    {"two messages, the first without hyphens", TYPE, HEAD("5") "{hello}" B "\r\n" HEAD("5") "{hello}" B "\r\n", ICM_OK,
     "hello|hello"},
    {"two pieces of one message", TYPE, HEAD("5") "{hello}" HEAD("5") "{hello}" B "--\r\n", ICM_OK, "hellohello|"},
    {"a line more in the head", TYPE, B "\r\nX-More: 1\r\n" T LENGTH "5\r\n" B "\r\n" OCTETS "{hello}" B "--\r\n", ICM_OK,
     "hello|"},
    {"Length too small", TYPE, HEAD("4") "{hello}" B "--\r\n", ICM_DENIED, ""},
    {"Length too large", TYPE, HEAD("6") "{hello}" B "--\r\n", ICM_DENIED, ""},
    {"Length as large as no body is", TYPE, HEAD("4294967295") "{hello}" B "--\r\n", ICM_LIMIT, ""},
    {"Length over what is allowed", TYPE, HEAD("1001") "{hello}" B "--\r\n", ICM_LIMIT, ""},
    {"Length that is none", TYPE, HEAD("-5") "{hello}" B "--\r\n", ICM_SYNTAX, ""},
    {"Length beyond 32 bits", TYPE, HEAD("4294967301") "{hello}" B "--\r\n", ICM_SYNTAX, ""},
    {"no Length", TYPE, B "\r\n" T B "\r\n" OCTETS "{hello}" B "--\r\n", ICM_SYNTAX, ""},
    {"no protocol in the part", TYPE, B "\r\n" LENGTH "5\r\n" B "\r\n" OCTETS "{hello}" B "--\r\n", ICM_SYNTAX, ""},
    {"another protocol in the part", TYPE,
     B "\r\nContent-Type: application/HTTP-CredSSP-session-encrypted\r\n" LENGTH "5\r\n" B "\r\n" OCTETS "{hello}" B "--\r\n",
     ICM_SYNTAX, ""},
    {"another type of data", TYPE, B "\r\n" T LENGTH "5\r\n" B "\r\nContent-Type: text/plain\r\n{hello}" B "--\r\n", ICM_SYNTAX, ""},
    {"a header as large as no mechanism has", TYPE, HEAD("5") "\xff\xff\xff\x7f" B "--\r\n", ICM_SYNTAX, ""},
    {"a header beyond the body", TYPE, HEAD("5") "\xff\x03" "hello" B "--\r\n", ICM_SYNTAX, ""},
    {"cut in the data", TYPE, HEAD("5") "\x10", ICM_SYNTAX, ""},
    {"cut in the head", TYPE, B "\r\n" T, ICM_SYNTAX, ""},
    {"cut in the delimiter", TYPE, HEAD("5") "{hello}--Encrypted", ICM_SYNTAX, "hello"},
    {"something behind the end", TYPE, HEAD("5") "{hello}" B "--\r\n<Envelope/>\r\n", ICM_SYNTAX, "hello|"},
    {"nothing", TYPE, "", ICM_SYNTAX, ""},
    {"only line ends", TYPE, "\r\n\r\n", ICM_SYNTAX, ""},
    {"an envelope in clear under a sealed type", TYPE, "<Envelope/>\r\n", ICM_SYNTAX, ""},
    {"an envelope in clear", "application/soap+xml;charset=UTF-8", "<Envelope/>", ICM_DENIED, ""},
    {"no type at all", NULL, HEAD("5") "{hello}" B "--\r\n", ICM_DENIED, ""},
    {"another protocol", "multipart/encrypted;protocol=\"application/HTTP-Kerberos-session-encrypted\"",
     HEAD("5") "{hello}" B "--\r\n", ICM_DENIED, ""},
    {"no protocol", "multipart/encrypted", HEAD("5") "{hello}" B "--\r\n", ICM_DENIED, ""},
};

static enum icm_code feed(struct wsman_unsealer *u, struct icm_slice piece, struct icm_buf *out)
{
    enum icm_code code = ICM_OK;

    while (code == ICM_OK && piece.size > 0) {
        size_t taken;
        bool ended;

        code = wsman_unsealer_feed(u, piece, &taken, &ended, out, NULL);
        piece = icm_slice_from(piece, taken);
        if (ended)
            icm_buf_add_u8(out, '|');
    }
    return code;
}

static enum icm_code read_in_pieces(const char *content_type, struct icm_slice body, size_t piece, struct icm_buf *out)
{
    struct auth_context *c = toy_new(TOY_PLAIN);
    struct wsman_unsealer *u = NULL;

    assert_int_equal(wsman_unsealer_new(&u, NULL), ICM_OK);
    enum icm_code code = wsman_unsealer_restart(u, c, content_type, 1000, NULL);
    while (code == ICM_OK && body.size > 0) {
        size_t size = body.size < piece ? body.size : piece;
        code = feed(u, icm_slice_of(body.data, size), out);
        body = icm_slice_from(body, size);
    }
    if (code == ICM_OK)
        code = wsman_unsealer_finish(u, NULL);
    wsman_unsealer_free(u);
    auth_context_free(c);
    return code;
}

static void reads(void **state)
{
    size_t i = (size_t)*state;
    struct icm_buf body = {0};

    expand(&body, cases[i].body);
    for (size_t piece = 1; piece <= body.size + 1; piece += piece < 20 ? 1 : body.size) {
        struct icm_buf opened = {0};

        assert_int_equal(read_in_pieces(cases[i].content_type, icm_buf_slice(&body), piece, &opened), cases[i].code);
        assert_string_equal(icm_buf_text(&opened), cases[i].opened);
        icm_buf_reset(&opened);
    }
    icm_buf_reset(&body);
}

/* ---- writing ---- */

static const struct {
    enum icm_code (*seal)(struct auth_context *, struct icm_slice, struct icm_buf *, struct icm_buf *, struct icm_error *);
    const char *body;
    bool has_tabs;
} forms[] = {
    {wsman_seal, HEAD("5") "{hello}" B "--\r\n", false}, /* Windows' */
    {wsman_seal_with_tabs, B "\r\n\t" T "\t" LENGTH "5\r\n" B "\r\n\t" OCTETS "{hello}" B "--\r\n", true},
};

static void writes_and_knows_both_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(forms); i++) {
        struct auth_context *c = toy_new(TOY_PLAIN);
        struct icm_buf body = {0}, content_type = {0}, expected = {0}, opened = {0};
        struct wsman_unsealer *u = NULL;
        size_t taken;
        bool ended;

        expand(&expected, forms[i].body);
        assert_int_equal(forms[i].seal(c, icm_slice_text("hello"), &body, &content_type, NULL), ICM_OK);
        assert_string_equal(icm_buf_text(&content_type), TYPE);
        assert_int_equal(body.size, expected.size);
        assert_memory_equal(body.data, expected.data, body.size);
        assert_int_equal(wsman_unsealer_new(&u, NULL), ICM_OK);
        assert_int_equal(wsman_unsealer_restart(u, c, TYPE, 1000, NULL), ICM_OK);
        assert_int_equal(wsman_unsealer_feed(u, icm_buf_slice(&body), &taken, &ended, &opened, NULL), ICM_OK);
        assert_int_equal(wsman_unsealer_saw_tabs(u), forms[i].has_tabs);
        wsman_unsealer_free(u);
        icm_buf_reset(&body);
        icm_buf_reset(&content_type);
        icm_buf_reset(&expected);
        icm_buf_reset(&opened);
        auth_context_free(c);
    }
}

static const struct {
    const char *name;
    size_t kind, size;
    const char *content_type, *says;
    size_t parts;
} written[] = {
    {"an empty text", TOY_PLAIN, 0, "multipart/encrypted;", "Length=0\r\n", 1},
    {"a long text stays whole", TOY_PLAIN, 50000, "multipart/encrypted;", "Length=50000\r\n", 1},
    {"Length counts padding", TOY_PADDED, 98, "multipart/encrypted;", "Length=99\r\n", 1},
    {"padding that makes Length longer", TOY_PADDED, 99, "multipart/encrypted;", "Length=100\r\n", 1},
    {"an empty text as records", TOY_RECORDS, 0, "multipart/encrypted;", "Length=0\r\n", 1},
    {"one piece", TOY_RECORDS, TOY_PIECE, "multipart/encrypted;", "Length=100\r\n", 1},
    {"one byte more is another piece", TOY_RECORDS, TOY_PIECE + 1, "multipart/x-multi-encrypted;", "Length=1\r\n", 2},
    {"many pieces", TOY_RECORDS, 1000, "multipart/x-multi-encrypted;", "Length=100\r\n", 10},
};

static size_t count(struct icm_buf *body, const char *what)
{
    size_t found = 0;

    for (const uint8_t *at = body->data; (at = memmem(at, body->size - (size_t)(at - body->data), what, strlen(what))); at++)
        found++;
    return found;
}

static void opens_what_it_wrote(void **state)
{
    size_t i = (size_t)*state, taken;
    struct auth_context *ours = toy_new(written[i].kind), *theirs = toy_new(written[i].kind);
    struct icm_buf text = {0}, body = {0}, content_type = {0}, opened = {0};
    struct wsman_unsealer *u = NULL;
    bool ended;

    for (size_t n = 0; n < written[i].size; n++)
        icm_buf_add_u8(&text, (uint8_t)(n * 7));
    assert_int_equal(wsman_seal(ours, icm_buf_slice(&text), &body, &content_type, NULL), ICM_OK);
    assert_memory_equal(icm_buf_text(&content_type), written[i].content_type, strlen(written[i].content_type));
    assert_int_equal(count(&body, OCTETS), written[i].parts);
    assert_true(count(&body, written[i].says) > 0);
    assert_int_equal(wsman_unsealer_new(&u, NULL), ICM_OK);
    assert_int_equal(wsman_unsealer_restart(u, theirs, icm_buf_text(&content_type), text.size + 1, NULL), ICM_OK);
    assert_int_equal(wsman_unsealer_feed(u, icm_buf_slice(&body), &taken, &ended, &opened, NULL), ICM_OK);
    assert_true(ended);
    assert_int_equal(taken, body.size - 2); /* the line end behind the hyphens belongs to no message */
    assert_int_equal(wsman_unsealer_finish(u, NULL), ICM_OK);
    assert_true(icm_slice_equal(icm_buf_slice(&opened), icm_buf_slice(&text)));
    wsman_unsealer_free(u);
    icm_buf_reset(&text);
    icm_buf_reset(&body);
    icm_buf_reset(&content_type);
    icm_buf_reset(&opened);
    auth_context_free(ours);
    auth_context_free(theirs);
}

static void a_failed_one_stays_failed(void **state)
{
    struct auth_context *c = toy_new(TOY_PLAIN);
    struct wsman_unsealer *u = NULL;
    struct icm_buf out = {0};
    size_t taken;
    bool ended;

    (void)state;
    assert_int_equal(wsman_unsealer_new(&u, NULL), ICM_OK);
    assert_int_equal(wsman_unsealer_restart(u, c, TYPE, 1000, NULL), ICM_OK);
    assert_int_equal(wsman_unsealer_feed(u, icm_slice_text("x\n"), &taken, &ended, &out, NULL), ICM_SYNTAX);
    assert_int_equal(wsman_unsealer_feed(u, icm_slice_text(B "\r\n"), &taken, &ended, &out, NULL), ICM_STATE);
    assert_int_equal(wsman_unsealer_finish(u, NULL), ICM_STATE);
    assert_int_equal(wsman_unsealer_restart(u, c, TYPE, 1000, NULL), ICM_OK); /* the next body is another matter */
    assert_int_equal(wsman_unsealer_feed(u, icm_slice_text(B "\r\n"), &taken, &ended, &out, NULL), ICM_OK);
    wsman_unsealer_free(u);
    auth_context_free(c);
}

static void basic_seals_nothing(void **state)
{
    static const struct auth_mechanism basic = {.name = "Basic", .scheme = "Basic"};
    struct auth_context *c = toy_new(TOY_PLAIN);
    struct icm_buf body = {0}, content_type = {0};

    (void)state;
    c->mechanism = &basic;
    assert_int_equal(wsman_seal(c, icm_slice_text("hello"), &body, &content_type, NULL), ICM_STATE);
    assert_int_equal(body.size, 0);
    auth_context_free(c);
}

int main(void)
{
    const struct CMUnitTest single[] = {
        cmocka_unit_test(writes_and_knows_both_forms),
        cmocka_unit_test(a_failed_one_stays_failed),
        cmocka_unit_test(basic_seals_nothing),
    };
    struct CMUnitTest reading[ICM_COUNT(cases)], writing[ICM_COUNT(written)];

    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        reading[i] = (struct CMUnitTest){.name = cases[i].name, .test_func = reads, .initial_state = (void *)i};
    for (size_t i = 0; i < ICM_COUNT(written); i++)
        writing[i] =
            (struct CMUnitTest){.name = written[i].name, .test_func = opens_what_it_wrote, .initial_state = (void *)i};
    return cmocka_run_group_tests_name("wsman_unsealer, MS-WSMV 2.2.9.1", reading, NULL, NULL) +
           cmocka_run_group_tests_name("wsman_seal, MS-WSMV 2.2.9.1", writing, NULL, NULL) +
           cmocka_run_group_tests_name("wsman_seal and wsman_unsealer", single, NULL, NULL);
}
