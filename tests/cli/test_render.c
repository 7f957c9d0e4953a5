#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/format_error.h"
#include "cli/render.h"
#include "tests/cli/value_of.h"
#include "wsman/fault.h"

#define PROGRESS(STATUS, TYPE) \
    "<Obj RefId=\"0\"><MS><S N=\"Activity\">Working</S><I32 N=\"ActivityId\">7</I32><S N=\"StatusDescription\">" STATUS "</S>" \
    "<Nil N=\"CurrentOperation\" /><I32 N=\"ParentActivityId\">-1</I32><I32 N=\"PercentComplete\">50</I32>" \
    "<Obj N=\"Type\" RefId=\"1\"><TN RefId=\"0\"><T>System.Management.Automation.ProgressRecordType</T><T>System.Enum</T></TN>" \
    "<ToString>x</ToString><I32>" TYPE "</I32></Obj><I32 N=\"SecondsRemaining\">-1</I32></MS></Obj>"
#define RECORD(MESSAGE) "<Obj RefId=\"0\"><ToString>t</ToString><MS><S N=\"InformationalRecord_Message\">" MESSAGE "</S></MS></Obj>"
#define ERROR_RECORD(MESSAGE, MORE) \
    "<Obj RefId=\"0\"><ToString>an error</ToString><MS><Obj N=\"Exception\" RefId=\"1\"><Props><S N=\"Message\">" MESSAGE "</S></Props></Obj>" \
    "<S N=\"FullyQualifiedErrorId\">ErrId,f</S><I32 N=\"ErrorCategory_Category\">7</I32>" \
    "<S N=\"ErrorCategory_Activity\">f</S><S N=\"ErrorCategory_Reason\">InvalidOperationException</S>" \
    "<S N=\"ErrorCategory_TargetName\">targ</S><S N=\"ErrorCategory_TargetType\">String</S>" MORE "</MS></Obj>"
#define WRITE_HOST(TEXT, NO_NEW_LINE) \
    "<Obj RefId=\"0\"><MS><Obj N=\"MessageData\" RefId=\"1\"><TN RefId=\"0\"><T>System.Management.Automation.HostInformationMessage</T>" \
    "</TN><ToString>" TEXT "</ToString><Props><S N=\"Message\">" TEXT "</S><B N=\"NoNewLine\">" NO_NEW_LINE "</B></Props></Obj></MS></Obj>"
#define INFORMATION(TEXT) "<Obj RefId=\"0\"><MS><S N=\"MessageData\">" TEXT "</S></MS></Obj>"
#define HOST_CALL(METHOD, PARAMETERS) \
    "<Obj RefId=\"0\"><MS><I64 N=\"ci\">-100</I64><I32 N=\"mi\">" METHOD "</I32><Obj N=\"mp\" RefId=\"2\"><LST>" PARAMETERS \
    "</LST></Obj></MS></Obj>"
#define TWO "<Obj RefId=\"0\"><MS><I32 N=\"A\">1</I32><S N=\"Long\">x</S></MS></Obj>"
#define LINE(STREAM, VALUE) "{\"computer\":\"srv1\",\"stream\":\"" STREAM "\",\"value\":" VALUE "}\n"
#define JSON_ERROR(MESSAGE, REMEDY) \
    "{\"id\":\"ErrId,f\",\"category\":\"InvalidOperation\",\"message\":" MESSAGE ",\"computer\":\"srv1\",\"remedy\":" REMEDY "}"
#define INFO_LINES \
    "    + CategoryInfo          : InvalidOperation: (targ:String) [f], InvalidOperationException\n" \
    "    + FullyQualifiedErrorId : ErrId,f\n" \
    "    + PSComputerName        : srv1\n"
#define BAR50 "[==========          ]  50%"
#define WIPE "\033[J\r\033[J"

static struct cli_progress_size sixty_columns(void)
{
    return (struct cli_progress_size){.columns = 60, .rows = 25};
}

