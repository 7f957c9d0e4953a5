/* How often a lane tries to connect, and for what. */
#include "tests/wsman/lane_client.h"

#include <string.h>

/* MaxConnectionRetryCount: for what opens something, when nothing of it can have arrived. Twice takes 0.75 seconds. */
static const struct retried {
    const char *name;
    enum lane_fault fault;
    enum wsman_operation operation;
    uint32_t retries;
    unsigned connections, bodies;
    const char *says;
} retried[] = {
    {"Create, and no retries", CUTS_LOGON, WSMAN_CREATE, 0, 1, 0, "without an answer"},
    {"Create, and two", CUTS_LOGON, WSMAN_CREATE, 2, 3, 0, "without an answer"},
    {"a Command is not tried", CUTS_LOGON, WSMAN_COMMAND, 2, 1, 0, "without an answer"},
    {"nor input", CUTS_LOGON, WSMAN_SEND, 2, 1, 0, "without an answer"},
    {"nor a Create that may have arrived", CUTS, WSMAN_CREATE, 2, 2, 1, "not sent again"},
    {"nor what was refused", OFFERS_BASIC, WSMAN_CREATE, 2, 1, 0, ""},
};

static void connects_again(void **state)
{
    const struct retried *row = *state;
    struct lane_client c = {0};

    lane_client_start(&c, auth_mechanism_find("Ntlm"), "Secret 1");
    c.lane->connect_retries = row->retries;
    c.server.fault = row->fault;
    c.server.at_body = row->fault == CUTS ? 1 : 0;
    lane_client_post(&c, row->operation);
    lane_client_run(&c, 1);
    assert_int_not_equal(c.code, ICM_OK);
    if (!strstr(c.text, row->says))
        fail_msg("it says: %s", c.text);
    assert_int_equal(c.server.connection_count, row->connections);
    assert_int_equal(c.server.bodies, row->bodies);
    lane_client_stop(&c);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(retried)];

    for (size_t i = 0; i < ICM_COUNT(retried); i++)
        tests[i] = (struct CMUnitTest){
            .name = retried[i].name, .test_func = connects_again, .initial_state = (void *)(uintptr_t)&retried[i]};
    return cmocka_run_group_tests_name("lanes that connect again", tests, NULL, NULL);
}
