#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/auth.h"

/* texts are literals: the credential is read only */
static struct auth_credential credential(const char *user, struct icm_buf *password, const char *text)
{
    struct auth_credential c = {0};

    icm_set_text(&c.user, user);
    icm_buf_add_text(password, text);
    icm_buf_move(&c.password, password);
    return c;
}

static struct auth_credential account(const char *user, const char *text)
{
    struct icm_buf password = {0};

    return credential(user, &password, text);
}

static const struct {
    const char *name, *user, *password;
    enum icm_code code;
    const char *token;
} clients[] = {
    {"plain", "ana", "secret", ICM_OK, "ana:secret"},
    {"a colon in the password", "ana", "a:b", ICM_OK, "ana:a:b"},
    {"UTF-8", "j\xC3\xB6rg", "\xE2\x82\xAC", ICM_OK, "j\xC3\xB6rg:\xE2\x82\xAC"},
    {"no password", "ana", "", ICM_OK, "ana:"},
    {"a domain", "CORP\\ana", "x", ICM_OK, "CORP\\ana:x"},
    {"a colon in the user", "a:na", "x", ICM_USAGE, ""},
    {"a line end in the user", "a\nna", "x", ICM_USAGE, ""},
    {"a line end in the password", "ana", "x\r\n", ICM_USAGE, ""},
};

static void the_client_speaks_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(clients); i++) {
        struct auth_credential c = account(clients[i].user, clients[i].password);
        struct auth_initiator_options options = {.credential = &c};
        struct auth_context *client = NULL;
        struct icm_buf out = {0};
        struct icm_error err = {0};

        assert_int_equal(auth_initiator_new(&client, auth_mechanism_find("Basic"), &options, NULL), ICM_OK);
        if (auth_step(client, icm_slice_text(""), &out, &err) != clients[i].code)
            fail_msg("%s: %s", clients[i].name, err.text);
        assert_string_equal(icm_buf_text(&out), clients[i].token);
        if (clients[i].code == ICM_OK) /* asked again: the server has said no */
            assert_int_equal(auth_step(client, icm_slice_text("realm=\"WSMAN\""), &out, &err), ICM_DENIED);
        assert_null(*clients[i].password ? strstr(err.text, clients[i].password) : NULL);
        auth_context_free(client);
        auth_credential_reset(&c);
        icm_buf_reset(&out);
    }
}

static const struct {
    const char *token;
    enum icm_code code;
    const char *user;
} servers[] = {
    {"ana:secret", ICM_OK, "ana"},
    {"ANA:secret", ICM_OK, "ana"}, /* a local name has no case, and the account's own is given */
    {"ana:Secret", ICM_DENIED, NULL},
    {"ana:secre", ICM_DENIED, NULL},
    {"ana:secretsecret", ICM_DENIED, NULL}, /* the password over again */
    {"ana:", ICM_DENIED, NULL},
    {"ana:x:y", ICM_DENIED, NULL},
    {"ana@CORP.EXAMPLE:secret", ICM_OK, "ana"}, /* test_account.c has the rule */
    {"CORP\\ana:secret", ICM_OK, "ana"},
    {"CORP\\ana:Secret", ICM_DENIED, NULL},
    {"bob:x:y", ICM_OK, "bob"},
    {"empty:", ICM_OK, "empty"},
    {"empty:x", ICM_DENIED, NULL},
    {"CORP\\eve:pw", ICM_OK, "CORP\\eve"},
    {"corp\\eve:pw", ICM_DENIED, NULL},
    {"eve:pw", ICM_DENIED, NULL},
    {"nobody:secret", ICM_DENIED, NULL},
    {":secret", ICM_DENIED, NULL},
    {"ana", ICM_SYNTAX, NULL},
    {"", ICM_AGAIN, NULL}, /* the challenge is asked for */
};

static void the_server_compares(void **state)
{
    struct auth_credential accounts[] = {account("ana", "secret"), account("bob", "x:y"), account("empty", ""),
                                         account("CORP\\eve", "pw")};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(servers); i++) {
        struct auth_acceptor_options options = {.accounts = accounts, .account_count = ICM_COUNT(accounts)};
        struct auth_context *server = NULL;
        struct icm_buf out = {0};

        assert_int_equal(auth_acceptor_new(&server, auth_mechanism_find("Basic"), &options, NULL), ICM_OK);
        if (auth_step(server, icm_slice_text(servers[i].token), &out, NULL) != servers[i].code)
            fail_msg("%s", servers[i].token);
        const char *user = auth_user(server);
        assert_string_equal(user ? user : "", servers[i].user ? servers[i].user : "");
        assert_int_equal(out.size, 0);
        auth_context_free(server);
    }
    for (size_t i = 0; i < ICM_COUNT(accounts); i++)
        auth_credential_reset(&accounts[i]);
}

/* a zero byte ends neither name nor password */
static void bytes_count_as_they_are(void **state)
{
    struct auth_credential ana = account("ana", "secret");
    static const char *const tokens[] = {"ana\0:secret", "ana:secret\0"};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(tokens); i++) {
        struct auth_acceptor_options options = {.accounts = &ana, .account_count = 1};
        struct auth_context *server = NULL;

        assert_int_equal(auth_acceptor_new(&server, auth_mechanism_find("Basic"), &options, NULL), ICM_OK);
        assert_int_equal(auth_step(server, icm_slice_of(tokens[i], 11), NULL, NULL), ICM_DENIED);
        assert_null(auth_user(server));
        auth_context_free(server);
    }
    auth_credential_reset(&ana);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_client_speaks_once),
        cmocka_unit_test(the_server_compares),
        cmocka_unit_test(bytes_count_as_they_are),
    };

    return cmocka_run_group_tests_name("Basic, RFC 7617", tests, NULL, NULL);
}