enum { PIPED, HIDDEN, ON_TERMINAL, LIVE, LIVE_TO_FILE, RAW, NORMAL, CATEGORY, JSON };
static const struct cli_renderer_options options[] = {
    [PIPED] = {.format = CLI_OUTPUT_TEXT},
    [HIDDEN] = {.format = CLI_OUTPUT_TEXT, .hide_computer_name = true},
    [ON_TERMINAL] = {.format = CLI_OUTPUT_TEXT, .err_is_terminal = true, .out_is_terminal = true, .err_has_colors = true, .out_has_colors = true},
    [LIVE] = {.format = CLI_OUTPUT_TEXT, .err_is_terminal = true, .out_is_terminal = true, .progress_size = sixty_columns},
    [LIVE_TO_FILE] = {.format = CLI_OUTPUT_TEXT, .err_is_terminal = true, .progress_size = sixty_columns},
    [RAW] = {.format = CLI_OUTPUT_TEXT, .out_is_terminal = true, .is_raw = true},
    [NORMAL] = {.format = CLI_OUTPUT_TEXT, .error_form = CLI_ERROR_NORMAL},
    [CATEGORY] = {.format = CLI_OUTPUT_TEXT, .error_form = CLI_ERROR_CATEGORY},
    [JSON] = {.format = CLI_OUTPUT_JSON},
};

struct event {
    enum psrp_event_type type;
    const char *clixml;
};

