/* Real servers, replayed: each recording of ../shared/captures (or $ICM_CAPTURES) is played to our client, which is
 * made to do what the recorded one did. What it has to ask for and what has to come of it is in expected.txt; a
 * recording that is not in there must go without a complaint all the same. A row of the table that is printed:
 * recording, server, what our client made of it, verdict.
 *
 * Environment: ICM_REPLAY: "plain", "split", "odd" or "bytes": one manner alone, see manners[]. ICM_REPLAY_ONLY: what a
 * recording's name has in it. ICM_REPLAY_WRITE: a file that gets what came, as sections of expected.txt: to be read,
 * and kept where it is right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/replay/driver.h"
#include "tests/replay/expected.h"

#include <stdio.h>
#include <stdlib.h>

#ifndef ICM_EXPECTED
#define ICM_EXPECTED "tests/replay/expected.txt"
#endif

enum {
    CASES_MAX = 2000,
    LONG_ROWS = 60, /* a recording of more than that takes long: its answers go in larger pieces */
    LONG_PIECE = 97,
};

static struct icm_buf expectations;

/* one recording in one manner */
struct replay_case {
    const char *path;
    char *name;
    struct replay_run_options options;
};

static void load_expectations(void)
{
    static char piece[65536];
    FILE *file = fopen(ICM_EXPECTED, "rb");
    size_t size;

    while (file && (size = fread(piece, 1, sizeof piece, file)) > 0)
        icm_buf_add(&expectations, icm_slice_of(piece, size));
    if (file)
        fclose(file);
}

/* ---- what came of one ---- */

static void write_result(const struct replay_outcome *o, struct icm_buf *out)
{
    char *rest, *text = strdup(icm_buf_text((struct icm_buf *)(uintptr_t)&o->complaints));

    replay_expected_abridge(icm_buf_slice(&o->told), out);
    for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest))
        icm_buf_add_format(out, "! %s\n", line);
    if (o->extras.size > 0)
        icm_buf_add_format(out, "not recorded:%.*s\n", (int)o->extras.size, (const char *)o->extras.data);
    free(text);
}

static void tell_row(const struct replay_case *c, const struct replay_capture *capture, const struct replay_outcome *o,
                     const char *verdict)
{
    print_message("%-58s %-40.*s %4zu of %4zu requests %5zu objects  %s\n", c->name, (int)capture->server.size,
                  (const char *)capture->server.data, o->requests, capture->row_count, o->outputs, verdict);
}

static void write_section(const char *name, const char *text)
{
    const char *path = getenv("ICM_REPLAY_WRITE");
    FILE *file = path ? fopen(path, "a") : NULL;

    if (!file)
        return;
    fprintf(file, "[%s]\n%s\n", name, text);
    fclose(file);
}

static void judge(const struct replay_case *c, const struct replay_capture *capture, const struct replay_outcome *o)
{
    struct icm_slice expected, wanted, came;
    struct icm_buf result = {0};
    char line[1200];

    write_result(o, &result);
    write_section(capture->name, icm_buf_text(&result));
    bool is_known = replay_expected_find(icm_buf_slice(&expectations), capture->name, &expected);
    bool differs = is_known && replay_expected_differ(expected, icm_buf_slice(&result), &wanted, &came);
    bool is_bad = differs || (!is_known && o->complaints.size > 0);
    tell_row(c, capture, o, is_bad ? "FAILED" : is_known ? "as expected" : "no complaint");
    if (differs)
        snprintf(line, sizeof line, "expected: %.*s\n    came: %.*s\n%.600s", (int)wanted.size,
                 (const char *)wanted.data, (int)came.size, (const char *)came.data,
                 icm_buf_text((struct icm_buf *)(uintptr_t)&o->complaints));
    else
        snprintf(line, sizeof line, "%.1000s", icm_buf_text((struct icm_buf *)(uintptr_t)&o->complaints));
    icm_buf_reset(&result);
    if (is_bad)
        fail_msg("%s: %s", c->name, line);
}

static void replays(void **state)
{
    const struct replay_case *c = *state;
    struct replay_capture *capture = NULL;
    struct replay_outcome outcome = {0};
    struct icm_error err = {0};

    enum icm_code code = replay_capture_read(&capture, c->path, &err);
    struct replay_run_options options = c->options;
    if (code == ICM_OK && options.piece_max > 0 && capture->row_count > LONG_ROWS)
        options.piece = LONG_PIECE;
    if (code == ICM_OK)
        code = replay_run(&outcome, capture, &options, &err);
    if (code != ICM_OK)
        fail_msg("%s: %s", c->path, err.text);
    judge(c, capture, &outcome);
    replay_outcome_reset(&outcome);
    replay_capture_free(capture);
}

/* ---- the cases ---- */

/* As they are, compressed where the client takes that; and so that it meets the boundaries that TCP may put anywhere:
 * in every head and where every envelope begins, or, where that is asked for, in all of all answers; and in forms that
 * other servers may give them. */
static const struct {
    const char *name, *suffix;
    bool is_asked_for;
    struct replay_run_options options;
} manners[] = {
    {"plain", "", false, {.packs = true}},
    {"split", " split", false, {.piece = 1, .piece_max = 48}},
    {"odd", " odd", false, {.twists = true}},
    {"bytes", " bytes", true, {.piece = 1}},
};

static size_t make_cases(char **paths, struct replay_case *cases, struct CMUnitTest *tests)
{
    const char *manner = getenv("ICM_REPLAY"), *only = getenv("ICM_REPLAY_ONLY");
    size_t count = 0;

    for (size_t m = 0; m < ICM_COUNT(manners); m++)
        for (char **path = paths; *path && count < CASES_MAX; path++) {
            const char *slash = strrchr(*path, '/');
            bool is_wanted = manner ? strcmp(manner, manners[m].name) == 0 : !manners[m].is_asked_for;
            if (!is_wanted || (only && !strstr(*path, only)) || strstr(*path, "/wire/"))
                continue;
            struct replay_case *c = &cases[count];
            *c = (struct replay_case){.path = *path, .options = manners[m].options};
            if (asprintf(&c->name, "%s%s", slash ? slash + 1 : *path, manners[m].suffix) < 0)
                return 0;
            tests[count++] = (struct CMUnitTest){c->name, replays, NULL, NULL, c};
        }
    return count;
}

int main(void)
{
    static struct replay_case cases[CASES_MAX];
    static struct CMUnitTest tests[CASES_MAX];
    const char *folder = replay_capture_folder();
    char **paths = replay_capture_list(folder);

    if (!paths) {
        printf("SKIP: no captures in %s\n", folder);
        return 77;
    }
    load_expectations();
    size_t count = make_cases(paths, cases, tests);
    int failed = count > 0 ? _cmocka_run_group_tests("recorded servers", tests, count, NULL, NULL) : 0;
    for (size_t i = 0; i < count; i++)
        free(cases[i].name);
    replay_capture_list_free(paths);
    icm_buf_reset(&expectations);
    return failed;
}
