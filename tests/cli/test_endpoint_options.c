/* icm-endpoint's command line. */
#include "cli/endpoint_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORDS_MAX = 48 };

static int split(char *line, char *words[WORDS_MAX])
{
    int count = 0;

    words[count++] = (char *)(uintptr_t) "icm-endpoint";
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
        words[count++] = word;
    return count;
}

static enum icm_code read_line(const char *text, char *line, size_t size, struct endpoint_options *out,
                               struct icm_error *err)
{
    char *words[WORDS_MAX];

    snprintf(line, size, "%s", text);
    return endpoint_options_read(out, split(line, words), words, err);
}

#define WHO "--user u --password-file f "

/* what is read, one word for each option that is set */
static void describe(const struct endpoint_options *o, struct icm_buf *out)
{
    static const char *const engines[] = {"auto", "pwsh", "synthetic"};

    for (size_t i = 0; i < o->listener_count; i++)
        icm_buf_add_format(out, "%s%s@%u ", o->listeners[i].is_tls ? "tls:" : "", o->listeners[i].host,
                           o->listeners[i].port);
    icm_buf_add_format(out, "%s", engines[o->engine]);
    if (o->cert)
        icm_buf_add_format(out, " cert=%s key=%s", o->cert, o->key);
    if (o->engine_command)
        icm_buf_add_format(out, " command=%s", o->engine_command);
    if (o->fault_plan)
        icm_buf_add_format(out, " plan=%s", o->fault_plan);
    if (o->max_envelope_size)
        icm_buf_add_format(out, " envelope=%u", o->max_envelope_size);
    if (o->linger_ms)
        icm_buf_add_format(out, " linger=%u", o->linger_ms);
    if (o->idle_timeout_ms)
        icm_buf_add_format(out, " idle=%u", o->idle_timeout_ms);
    if (o->cmd_shells != ENDPOINT_CMD_BY_ENGINE)
        icm_buf_add_format(out, " cmd=%s", o->cmd_shells == ENDPOINT_CMD_ON ? "on" : "off");
    for (size_t i = 0; i < o->mechanism_count; i++)
        icm_buf_add_format(out, " %s", o->mechanisms[i]->name);
    if (o->client_ca)
        icm_buf_add_format(out, " ca=%s", o->client_ca);
    if (o->keytab)
        icm_buf_add_format(out, " keytab=%s", o->keytab);
    icm_buf_add_format(out, "%s", o->require_channel_binding ? " binding" : "");
    icm_buf_add_format(out, "%s%s%s%s", o->allow_unencrypted ? " unencrypted" : "", o->gzip ? " gzip" : "",
                       o->help ? " help" : "", o->version ? " version" : "");
}

static const struct good_case {
    const char *line, *options;
} good[] = {
    {WHO, "127.0.0.1@5985 auto"},
    {WHO "--listen 0.0.0.0:0", "0.0.0.0@0 auto"},
    {WHO "--listen=[::1]:80 --listen localhost:81", "::1@80 localhost@81 auto"},
    {WHO "--listen-tls h:1 --cert c --key k", "tls:h@1 auto cert=c key=k"},
    {WHO "--listen a:1 --listen-tls b:2 --cert=c --key=k", "a@1 tls:b@2 auto cert=c key=k"},
    {WHO "--engine synthetic", "127.0.0.1@5985 synthetic"},
    {WHO "--engine pwsh --engine-command=x", "127.0.0.1@5985 pwsh command=x"},
    {WHO "--auth basic", "127.0.0.1@5985 auto Basic"},
    {WHO "--auth BASIC,basic", "127.0.0.1@5985 auto Basic Basic"},
    {WHO "--auth basic,digest,ntlm", "127.0.0.1@5985 auto Basic Digest Ntlm"},
    {"--user u --auth certificate --client-ca c --listen-tls h:1 --cert c --key k",
     "tls:h@1 auto cert=c key=k Certificate ca=c"},
    {WHO "--keytab /dev/null", "127.0.0.1@5985 auto keytab=/dev/null"},
    {WHO "--require-channel-binding", "127.0.0.1@5985 auto binding"},
    {WHO "--allow-unencrypted --gzip", "127.0.0.1@5985 auto unencrypted gzip"},
    {WHO "--cmd-shell on --idle-timeout 5000", "127.0.0.1@5985 auto idle=5000 cmd=on"},
    {WHO "--cmd-shell=off", "127.0.0.1@5985 auto cmd=off"},
    {WHO "--max-envelope-size 8192 --linger-ms 10000", "127.0.0.1@5985 auto envelope=8192 linger=10000"},
    {WHO "--fault-plan p", "127.0.0.1@5985 auto plan=p"},
    {"--help", "auto help"},
    {"--version", "auto version"},
    {"--help --nonsense", "auto help"},
};

