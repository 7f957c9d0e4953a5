/* The debugger's prompt between a session and a console that are the test's own: what is run, what is asked, who has his turn. */
#include "tests/cli/value_of.h"

#include "cli/debugger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- the session and the console ---- */

enum { PIPELINES = 16 };

static char pipelines[PIPELINES]; /* psrp_pipeline is a name for one of these */
static bool has_ended[PIPELINES];
static size_t pipeline_count;
static bool cannot_create;
static struct icm_buf log_; /* of what was done to both */

static struct psrp_pipeline *pipeline(size_t i)
{
    return (struct psrp_pipeline *)&pipelines[i];
}

static size_t number_of(const struct psrp_pipeline *p)
{
    return (size_t)((const char *)p - pipelines);
}

enum icm_code __wrap_psrp_session_create(struct psrp_session *s, const struct psrp_creation *creation, struct psrp_pipeline **out,
                                         struct icm_error *err);
enum icm_code __wrap_psrp_session_create(struct psrp_session *s, const struct psrp_creation *creation, struct psrp_pipeline **out,
                                         struct icm_error *err)
{
    const struct psrp_command *c = creation->commands;
    const char *text = (const char *)c->text.data, *end = text + c->text.size;
    const char *line = c->text.size > 0 ? memchr(text, '\n', c->text.size) : NULL;

    if (cannot_create)
        return icm_fail(err, ICM_STATE, NULL, "the session is gone");
    assert_true(pipeline_count < PIPELINES);
    icm_buf_add_format(&log_, "run %zu %s", pipeline_count, creation->is_nested ? "" : "before ");
    icm_buf_add_format(&log_, "%.*s", (int)(end - (line ? line + 1 : text)), line ? line + 1 : text);
    if (c->parameter_count > 0) {
        icm_buf_add_text(&log_, " ");
        psrp_value_write_text(c->parameters->value, &log_);
    }
    icm_buf_add_text(&log_, "\n");
    *out = pipeline(pipeline_count++);
    return ICM_OK;
}

void __wrap_psrp_session_stop(struct psrp_session *s, struct psrp_pipeline *p);
void __wrap_psrp_session_stop(struct psrp_session *s, struct psrp_pipeline *p)
{
    icm_buf_add_format(&log_, "stop %zu\n", number_of(p));
}

bool __wrap_psrp_pipeline_has_ended(const struct psrp_pipeline *p);
bool __wrap_psrp_pipeline_has_ended(const struct psrp_pipeline *p)
{
    return has_ended[number_of(p)];
}

void __wrap_cli_console_ask(struct cli_console *c, void *caller, struct icm_buf *head, const char *question);
void __wrap_cli_console_ask(struct cli_console *c, void *caller, struct icm_buf *head, const char *question)
{
    icm_buf_add(&log_, icm_buf_slice(head));
    icm_buf_add_format(&log_, "%s\n", question);
    icm_buf_reset(head);
}

void __wrap_cli_console_interrupt(struct cli_console *c, const void *caller);
void __wrap_cli_console_interrupt(struct cli_console *c, const void *caller)
{
    icm_buf_add_text(&log_, "forget\n");
}

static struct cli_debuggers all;
static struct cli_debugger a, b;

static int set_up(void **state)
{
    all = (struct cli_debuggers){0};
    cli_debugger_init(&a, &all, NULL, NULL, "a");
    cli_debugger_init(&b, &all, NULL, NULL, "b");
    memset(has_ended, 0, sizeof has_ended);
    cannot_create = false;
    pipeline_count = 1; /* 0 is the script */
    return 0;
}

static int tear_down(void **state)
{
    cli_debugger_reset(&a);
    cli_debugger_reset(&b);
    icm_buf_reset(&log_);
    return 0;
}

static void assert_log(const char *expected)
{
    assert_string_equal(icm_buf_text(&log_), expected);
    icm_buf_clear(&log_);
}

/* ---- events, as run_host hands them on ---- */

#define PROMPT "[DBG]: [a]: PS>> \n"
#define STEP_HEAD "At line:1 char:1\n+ $a = 1\n+ ~~~~~~\n"
#define RESUME "__Set-PSDebuggerAction "

/* true: it was the debugger's */
static bool take(struct cli_debugger *d, struct psrp_event *event)
{
    bool has_failed;
    bool is_taken = cli_debugger_take(d, pipeline(0), event, &has_failed);

    assert_int_equal(has_failed, is_taken && event->pipeline_state == PSRP_PIPELINE_FAILED);
    if (is_taken)
        assert_int_equal(cli_debugger_go_on(d, NULL), ICM_OK);
    return is_taken;
}

static void stop_at(struct cli_debugger *d, const char *name)
{
    static char text[16384];
    ICM_OWN(icm_arena_reset) struct icm_arena arena = {0};
    struct psrp_event event = {.type = PSRP_EVENT_USER_EVENT};
    char path[1024];
    const char *source = getenv("srcdir");

    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/debugger/%s", source ? source : ".", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    event.value = value_of(&arena, text);
    if (strncmp(name, "reply", 5) == 0) {
        event.type = PSRP_EVENT_OUTPUT;
        event.pipeline = pipeline(pipeline_count - 1);
    }
    assert_true(take(d, &event));
}

