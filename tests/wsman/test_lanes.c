/* Exchanges on a lane, against a server that does to one of its answers what a row has it do. */
#include "tests/wsman/lane_client.h"

enum { EXCHANGES = 2 };

static const struct {
    const char *name;
    enum lane_fault fault;
    unsigned at_body;
    const char *password;
    enum wsman_operation operation; /* of the second exchange */
    enum icm_code codes[EXCHANGES];
    const char *text; /* in what the failed one says */
    unsigned connections, empties, bodies;
} cases[] = {
    {"sealed, one logon for two requests", NO_FAULT, 0, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_OK}, "", 1, 2, 2},
    {"a wrong password", NO_FAULT, 0, "wrong", WSMAN_COMMAND, {ICM_DENIED, ICM_DENIED}, "did not accept", 2, 4, 0},
    {"an answer in clear", CLEAR, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_DENIED}, "in clear", 1, 2, 2},
    {"a fault in clear", CLEAR_FAULT, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_DENIED}, "in clear", 1, 2, 2},
    {"a page in clear says no more than its status", CLEAR_PAGE, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_IO}, "503", 1, 2, 2},
    {"a page that does not end", LONG_PAGE, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_LIMIT}, "a page of more than", 1, 2, 2},
    {"a changed answer", TAMPERED, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_DENIED}, "", 1, 2, 2},
    {"two answers in one", TWICE, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_SYNTAX}, "a second message", 1, 2, 2},
    {"forgotten: logs on anew and sends again", FORGETS, 2, "Secret 1", WSMAN_RECEIVE, {ICM_OK, ICM_OK}, "", 2, 4, 3},
    {"forgotten: a shell is asked for again", FORGETS, 2, "Secret 1", WSMAN_CREATE, {ICM_OK, ICM_OK}, "", 2, 4, 3},
    {"forgotten: a command may have run", FORGETS, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_IO}, "not sent again", 1, 2, 2},
    {"a forged 401: a command is not run twice", FORGED, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_IO}, "in clear", 1, 2, 2},
    {"a forged 401: input is not sent twice", FORGED, 2, "Secret 1", WSMAN_SEND, {ICM_OK, ICM_IO}, "in clear", 1, 2, 2},
    {"a forged 401: output is asked for again", FORGED, 2, "Secret 1", WSMAN_RECEIVE, {ICM_OK, ICM_OK}, "", 2, 4, 3},
    {"forgotten at once", FORGETS, 1, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_OK}, "", 2, 4, 3},
    {"forgotten again and again", FORGETS_BEHIND, 1, "Secret 1", WSMAN_RECEIVE, {ICM_DENIED, ICM_DENIED}, "forgets each logon", 4, 8, 4},
    {"cut while idle: nothing is lost", CUTS_BEHIND, 1, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_OK}, "", 2, 4, 2},
    /* curl connects once more before we can say no */
    {"cut under way: output is asked for again", CUTS, 2, "Secret 1", WSMAN_RECEIVE, {ICM_OK, ICM_OK}, "", 3, 4, 3},
    {"cut under way: a command is not run twice", CUTS, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_IO}, "not sent again", 2, 2, 2},
    {"cut in the logon", CUTS_LOGON, 0, "Secret 1", WSMAN_COMMAND, {ICM_IO, ICM_IO}, "without an answer", 2, 2, 0},
    {"answered with Basic", OFFERS_BASIC, 0, "Secret 1", WSMAN_COMMAND, {ICM_DENIED, ICM_DENIED}, "it offers Basic", 2, 2, 0},
    {"accepted without a logon", ACCEPTS_ALL, 0, "Secret 1", WSMAN_COMMAND, {ICM_DENIED, ICM_DENIED}, "without having shown", 2, 2, 0},
    {"a body answered with Basic", SAYS_BASIC, 2, "Secret 1", WSMAN_RECEIVE, {ICM_OK, ICM_OK}, "", 2, 4, 3},
};

static void exchanges(void **state)
{
    size_t i = (size_t)*state;
    struct lane_client c = {0};

    lane_client_start(&c, auth_mechanism_find("Ntlm"), cases[i].password);
    c.server.fault = cases[i].fault;
    c.server.at_body = cases[i].at_body;
    for (unsigned n = 0; n < EXCHANGES; n++) {
        lane_client_post(&c, n == 0 ? WSMAN_IDENTIFY : cases[i].operation);
        lane_client_run(&c, n + 1);
        if (c.code != cases[i].codes[n])
            fail_msg("exchange %u: %s, expected %s: %s", n + 1, icm_code_name(c.code), icm_code_name(cases[i].codes[n]), c.text);
        if (c.code == ICM_OK)
            assert_non_null(strstr(c.body, "Envelope")); /* the wire log gets what was sealed */
        else if (!strstr(c.text, cases[i].text))
            fail_msg("exchange %u says: %s", n + 1, c.text);
    }
    assert_int_equal(c.server.clear_bytes, 0);
    assert_int_equal(c.server.connection_count, cases[i].connections);
    assert_int_equal(c.server.empties, cases[i].empties);
    assert_int_equal(c.server.bodies, cases[i].bodies);
    if (cases[i].operation == WSMAN_COMMAND || cases[i].operation == WSMAN_SEND)
        assert_true(c.server.carried_out <= EXCHANGES);
    lane_client_stop(&c);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(cases)];

    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        tests[i] = (struct CMUnitTest){.name = cases[i].name, .test_func = exchanges, .initial_state = (void *)i};
    return cmocka_run_group_tests_name("lanes, MS-WSMV 2.2.9", tests, NULL, NULL);
}