static void reads(void **state)
{
    const struct good_case *c = *state;
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};
    struct endpoint_options options;
    struct icm_error err = {0};
    char line[512];

    assert_int_equal(read_line(c->line, line, sizeof line, &options, &err), ICM_OK);
    describe(&options, &text);
    assert_string_equal(icm_buf_text(&text), c->options);
}

static const struct bad_case {
    const char *line;
    enum icm_code code;
    const char *says;
} bad[] = {
    {"", ICM_USAGE, "--user and --password-file"},
    {"--user u", ICM_USAGE, "--user and --password-file"},
    {"--password-file f", ICM_USAGE, "--user and --password-file"},
    {WHO "--nonsense", ICM_USAGE, "'--nonsense' is no option"},
    {WHO "word", ICM_USAGE, "'word' is no option"},
    {WHO "--", ICM_USAGE, "'--' is no option"},
    {WHO "-listen a:1", ICM_USAGE, "'-listen' is no option"},
    {WHO "--listene a:1", ICM_USAGE, "'--listene' is no option"},
    {WHO "--gzip=yes", ICM_USAGE, "--gzip takes no value"},
    {WHO "--listen", ICM_USAGE, "--listen needs a value"},
    {WHO "--listen=", ICM_USAGE, "--listen needs a value"},
    {WHO "--listen nowhere", ICM_USAGE, "'nowhere' is no HOST:PORT"},
    {WHO "--listen-tls h:1", ICM_USAGE, "--listen-tls needs --cert and --key"},
    {WHO "--listen-tls h:1 --cert c", ICM_USAGE, "--listen-tls needs --cert and --key"},
    {WHO "--cert c --key k", ICM_USAGE, "--cert and --key are for --listen-tls"},
    {WHO "--engine best", ICM_USAGE, "'best' is not one of"},
    {WHO "--engine synthetic --engine-command x", ICM_USAGE, "--engine-command is not for"},
    {WHO "--auth certificate", ICM_USAGE, "--auth certificate needs --client-ca"},
    {WHO "--auth certificate --client-ca c", ICM_USAGE, "--auth certificate needs --client-ca and --listen-tls"},
    {WHO "--auth credssp,digest --require-channel-binding --listen-tls h:1 --cert c --key k", ICM_USAGE,
     "credssp and digest cannot be bound"},
    {"--user u --auth basic", ICM_USAGE, "--user and --password-file"},
    {"--auth certificate --client-ca c --listen-tls h:1 --cert c --key k", ICM_USAGE, "--user and --password-file"},
    {WHO "--auth basic,basic,basic,basic,basic,basic,basic,basic,basic", ICM_USAGE, "one scheme too many"},
    {WHO "--auth rot13", ICM_USAGE, "'rot13' is no authentication scheme"},
    {WHO "--redirect-to u", ICM_UNSUPPORTED, "--redirect-to"},
    {WHO "--max-envelope-size 8191", ICM_USAGE, "8192"},
    {WHO "--max-envelope-size lots", ICM_USAGE, "'lots' is no number"},
    {WHO "--cmd-shell yes", ICM_USAGE, "neither on nor off"},
    {WHO "--idle-timeout 0", ICM_USAGE, "'0' is no number"},
    {WHO "--linger-ms 10001", ICM_USAGE, "10000"},
    {WHO "--linger-ms -1", ICM_USAGE, "'-1' is no number"},
    {WHO "--listen a:1 --listen a:2 --listen a:3 --listen a:4 --listen a:5 --listen a:6 --listen a:7 --listen a:8 "
         "--listen a:9 --listen a:10 --listen a:11 --listen a:12 --listen a:13 --listen a:14 --listen a:15 "
         "--listen a:16 --listen a:17",
     ICM_USAGE, "more than 16 listeners"},
};

static void refuses(void **state)
{
    const struct bad_case *c = *state;
    struct endpoint_options options, untouched;
    struct icm_error err = {0};
    char line[512];

    memset(&options, 0x5a, sizeof options);
    memcpy(&untouched, &options, sizeof options);
    assert_int_equal(read_line(c->line, line, sizeof line, &options, &err), c->code);
    assert_non_null(strstr(err.text, c->says));
    assert_memory_equal(&options, &untouched, sizeof options);
}

static const struct address_case {
    const char *text, *host; /* @host NULL: it is none */
    uint16_t port;
} addresses[] = {
    {"127.0.0.1:5985", "127.0.0.1", 5985},
    {"h:0", "h", 0},
    {"h:65535", "h", 65535},
    {"[::]:1", "::", 1},
    {"[fe80::1%eth0]:2", "fe80::1%eth0", 2},
    {"", NULL, 0},
    {"h", NULL, 0},
    {":1", NULL, 0},
    {"h:", NULL, 0},
    {"h:65536", NULL, 0},
    {"h:-1", NULL, 0},
    {"h:1x", NULL, 0},
    {"::1:80", NULL, 0},
    {"[]:80", NULL, 0},
    {"[::1]", NULL, 0},
    {"h: 1", NULL, 0},
};