static bool says(struct cli_debugger *d, size_t number, const char *text)
{
    ICM_OWN(icm_arena_reset) struct icm_arena arena = {0};
    struct psrp_event event = {
        .type = PSRP_EVENT_OUTPUT, .pipeline = pipeline(number), .value = psrp_value_string(&arena, text)};

    return take(d, &event);
}

static void ends(struct cli_debugger *d, size_t number)
{
    struct psrp_event event = {
        .type = PSRP_EVENT_PIPELINE_STATE, .pipeline = pipeline(number), .pipeline_state = PSRP_PIPELINE_COMPLETED};

    has_ended[number] = true;
    assert_true(take(d, &event));
}

static void type(struct cli_debugger *d, const char *line)
{
    ICM_OWN(icm_arena_reset) struct icm_arena arena = {0};

    assert_int_equal(cli_debugger_answer(d, line ? psrp_value_string(&arena, line) : NULL, 1000, NULL), ICM_OK);
}

static void interrupt(void)
{
    assert_true(cli_debuggers_want_interrupt(&all));
    cli_debuggers_interrupt(&all);
}

/* at the prompt of the first stop, of which nothing is logged any more */
static void begin(struct cli_debugger *d)
{
    d->session = (struct psrp_session *)(uintptr_t)1;
    stop_at(d, "step");
    icm_buf_clear(&log_);
}

/* ---- what is to be ---- */

static void arms(void **state)
{
    bool is_armed = false;

    assert_int_equal(cli_debugger_arm(&a, NULL, &is_armed, NULL), ICM_OK);
    assert_false(is_armed);
    assert_int_equal(cli_debugger_arm(&a, NULL, &is_armed, NULL), ICM_OK);
    assert_false(is_armed);
    assert_log("run 1 before __Set-PSUnhandledBreakpointMode Ignore\nrun 2 before __Set-PSDebuggerStepMode True\n");
    assert_int_equal(cli_debugger_arm(&a, NULL, &is_armed, NULL), ICM_OK);
    assert_true(is_armed);
    assert_log("");
}

static void says_where_it_stands(void **state)
{
    stop_at(&a, "step");
    assert_log("Entering debug mode. Use h or ? for help.\n\n" STEP_HEAD PROMPT);
    type(&a, "1");
    ends(&a, 1);
    assert_log("run 1 1\n" PROMPT);
    stop_at(&a, "breakpoint");
    assert_non_null(strstr(icm_buf_text(&log_), "Hit Command breakpoint on 'f'\n\nAt line:"));
}

static void passes_on_what_is_not_its_own(void **state)
{
    struct psrp_event event = {.type = PSRP_EVENT_USER_EVENT};

    begin(&a);
    assert_false(says(&a, 0, "the script's"));
    assert_false(take(&a, &event));
    type(&a, "$a");
    assert_false(says(&a, 1, "the line's"));
    event = (struct psrp_event){.type = PSRP_EVENT_ERROR, .pipeline = pipeline(1)};
    assert_true(cli_debugger_said(&a, &event));
    event.pipeline = pipeline(0);
    assert_false(cli_debugger_said(&a, &event));
    assert_log("run 1 $a\n");
}

static void goes_on_where_it_is_told(void **state)
{
    begin(&a);
    type(&a, "v");
    stop_at(&a, "reply-step");
    ends(&a, 1);
    assert_log("run 1 v\nrun 2 " RESUME "StepOver\n");
    ends(&a, 2);
    assert_log("");
    stop_at(&a, "step");
    assert_log(STEP_HEAD PROMPT);
    type(&a, "l");
    stop_at(&a, "reply-list");
    ends(&a, 3);
    assert_log("run 3 l\n" PROMPT);
}

static void tells_a_line_that_failed(void **state)
{
    struct psrp_event event = {
        .type = PSRP_EVENT_PIPELINE_STATE, .pipeline = pipeline(1), .pipeline_state = PSRP_PIPELINE_FAILED};

    begin(&a);
    type(&a, "throw 'why'");
    has_ended[1] = true;
    assert_true(take(&a, &event));
    assert_log("run 1 throw 'why'\n" PROMPT);
}

/* of 4 only the third came through */
static void tries_again(void **state)
{
    static const uint64_t dues[] = {1500, 2500, 4500, 8500, 0};
    uint64_t now_ms = 1000;

    begin(&a);
    assert_int_equal(cli_debugger_due(&a), 0);
    type(&a, "1 + 1");
    for (size_t i = 0; i < ICM_COUNT(dues) - 1; i++) {
        assert_int_equal(cli_debugger_due(&a), dues[i]);
        now_ms = dues[i];
        assert_int_equal(cli_debugger_try_again(&a, now_ms, NULL), ICM_OK);
    }
    assert_int_equal(cli_debugger_due(&a), 0);
    assert_log("run 1 1 + 1\nrun 2 1 + 1\nrun 3 1 + 1\nrun 4 1 + 1\nrun 5 1 + 1\n");
    assert_false(says(&a, 3, "2"));
    assert_log("stop 1\nstop 2\nstop 4\nstop 5\n");
    assert_true(says(&a, 4, "of one that was let go"));
    ends(&a, 1);
    assert_log("");
    ends(&a, 3);
    assert_log(PROMPT);
    ends(&a, 2); /* its end comes late */
    assert_log("");
}

