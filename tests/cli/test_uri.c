/* -ConnectionUri: addresses, read and written out whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/uri.h"

static const struct row {
    const char *name, *text;
    const char *whole; /* NULL: no address */
    const char *host;
} rows[] = {
    {"a host alone, http's port, PowerShell's path", "http://srv", "http://srv:80/wsman", "srv"},
    {"https", "https://srv", "https://srv:443/wsman", "srv"},
    {"any case of the scheme", "HTTPS://Srv", "https://Srv:443/wsman", "Srv"},
    {"only a slash", "http://srv/", "http://srv:80/wsman", "srv"},
    {"a port", "http://srv:5985/wsman", "http://srv:5985/wsman", "srv"},
    {"Exchange", "https://ps.exchangelabs.com/PowerShell", "https://ps.exchangelabs.com:443/PowerShell", "ps.exchangelabs.com"},
    {"a query", "https://srv/PowerShell?serializationLevel=Full;x", "https://srv:443/PowerShell?serializationLevel=Full;x", "srv"},
    {"a query alone", "https://srv?x", "https://srv:443/?x", "srv"},
    {"IPv6", "http://[::1]:5985/wsman", "http://[::1]:5985/wsman", "::1"},
    {"IPv6 with a zone", "http://[fe80::1%25eth0]:5985", "http://[fe80::1%25eth0]:5985/wsman", "fe80::1%eth0"},
    {"its % as it is", "http://[fe80::1%eth0]", "http://[fe80::1%25eth0]:80/wsman", "fe80::1%eth0"},
    {"a zone that is a number", "http://[fe80::1%252]", "http://[fe80::1%252]:80/wsman", "fe80::1%2"},
    {"a number that looks like the escape", "http://[fe80::1%25]", "http://[fe80::1%2525]:80/wsman", "fe80::1%25"},
    {"a zone without a name", "http://[fe80::1%]", NULL, NULL},
    {"a zone that leads elsewhere", "http://[fe80::1%25a@b]", NULL, NULL},
    {"IPv4", "http://10.0.0.1", "http://10.0.0.1:80/wsman", "10.0.0.1"},
    {"no scheme", "srv", NULL, NULL},
    {"another scheme", "ftp://srv", NULL, NULL},
    {"no host", "http://", NULL, NULL},
    {"no host, a path", "http:///wsman", NULL, NULL},
    {"a user", "http://ana@srv", NULL, NULL},
    {"a fragment", "http://srv/x#y", NULL, NULL},
    {"a blank", "http://srv/x y", NULL, NULL},
    {"a line break", "http://srv/x\r\nHost: y", NULL, NULL},
    {"port 0", "http://srv:0", NULL, NULL},
    {"a port too many", "http://srv:65536", NULL, NULL},
    {"no number", "http://srv:", NULL, NULL},
    {"brackets that stay open", "http://[::1", NULL, NULL},
    {"behind the brackets", "http://[::1]x", NULL, NULL},
    {"brackets around a name", "http://[srv]", NULL, NULL},
    {"nothing", "", NULL, NULL},
};

static void reads(void **state)
{
    const struct row *row = *state;
    struct cli_uri uri;
    struct icm_buf whole = {0}, computer = {0};

    assert_int_equal(cli_uri_read(icm_slice_text(row->text), &uri), row->whole != NULL);
    if (!row->whole)
        return;
    cli_uri_write(&uri, &whole);
    assert_string_equal(icm_buf_text(&whole), row->whole);
    cli_uri_write_computer(&uri, &computer);
    assert_string_equal(icm_buf_text(&computer), row->host);
    icm_buf_reset(&computer);
    icm_buf_reset(&whole);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(rows)];

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = reads, .initial_state = (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("cli_uri_read", tests, NULL, NULL);
}
