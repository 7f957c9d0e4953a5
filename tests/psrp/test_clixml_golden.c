/* Each file of fixtures/clixml (or $ICM_DATA_DIR/clixml): what the real engine reads we read, as the same kind of
 * value; what it refuses we refuse; and what we write of it reads back equal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "psrp/clixml.h"
#include "psrp/clixml_types.h"
#include "tests/psrp/value_equal.h"

enum { FILE_COLUMN = 1, EXPECTED_COLUMN = 7, CASES_MAX = 10000 };

struct golden_case {
    char *file;
    struct icm_slice expected;
};

static struct psrp_clixml_reader *reader;
static struct icm_buf lines;

static const char *folder(void)
{
    static char path[4096];
    const char *other = getenv("ICM_DATA_DIR");

    snprintf(path, sizeof path, "%s/clixml", other ? other : ICM_FIXTURES);
    return path;
}

static void load(const char *name, struct icm_buf *out)
{
    char path[8192];

    snprintf(path, sizeof path, "%s/%s", folder(), name);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s cannot be opened", path);
    for (size_t got = 1; got > 0; out->size += got) {
        uint8_t *room = icm_buf_room(out, 65536);
        assert_non_null(room);
        got = fread(room, 1, 65536, file);
    }
    fclose(file);
}

static bool contains(struct icm_slice text, const char *part)
{
    return text.size > 0 && memmem(text.data, text.size, part, strlen(part)) != NULL;
}

/* The engine says what it read by the element's name; a script block it reads as a string. */
static void assert_kind(const struct psrp_value *value, struct icm_slice expected)
{
    for (enum psrp_kind kind = PSRP_NIL; kind < PSRP_LIST; kind++) {
        char begin[32];

        snprintf(begin, sizeof begin, "{\"k\":\"%s\"", psrp_clixml_types[kind].name);
        if (expected.size < strlen(begin) || memcmp(expected.data, begin, strlen(begin)) != 0)
            continue;
        assert_int_equal(value->kind == PSRP_SCRIPTBLOCK ? PSRP_STRING : value->kind, kind);
    }
}

static void assert_comes_back(const struct psrp_value *value, bool may_be_cyclic, struct icm_arena *arena)
{
    struct icm_error error = {0};
    struct icm_buf written = {0};
    struct psrp_value *again = NULL;
    enum icm_code code = psrp_clixml_write(&written, value, &error);

    if (code == ICM_OK) {
        assert_int_equal(psrp_clixml_read(reader, icm_buf_slice(&written), arena, &again, &error), ICM_OK);
        assert_true(value_equal(value, again));
    } else {
        assert_int_equal(code, ICM_LIMIT);
        assert_true(may_be_cyclic);
    }
    icm_buf_reset(&written);
    icm_error_reset(&error);
}

static void reads_as_the_engine_does(void **state)
{
    const struct golden_case *golden = *state;
    struct icm_buf bytes = {0};
    struct icm_arena arena = {0};
    struct icm_error error = {0};
    struct psrp_value *value = NULL;

    load(golden->file, &bytes);
    enum icm_code code = psrp_clixml_read(reader, icm_buf_slice(&bytes), &arena, &value, &error);
    if (contains(golden->expected, "\"DeserializeError\"")) {
        assert_true(code == ICM_SYNTAX || code == ICM_LIMIT);
    } else {
        if (code != ICM_OK)
            fail_msg("%s: %s", golden->file, error.text);
        assert_kind(value, golden->expected);
        assert_comes_back(value, contains(icm_buf_slice(&bytes), "<Ref "), &arena);
    }
    icm_error_reset(&error);
    icm_arena_reset(&arena);
    icm_buf_reset(&bytes);
}

/* The @index-th column of a line; the line's end is the text's. */
static struct icm_slice column(char *line, unsigned index)
{
    for (; index > 0 && line; index--) {
        line = strchr(line, '\t');
        line = line ? line + 1 : NULL;
    }
    return icm_slice_of(line, line ? strcspn(line, "\t") : 0);
}

static size_t load_cases(struct golden_case *cases)
{
    size_t count = 0;
    char *rest;

    load("index.tsv", &lines);
    icm_buf_add_u8(&lines, '\0');
    strtok_r((char *)lines.data, "\n", &rest); /* the names of the columns */
    for (char *line; count < CASES_MAX && (line = strtok_r(NULL, "\n", &rest)); count++) {
        struct icm_slice file = column(line, FILE_COLUMN);

        cases[count].expected = column(line, EXPECTED_COLUMN);
        cases[count].file = strndup((const char *)file.data, file.size);
    }
    return count;
}

int main(void)
{
    static struct golden_case cases[CASES_MAX];
    static struct CMUnitTest tests[CASES_MAX];
    size_t count = load_cases(cases);

    if (count == 0 || psrp_clixml_reader_new(&reader, NULL) != ICM_OK)
        return 1;
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){cases[i].file, reads_as_the_engine_does, NULL, NULL, &cases[i]};
    int failed = _cmocka_run_group_tests("CLIXML of the real engine", tests, count, NULL, NULL);
    for (size_t i = 0; i < count; i++)
        free(cases[i].file);
    psrp_clixml_reader_free(reader);
    icm_buf_reset(&lines);
    return failed;
}
