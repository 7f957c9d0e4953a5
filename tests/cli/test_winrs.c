/* icm winrs: its command line, what a terminal is shown, its exit status. */
#include "cli/command_line.h"
#include "cli/params.h"
#include "cli/winrs.h"
#include "cli/winrs_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { WORDS_MAX = 16 };

static const struct row {
    const char *name;
    const char *words[WORDS_MAX];
    const char *asks; /* NULL: refused */
    const char *why;
} rows[] = {
    {"the usual", {"-r:srv1", "ipconfig", "/all"}, "srv1: ipconfig /all", NULL},
    {"with a blank in place of the colon", {"-r", "srv1", "dir"}, "srv1: dir", NULL},
    {"Windows' spelling", {"/r:srv1", "/u:ana", "dir"}, "srv1 as ana: dir", NULL},
    {"in full, in any case", {"-REMOTE:srv1", "/UserName:ana", "dir"}, "srv1 as ana: dir", NULL},
    {"nowhere is here", {"dir"}, "localhost: dir", NULL},
    {"a port", {"-r:srv1:81", "dir"}, "srv1 port 81: dir", NULL},
    {"a URL", {"-r:https://srv1:444/ps/wsman", "dir"}, "srv1 port 444 ssl at ps/wsman: dir", NULL},
    {"a URL without TLS", {"-r:http://srv1", "dir"}, "srv1: dir", NULL},
    {"an IPv6 address", {"-r:[::1]:81", "dir"}, "[::1] port 81: dir", NULL},
    {"an IPv6 address alone", {"-r:::1", "dir"}, "::1: dir", NULL},
    {"all switches of Windows'",
     {"-r:h", "-un", "-ssl", "-ad", "-d:C:\\x", "-env:A=1", "-env:B=2=3", "-nop", "-noe", "-comp", "-t:5", "set"},
     "h ssl unencrypted delegates noprofile noecho within 5 in C:\\x A=1 B=2=3: set", NULL},
    {"icm's own", {"-r:h", "--password-file", "f", "-Authentication", "kerberos", "-CodePage:437", "x"},
     "h page 437 Kerberos from f: x", NULL},
    {"the command's switches are its own", {"-r:h", "cmd", "/c", "-r:x", "--", "-?"}, "h: cmd /c -r:x -- -?", NULL},
    {"a path is no switch", {"-r:h", "/bin/ls", "-l"}, "h: /bin/ls -l", NULL},
    {"behind the mark all is the command", {"-r:h", "--", "/u:x"}, "h: /u:x", NULL},
    {"help", {"/?"}, "help", NULL},
    {"help too", {"-r:h", "-?"}, "help", NULL},
    {"no password here", {"-r:h", "-p:secret", "dir"}, NULL, "the password comes from -PasswordFile"},
    {"nor in full", {"-r:h", "-password:secret", "dir"}, NULL, "ICM_PASSWORD or a prompt"},
    {"no command", {"-r:h"}, NULL, "nothing to run"},
    {"no host", {"-r:http://", "dir"}, NULL, "is no HOST, HOST:PORT or URL"},
    {"no port", {"-r:h:x", "dir"}, NULL, "-Port takes a number"},
    {"two hosts", {"-r:a", "-r:b", "dir"}, NULL, "more than once"},
    {"one user twice", {"-r:a", "-u:b", "-Credential", "c", "dir"}, NULL, "more than once"},
    {"no variable", {"-r:a", "-env:A", "dir"}, NULL, "NAME=VALUE"},
    {"no code page", {"-r:a", "-CodePage:utf8", "dir"}, NULL, "65001"},
    {"an unknown switch", {"-r:a", "/zzz", "dir"}, NULL, "no parameter -zzz"},
    {"Invoke-Command's", {"-r:a", "-ScriptBlock", "{1}"}, NULL, "no parameter -ScriptBlock"},
};

static void tell(struct icm_buf *out, const struct cli_options *o)
{
    const struct {
        bool is_set;
        const char *name;
    } flags[] = {{o->use_ssl, "ssl"},
                 {o->allow_unencrypted, "unencrypted"},
                 {o->delegates, "delegates"},
                 {o->session.no_machine_profile, "noprofile"},
                 {o->no_echo, "noecho"}};
    const struct {
        const char *text, *before;
    } texts[] = {{o->application_name, "at "}, {o->credential, "as "}, {o->directory, "in "}, {o->authentication, ""},
                 {o->password_file, "from "}};

    icm_buf_add_text(out, o->computers.first->text);
    if (o->port)
        icm_buf_add_format(out, " port %u", o->port);
    for (size_t i = 0; i < ICM_COUNT(flags); i++)
        icm_buf_add_format(out, "%s%s", flags[i].is_set ? " " : "", flags[i].is_set ? flags[i].name : "");
    if (o->timeout_s)
        icm_buf_add_format(out, " within %u", o->timeout_s);
    if (o->code_page != CLI_CODE_PAGE_UTF8)
        icm_buf_add_format(out, " page %u", o->code_page);
    for (size_t i = 0; i < ICM_COUNT(texts); i++)
        if (texts[i].text)
            icm_buf_add_format(out, " %s%s", texts[i].before, texts[i].text);
    for (const struct cli_name *n = o->environment.first; n; n = n->next)
        icm_buf_add_format(out, " %s", n->text);
    icm_buf_add_text(out, ":");
    for (const struct cli_name *n = o->words.first; n; n = n->next)
        icm_buf_add_format(out, " %s", n->text);
}

