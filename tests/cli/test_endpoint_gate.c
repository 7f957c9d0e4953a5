/* Who may come in: path, method, credentials and content type, in this order. */
#include "cli/endpoint_gate.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SOAP "application/soap+xml;charset=UTF-8"
#define ANNE "anne:secret" /* written in base64 before it is judged */

static const struct gate_case {
    const char *name, *method, *path, *content_type;
    const char *scheme, *token; /* @token NULL: @scheme is the whole header */
    const char *identify;
    unsigned status;
    const char *user;
} cases[] = {
    {"a known user", "POST", "/wsman", SOAP, "Basic ", ANNE, NULL, 0, "anne"},
    {"a name has no case", "POST", "/wsman", SOAP, "Basic ", "ANNE:secret", NULL, 0, "anne"},
    {"neither has the scheme", "POST", "/wsman", SOAP, "bASIC ", ANNE, NULL, 0, "anne"},
    {"the second account", "POST", "/wsman", SOAP, "Basic ", "bob:a:b", NULL, 0, "bob"},
    {"blanks around the token", "POST", "/wsman", SOAP, "Basic   ", ANNE, NULL, 0, "anne"},
    {"below the path", "POST", "/wsman/here", SOAP, "Basic ", ANNE, NULL, 0, "anne"},
    {"with a query, as Exchange's clients send", "POST", "/wsman?PSVersion=5.1", SOAP, "Basic ", ANNE, NULL, 0, "anne"},
    {"signed in where nobody need be", "POST", "/wsman-anon/identify", SOAP, "Basic ", ANNE, NULL, 0, "anne"},

    {"wrong password", "POST", "/wsman", SOAP, "Basic ", "anne:Secret", NULL, 401, ""},
    {"no password", "POST", "/wsman", SOAP, "Basic ", "anne:", NULL, 401, ""},
    {"a password that goes on", "POST", "/wsman", SOAP, "Basic ", "anne:secrets", NULL, 401, ""},
    {"another's password", "POST", "/wsman", SOAP, "Basic ", "bob:secret", NULL, 401, ""},
    {"unknown user", "POST", "/wsman", SOAP, "Basic ", "eve:secret", NULL, 401, ""},
    {"no user at all", "POST", "/wsman", SOAP, "Basic ", ":", NULL, 401, ""},
    {"no colon", "POST", "/wsman", SOAP, "Basic ", "anne", NULL, 401, ""},
    {"no credentials", "POST", "/wsman", SOAP, NULL, NULL, NULL, 401, ""},
    {"an empty header", "POST", "/wsman", SOAP, "", NULL, NULL, 401, ""},
    {"a scheme alone", "POST", "/wsman", SOAP, "Basic", NULL, NULL, 401, ""},
    {"another scheme", "POST", "/wsman", SOAP, "Negotiate ", ANNE, NULL, 401, ""},
    {"a longer scheme", "POST", "/wsman", SOAP, "Basics ", ANNE, NULL, 401, ""},
    {"no base64", "POST", "/wsman", SOAP, "Basic !!!!", NULL, NULL, 401, ""},
    {"half a group of base64", "POST", "/wsman", SOAP, "Basic YW5uZTpzZWNyZXQ", NULL, NULL, 401, ""},

    {"Identify by header", "POST", "/wsman", SOAP, NULL, NULL, "unauthenticated", 0, ""},
    {"Identify by header, any case", "POST", "/wsman", SOAP, NULL, NULL, "Unauthenticated", 0, ""},
    {"Identify by path", "POST", "/wsman-anon/identify", SOAP, NULL, NULL, NULL, 0, ""},
    {"another value of that header", "POST", "/wsman", SOAP, NULL, NULL, "true", 401, ""},
    {"wrong credentials are not nobody's", "POST", "/wsman", SOAP, "Basic ", "eve:x", "unauthenticated", 401, ""},
    {"nobody sends text", "POST", "/wsman-anon/identify", "text/plain", NULL, NULL, NULL, 415, ""},

    {"text/xml", "POST", "/wsman", "text/xml", "Basic ", ANNE, NULL, 0, "anne"},
    {"no charset", "POST", "/wsman", "application/soap+xml", "Basic ", ANNE, NULL, 0, "anne"},
    {"a quoted charset", "POST", "/wsman", "application/soap+xml; charset=\"utf-8\"", "Basic ", ANNE, NULL, 0, "anne"},
    {"UTF-16", "POST", "/wsman", "application/soap+xml;charset=UTF-16", "Basic ", ANNE, NULL, 415, "anne"},
    {"a sealed body", "POST", "/wsman", "multipart/encrypted", "Basic ", ANNE, NULL, 415, "anne"},
    {"a form", "POST", "/wsman", "application/x-www-form-urlencoded", "Basic ", ANNE, NULL, 415, "anne"},
    {"no content type", "POST", "/wsman", NULL, "Basic ", ANNE, NULL, 415, "anne"},
    {"the credentials come first", "POST", "/wsman", "text/plain", "Basic ", "anne:x", NULL, 401, ""},

    {"GET", "GET", "/wsman", SOAP, "Basic ", ANNE, NULL, 405, ""},
    {"a method has case", "post", "/wsman", SOAP, "Basic ", ANNE, NULL, 405, ""},
    {"another path", "POST", "/", SOAP, "Basic ", ANNE, NULL, 404, ""},
    {"a path that only begins so", "POST", "/wsmanage", SOAP, "Basic ", ANNE, NULL, 404, ""},
    {"below nobody's path", "POST", "/wsman-anon/identify/more", SOAP, NULL, NULL, NULL, 404, ""},
    {"a path has case", "POST", "/WSMAN", SOAP, "Basic ", ANNE, NULL, 404, ""},
    {"no path", "POST", NULL, SOAP, "Basic ", ANNE, NULL, 404, ""},
    {"the path comes first", "GET", "/", SOAP, NULL, NULL, NULL, 404, ""},
};

