/* The fault plan: which lines are good, and which request they hit. */
#include "cli/endpoint_fault_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* what the plan does to a row of requests: "-" nothing, else kind and argument */
static void play(struct endpoint_fault_plan *plan, const char *requests, struct icm_buf *out)
{
    static const char *const kinds[] = {"cut", "delay", "status", "fault", "garble"};
    char line[256];

    snprintf(line, sizeof line, "%s", requests);
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " ")) {
        const struct endpoint_fault *fault = endpoint_fault_plan_next(plan, icm_slice_text(word));
        if (fault)
            icm_buf_add_format(out, "%s:%u ", kinds[fault->kind], fault->argument);
        else
            icm_buf_add_text(out, "- ");
    }
}

static const struct good_case {
    const char *name, *text, *requests, *faults;
} good[] = {
    {"an empty plan", "", "Create Receive", "- - "},
    {"comments and blank lines", "# none\n\n   \n\t# none either\n", "Create", "- "},
    {"the first of its action", "Receive 1 cut 100\n", "Create Receive Receive", "- cut:100 - "},
    {"the third of its action", "Receive 3 delay 50\n", "Receive Create Receive Command Receive Receive",
     "- - - - delay:50 - "},
    {"every kind", "Create 1 cut 0\nCreate 2 delay 1\nCreate 3 status 503\nCreate 4 fault 2150858843\nCreate 5 garble 9",
     "Create Create Create Create Create Create", "cut:0 delay:1 status:503 fault:2150858843 garble:9 - "},
    {"every action",
     "Identify 1 cut 1\nCreate 1 cut 2\nCommand 1 cut 3\nSend 1 cut 4\nReceive 1 cut 5\nSignal 1 cut 6\nDelete 1 cut 7\n"
     "Get 1 cut 8\nDisconnect 1 cut 9\nReconnect 1 cut 10\nConnect 1 cut 11\nEnumerate 1 cut 12\nPull 1 cut 13\nRelease 1 cut 14",
     "Release Pull Enumerate Connect Reconnect Disconnect Get Delete Signal Receive Send Command Create Identify",
     "cut:14 cut:13 cut:12 cut:11 cut:10 cut:9 cut:8 cut:7 cut:6 cut:5 cut:4 cut:3 cut:2 cut:1 "},
    {"case of an action does not count", "rEcEiVe 1 cut 1", "receive", "cut:1 "},
    {"comments behind a fault, blanks around", "  Send\t1   status 500   # why not\r\n", "Send", "status:500 "},
    {"the first line for a request counts", "Send 1 cut 1\nSend 1 cut 2\n", "Send Send", "cut:1 - "},
    {"an action that nobody plans", "Send 1 cut 1", "Subscribe ? Send", "- - cut:1 "},
    {"the bounds of arguments", "Send 1 status 200\nSend 2 status 599\nSend 3 fault 4294967295\nSend 4 delay 86400000",
     "Send Send Send Send", "status:200 status:599 fault:4294967295 delay:86400000 "},
};

static void plays(void **state)
{
    const struct good_case *c = *state;
    ICM_OWN(icm_buf_reset) struct icm_buf faults = {0};
    struct endpoint_fault_plan *plan;

    assert_int_equal(endpoint_fault_plan_new(&plan, icm_slice_text(c->text), NULL), ICM_OK);
    play(plan, c->requests, &faults);
    assert_string_equal(icm_buf_text(&faults), c->faults);
    endpoint_fault_plan_free(plan);
}