static const struct row {
    const char *name;
    int options;
    const char *out, *err;
    struct event events[4];
} rows[] = {
    /* Text */
    {"scalars, one a line", PIPED, "a\n42\nTrue\n1.5\n", "",
     {{PSRP_EVENT_OUTPUT, "<S>a</S>"}, {PSRP_EVENT_OUTPUT, "<I32>42</I32>"}, {PSRP_EVENT_OUTPUT, "<B>true</B>"}, {PSRP_EVENT_OUTPUT, "<Db>1.5</Db>"}}},
    {"null is nothing", PIPED, "", "", {{PSRP_EVENT_OUTPUT, "<Nil />"}}},
    {"an empty string is an empty line", PIPED, "\n", "", {{PSRP_EVENT_OUTPUT, "<S></S>"}}},
    {"a list, one item a line, and a list in it as itself", HIDDEN,
     "1\n\n\nCapacity       : 4\nCount          : 2\nIsFixedSize    : False\nIsReadOnly     : False\nIsSynchronized : False\n"
     "SyncRoot       : {2, 3}\n\n", "",
     {{PSRP_EVENT_OUTPUT, "<Obj RefId=\"0\"><LST><I32>1</I32><Nil /><Obj RefId=\"1\"><LST><I32>2</I32><I32>3</I32></LST></Obj></LST></Obj>"}}},
    {"bytes, one a line", PIPED, "0\n255\n", "", {{PSRP_EVENT_OUTPUT, "<BA>AP8=</BA>"}}},
    {"objects in a table", HIDDEN, "\nA Long\n- ----\n1 x\n1 x\n\n", "",
     {{PSRP_EVENT_OUTPUT, TWO}, {PSRP_EVENT_OUTPUT, TWO}}},
    {"an object beside scalars", HIDDEN, "a\n\nA Long\n- ----\n1 x\nb\n\n", "",
     {{PSRP_EVENT_OUTPUT, "<S>a</S>"}, {PSRP_EVENT_OUTPUT, TWO}, {PSRP_EVENT_OUTPUT, "<S>b</S>"}}},
    {"where an object comes from", PIPED, "\nA Long PSComputerName\n- ---- --------------\n1 x    srv1\n\n", "", {{PSRP_EVENT_OUTPUT, TWO}}},
    {"nested values", HIDDEN, "\no : @{b=1; c=System.Collections.ArrayList}\nl : {1, 2, 3, 4\342\200\246}\nd : {[k, v]}\nn : \n\n", "",
     {{PSRP_EVENT_OUTPUT,
       "<Obj RefId=\"0\"><MS><Obj N=\"o\" RefId=\"1\"><MS><I32 N=\"b\">1</I32><Obj N=\"c\" RefId=\"2\"><LST><I32>1</I32><I32>2</I32></LST></Obj>"
       "</MS></Obj><Obj N=\"l\" RefId=\"3\"><LST><I32>1</I32><I32>2</I32><I32>3</I32><I32>4</I32><I32>5</I32></LST></Obj>"
       "<Obj N=\"d\" RefId=\"4\"><DCT><En><S N=\"Key\">k</S><S N=\"Value\">v</S></En></DCT></Obj><Nil N=\"n\" /></MS></Obj>"}}},
    {"a value of several lines", HIDDEN, "\nt\n-\na\342\200\246\n\n", "", {{PSRP_EVENT_OUTPUT, "<Obj RefId=\"0\"><MS><S N=\"t\">a_x000D__x000A_b</S></MS></Obj>"}}},
    {"a dictionary's entries", HIDDEN,
     "\nName                           Value\n----                           -----\nkey                            1\n"
     "k                              2\n\n", "",
     {{PSRP_EVENT_OUTPUT, "<Obj RefId=\"0\"><DCT><En><S N=\"Key\">key</S><I32 N=\"Value\">1</I32></En><En><S N=\"Key\">k</S><I32 N=\"Value\">2</I32></En></DCT></Obj>"}}},
    {"colours do not go into a pipe, other escapes do", PIPED, "x\033[2A\n", "", {{PSRP_EVENT_OUTPUT, "<S>_x001B_[1mx_x001B_[2A</S>"}}},
    {"raw output on a terminal", RAW, "\033[1mx\007\n", "", {{PSRP_EVENT_OUTPUT, "<S>_x001B_[1mx_x0007_</S>"}}},
    {"a value on a terminal takes the cells of what is shown", ON_TERMINAL,
     "\n\033[32;1mA      \033[0m\033[32;1m PSComputerName\033[0m\n\033[32;1m-      \033[0m \033[32;1m--------------\033[0m\n\\u001b] srv1\n\n", "",
     {{PSRP_EVENT_OUTPUT, "<Obj RefId=\"0\"><MS><S N=\"A\">_x001B_]</S></MS></Obj>"}}},
    {"the host writes between rows", HIDDEN, "\nA Long\n- ----\n1 x\nshown\n1 x\n\n", "",
     {{PSRP_EVENT_OUTPUT, TWO}, {PSRP_EVENT_HOST_CALL, HOST_CALL("16", "<S>shown</S>")}, {PSRP_EVENT_OUTPUT, TWO}}},
    {"escapes are shown on a terminal", ON_TERMINAL, "\\u001b]0;x\\u0007 \\u009b1m\tz\n", "",
     {{PSRP_EVENT_OUTPUT, "<S>_x001B_]0;x_x0007_ _x009B_1m_x0009_z</S>"}}},
    {"a lone surrogate is no UTF-8", PIPED, "a\357\277\275\n", "", {{PSRP_EVENT_OUTPUT, "<S>a_xD83D_</S>"}}},
    {"warning, verbose, debug", PIPED, "", "WARNING: w\nVERBOSE: v\nVERBOSE: v2\nDEBUG: d\n",
     {{PSRP_EVENT_WARNING, RECORD("w")}, {PSRP_EVENT_VERBOSE, RECORD("v_x000A_v2")}, {PSRP_EVENT_DEBUG, RECORD("d")}}},
    {"information", PIPED, "", "told\n", {{PSRP_EVENT_INFORMATION, INFORMATION("told")}}},
    {"Write-Host, told twice, is shown once", PIPED, "shown\n", "",
     {{PSRP_EVENT_INFORMATION, WRITE_HOST("shown", "false")}, {PSRP_EVENT_HOST_CALL, HOST_CALL("17", "<I32>1</I32><I32>2</I32><S>shown</S>")}}},
    {"Write-Host -NoNewLine", PIPED, "ab\n", "",
     {{PSRP_EVENT_INFORMATION, WRITE_HOST("a", "true")}, {PSRP_EVENT_INFORMATION, WRITE_HOST("b", "false")}}},
    {"what only the host was told", PIPED, "x\ny", "bad\n",
     {{PSRP_EVENT_HOST_CALL, HOST_CALL("16", "<S>x</S>")}, {PSRP_EVENT_HOST_CALL, HOST_CALL("13", "<S>y</S>")},
      {PSRP_EVENT_HOST_CALL, HOST_CALL("18", "<S>bad</S>")}, {PSRP_EVENT_HOST_CALL, HOST_CALL("11", "")}}},
    {"the host's colours", ON_TERMINAL, "\033[91mred\033[0m\n\033[34m\033[103mblue\033[0mplain\n", "",
     {{PSRP_EVENT_HOST_CALL, HOST_CALL("17", "<I32>12</I32><I32>0</I32><S>red</S>")},
      {PSRP_EVENT_HOST_CALL, HOST_CALL("14", "<I32>1</I32><I32>14</I32><S>blue</S>")},
      {PSRP_EVENT_HOST_CALL, HOST_CALL("17", "<I32>7</I32><I32>99</I32><S>plain</S>")}}},
    {"Write-Host's colours, by their names", ON_TERMINAL, "\033[91m\033[44mred\033[0m\n", "",
     {{PSRP_EVENT_INFORMATION,
       "<Obj RefId=\"0\"><MS><Obj N=\"MessageData\" RefId=\"1\"><TN RefId=\"0\"><T>System.Management.Automation.HostInformationMessage</T></TN>"
       "<Props><S N=\"Message\">red</S><B N=\"NoNewLine\">false</B><S N=\"ForegroundColor\">Red</S><S N=\"BackgroundColor\">DarkBlue</S></Props>"
       "</Obj></MS></Obj>"}}},
    {"the host's colours in a pipe", PIPED, "red\n", "", {{PSRP_EVENT_HOST_CALL, HOST_CALL("17", "<I32>12</I32><I32>0</I32><S>red</S>")}}},
    {"a warning, told twice, is shown once", PIPED, "", "WARNING: w\nWARNING: only the host's\n",
     {{PSRP_EVENT_WARNING, RECORD("w")}, {PSRP_EVENT_HOST_CALL, HOST_CALL("22", "<S>w</S>")},
      {PSRP_EVENT_HOST_CALL, HOST_CALL("22", "<S>only the host's</S>")}}},
    {"an error", PIPED, "", "[srv1] f: not good\n", {{PSRP_EVENT_ERROR, ERROR_RECORD("not good", "")}}},
    {"an error's details", PIPED, "", "[srv1] f: better\n      Recommendation: do this\n",
     {{PSRP_EVENT_ERROR, ERROR_RECORD("worse", "<S N=\"ErrorDetails_Message\">better</S><S N=\"ErrorDetails_RecommendedAction\">do this</S>")}}},
    {"an error cannot look like two", PIPED, "", "[srv1] f: a\n    [srv2] b\n", {{PSRP_EVENT_ERROR, ERROR_RECORD("a_x000A_[srv2] b", "")}}},
    {"an error with its computer hidden", HIDDEN, "", "f: not good\n", {{PSRP_EVENT_ERROR, ERROR_RECORD("not good", "")}}},
    {"an error in the normal view", NORMAL, "", "[srv1] not good\n" INFO_LINES, {{PSRP_EVENT_ERROR, ERROR_RECORD("not good", "")}}},
    {"an error's category", CATEGORY, "", "[srv1] InvalidOperation: (targ:String) [f], InvalidOperationException\n",
     {{PSRP_EVENT_ERROR, ERROR_RECORD("not good", "")}}},
    {"an error among the objects", HIDDEN, "Error: not good\n", "",
     {{PSRP_EVENT_OUTPUT, "<Obj RefId=\"0\"><TN RefId=\"0\"><T>Deserialized.System.Management.Automation.ErrorRecord</T></TN><ToString>not good</ToString>"
                          "<MS><Obj N=\"Exception\" RefId=\"1\"><Props><S N=\"Message\">not good</S></Props></Obj></MS></Obj>"}}},
    {"an error in colours", ON_TERMINAL, "", "[srv1] \033[31;1mf: \033[31;1mnot good\033[0m\n", {{PSRP_EVENT_ERROR, ERROR_RECORD("not good", "")}}},
    {"progress is nothing in a pipe", PIPED, "", "", {{PSRP_EVENT_PROGRESS, PROGRESS("half", "0")}}},
    {"progress on a terminal", LIVE, "x\n", "[srv1] Working: half            " BAR50 WIPE "[srv1] Working: half            " BAR50 WIPE,
     {{PSRP_EVENT_PROGRESS, PROGRESS("half", "0")}, {PSRP_EVENT_OUTPUT, "<S>x</S>"}}},
    {"progress of output that goes elsewhere", LIVE_TO_FILE, "x\n", "[srv1] Working: half            " BAR50 WIPE,
     {{PSRP_EVENT_PROGRESS, PROGRESS("half", "0")}, {PSRP_EVENT_OUTPUT, "<S>x</S>"}}},
    {"progress that ends", LIVE, "", "[srv1] Working: a b             " BAR50 "\033[J\r\033[J",
     {{PSRP_EVENT_PROGRESS, PROGRESS("a_x001B_b", "0")}, {PSRP_EVENT_PROGRESS, PROGRESS("x", "1")}}},
    {"progress waits for the end of a line", LIVE, "a", "",
     {{PSRP_EVENT_HOST_CALL, HOST_CALL("13", "<S>a</S>")}, {PSRP_EVENT_PROGRESS, PROGRESS("half", "0")}}},
    {"progress where nobody looks on", ON_TERMINAL, "", "", {{PSRP_EVENT_PROGRESS, PROGRESS("half", "0")}}},
    {"states are no text", PIPED, "", "", {{PSRP_EVENT_PIPELINE_STATE, "<S>x</S>"}}},
    /* Json */
    {"Json: output", JSON, LINE("output", "\"a\\nb\"") LINE("output", "{\"A\":1,\"Long\":\"x\"}"), "", {{PSRP_EVENT_OUTPUT, "<S>a_x000A_b</S>"}, {PSRP_EVENT_OUTPUT, TWO}}},
    {"Json: null is an object too", JSON, LINE("output", "null"), "", {{PSRP_EVENT_OUTPUT, "<Nil />"}}},
    {"Json: messages", JSON, LINE("warning", "\"w\"") LINE("verbose", "\"v\"") LINE("debug", "\"d\""), "",
     {{PSRP_EVENT_WARNING, RECORD("w")}, {PSRP_EVENT_VERBOSE, RECORD("v")}, {PSRP_EVENT_DEBUG, RECORD("d")}}},
    {"Json: information", JSON, LINE("information", "\"told\"") LINE("information", "\"shown\""), "",
     {{PSRP_EVENT_INFORMATION, INFORMATION("told")}, {PSRP_EVENT_INFORMATION, WRITE_HOST("shown", "false")}, {PSRP_EVENT_HOST_CALL, HOST_CALL("16", "<S>shown</S>")}}},
    {"Json: progress", JSON,
     LINE("progress", "{\"activity\":\"Working\",\"status\":\"half\",\"percent\":50,\"operation\":null,\"id\":7,\"parent\":-1,\"completed\":false,\"secondsRemaining\":-1}")
     LINE("progress", "{\"activity\":\"Working\",\"status\":\"x\",\"percent\":50,\"operation\":null,\"id\":7,\"parent\":-1,\"completed\":true,\"secondsRemaining\":-1}"), "",
     {{PSRP_EVENT_PROGRESS, PROGRESS("half", "0")}, {PSRP_EVENT_PROGRESS, PROGRESS("x", "1")}}},
    {"Json: an error", JSON, LINE("error", JSON_ERROR("\"not good\"", "null")), "", {{PSRP_EVENT_ERROR, ERROR_RECORD("not good", "")}}},
    {"Json: an error's details", JSON, LINE("error", JSON_ERROR("\"better\"", "\"do this\"")), "",
     {{PSRP_EVENT_ERROR, ERROR_RECORD("worse", "<S N=\"ErrorDetails_Message\">better</S><S N=\"ErrorDetails_RecommendedAction\">do this</S>")}}},
};

