/* The judge of answers, by small ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/replay/judge.h"
#include "wsman/names.h"

#define ENVELOPE(body)                                                                                                 \
    "<s:Envelope xmlns:s=\"" WSMAN_NS_SOAP "\" xmlns:f=\"" WSMAN_NS_FAULT "\" xmlns:r=\"" WSMAN_NS_SHELL               \
    "\"><s:Body>" body "</s:Body></s:Envelope>"
#define STARTED(id) ENVELOPE("<r:CommandResponse><r:CommandId>" id "</r:CommandId></r:CommandResponse>")
#define FAULT(code)                                                                                                    \
    ENVELOPE("<s:Fault><s:Detail><f:WSManFault Code=\"" code "\"><f:Message/></f:WSManFault></s:Detail></s:Fault>")

/* What the judge says; @j's envelopes are read from @recorded and @live ("": there is none). */
static void expect(struct replay_judged j, const char *recorded, const char *live, const char *complaints)
{
    struct replay_envelope theirs, ours;
    struct replay_ids ids = {0};
    struct icm_buf out = {0};

    assert_int_equal(replay_envelope_read(&theirs, icm_slice_text(recorded), NULL), ICM_OK);
    assert_int_equal(replay_envelope_read(&ours, icm_slice_text(live), NULL), ICM_OK);
    j.recorded.envelope = &theirs;
    j.live.envelope = &ours;
    replay_ids_add_text(&ids, icm_slice_text("A"), icm_slice_text("B"));
    j.ids = &ids;
    replay_judge(&j, "x", &out);
    assert_string_equal(icm_buf_text(&out), complaints);
    icm_buf_reset(&out);
    replay_ids_reset(&ids);
    replay_envelope_reset(&theirs);
    replay_envelope_reset(&ours);
}

static void answers_are_compared(void **state)
{
    const struct replay_judged j = {.operation = REPLAY_COMMAND, .recorded.status = 200, .live.status = 200};

    (void)state;
    expect(j, STARTED("A"), STARTED("B"), "");
    expect(j, STARTED("A"), STARTED("A"), "x: s:Body/rsp:CommandResponse/rsp:CommandId is 'A', recorded 'B'\n");
    expect(j, STARTED("A"), ENVELOPE("<r:CommandResponse/>"),
           "x: the answer lacks s:Body/rsp:CommandResponse/rsp:CommandId = B\n");
    expect(j, ENVELOPE(""), STARTED("B"), ""); /* more than the recorded one is no harm */
}

static void faults_are_compared_by_code(void **state)
{
    struct replay_judged j = {.operation = REPLAY_SIGNAL, .recorded.status = 500, .live.status = 500};

    (void)state;
    expect(j, FAULT("87"), FAULT("87"), "");
    expect(j, FAULT("87"), FAULT("5"), "x: the fault's code is 5, recorded 87\n");
    j.is_omi = true;
    expect(j, FAULT("87"), FAULT("5"), "");
}

static void other_kinds_need_a_reason(void **state)
{
    struct replay_judged j = {.operation = REPLAY_RECEIVE, .recorded.status = 200, .live.status = 500};

    (void)state;
    expect(j, ENVELOPE("<r:ReceiveResponse/>"), FAULT("2150858843"),
           "x: a fault: it is gone (500, code 2150858843), recorded an answer\n");
    j.has_ended = true;
    expect(j, ENVELOPE("<r:ReceiveResponse/>"), FAULT("2150858843"), "");
    j.operation = REPLAY_COMMAND;
    expect(j, STARTED("A"), FAULT("2150858843"), "x: a fault: it is gone (500, code 2150858843), recorded an answer\n");
    j.live.status = 0;
    expect(j, STARTED("A"), "", "x: no answer (0, code 0), recorded an answer\n");
    j.live.status = 401;
    expect(j, STARTED("A"), "", "x: a refused login (401, code 0), recorded an answer\n");
    j = (struct replay_judged){.operation = REPLAY_CREATE, .recorded.status = 500, .live.status = 200};
    expect(j, FAULT("87"), STARTED("B"), "x: an answer (200, code 0), recorded a fault\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_compared),
        cmocka_unit_test(faults_are_compared_by_code),
        cmocka_unit_test(other_kinds_need_a_reason),
    };

    return cmocka_run_group_tests_name("the judge of answers", tests, NULL, NULL);
}
