/* The engine's command: splitting it, and which one it is. */
#include "cli/engine_command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* the words, each in brackets */
static void show(const struct engine_command *c, struct icm_buf *out)
{
    for (size_t i = 0; i < c->count; i++)
        icm_buf_add_format(out, "[%s]", c->words[i]);
    assert_null(c->words[c->count]);
}

static const struct split_case {
    const char *text, *words; /* @words NULL: refused */
} splits[] = {
    {"pwsh", "[pwsh]"},
    {"pwsh -NoProfile -s", "[pwsh][-NoProfile][-s]"},
    {"  a \t b \n", "[a][b]"},
    {"'a b' \"c d\"", "[a b][c d]"},
    {"a'b c'd", "[ab cd]"},
    {"a \"\" b ''", "[a][][b][]"},
    {"a\\ b", "[a b]"},
    {"a\\'b", "[a'b]"},
    {"'a\\b'", "[a\\b]"},
    {"\"a\\\"b\"", "[a\"b]"},
    {"\"a\\\\b\"", "[a\\b]"},
    {"\"a\\nb\"", "[a\\nb]"},
    {"'\"'\"'\"", "[\"']"},
    {"a $HOME *.c ~ `x` | b; c > d & #e", "[a][$HOME][*.c][~][`x`][|][b;][c][>][d][&][#e]"},
    {"a\\", "[a\\]"},
    {"", NULL},
    {" \t\n", NULL},
    {"'a", NULL},
    {"a \"b", NULL},
    {"\"a\\\"", NULL},
};

static void splits_words(void **state)
{
    const struct split_case *c = *state;
    ICM_OWN(icm_buf_reset) struct icm_buf words = {0};
    ICM_OWN(engine_command_reset) struct engine_command command = {0};

    assert_int_equal(engine_command_split(&command, c->text, NULL), c->words ? ICM_OK : ICM_USAGE);
    show(&command, &words);
    assert_string_equal(icm_buf_text(&words), c->words ? c->words : "");
}

static void bounds_its_words(void **state)
{
    ICM_OWN(engine_command_reset) struct engine_command command = {0};
    char text[2 * ENGINE_WORDS_MAX + 3];

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 2 == 0 ? 'a' : ' ';
    text[2 * ENGINE_WORDS_MAX] = '\0';
    assert_int_equal(engine_command_split(&command, text, NULL), ICM_OK);
    assert_int_equal(command.count, ENGINE_WORDS_MAX);
    engine_command_reset(&command);
    text[2 * ENGINE_WORDS_MAX] = 'a';
    text[2 * ENGINE_WORDS_MAX + 1] = '\0';
    assert_int_equal(engine_command_split(&command, text, NULL), ICM_USAGE);
    assert_int_equal(command.count, 0);
}

static void writes_its_words(void **state)
{
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};
    ICM_OWN(engine_command_reset) struct engine_command command = {0};

    engine_command_write(&command, &text);
    assert_int_equal(text.size, 0);
    engine_command_split(&command, "a 'b c' d", NULL);
    engine_command_write(&command, &text);
    assert_string_equal(icm_buf_text(&text), "a b c d");
}

/* ---- which one ---- */

/* Programs that are there, as paths below a folder of the test's own; a trailing "-" is no program but a plain file. */
static const struct choose_case {
    const char *name, *files[4];
    enum engine_kind kind;
    const char *given, *words; /* @ is the folder; @words NULL: refused */
} choices[] = {
    {"pwsh on PATH", {"bin/pwsh"}, ENGINE_AUTO, NULL, "[@/bin/pwsh][-NoProfile][-s]"},
    {"pwsh before the host", {"bin/pwsh", "own/icm-engine-host"}, ENGINE_AUTO, NULL,
     "[@/bin/pwsh][-NoProfile][-s]"},
    {"the first folder of PATH", {"bin/pwsh", "bin2/pwsh"}, ENGINE_AUTO, NULL,
     "[@/bin/pwsh][-NoProfile][-s]"},
    {"a later folder of PATH", {"bin2/pwsh"}, ENGINE_AUTO, NULL, "[@/bin2/pwsh][-NoProfile][-s]"},
    {"pwsh in our own folder is not looked for", {"own/pwsh"}, ENGINE_AUTO, NULL, ""},
    {"the host beside us", {"own/icm-engine-host", "own/engine/icm-engine-host", "bin/icm-engine-host"},
     ENGINE_AUTO, NULL, "[@/own/icm-engine-host][-s]"},
    {"the host below us", {"own/engine/icm-engine-host", "bin/icm-engine-host"}, ENGINE_AUTO, NULL,
     "[@/own/engine/icm-engine-host][-s]"},
    {"the host on PATH", {"bin2/icm-engine-host"}, ENGINE_PWSH, NULL, "[@/bin2/icm-engine-host][-s]"},
    {"a file that is no program", {"bin/pwsh-", "bin2/pwsh"}, ENGINE_AUTO, NULL,
     "[@/bin2/pwsh][-NoProfile][-s]"},
    {"a folder is no program", {"bin/pwsh/x"}, ENGINE_AUTO, NULL, ""},
    {"nothing is there", {NULL}, ENGINE_AUTO, NULL, ""},
    {"nothing is there, and one is needed", {NULL}, ENGINE_PWSH, NULL, NULL},
    {"what is given counts", {"bin/pwsh"}, ENGINE_AUTO, "mine -x", "[mine][-x]"},
    {"what is given counts for pwsh", {NULL}, ENGINE_PWSH, "mine", "[mine]"},
    {"what is given must be a command", {"bin/pwsh"}, ENGINE_AUTO, " ", NULL},
    {"the built-in one has none", {"bin/pwsh"}, ENGINE_SYNTHETIC, NULL, ""},
};

