#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/config.h"

#include "cli/params.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is in the file, what the command line said, and what the computer web1 gets. */
static const struct row {
    const char *name, *text;
    bool port_given;
    uint32_t port;
    bool use_ssl;
    const char *credential, *password_file, *password_command;
} rows[] = {
    {"nothing", "", false, 0, false, NULL, NULL, NULL},
    {"keys in any case, with = or without", "port 1\nUSESSL = yes\nCredential=a\n", false, 1, true, "a", NULL, NULL},
    {"comments, blank lines, ends of DOS", "# Port 2\r\n\r\n  Port 1\r\n", false, 1, false, NULL, NULL, NULL},
    {"quotes around a value", "Credential \"a b\"\n", false, 0, false, "a b", NULL, NULL},
    {"the command line wins", "Port 1\nHost *\nPort 2\n", true, 99, false, NULL, NULL, NULL},
    {"the first line that matches wins", "Host web*\nPort 1\nHost *\nPort 2\nUseSSL on\n", false, 1, true, NULL, NULL, NULL},
    {"a section for others", "Host db*\nPort 1\n", false, 0, false, NULL, NULL, NULL},
    {"patterns are taken in any case", "Host WEB?\nPort 1\n", false, 1, false, NULL, NULL, NULL},
    {"a pattern that excludes", "Host *,!web1\nPort 1\n", false, 0, false, NULL, NULL, NULL},
    {"one source of passwords", "Host web1\nPasswordCommand pass x\nHost *\nPasswordFile f\n", false, 0, false, NULL, NULL, "pass x"},
};

static const struct wrong {
    const char *name, *text, *error;
} wrongs[] = {
    {"an unknown key", "\nPrt 1\n", "line 2: unknown key 'Prt'; near it: Port"},
    {"a key that is near one of the file's own", "TrustedHost a\n", "unknown key 'TrustedHost'; near it: TrustedHosts"},
    {"a key that is near nothing", "Zzzzzzzz 1\n", "unknown key 'Zzzzzzzz'; man icm has all keys"},
    {"a key that the file cannot have", "ScriptBlock { 1 }\n", "unknown key 'ScriptBlock', which only a command line can have"},
    {"a value that the key cannot have", "Port many\n", "line 1: -Port takes a number"},
    {"trusted hosts in a section", "Host a\nTrustedHosts b\n", "line 2: this key stands in front"},
    {"a key for all in a section", "Host a\nThrottleLimit 5\n", "line 2: this key stands in front"},
    {"no patterns", "Host\n", "patterns is missing"},
    {"no text", "Credential \344\n", "line 1: this is no text"},
};

struct made {
    struct icm_arena arena;
    struct cli_options options;
    struct cli_config *config;
};

static void make(struct made *m, const char *text)
{
    *m = (struct made){0};
    cli_options_init(&m->options, &m->arena);
    assert_int_equal(cli_config_read(&m->config, icm_slice_text(text), "config", NULL), ICM_OK);
}

static void drop(struct made *m)
{
    cli_config_free(m->config);
    icm_arena_reset(&m->arena);
}

static void same(const char *text, const char *expected)
{
    assert_string_equal(text ? text : "(none)", expected ? expected : "(none)");
}

static void give_port(struct cli_options *o, const char *value)
{
    const struct cli_param *p;

    assert_int_equal(cli_param_find(CLI_INVOKE_COMMAND, icm_slice_text("Port"), false, &p, NULL), ICM_OK);
    assert_int_equal(cli_param_set(o, p, icm_slice_text(value), NULL), ICM_OK);
}

static void applies(void **state)
{
    const struct row *row = *state;
    struct cli_options o;
    struct made m;

    make(&m, row->text);
    if (row->port_given)
        give_port(&m.options, "99");
    assert_int_equal(cli_config_apply(m.config, &m.options, "web1", &o, NULL), ICM_OK);
    assert_int_equal(o.port, row->port);
    assert_int_equal(o.use_ssl, row->use_ssl);
    same(o.credential, row->credential);
    same(o.password_file, row->password_file);
    same(o.password_command, row->password_command);
    drop(&m);
}

static void refuses(void **state)
{
    const struct wrong *row = *state;
    struct cli_config *config = NULL;
    struct icm_error err = {0};

    assert_int_equal(cli_config_read(&config, icm_slice_text(row->text), "the/config", &err), ICM_USAGE);
    assert_null(config);
    assert_non_null(strstr(err.text, row->error));
    assert_non_null(strstr(err.text, "the/config"));
    icm_error_reset(&err);
}

static void what_is_for_all_needs_no_computer(void **state)
{
    struct cli_options o;
    struct made m;

    make(&m, "ThrottleLimit 5\nPort 1\nHost *\nPort 2\n");
    assert_int_equal(cli_config_apply(m.config, &m.options, NULL, &o, NULL), ICM_OK);
    assert_int_equal(o.throttle_limit, 5);
    assert_int_equal(o.port, 1);
    drop(&m);
}