struct made {
    struct cli_renderer *renderer;
    struct cli_sink sink;
};

static void make(struct made *m, int which)
{
    *m = (struct made){0};
    assert_int_equal(cli_renderer_new(&m->renderer, &options[which], NULL), ICM_OK);
}

static void check(struct made *m, const char *out, const char *err)
{
    assert_string_equal(icm_buf_text(&m->sink.out), out);
    assert_string_equal(icm_buf_text(&m->sink.err), err);
    icm_buf_reset(&m->sink.out);
    icm_buf_reset(&m->sink.err);
    cli_renderer_free(m->renderer);
}

static void renders(void **state)
{
    const struct row *row = *state;
    struct made m;

    make(&m, row->options);
    for (size_t i = 0; i < ICM_COUNT(row->events) && row->events[i].clixml; i++) {
        struct psrp_event event = {.type = row->events[i].type};

        event.value = value_of(&event.arena, row->events[i].clixml);
        cli_render_event(m.renderer, &m.sink, "srv1", &event);
        if (cli_render_progress_is_due(m.renderer))
            cli_render_paint(m.renderer, &m.sink);
        psrp_event_reset(&event);
    }
    assert_true(cli_render_finish(m.renderer, &m.sink));
    check(&m, row->out, row->err);
}

/* two computers may write the same */
static void a_host_call_repeats_its_own_computer_only(void **state)
{
    static const char *const computers[] = {"srv1", "srv2"};
    struct made m;

    make(&m, PIPED);
    for (size_t i = 0; i < 2; i++) {
        struct psrp_event event = {.type = i == 0 ? PSRP_EVENT_INFORMATION : PSRP_EVENT_HOST_CALL};

        event.value = value_of(&event.arena, i == 0 ? WRITE_HOST("same", "false") : HOST_CALL("16", "<S>same</S>"));
        cli_render_event(m.renderer, &m.sink, computers[i], &event);
        psrp_event_reset(&event);
    }
    check(&m, "same\nsame\n", "");
}