static void set_account(struct auth_credential *a, const char *user, const char *password)
{
    icm_set_text(&a->user, user);
    icm_buf_add_text(&a->password, password);
}

static void write_authorization(const struct gate_case *c, struct icm_buf *out)
{
    icm_buf_add_text(out, c->scheme ? c->scheme : "");
    if (c->token)
        icm_base64_write(out, icm_slice_text(c->token));
}

static unsigned judge(const struct gate_case *c, bool takes_passwords, char user[ENDPOINT_USER_MAX + 1])
{
    ICM_OWN(icm_buf_reset) struct icm_buf authorization = {0};
    struct auth_credential accounts[2] = {0};
    struct endpoint_gate gate = {accounts, ICM_COUNT(accounts), takes_passwords};

    set_account(&accounts[0], "anne", "secret");
    set_account(&accounts[1], "bob", "a:b");
    write_authorization(c, &authorization);
    struct endpoint_head head = {.method = c->method,
                                 .path = c->path,
                                 .content_type = c->content_type,
                                 .authorization = c->scheme ? icm_buf_text(&authorization) : NULL,
                                 .identify = c->identify};
    unsigned status = endpoint_gate_judge(&gate, &head, user);
    auth_credential_reset(&accounts[0]);
    auth_credential_reset(&accounts[1]);
    return status;
}

static void judges(void **state)
{
    const struct gate_case *c = *state;
    char user[ENDPOINT_USER_MAX + 1] = "left over";

    assert_int_equal(judge(c, true, user), c->status);
    if (c->status != 415) /* nobody asks who it was that is refused */
        assert_string_equal(user, c->user);
}

/* Where others can listen a password is refused, right or wrong; what needs none goes on. */
static void takes_no_password_in_the_clear(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        const struct gate_case *c = &cases[i];
        char user[ENDPOINT_USER_MAX + 1];
        bool is_nobodys = !c->scheme && c->status != 401;
        unsigned expected = c->status == 404 || c->status == 405 || is_nobodys ? c->status : 403;

        assert_int_equal(judge(c, false, user), expected);
        assert_string_equal(user, "");
    }
}

static void lets_nobody_in_without_accounts(void **state)
{
    struct endpoint_gate gate = {.takes_passwords = true};
    struct endpoint_head head = {"POST", "/wsman", SOAP, "Basic Og==", NULL}; /* ":" */
    char user[ENDPOINT_USER_MAX + 1];

    assert_int_equal(endpoint_gate_judge(&gate, &head, user), 401);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(takes_no_password_in_the_clear),
        cmocka_unit_test(lets_nobody_in_without_accounts),
    };
    struct CMUnitTest tests[ICM_COUNT(cases)];

    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = judges, .initial_state = (void *)(uintptr_t)&cases[i]};
    return cmocka_run_group_tests_name("endpoint_gate_judge, RFC 7235, RFC 7617, DSP0226 11", tests, NULL, NULL) +
           cmocka_run_group_tests_name("endpoint_gate_judge: who is not let in", others, NULL, NULL);
}