static const struct bad_case {
    const char *text, *says;
} bad[] = {
    {"Subscribe 1 cut 1", "line 1: 'Subscribe' is no action"},
    {"Send 1 cut 1\n\n# x\nSend", "line 4: behind the action stands a number"},
    {"Send 0 cut 1", "line 1: behind the action stands a number from 1"},
    {"Send first cut 1", "line 1: behind the action stands a number"},
    {"Send 1", "line 1: the third word"},
    {"Send 1 explode 1", "line 1: the third word"},
    {"Send 1 CUT 1", "line 1: the third word"},
    {"Send 1 cut", "line 1: cut takes a number"},
    {"Send 1 cut much", "line 1: cut takes a number"},
    {"Send 1 cut -1", "line 1: cut takes a number"},
    {"Send 1 cut 2147483648", "line 1: cut takes a number from 0 to 2147483647"},
    {"Send 1 status 199", "line 1: status takes a number from 200 to 599"},
    {"Send 1 status 600", "line 1: status takes a number from 200 to 599"},
    {"Send 1 delay 86400001", "line 1: delay takes a number"},
    {"Send 1 fault 4294967296", "line 1: fault takes a number"},
    {"Send 1 cut 1 more", "line 1: more than"},
};

static void refuses(void **state)
{
    const struct bad_case *c = *state;
    struct endpoint_fault_plan *plan = NULL;
    struct icm_error err = {0};

    assert_int_equal(endpoint_fault_plan_new(&plan, icm_slice_text(c->text), &err), ICM_USAGE);
    assert_non_null(strstr(err.text, c->says));
    assert_null(plan);
}

static void write_faults(struct icm_buf *text, int count)
{
    for (int i = 1; i <= count; i++)
        icm_buf_add_format(text, "Send %d cut %d\n", i, i);
}

static void bounds_its_faults(void **state)
{
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};
    struct endpoint_fault_plan *plan = NULL;

    write_faults(&text, ENDPOINT_FAULTS_MAX);
    assert_int_equal(endpoint_fault_plan_new(&plan, icm_buf_slice(&text), NULL), ICM_OK);
    endpoint_fault_plan_free(plan);
    icm_buf_add_text(&text, "Send 1 cut 1\n");
    assert_int_equal(endpoint_fault_plan_new(&plan, icm_buf_slice(&text), NULL), ICM_USAGE);
}

static enum icm_code load(struct icm_slice text, struct endpoint_fault_plan **plan)
{
    char path[] = "test_endpoint_fault_plan.XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text.data, text.size), text.size);
    close(fd);
    enum icm_code code = endpoint_fault_plan_load(plan, path, NULL);
    unlink(path);
    return code;
}

static void loads_a_file(void **state)
{
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0}, faults = {0};
    struct endpoint_fault_plan *plan = NULL;
    struct icm_error err = {0};

    assert_int_equal(load(icm_slice_text("Send 2 cut 7\n"), &plan), ICM_OK);
    play(plan, "Send Send", &faults);
    assert_string_equal(icm_buf_text(&faults), "- cut:7 ");
    endpoint_fault_plan_free(plan);
    while (text.size <= ENDPOINT_FAULT_PLAN_BYTES_MAX)
        icm_buf_add_text(&text, "# a comment\n");
    assert_int_equal(load(icm_buf_slice(&text), &plan), ICM_USAGE);
    assert_int_equal(endpoint_fault_plan_load(&plan, "no such file", &err), ICM_USAGE);
    assert_non_null(strstr(err.text, "no such file"));
}

int main(void)
{
    const struct CMUnitTest others[] = {cmocka_unit_test(bounds_its_faults), cmocka_unit_test(loads_a_file)};
    struct CMUnitTest tests[ICM_COUNT(good) + ICM_COUNT(bad)];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(good); i++)
        tests[count++] = (struct CMUnitTest){
            .name = good[i].name, .test_func = plays, .initial_state = (void *)(uintptr_t)&good[i]};
    for (size_t i = 0; i < ICM_COUNT(bad); i++)
        tests[count++] = (struct CMUnitTest){
            .name = bad[i].says, .test_func = refuses, .initial_state = (void *)(uintptr_t)&bad[i]};
    return cmocka_run_group_tests_name("endpoint_fault_plan_new", tests, NULL, NULL) +
           cmocka_run_group_tests_name("endpoint_fault_plan: bounds and files", others, NULL, NULL);
}