/* rows wait to be measured, until they are to be shown, or an error comes that stands behind them */
static void rows_wait_until_they_are_shown(void **state)
{
    struct psrp_event object = {.type = PSRP_EVENT_OUTPUT}, error = {.type = PSRP_EVENT_ERROR};
    struct made m;

    object.value = value_of(&object.arena, TWO);
    error.value = value_of(&error.arena, ERROR_RECORD("not good", ""));
    for (int which = PIPED; which <= ON_TERMINAL; which++) {
        make(&m, which);
        cli_render_event(m.renderer, &m.sink, "srv1", &object);
        assert_true(cli_render_is_waiting(m.renderer));
        cli_render_event(m.renderer, &m.sink, "srv1", &error);
        assert_int_equal(cli_render_is_waiting(m.renderer), which != ON_TERMINAL);
        cli_render_flush(m.renderer, &m.sink);
        assert_false(cli_render_is_waiting(m.renderer));
        assert_non_null(strstr(icm_buf_text(&m.sink.out), "\n1 x"));
        cli_render_event(m.renderer, &m.sink, "srv1", &object);
        assert_false(cli_render_is_waiting(m.renderer)); /* its table has its widths */
        icm_buf_clear(&m.sink.out);
        icm_buf_clear(&m.sink.err);
        check(&m, "", "");
    }
    psrp_event_reset(&object);
    psrp_event_reset(&error);
}