static void waits_no_longer_than_it_must(void **state)
{
    begin(&a);
    type(&a, "1");
    assert_false(says(&a, 1, "1"));
    assert_int_equal(cli_debugger_due(&a), 0);
    ends(&a, 1);
    type(&a, "2");
    cli_debugger_leave(&a);
    assert_int_equal(cli_debugger_due(&a), 0);
}

/* the second one finds the first one's mark before we hear of that */
static void hears_the_one_that_runs(void **state)
{
    char mark[ICM_GUID_TEXT + 1];

    begin(&a);
    type(&a, "1");
    assert_int_equal(cli_debugger_try_again(&a, 1500, NULL), ICM_OK);
    memcpy(mark, a.line.mark, sizeof mark);
    assert_int_equal(strlen(mark), ICM_GUID_TEXT);
    assert_true(says(&a, 2, mark));
    ends(&a, 2);
    assert_int_equal(cli_debugger_due(&a), 0);
    assert_log("run 1 1\nrun 2 1\n");
    assert_false(says(&a, 1, "1"));
    ends(&a, 1);
    assert_log(PROMPT);
    type(&a, "2");
    assert_string_not_equal(mark, a.line.mark);
}

static void quits(void **state)
{
    begin(&a);
    type(&a, NULL);
    assert_log("run 1 " RESUME "Stop\n");
    assert_null(all.first);
}

static void quits_in_the_middle_of_a_line(void **state)
{
    begin(&a);
    type(&a, "1");
    assert_true(cli_debugger_quit(&a));
    assert_log("run 1 1\nstop 1\n");
    ends(&a, 1);
    assert_log("run 2 " RESUME "Stop\n");
    assert_false(cli_debugger_quit(&b)); /* stands nowhere */
}

static void is_interrupted_at_the_prompt(void **state)
{
    assert_false(cli_debuggers_want_interrupt(&all));
    begin(&a);
    interrupt();
    assert_log("forget\n" PROMPT);
    assert_false(cli_debuggers_want_interrupt(&all));
    type(&a, "1");
    ends(&a, 1);
    icm_buf_clear(&log_);
    interrupt();
    assert_log("forget\n" PROMPT);
}

static void is_interrupted_in_a_line(void **state)
{
    begin(&a);
    type(&a, "1");
    assert_int_equal(cli_debugger_try_again(&a, 1500, NULL), ICM_OK);
    icm_buf_clear(&log_);
    interrupt();
    assert_log("forget\nstop 1\nstop 2\n");
    assert_int_equal(cli_debugger_due(&a), 0);
    assert_false(cli_debuggers_want_interrupt(&all));
    ends(&a, 1);
    assert_log("stop 2\n" PROMPT);
    assert_false(cli_debuggers_want_interrupt(&all)); /* nothing was typed since */
    type(&a, "c");
    ends(&a, 3);
    interrupt();
}

static void one_has_the_prompt(void **state)
{
    begin(&a);
    stop_at(&b, "step");
    assert_log("");
    cli_debugger_leave(&a);
    assert_log(STEP_HEAD "[DBG]: [b]: PS>> \n");
    assert_int_equal(cli_debugger_go_on(&a, NULL), ICM_OK); /* nobody will type at it */
    assert_log("run 1 " RESUME "Continue\n");
}

static void says_what_cannot_be_run(void **state)
{
    ICM_OWN(icm_arena_reset) struct icm_arena arena = {0};
    struct icm_error err = {0};

    begin(&a);
    cannot_create = true;
    assert_int_equal(cli_debugger_answer(&a, psrp_value_string(&arena, "1"), 1000, &err), ICM_STATE);
    assert_string_equal(err.text, "the session is gone");
    assert_int_equal(cli_debugger_due(&a), 0);
    icm_error_reset(&err);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(arms),
        TEST(says_where_it_stands),
        TEST(passes_on_what_is_not_its_own),
        TEST(goes_on_where_it_is_told),
        TEST(tells_a_line_that_failed),
        TEST(tries_again),
        TEST(waits_no_longer_than_it_must),
        TEST(hears_the_one_that_runs),
        TEST(quits),
        TEST(quits_in_the_middle_of_a_line),
        TEST(is_interrupted_at_the_prompt),
        TEST(is_interrupted_in_a_line),
        TEST(one_has_the_prompt),
        TEST(says_what_cannot_be_run),
    };

    return cmocka_run_group_tests_name("cli_debugger, psrp.md 11", tests, NULL, NULL);
}
