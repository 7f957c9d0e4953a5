/* Each document of fixtures/clixml (or $ICM_DATA_DIR/clixml): what the real engine reads we read to the same value,
 * what it refuses we refuse; and what we write of it reads back to the same value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "tests/psrp/clixml_document.h"
#include "tests/psrp/golden.h"

enum { FILE_COLUMN = 1, EXPECTED_COLUMN = 7, CASES_MAX = 10000, SHOWN_BEFORE = 60, SHOWN = 160 };

struct golden_case {
    char name[256]; /* of the file */
    struct icm_slice expected;
};

static struct psrp_clixml_reader *reader;
static struct psrp_secret *secret;

static void load(const char *name, struct icm_buf *out)
{
    if (!golden_load(golden_folder("clixml"), name, out))
        fail_msg("%s cannot be read", name);
}

/* The line that the index has, or names the file of. */
static void load_expected(const struct golden_case *golden, struct icm_buf *out)
{
    char name[256];

    if (golden->expected.size == 0 || golden->expected.data[0] != '@') {
        icm_buf_add(out, golden->expected);
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)golden->expected.size - 1, (const char *)golden->expected.data + 1);
    load(name, out);
    while (out->size > 0 && (out->data[out->size - 1] == '\n' || out->data[out->size - 1] == '\r'))
        out->size--;
}

static bool is_refusal(struct icm_slice line)
{
    static const char begin[] = "{\"k\":\"DeserializeError\"";

    return line.size > sizeof begin && memcmp(line.data, begin, sizeof begin - 1) == 0;
}

/* Both texts from shortly before where they part. */
static void assert_line(const char *what, struct icm_slice expected, struct icm_slice seen)
{
    size_t same = 0;

    if (icm_slice_equal(expected, seen))
        return;
    while (same < expected.size && same < seen.size && expected.data[same] == seen.data[same])
        same++;
    size_t from = same < SHOWN_BEFORE ? 0 : same - SHOWN_BEFORE;
    fail_msg("%s, character %zu: expected ...%.*s, came ...%.*s", what, same,
             expected.size - from < SHOWN ? (int)(expected.size - from) : SHOWN, (const char *)expected.data + from,
             seen.size - from < SHOWN ? (int)(seen.size - from) : SHOWN, (const char *)seen.data + from);
}

/* Of a refusal only that it is one: the words are the engine's own. */
static void assert_reads(const char *what, struct icm_slice document, struct icm_slice expected)
{
    struct icm_buf seen = {0};
    struct icm_error error = {0};
    enum icm_code code = clixml_document_describe(&seen, reader, document, secret, &error);

    if (!is_refusal(expected))
        assert_line(what, expected, icm_buf_slice(&seen));
    else if (code != ICM_SYNTAX && code != ICM_LIMIT)
        assert_line(what, expected, icm_buf_slice(&seen));
    icm_error_reset(&error);
    icm_buf_reset(&seen);
}

static void reads_and_writes_as_the_engine_does(void **state)
{
    const struct golden_case *golden = *state;
    struct icm_buf document = {0}, expected = {0}, copy = {0};
    struct icm_error error = {0};

    load(golden->name, &document);
    load_expected(golden, &expected);
    assert_reads("read", icm_buf_slice(&document), icm_buf_slice(&expected));
    if (!is_refusal(icm_buf_slice(&expected))) {
        if (clixml_document_copy(&copy, reader, icm_buf_slice(&document), &error) != ICM_OK)
            fail_msg("written: %s", error.text);
        assert_reads("written and read again", icm_buf_slice(&copy), icm_buf_slice(&expected));
    }
    icm_error_reset(&error);
    icm_buf_reset(&document);
    icm_buf_reset(&expected);
    icm_buf_reset(&copy);
}

int main(void)
{
    static char *rows[CASES_MAX];
    static struct golden_case cases[CASES_MAX];
    static struct CMUnitTest tests[CASES_MAX];
    struct icm_buf lines = {0};
    size_t count = golden_rows(golden_folder("clixml"), &lines, rows, CASES_MAX);

    if (count == 0 || psrp_clixml_reader_new(&reader, NULL) != ICM_OK ||
        clixml_document_secret(golden_folder("clixml"), &secret, NULL) != ICM_OK)
        return 1;
    for (size_t i = 0; i < count; i++) {
        struct icm_slice file = golden_cell(rows[i], FILE_COLUMN);

        snprintf(cases[i].name, sizeof cases[i].name, "%.*s", (int)file.size, (const char *)file.data);
        cases[i].expected = golden_cell(rows[i], EXPECTED_COLUMN);
        tests[i] = (struct CMUnitTest){cases[i].name, reads_and_writes_as_the_engine_does, NULL, NULL, &cases[i]};
    }
    int failed = _cmocka_run_group_tests("CLIXML of the real engine", tests, count, NULL, NULL);
    psrp_clixml_reader_free(reader);
    psrp_secret_free(secret);
    icm_buf_reset(&lines);
    return failed;
}