static void reads_an_address(void **state)
{
    const struct address_case *c = *state;
    struct endpoint_address address;

    assert_int_equal(endpoint_address_read(&address, c->text, NULL), c->host ? ICM_OK : ICM_USAGE);
    if (!c->host)
        return;
    assert_string_equal(address.host, c->host);
    assert_int_equal(address.port, c->port);
    assert_false(address.is_tls);
}

static void bounds_a_host(void **state)
{
    char text[ENDPOINT_HOST_MAX + 8];
    struct endpoint_address address;

    memset(text, 'h', sizeof text);
    strcpy(text + ENDPOINT_HOST_MAX, ":1");
    assert_int_equal(endpoint_address_read(&address, text, NULL), ICM_OK);
    memset(text, 'h', sizeof text);
    strcpy(text + ENDPOINT_HOST_MAX + 1, ":1");
    assert_int_equal(endpoint_address_read(&address, text, NULL), ICM_USAGE);
}

static const struct password_case {
    const char *name, *file, *password; /* @password NULL: refused */
} passwords[] = {
    {"a line", "secret\n", "secret"},
    {"no end of line", "secret", "secret"},
    {"a line of Windows", "secret\r\n", "secret"},
    {"the first of several", "one\ntwo\n", "one"},
    {"blanks are part of it", " a b \n", " a b "},
    {"nothing", "", NULL},
    {"an empty line", "\nsecret\n", NULL},
};

static enum icm_code read_password(const char *file, size_t size, struct icm_buf *out)
{
    char path[] = "test_endpoint_options.XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, file, size), size);
    close(fd);
    enum icm_code code = endpoint_password_read(out, path, NULL);
    unlink(path);
    return code;
}

static void reads_a_password(void **state)
{
    const struct password_case *c = *state;
    ICM_OWN(icm_buf_reset) struct icm_buf password = {0};

    assert_int_equal(read_password(c->file, strlen(c->file), &password), c->password ? ICM_OK : ICM_USAGE);
    assert_string_equal(icm_buf_text(&password), c->password ? c->password : "");
}

static void bounds_a_password(void **state)
{
    ICM_OWN(icm_buf_reset) struct icm_buf password = {0};
    char text[ENDPOINT_PASSWORD_MAX + 2];

    memset(text, 'p', sizeof text);
    text[ENDPOINT_PASSWORD_MAX] = '\n';
    assert_int_equal(read_password(text, ENDPOINT_PASSWORD_MAX + 1, &password), ICM_OK);
    assert_int_equal(password.size, ENDPOINT_PASSWORD_MAX);
    text[ENDPOINT_PASSWORD_MAX] = 'p';
    assert_int_equal(read_password(text, ENDPOINT_PASSWORD_MAX + 1, &password), ICM_USAGE);
    assert_int_equal(endpoint_password_read(&password, "no such file", NULL), ICM_USAGE);
}

static void helps(void **state)
{
    static const char *const names[] = {"--listen HOST:PORT", "--listen-tls", "--engine-command", "--fault-plan FILE",
                                        "--password-file",    "--gzip",       "--version"};
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};

    endpoint_options_help(&text);
    for (size_t i = 0; i < ICM_COUNT(names); i++)
        assert_non_null(strstr(icm_buf_text(&text), names[i]));
}

#define ADD(rows, label, function)                                                                                     \
    for (size_t i = 0; i < ICM_COUNT(rows); i++)                                                                       \
        tests[count++] = (struct CMUnitTest)                                                                           \
        {                                                                                                              \
            .name = rows[i].label, .test_func = function, .initial_state = (void *)(uintptr_t)&rows[i]                 \
        }

int main(void)
{
    enum { COUNT = ICM_COUNT(good) + ICM_COUNT(bad) + ICM_COUNT(addresses) + ICM_COUNT(passwords) };
    const struct CMUnitTest others[] = {
        cmocka_unit_test(bounds_a_host),
        cmocka_unit_test(bounds_a_password),
        cmocka_unit_test(helps),
    };
    struct CMUnitTest tests[COUNT];
    size_t count = 0;

    ADD(good, line, reads);
    ADD(bad, line, refuses);
    ADD(addresses, text, reads_an_address);
    ADD(passwords, name, reads_a_password);
    return cmocka_run_group_tests_name("endpoint_options_read", tests, NULL, NULL) +
           cmocka_run_group_tests_name("endpoint_options: bounds and help", others, NULL, NULL);
}