static void asks(void **state)
{
    const struct row *row = *state;
    char *argv[WORDS_MAX + 3] = {(char[]){"icm"}, (char[]){"winrs"}};
    struct icm_arena arena = {0};
    struct icm_buf told = {0};
    struct icm_error err = {0};
    struct cli_options o;
    int argc = 2;

    for (; argc < WORDS_MAX + 2 && row->words[argc - 2]; argc++)
        argv[argc] = (char *)(uintptr_t)row->words[argc - 2];
    cli_options_init(&o, &arena);
    enum icm_code code = cli_command_line_read(&o, argc, argv, &err);
    if (row->asks) {
        assert_string_equal(err.text, "");
        assert_int_equal(code, ICM_OK);
        if (o.help)
            icm_buf_add_text(&told, "help");
        else
            tell(&told, &o);
        assert_string_equal(icm_buf_text(&told), row->asks);
    } else {
        assert_int_equal(code, ICM_USAGE);
        if (!strstr(err.text, row->why))
            fail_msg("'%s' has no '%s'", err.text, row->why);
        assert_null(strstr(err.text, "secret"));
    }
    icm_buf_reset(&told);
    icm_error_reset(&err);
    icm_arena_reset(&arena);
}

/* one setting under two names: what the configuration says of -Credential does not come over -u */
static void another_name_is_the_same_setting(void **state)
{
    char *argv[] = {(char[]){"icm"}, (char[]){"winrs"}, (char[]){"-r:http://h"}, (char[]){"-u:ana"}, (char[]){"x"}, NULL};
    struct icm_arena arena = {0};
    struct cli_options o;
    size_t given = 0;

    (void)state;
    cli_options_init(&o, &arena);
    assert_int_equal(cli_command_line_read(&o, 5, argv, NULL), ICM_OK);
    for (size_t i = 0; i < cli_param_count; i++)
        if (o.given[i] && (cli_params[i].verbs & CLI_INVOKE_COMMAND))
            given += strcmp(cli_params[i].name, "Credential") == 0 || strcmp(cli_params[i].name, "UseSSL") == 0;
    assert_int_equal(given, 2);
    icm_arena_reset(&arena);
}

static void exit_codes_become_statuses(void **state)
{
    (void)state;
    assert_int_equal(cli_winrs_status(0), 0);
    assert_int_equal(cli_winrs_status(1), 1);
    assert_int_equal(cli_winrs_status(255), 255);
    assert_int_equal(cli_winrs_status(256), 255);
    assert_int_equal(cli_winrs_status(9009), 9009 & 255);
    assert_int_equal(cli_winrs_status(0xC000013Au), 0x3A);
    assert_int_equal(cli_winrs_status(-1), 255);
}

static const struct {
    const char *in, *terminal;
} shown[] = {
    {"plain\r\nlines\n", "plain\nlines\n"},
    {"\x1b]0;title\x07", "\\u001b]0;title\\u0007"},
    {"a\rb", "a\\u000db"},
    {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"},
    {"old \x81 page", "old \xef\xbf\xbd page"},
    {"cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd"},
    {"end\r", "end\\u000d"},
};

/* in one piece, and byte by byte */
static void a_terminal_is_shown_no_controls(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(shown); i++)
        for (size_t step = 1; step < 100; step += 98) {
            struct cli_winrs_text terminal = {.is_terminal = true}, plain = {0};
            struct icm_buf seen = {0}, passed = {0};

            for (struct icm_slice in = icm_slice_text(shown[i].in); in.size > 0;) {
                struct icm_slice piece = icm_slice_of(in.data, step < in.size ? step : in.size);

                cli_winrs_text_add(&terminal, piece, &seen);
                cli_winrs_text_add(&plain, piece, &passed);
                in = icm_slice_from(in, piece.size);
            }
            cli_winrs_text_end(&terminal, &seen);
            cli_winrs_text_end(&plain, &passed);
            assert_string_equal(icm_buf_text(&seen), shown[i].terminal);
            assert_string_equal(icm_buf_text(&passed), shown[i].in);
            icm_buf_reset(&seen);
            icm_buf_reset(&passed);
        }
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(rows) + 3];

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = asks, .initial_state = (void *)(uintptr_t)&rows[i]};
    tests[ICM_COUNT(rows)] = (struct CMUnitTest)cmocka_unit_test(another_name_is_the_same_setting);
    tests[ICM_COUNT(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(exit_codes_become_statuses);
    tests[ICM_COUNT(rows) + 2] = (struct CMUnitTest)cmocka_unit_test(a_terminal_is_shown_no_controls);
    return cmocka_run_group_tests_name("icm winrs", tests, NULL, NULL);
}
