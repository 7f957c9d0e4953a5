#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/computers.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* what -ComputerName makes of a value: the names joined by blanks, or a part of the error */
static const struct row {
    const char *value, *names, *error;
} values[] = {
    {"srv1", "srv1", NULL},
    {"srv1,srv2", "srv1 srv2", NULL},
    {"srv1, 'srv2' , SRV1", "srv1 srv2 SRV1", NULL},
    {".", "localhost", NULL},
    {"LocalHost", "localhost", NULL},
    {"''", "localhost", NULL},
    {"10.0.0.1,fe80::1%eth0,[::1]", "10.0.0.1 fe80::1%eth0 [::1]", NULL},
    {"@(a, b)", "a b", NULL},
    {"007", "007", NULL},
    {"m\303\274ller", "m\303\274ller", NULL},
    {"@()", NULL, "empty list"},
    {"srv1:5985", NULL, "-Port"},
    {"https://srv1", NULL, "no computer name"},
    {"srv 1", NULL, "no computer name"},
    {"-srv", NULL, "no computer name"},
    {"a/b", NULL, "no computer name"},
    {"a@b", NULL, "no computer name"},
    {"fe80::1%", NULL, "no computer name"},
    {"@no-such-list", NULL, "no-such-list"},
    {"srv1,@no-such-list", NULL, "no-such-list"},
    {"srv1,@", NULL, "'@' is no computer name"},
};

static const struct line_row {
    const char *name, *text, *names, *error;
} lists[] = {
    {"one a line", "a\nb\r\n  c  \n", "a b c", NULL},
    {"comments and blank lines", "# all of them\n\na # first\n#b\nc", "a c", NULL},
    {"nothing", "", NULL, "names no computer"},
    {"only comments", "# none\n", NULL, "names no computer"},
    {"a bad name, with its line", "a\nb c\n", NULL, "hosts, line 2"},
};

static const struct {
    const char *name, *host;
} hosts[] = {{"srv1", "srv1"}, {"10.0.0.1", "10.0.0.1"}, {"::1", "[::1]"}, {"[::1]", "[::1]"}, {"fe80::1%eth0", "[fe80::1%25eth0]"}};

struct made {
    struct icm_arena arena;
    struct cli_options options;
    struct icm_error err;
};

static void make(struct made *m)
{
    *m = (struct made){0};
    cli_options_init(&m->options, &m->arena);
}

static void check(struct made *m, enum icm_code code, const char *names, const char *error)
{
    struct icm_buf joined = {0};

    for (const struct cli_name *n = m->options.computers.first; n; n = n->next)
        icm_buf_add_format(&joined, "%s%s", joined.size > 0 ? " " : "", n->text);
    assert_int_equal(code, error ? ICM_USAGE : ICM_OK);
    if (error)
        assert_non_null(strstr(m->err.text, error));
    else
        assert_string_equal(icm_buf_text(&joined), names);
    icm_buf_reset(&joined);
    icm_error_reset(&m->err);
    icm_arena_reset(&m->arena);
}

static void reads(void **state)
{
    const struct row *row = *state;
    struct made m;

    make(&m);
    enum icm_code code = cli_computers_read(&m.options, icm_slice_text(row->value), &m.err);
    check(&m, code, row->names, row->error);
}

static void reads_lines(void **state)
{
    const struct line_row *row = *state;
    struct made m;

    make(&m);
    enum icm_code code = cli_computers_read_lines(&m.options, icm_slice_text(row->text), "hosts", &m.err);
    check(&m, code, row->names, row->error);
}

static void a_list_in_a_file(void **state)
{
    char path[] = "@hosts-XXXXXX";
    int fd = mkstemp(path + 1);
    struct made m;

    assert_int_equal(write(fd, "a\nb\n", 4), 4);
    close(fd);
    make(&m);
    enum icm_code code = cli_computers_read(&m.options, icm_slice_text(path), &m.err);
    unlink(path + 1);
    check(&m, code, "a b", NULL);
}

static void a_file_inside_a_list(void **state)
{
    char path[] = "hosts-XXXXXX", value[64];
    int fd = mkstemp(path);
    struct made m;

    assert_int_equal(write(fd, "a\nb # not c\n", 12), 12);
    close(fd);
    snprintf(value, sizeof value, "srv1, @%s, srv2,'@%s'", path, path);
    make(&m);
    enum icm_code code = cli_computers_read(&m.options, icm_slice_text(value), &m.err);
    unlink(path);
    check(&m, code, "srv1 a b srv2 a b", NULL);
}

static void standard_input_inside_a_list(void **state)
{
    int ends[2], kept = dup(STDIN_FILENO);
    struct made m;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "a\nb\n", 4), 4);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    make(&m);
    enum icm_code code = cli_computers_read(&m.options, icm_slice_text("srv1,-,srv2"), &m.err);
    dup2(kept, STDIN_FILENO);
    close(ends[0]);
    close(kept);
    assert_true(m.options.computers_from_stdin);
    check(&m, code, "srv1 a b srv2", NULL);
}

static void a_name_is_bounded(void **state)
{
    char name[CLI_COMPUTER_NAME_MAX + 1];

    memset(name, 'a', sizeof name);
    assert_true(cli_computer_name_is_valid(icm_slice_of(name, CLI_COMPUTER_NAME_MAX)));
    assert_false(cli_computer_name_is_valid(icm_slice_of(name, sizeof name)));
    assert_false(cli_computer_name_is_valid(icm_slice_of("a\0b", 3)));
    assert_false(cli_computer_name_is_valid(icm_slice_text("\344")));
}

static void hosts_of_urls(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(hosts); i++) {
        struct icm_buf out = {0};

        cli_computer_write_host(hosts[i].name, &out);
        assert_string_equal(icm_buf_text(&out), hosts[i].host);
        icm_buf_reset(&out);
    }
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(values) + ICM_COUNT(lists) + 5];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(values); i++)
        tests[count++] = (struct CMUnitTest){
            .name = values[i].value, .test_func = reads, .initial_state = (void *)(uintptr_t)&values[i]};
    for (size_t i = 0; i < ICM_COUNT(lists); i++)
        tests[count++] = (struct CMUnitTest){
            .name = lists[i].name, .test_func = reads_lines, .initial_state = (void *)(uintptr_t)&lists[i]};
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_list_in_a_file);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_file_inside_a_list);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(standard_input_inside_a_list);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_name_is_bounded);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(hosts_of_urls);
    return cmocka_run_group_tests_name("cli_computers_read and cli_computer_write_host, RFC 3986 3.2.2", tests, NULL, NULL);
}
