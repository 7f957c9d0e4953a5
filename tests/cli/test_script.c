#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* braces in strings and comments are none; about_Script_Blocks, about_Quoting_Rules */
static const struct row {
    const char *name, *text, *inside;
} blocks[] = {
    {"a block", "{ 1 }", " 1 "},
    {"white space around it", " \n{ 1 }\n ", " 1 "},
    {"an empty block", "{}", ""},
    {"no block", "Get-Date", "Get-Date"},
    {"blocks inside", "{ 1 | % { $_ } }", " 1 | % { $_ } "},
    {"two blocks are an expression", "{ 1 } + { 2 }", "{ 1 } + { 2 }"},
    {"a hashtable in it", "{ @{a=1} }", " @{a=1} "},
    {"an open brace in quotes", "{ '{' }", " '{' "},
    {"a closing brace in quotes", "{ \"}\" }", " \"}\" "},
    {"a doubled quote", "{ 'it''s }' }", " 'it''s }' "},
    {"a quote behind a backtick", "{ \"`\"}\" }", " \"`\"}\" "},
    {"a brace in a comment", "{ 1 # }\n}", " 1 # }\n"},
    {"a brace in a block comment", "{ <# } #> 1 }", " <# } #> 1 "},
    {"a hash inside a word", "{ a#b }", " a#b "},
    {"a here-string", "{ @'\n}\n'@ }", " @'\n}\n'@ "},
    {"a brace behind a backtick", "{ `} }", " `} "},
    {"never closed", "{ 1", "{ 1"},
    {"a string never closed", "{ ' }", "{ ' }"},
    {"a brace too many", "{ 1 }}", "{ 1 }}"},
    {"nothing", "", ""},
};

static void takes_off(void **state)
{
    const struct row *row = *state;
    struct icm_slice inside = cli_script_inside(icm_slice_text(row->text));
    char text[64] = "";

    assert_in_range(inside.size, 0, sizeof text - 1);
    memcpy(text, inside.size > 0 ? inside.data : (const uint8_t *)"", inside.size);
    assert_string_equal(text, row->inside);
}

static const struct file_row {
    const char *name, *bytes;
    size_t size;
    const char *text, *error;
} files[] = {
    {"UTF-8", "a\303\244\r\n", 5, "a\303\244\r\n", NULL},
    {"UTF-8 with its mark", "\357\273\277x", 4, "x", NULL},
    {"UTF-16, little-endian", "\377\376x\0\344\0", 6, "x\303\244", NULL},
    {"UTF-16, big-endian", "\376\377\0x\0\344", 6, "x\303\244", NULL},
    {"empty", "", 0, "", NULL},
    {"Latin-1", "ab\344", 3, NULL, "byte offset 2"},
    {"UTF-16, half of a pair", "\377\376x\0\0\330y\0", 8, NULL, "UTF-16 text, at byte offset 4"},
    {"UTF-16, a pair", "\377\376\075\330\0\336", 6, "\360\237\230\200", NULL},
    {"UTF-16 cut short", "\377\376x", 3, NULL, "UTF-16"},
};

static void write_file(char *path, const struct file_row *row)
{
    int fd = mkstemp(path);

    assert_int_not_equal(fd, -1);
    assert_int_equal(write(fd, row->bytes, row->size), row->size);
    close(fd);
}

static void reads(void **state)
{
    const struct file_row *row = *state;
    char path[] = "script-XXXXXX";
    struct icm_arena a = {0};
    struct icm_error err = {0};
    struct icm_slice out = {0};

    write_file(path, row);
    enum icm_code code = cli_script_read(&a, path, &out, &err);
    unlink(path);
    assert_int_equal(code, row->error ? ICM_USAGE : ICM_OK);
    if (row->error) {
        assert_non_null(strstr(err.text, row->error));
        assert_non_null(strstr(err.text, path));
    } else
        assert_true(icm_slice_is(out, row->text));
    icm_error_reset(&err);
    icm_arena_reset(&a);
}

static void a_file_that_is_not_there(void **state)
{
    struct icm_arena a = {0};
    struct icm_error err = {0};
    struct icm_slice out;

    assert_int_equal(cli_script_read(&a, "no-such-script.ps1", &out, &err), ICM_USAGE);
    assert_non_null(strstr(err.text, "no-such-script.ps1"));
    icm_error_reset(&err);
    icm_arena_reset(&a);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(blocks) + ICM_COUNT(files) + 1];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(blocks); i++)
        tests[count++] = (struct CMUnitTest){
            .name = blocks[i].name, .test_func = takes_off, .initial_state = (void *)(uintptr_t)&blocks[i]};
    for (size_t i = 0; i < ICM_COUNT(files); i++)
        tests[count++] = (struct CMUnitTest){
            .name = files[i].name, .test_func = reads, .initial_state = (void *)(uintptr_t)&files[i]};
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_file_that_is_not_there);
    return cmocka_run_group_tests_name("cli_script_inside and _read", tests, NULL, NULL);
}