static void unreachable(struct icm_error *err)
{
    icm_fail(err, ICM_IO, NULL, "cannot connect");
    icm_set_text(&icm_error_fault(err)->remedy, "is the name right?");
}

static void text_tells_a_computer_that_failed(void **state)
{
    struct icm_error why = {0};
    struct made m;

    make(&m, PIPED);
    unreachable(&why);
    cli_render_failure(m.renderer, &m.sink, "srv1", &why);
    cli_render_status(m.renderer, &m.sink, &(struct cli_status){.computer = "srv1", .state = "Failed", .why = &why});
    icm_error_reset(&why);
    check(&m, "", "[srv1] cannot connect\n    remedy: is the name right?\n    + FullyQualifiedErrorId : ConnectionFailed,PSSessionStateBroken\n");
}

static void json_tells_it_in_the_status_line(void **state)
{
    struct icm_error why = {0};
    struct made m;

    make(&m, JSON);
    unreachable(&why);
    cli_render_failure(m.renderer, &m.sink, "srv1", &why);
    cli_render_status(m.renderer, &m.sink, &(struct cli_status){.computer = "srv1", .state = "Failed", .why = &why});
    icm_error_reset(&why);
    check(&m,
          "{\"computer\":\"srv1\",\"stream\":\"status\",\"state\":\"Failed\",\"hadErrors\":false,\"error\":{\"id\":\"ConnectionFailed,PSSessionStateBroken\",\"category\":"
          "\"ConnectionError\",\"message\":\"cannot connect\",\"computer\":\"srv1\",\"remedy\":\"is the name right?\"}}\n",
          "");
}

