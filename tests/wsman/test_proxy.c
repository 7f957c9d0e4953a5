/* Which hosts are reached without the proxy: no_proxy. */
#include "base/error.h"
#include "wsman/proxy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct row {
    const char *name, *host, *list;
    bool is_bypassed;
} rows[] = {
    {"no list", "srv1", NULL, false},
    {"an empty list", "srv1", "", false},
    {"only separators", "srv1", " , ,\t,", false},
    {"all", "srv1", "*", true},
    {"all, among others", "srv1", "a, *", true},
    {"the name", "srv1", "srv1", true},
    {"the name in another case", "Srv1.Example.ORG", "srv1.example.org", true},
    {"one of several, blanks between", "srv1", "a b,srv1 c", true},
    {"another name", "srv1", "srv2,srv11,rv1", false},
    {"a domain", "srv1.example.org", "example.org", true},
    {"a domain with a dot", "srv1.example.org", ".example.org", true},
    {"a domain with a star", "srv1.example.org", "*.example.org", true},
    {"the domain itself", "example.org", ".example.org", true},
    {"the end of a name is no domain", "badexample.org", "example.org", false},
    {"a longer name", "example.org", "srv1.example.org", false},
    {"only a dot", "srv1", ".", false},
    {"only a star and a dot", "srv1", "*.", false},
    {"an address", "10.1.2.3", "10.1.2.3", true},
    {"another address", "10.1.2.3", "10.1.2.4", false},
    {"a block", "10.1.2.3", "10.0.0.0/8", true},
    {"past a block", "11.1.2.3", "10.0.0.0/8", false},
    {"a block that ends inside a byte", "172.31.255.255", "172.16.0.0/12", true},
    {"past its end", "172.32.0.0", "172.16.0.0/12", false},
    {"a block of all", "8.8.8.8", "0.0.0.0/0", true},
    {"a block of one", "8.8.8.8", "8.8.8.8/32", true},
    {"a block too narrow", "8.8.8.8", "8.8.8.8/33", false},
    {"a block without its size", "8.8.8.8", "8.8.8.8/", false},
    {"an address is no name's end", "10.1.2.3", "2.3", false},
    {"IPv6", "::1", "::1", true},
    {"IPv6 in brackets", "[::1]", "::1", true},
    {"IPv6, written in another way", "[fd00::1]", "fd00:0:0:0:0:0:0:1", true},
    {"IPv6, a block", "[fd12::1]", "fd00::/8", true},
    {"IPv6 with a zone", "[fe80::1%eth0]", "fe80::/10", true},
    {"IPv4 in IPv6's block", "10.1.2.3", "::/0", false},
    {"a name in a block's list", "srv1", "10.0.0.0/8", false},
};

static void bypasses(void **state)
{
    const struct row *row = *state;

    assert_int_equal(wsman_proxy_is_bypassed(row->host, row->list), row->is_bypassed);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(rows)];

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = bypasses, .initial_state = (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("wsman_proxy_is_bypassed", tests, NULL, NULL);
}
