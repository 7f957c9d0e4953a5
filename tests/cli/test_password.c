#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/password.h"

#include <stdlib.h>
#include <unistd.h>

static const struct row {
    const char *name, *bytes, *password, *error;
} files[] = {
    {"a line", "s3cret\n", "s3cret", NULL},
    {"without an end", "s3cret", "s3cret", NULL},
    {"an end of DOS", "s3cret\r\n", "s3cret", NULL},
    {"the first line alone", "s3cret\nother\n", "s3cret", NULL},
    {"blanks belong to it", " s3cret \n", " s3cret ", NULL},
    {"empty", "", NULL, "first line is empty"},
    {"an empty first line", "\ns3cret\n", NULL, "first line is empty"},
}, commands[] = {
    {"what it prints", "echo s3cret", "s3cret", NULL},
    {"its first line", "echo s3cret; echo other", "s3cret", NULL},
    {"more than a pipe holds", "echo s3cret; yes s3cret | head -c 200000", "s3cret", NULL},
    {"it reads nothing of ours", "cat; echo s3cret", "s3cret", NULL},
    {"it fails", "exit 3", NULL, "status 3"},
    {"it says nothing", "true", NULL, "first line is empty"},
};

static void check(const struct row *row, const struct cli_password_sources *sources)
{
    struct icm_buf out = {0};
    struct icm_error err = {0};
    enum icm_code code = cli_password_get(sources, &out, &err);

    assert_int_equal(code, row->error ? ICM_USAGE : ICM_OK);
    if (row->error)
        assert_non_null(strstr(err.text, row->error));
    else
        assert_string_equal(icm_buf_text(&out), row->password);
    assert_null(strstr(err.text, "s3cret"));
    icm_error_reset(&err);
    icm_buf_reset(&out);
}

static void from_a_file(void **state)
{
    const struct row *row = *state;
    char path[] = "password-XXXXXX";
    int fd = mkstemp(path);

    assert_int_equal(write(fd, row->bytes, strlen(row->bytes)), strlen(row->bytes));
    close(fd);
    check(row, &(struct cli_password_sources){.user = "u", .file = path, .command = "echo no"});
    unlink(path);
}

static void from_a_command(void **state)
{
    const struct row *row = *state;

    check(row, &(struct cli_password_sources){.user = "u", .command = row->bytes});
}

static void a_file_that_is_not_there(void **state)
{
    static const struct row row = {"", "", NULL, "no-such-file"};

    check(&row, &(struct cli_password_sources){.user = "u", .file = "no-such-file"});
}

/* it is gone from the environment of this process and of those to come, and wiped where it lay */
static void the_variable_is_taken(void **state)
{
    static const struct row row = {"", "", "s3cret", NULL};
    struct icm_buf taken = {0};

    assert_int_equal(setenv("ICM_PASSWORD", "s3cret", 1), 0);
    const char *place = getenv("ICM_PASSWORD");
    assert_int_equal(cli_password_take_environment(&taken, NULL), ICM_OK);
    assert_null(getenv("ICM_PASSWORD"));
    for (size_t i = 0; i < strlen("s3cret"); i++)
        assert_int_equal(place[i], 0);
    assert_string_equal(icm_buf_text(&taken), "s3cret");
    check(&row, &(struct cli_password_sources){.user = "u", .environment = &taken});
    icm_buf_reset(&taken);
}

static void no_variable_is_nothing(void **state)
{
    struct icm_buf taken = {0};

    unsetenv("ICM_PASSWORD");
    assert_int_equal(cli_password_take_environment(&taken, NULL), ICM_OK);
    assert_int_equal(taken.size, 0);
}

static void it_is_bounded(void **state)
{
    char path[] = "password-XXXXXX";
    int fd = mkstemp(path);
    static char much[CLI_PASSWORD_MAX + 1];
    static const struct row row = {"", "", NULL, "over"};

    memset(much, 'x', sizeof much);
    assert_int_equal(write(fd, much, sizeof much), sizeof much);
    close(fd);
    check(&row, &(struct cli_password_sources){.user = "u", .file = path});
    unlink(path);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(files) + ICM_COUNT(commands) + 4];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(files); i++)
        tests[count++] = (struct CMUnitTest){
            .name = files[i].name, .test_func = from_a_file, .initial_state = (void *)(uintptr_t)&files[i]};
    for (size_t i = 0; i < ICM_COUNT(commands); i++)
        tests[count++] = (struct CMUnitTest){
            .name = commands[i].name, .test_func = from_a_command, .initial_state = (void *)(uintptr_t)&commands[i]};
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_file_that_is_not_there);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(the_variable_is_taken);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(no_variable_is_nothing);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(it_is_bounded);
    return cmocka_run_group_tests_name("cli_password_get and _take_environment, design.md Passwords", tests, NULL, NULL);
}
