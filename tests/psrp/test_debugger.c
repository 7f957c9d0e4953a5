/* The debugger's stops and replies as an engine (7.6.9) has sent them (tests/fuzz/corpus/debugger), and the pipelines that steer it. */
#include "tests/psrp/peers.h"

#include "psrp/clixml.h"
#include "psrp/debugger.h"

#include <stdio.h>
#include <stdlib.h>

static struct psrp_value *recorded(struct icm_arena *a, const char *name)
{
    static char text[16384];
    char path[1024];
    const char *source = getenv("srcdir");

    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/debugger/%s", source ? source : ".", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = 0;
    return peers_value(a, text);
}

static void assert_text(struct icm_slice text, const char *expected)
{
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(text.data, expected, text.size);
}

/* ---- what comes ---- */

static void reads_a_step(void **state)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_debugger_stop stop;

    assert_true(psrp_debugger_read_stop(recorded(&a, "step"), &stop));
    assert_text(stop.position, "At line:1 char:1\n+ $a = 1\n+ ~~~~~~");
    assert_null(stop.breakpoints);
}

static void reads_a_breakpoint(void **state)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};
    struct psrp_debugger_stop stop;

    assert_true(psrp_debugger_read_stop(recorded(&a, "breakpoint"), &stop));
    assert_non_null(stop.breakpoints);
    assert_int_equal(stop.breakpoints->as.list->count, 1);
    psrp_value_write_text(stop.breakpoints->as.list->first->value, &text);
    assert_string_equal(icm_buf_text(&text), "Command breakpoint on 'f'");
}

#define EVENT(source, arguments) \
    "<Obj RefId=\"0\"><MS><S N=\"PSEventArgs.SourceIdentifier\">" source "</S>" arguments "</MS></Obj>"
#define ARGUMENTS(items) "<Obj N=\"PSEventArgs.SourceArgs\" RefId=\"1\"><LST>" items "</LST></Obj>"

static const struct {
    const char *name, *xml;
} others[] = {
    {"a text", "<S>PSInternalRemoteDebuggerStopEvent</S>"},
    {"another event", EVENT("mine", ARGUMENTS("<S>x</S>"))},
    {"no arguments", EVENT("PSInternalRemoteDebuggerStopEvent", "")},
    {"an empty list", EVENT("PSInternalRemoteDebuggerStopEvent", ARGUMENTS(""))},
    {"another argument", EVENT("PSInternalRemoteDebuggerStopEvent", ARGUMENTS("<S>x</S>"))},
};

static void passes_over_others(void **state)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_debugger_stop stop;
    struct psrp_debugger_reply reply;

    for (size_t i = 0; i < ICM_COUNT(others); i++)
        if (psrp_debugger_read_stop(peers_value(&a, others[i].xml), &stop))
            fail_msg("%s", others[i].name);
    assert_false(psrp_debugger_read_stop(recorded(&a, "updated"), &stop));
    assert_false(psrp_debugger_read_stop(NULL, &stop));
    assert_false(psrp_debugger_read_reply(recorded(&a, "step"), &reply));
    assert_false(psrp_debugger_read_reply(NULL, &reply));
}

static void reads_replies(void **state)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_debugger_reply reply = {0};

    assert_true(psrp_debugger_read_reply(recorded(&a, "reply-list"), &reply));
    assert_false(reply.resumes);
    assert_true(psrp_debugger_read_reply(recorded(&a, "reply-step"), &reply));
    assert_true(reply.resumes);
    assert_int_equal(reply.action, PSRP_DEBUGGER_STEP_OVER);
}

/* ---- what is said ---- */

static void orders(void **state)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};

    const struct psrp_creation *c = psrp_debugger_order(&a, PSRP_DEBUGGER_RESUME, PSRP_DEBUGGER_STEP_OUT);
    assert_true(c->is_nested);
    assert_text(c->commands->text, "__Set-PSDebuggerAction");
    assert_false(c->commands->is_script);
    assert_text(c->commands->parameters->name, "ResumeAction");
    psrp_value_write_text(c->commands->parameters->value, &text);
    assert_string_equal(icm_buf_text(&text), "StepOut");
    assert_false(psrp_debugger_order(&a, PSRP_DEBUGGER_STEP_MODE, 1)->is_nested);
}

#define ONCE(script) \
    "if ($(try { $global:IcmDebuggerLine } catch {}) -eq 'm') { return 'm' }; $global:IcmDebuggerLine = 'm'\n" script

static const struct {
    const char *typed, *sent;
} lines[] = {
    {"", ""},
    {" s ", "s"},
    {"STEPOVER", "STEPOVER"},
    {"l 3 2", "l 3 2"},
    {"?", "?"},
    {"q", "q"},
    {"q now", ONCE("q now")},
    {"k", ONCE("Get-PSCallStack")},
    {" $a ", ONCE("$a")},
    {"'it''s'; }", ONCE("'it''s'; }")},
};

static void runs_lines_once(void **state)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};

    for (size_t i = 0; i < ICM_COUNT(lines); i++) {
        const struct psrp_creation *c = psrp_debugger_line(&a, icm_slice_text(lines[i].typed), "m");

        assert_true(c->is_nested && c->commands->is_script);
        assert_text(c->commands->text, lines[i].sent);
    }
}

static void knows_a_mark(void **state)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};

    assert_true(psrp_debugger_was_run(psrp_value_string(&a, "m"), "m"));
    assert_false(psrp_debugger_was_run(psrp_value_string(&a, "mm"), "m"));
    assert_false(psrp_debugger_was_run(psrp_value_i32(&a, 1), "m"));
    assert_false(psrp_debugger_was_run(NULL, "m"));
}

static void announces_a_version(void **state)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_value *given = psrp_value_primitive_dictionary(&a);

    assert_true(psrp_value_add_entry(&a, given, psrp_value_string(&a, "mine"), psrp_value_i32(&a, 1)));
    const struct psrp_value *all = psrp_debugger_arguments(&a, given);
    assert_non_null(psrp_value_entry(all, "mine"));
    assert_non_null(psrp_value_entry(psrp_value_entry(all, "PSVersionTable"), "PSVersion"));
    assert_int_equal(psrp_debugger_arguments(&a, all)->as.dictionary->count, 2);
    assert_int_equal(psrp_debugger_arguments(&a, NULL)->as.dictionary->count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_step),  cmocka_unit_test(reads_a_breakpoint), cmocka_unit_test(passes_over_others),
        cmocka_unit_test(reads_replies), cmocka_unit_test(orders),             cmocka_unit_test(runs_lines_once),
        cmocka_unit_test(knows_a_mark),  cmocka_unit_test(announces_a_version),
    };

    return cmocka_run_group_tests_name("psrp_debugger, psrp.md 11", tests, NULL, NULL);
}