/* the folders that choices name, the deepest last */
static const char *const folders[] = {"bin", "bin2", "own", "own/engine", "bin/pwsh"};

static void make_file(const char *root, const char *name)
{
    char path[PATH_MAX];
    size_t size = strlen(name);
    bool is_plain = name[size - 1] == '-';

    if (strcmp(name, "bin/pwsh/x") == 0) {
        snprintf(path, sizeof path, "%s/bin/pwsh", root);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    snprintf(path, sizeof path, "%s/%.*s", root, (int)(size - is_plain), name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(chmod(path, is_plain ? 0600 : 0700), 0);
}

static void remove_file(const char *root, const char *name)
{
    char path[PATH_MAX];
    size_t size = strlen(name);

    snprintf(path, sizeof path, "%s/%.*s", root, (int)(size - (name[size - 1] == '-')), name);
    assert_int_equal(unlink(path), 0);
}

static void make_tree(char *root, const struct choose_case *c)
{
    char path[PATH_MAX];

    assert_non_null(mkdtemp(root));
    for (size_t i = 0; i < ICM_COUNT(folders) - 1; i++) {
        snprintf(path, sizeof path, "%s/%s", root, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    for (size_t i = 0; i < ICM_COUNT(c->files) && c->files[i]; i++)
        make_file(root, c->files[i]);
}

static void remove_tree(const char *root, const struct choose_case *c)
{
    char path[PATH_MAX];

    for (size_t i = 0; i < ICM_COUNT(c->files) && c->files[i]; i++)
        remove_file(root, c->files[i]);
    for (size_t i = ICM_COUNT(folders); i-- > 0;) {
        snprintf(path, sizeof path, "%s/%s", root, folders[i]);
        rmdir(path); /* bin/pwsh is mostly not there */
    }
    assert_int_equal(rmdir(root), 0);
}

/* @expected with the folder for each @ */
static void expand(const char *expected, const char *root, struct icm_buf *out)
{
    for (; *expected; expected++) {
        if (*expected == '@')
            icm_buf_add_text(out, root);
        else
            icm_buf_add_u8(out, (uint8_t)*expected);
    }
}

static void chooses(void **state)
{
    const struct choose_case *c = *state;
    ICM_OWN(icm_buf_reset) struct icm_buf words = {0}, expected = {0};
    ICM_OWN(engine_command_reset) struct engine_command command = {0};
    char root[] = "./test_engine_command.XXXXXX", own[PATH_MAX], path[3 * PATH_MAX];

    make_tree(root, c);
    snprintf(own, sizeof own, "%s/own", root);
    snprintf(path, sizeof path, ":%s/none:%s/bin:%s/bin2:", root, root, root);
    enum icm_code code = engine_command_choose(&command, c->kind, c->given, own, path, NULL);
    remove_tree(root, c);

    assert_int_equal(code, c->words ? ICM_OK : ICM_USAGE);
    show(&command, &words);
    expand(c->words ? c->words : "", root, &expected);
    assert_string_equal(icm_buf_text(&words), icm_buf_text(&expected));
}

static void does_without_path_and_folder(void **state)
{
    ICM_OWN(engine_command_reset) struct engine_command command = {0};

    assert_int_equal(engine_command_choose(&command, ENGINE_AUTO, NULL, NULL, NULL, NULL), ICM_OK);
    assert_int_equal(command.count, 0);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(bounds_its_words),
        cmocka_unit_test(writes_its_words),
        cmocka_unit_test(does_without_path_and_folder),
    };
    struct CMUnitTest tests[ICM_COUNT(splits) + ICM_COUNT(choices)];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(splits); i++)
        tests[count++] = (struct CMUnitTest){
            .name = splits[i].text, .test_func = splits_words, .initial_state = (void *)(uintptr_t)&splits[i]};
    for (size_t i = 0; i < ICM_COUNT(choices); i++)
        tests[count++] = (struct CMUnitTest){
            .name = choices[i].name, .test_func = chooses, .initial_state = (void *)(uintptr_t)&choices[i]};
    return cmocka_run_group_tests_name("engine_command, POSIX 2.2", tests, NULL, NULL) +
           cmocka_run_group_tests_name("engine_command: bounds", others, NULL, NULL);
}