static void json_tells_the_codes_of_a_peer(void **state)
{
    struct icm_error why = {0};
    struct made m;

    make(&m, JSON);
    wsman_fault_http_status(&why, 401);
    cli_render_status(m.renderer, &m.sink, &(struct cli_status){.computer = "srv1", .state = "Failed", .why = &why});
    icm_error_reset(&why);
    const char *out = icm_buf_text(&m.sink.out);
    assert_non_null(strstr(out, "\"id\":\"AccessDenied,PSSessionStateBroken\",\"category\":\"AuthenticationError\""));
    assert_non_null(strstr(out, ",\"wsman_code\":5,\"http_status\":401}}\n"));
    icm_buf_clear(&m.sink.out);
    check(&m, "", "");
}

static void json_ends_with_a_plain_status(void **state)
{
    struct made m;

    make(&m, JSON);
    cli_render_status(m.renderer, &m.sink, &(struct cli_status){.computer = "srv1", .state = "Completed", .had_errors = true});
    check(&m, "{\"computer\":\"srv1\",\"stream\":\"status\",\"state\":\"Completed\",\"hadErrors\":true}\n", "");
}

static void a_pipeline_that_failed_tells_its_record(void **state)
{
    struct icm_arena a = {0};
    const struct cli_status status = {.computer = "srv1", .state = "Failed", .had_errors = true,
                                      .record = value_of(&a, ERROR_RECORD("boom", ""))};
    struct made m;

    make(&m, PIPED);
    cli_render_status(m.renderer, &m.sink, &status);
    check(&m, "", "[srv1] f: boom\n");
    make(&m, JSON);
    cli_render_status(m.renderer, &m.sink, &status);
    check(&m, "{\"computer\":\"srv1\",\"stream\":\"status\",\"state\":\"Failed\",\"hadErrors\":true,\"error\":" JSON_ERROR("\"boom\"", "null") "}\n", "");
    icm_arena_reset(&a);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(a_host_call_repeats_its_own_computer_only),
        cmocka_unit_test(rows_wait_until_they_are_shown),
        cmocka_unit_test(text_tells_a_computer_that_failed),
        cmocka_unit_test(json_tells_it_in_the_status_line),
        cmocka_unit_test(json_tells_the_codes_of_a_peer),
        cmocka_unit_test(json_ends_with_a_plain_status),
        cmocka_unit_test(a_pipeline_that_failed_tells_its_record),
    };
    struct CMUnitTest tests[ICM_COUNT(rows) + ICM_COUNT(others)];

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = renders, .initial_state = (void *)(uintptr_t)&rows[i]};
    memcpy(tests + ICM_COUNT(rows), others, sizeof others);
    return cmocka_run_group_tests_name("cli_render_event, _failure, _status, design.md Output", tests, NULL, NULL);
}