static void trusted_hosts(void **state)
{
    static const struct {
        const char *computer;
        bool is_trusted;
    } computers[] = {{"10.0.0.7", true}, {"X.lab.example", true}, {"bad.lab.example", false}, {"srv1", false},
                     {"localhost", true}, {"127.0.0.1", true},    {"::1", true},
                     {"[::1]", true}, {"127.255.0.9", true}, {"127.0.0.1.example", false}, {"127.0.0.1.2", false}};
    struct made m;

    make(&m, "TrustedHosts 10.0.0.*, *.lab.example !bad.*\n");
    for (size_t i = 0; i < ICM_COUNT(computers); i++)
        if (cli_config_is_trusted(m.config, computers[i].computer) != computers[i].is_trusted)
            fail_msg("%s", computers[i].computer);
    drop(&m);
}

/* the file's place: the XDG Base Directory Specification */
static void loads(void **state)
{
    char folder[] = "icm-config-XXXXXX", root[4096], path[4224];
    struct cli_config *config;
    struct cli_options o, out;
    struct icm_arena a = {0};

    assert_non_null(mkdtemp(folder));
    assert_non_null(realpath(folder, root));
    setenv("XDG_CONFIG_HOME", root, 1);
    cli_options_init(&o, &a);
    assert_int_equal(cli_config_load(&config, NULL), ICM_OK); /* none is there */
    cli_config_free(config);

    snprintf(path, sizeof path, "%s/icm", root);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/icm/config", root);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("Port 7\n", file);
    fclose(file);
    assert_int_equal(cli_config_load(&config, NULL), ICM_OK);
    assert_int_equal(cli_config_apply(config, &o, NULL, &out, NULL), ICM_OK);
    assert_int_equal(out.port, 7);
    cli_config_free(config);
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
    rmdir(folder);
    icm_arena_reset(&a);
}

static const struct cli_param *param_named(const char *name)
{
    const struct cli_param *p = NULL;

    assert_int_equal(cli_param_find(CLI_INVOKE_COMMAND, icm_slice_text(name), false, &p, NULL), ICM_OK);
    return p;
}

/* PowerShell's preference variables: in front of the file, behind the command line */
static void the_environment(void **state)
{
    struct icm_arena a = {0};
    struct cli_config *config = NULL;
    struct cli_options o, out;
    struct icm_error err = {0};

    setenv("XDG_CONFIG_HOME", "/nowhere", 1);
    setenv("PSSessionApplicationName", "apps", 1);
    setenv("PSSessionConfigurationName", "JEA", 1);
    setenv("PSSessionOption", "@{IdleTimeout=70000}", 1);
    setenv("TrustedHosts", "a*, b", 1);
    cli_options_init(&o, &a);
    assert_int_equal(cli_config_load(&config, NULL), ICM_OK);
    o.given[cli_param_index(param_named("ApplicationName"))] = true;
    assert_int_equal(cli_config_apply(config, &o, "srv", &out, NULL), ICM_OK);
    assert_null(out.application_name);
    assert_string_equal(out.configuration_name, "JEA");
    assert_int_equal(out.session.idle_timeout_ms, 70000);
    assert_true(cli_config_is_trusted(config, "b"));
    assert_false(cli_config_is_trusted(config, "c"));
    cli_config_free(config);

    setenv("PSSessionOption", "Nonsense", 1);
    assert_int_equal(cli_config_load(&config, &err), ICM_USAGE);
    assert_non_null(strstr(err.text, "PSSessionOption in the environment: "));
    icm_error_reset(&err);
    unsetenv("PSSessionApplicationName");
    unsetenv("PSSessionConfigurationName");
    unsetenv("PSSessionOption");
    unsetenv("TrustedHosts");
    icm_arena_reset(&a);
}

/* ... and as keys of the file */
static void preferences_are_keys(void **state)
{
    struct icm_arena a = {0};
    struct cli_config *config = NULL;
    struct cli_options o, out;

    cli_options_init(&o, &a);
    assert_int_equal(cli_config_read(&config, icm_slice_text("Host a\nPSSessionConfigurationName JEA\npssessionoption SkipCACheck\n"
                                                             "Host *\nConfigurationName x\n"), "f", NULL), ICM_OK);
    assert_int_equal(cli_config_apply(config, &o, "a", &out, NULL), ICM_OK);
    assert_string_equal(out.configuration_name, "JEA");
    assert_true(out.session.skip_ca_check);
    cli_config_free(config);
    icm_arena_reset(&a);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(rows) + ICM_COUNT(wrongs) + 5];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[count++] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = applies, .initial_state = (void *)(uintptr_t)&rows[i]};
    for (size_t i = 0; i < ICM_COUNT(wrongs); i++)
        tests[count++] = (struct CMUnitTest){
            .name = wrongs[i].name, .test_func = refuses, .initial_state = (void *)(uintptr_t)&wrongs[i]};
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(what_is_for_all_needs_no_computer);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(trusted_hosts);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(loads);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(the_environment);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(preferences_are_keys);
    return cmocka_run_group_tests_name("cli_config_read, _apply, _load, _is_trusted; design.md Configuration", tests, NULL, NULL);
}
