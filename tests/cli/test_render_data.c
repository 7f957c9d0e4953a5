/* Clixml and Csv: a document on standard output, everything else beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/render.h"
#include "tests/cli/value_of.h"

#define ROOT "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n"
#define END "</Objs>\n"
#define OBJ(MEMBERS) "<Obj RefId=\"0\"><MS>" MEMBERS "</MS></Obj>"
#define FROM_SRV1 "<S N=\"PSComputerName\">srv1</S><B N=\"PSShowComputerName\">true</B>"
#define WRITE_HOST "<Obj RefId=\"0\"><MS><Obj N=\"MessageData\" RefId=\"1\"><TN RefId=\"0\"><T>System.Management.Automation." \
    "HostInformationMessage</T></TN><Props><S N=\"Message\">told</S><B N=\"NoNewLine\">false</B></Props></Obj></MS></Obj>"
#define HOST_CALL "<Obj RefId=\"0\"><MS><I64 N=\"ci\">-100</I64><I32 N=\"mi\">16</I32><Obj N=\"mp\" RefId=\"1\"><LST><S>said</S></LST></Obj></MS></Obj>"
#define WARNING "<Obj RefId=\"0\"><MS><S N=\"InformationalRecord_Message\">w</S></MS></Obj>"
#define TABLE "<Obj RefId=\"0\"><DCT><En><S N=\"Key\">a</S><I32 N=\"Value\">1</I32></En><En><I32 N=\"Key\">2</I32><S N=\"Value\">x</S></En></DCT></Obj>"

struct event {
    enum psrp_event_type type;
    const char *clixml;
};

static const struct row {
    const char *name;
    int format;
    const char *computer;
    bool hides;
    const char *out, *err;
    struct event events[4];
} rows[] = {
    {"Clixml: nothing is a document too", CLI_OUTPUT_CLIXML, NULL, false, ROOT END, "", {{0}}},
    {"Clixml: objects of a file, as they are", CLI_OUTPUT_CLIXML, NULL, false,
     ROOT "  <I32>1</I32>\n  <Nil />\n  " OBJ("<S N=\"PSComputerName\">a</S>") "\n" END, "",
     {{PSRP_EVENT_OUTPUT, "<I32>1</I32>"}, {PSRP_EVENT_OUTPUT, "<Nil />"}, {PSRP_EVENT_OUTPUT, OBJ("<S N=\"PSComputerName\">a</S>")}}},
    {"Clixml: where an object comes from", CLI_OUTPUT_CLIXML, "srv1", false,
     ROOT "  " OBJ("<S N=\"a\">1</S>" FROM_SRV1) "\n  <Obj RefId=\"0\"><I32>5</I32><MS>" FROM_SRV1 "</MS></Obj>\n" END, "",
     {{PSRP_EVENT_OUTPUT, OBJ("<S N=\"a\">1</S>")}, {PSRP_EVENT_OUTPUT, "<I32>5</I32>"}}},
    {"Clixml: a peer does not say where it is", CLI_OUTPUT_CLIXML, "srv1", false,
     ROOT "  " OBJ("<S N=\"a\">1</S>" FROM_SRV1) "\n" END, "",
     {{PSRP_EVENT_OUTPUT, OBJ("<S N=\"pscomputername\">evil</S><S N=\"a\">1</S><S N=\"PSComputerName\">evil</S>")}}},
    {"Clixml: hidden, and there all the same", CLI_OUTPUT_CLIXML, "srv1", true,
     ROOT "  " OBJ("<S N=\"PSComputerName\">srv1</S><B N=\"PSShowComputerName\">false</B>") "\n" END, "", {{PSRP_EVENT_OUTPUT, OBJ("")}}},
    {"Clixml: null is null", CLI_OUTPUT_CLIXML, "srv1", false, ROOT "  <Nil />\n" END, "", {{PSRP_EVENT_OUTPUT, "<Nil />"}}},
    {"Clixml: other streams and the host stand beside it", CLI_OUTPUT_CLIXML, "srv1", false, ROOT END, "WARNING: w\ntold\nsaid\n",
     {{PSRP_EVENT_WARNING, WARNING}, {PSRP_EVENT_INFORMATION, WRITE_HOST}, {PSRP_EVENT_HOST_CALL, HOST_CALL}}},

    {"Csv: nothing", CLI_OUTPUT_CSV, NULL, false, "", "", {{0}}},
    {"Csv: the first object's columns", CLI_OUTPUT_CSV, NULL, false, "\"a\",\"b\"\n\"1\",\"x\"\n\"2\",\n,\n", "",
     {{PSRP_EVENT_OUTPUT, OBJ("<I32 N=\"a\">1</I32><S N=\"b\">x</S>")}, {PSRP_EVENT_OUTPUT, OBJ("<I32 N=\"A\">2</I32><S N=\"c\">y</S>")},
      {PSRP_EVENT_OUTPUT, "<I32>3</I32>"}}},
    {"Csv: quotes, commas, line breaks", CLI_OUTPUT_CSV, NULL, false, "\"a \"\"b\"\"\"\n\"\"\"x\"\", y\n\"\n", "",
     {{PSRP_EVENT_OUTPUT, OBJ("<S N=\"a &quot;b&quot;\">\"x\", y_x000A_</S>")}}},
    {"Csv: null and the empty string differ", CLI_OUTPUT_CSV, NULL, false, "\"a\",\"b\"\n,\"\"\n", "",
     {{PSRP_EVENT_OUTPUT, OBJ("<Nil N=\"a\" /><S N=\"b\"></S>")}}},
    {"Csv: which computer", CLI_OUTPUT_CSV, "srv1", false, "\"a\",\"PSComputerName\"\n\"1\",\"srv1\"\n", "",
     {{PSRP_EVENT_OUTPUT, OBJ("<I32 N=\"a\">1</I32><S N=\"PSComputerName\">evil</S><G N=\"RunspaceId\">00000000-0000-0000-0000-000000000000</G>")}}},
    {"Csv: no computer", CLI_OUTPUT_CSV, "srv1", true, "\"a\"\n\"1\"\n", "", {{PSRP_EVENT_OUTPUT, OBJ("<I32 N=\"a\">1</I32>")}}},
    {"Csv: keys are columns", CLI_OUTPUT_CSV, NULL, false, "\"a\",\"2\"\n\"1\",\"x\"\n", "", {{PSRP_EVENT_OUTPUT, TABLE}}},
    {"Csv: what has no properties", CLI_OUTPUT_CSV, NULL, false, "\"Value\"\n\"s\"\n\"True\"\n\"p\"\n", "",
     {{PSRP_EVENT_OUTPUT, "<S>s</S>"}, {PSRP_EVENT_OUTPUT, "<Nil />"}, {PSRP_EVENT_OUTPUT, "<B>true</B>"}, {PSRP_EVENT_OUTPUT, "<Obj RefId=\"0\"><LST><S>p</S></LST></Obj>"}}},
    {"Csv: values of many kinds", CLI_OUTPUT_CSV, NULL, false, "\"l\",\"e\",\"d\"\n\"p  System.Collections.ArrayList\",\"Red\",\"1.50\"\n", "",
     {{PSRP_EVENT_OUTPUT,
       OBJ("<Obj N=\"l\" RefId=\"1\"><LST><S>p</S><Nil /><Obj RefId=\"2\"><LST><I32>1</I32></LST></Obj></LST></Obj><Obj N=\"e\" RefId=\"3\">"
           "<ToString>Red</ToString><I32>12</I32></Obj><D N=\"d\">1.50</D>")}}},
    {"Csv: a property twice is a column once", CLI_OUTPUT_CSV, NULL, false, "\"A\"\n\"2\"\n", "",
     {{PSRP_EVENT_OUTPUT, "<Obj RefId=\"0\"><Props><I32 N=\"a\">1</I32></Props><MS><I32 N=\"A\">2</I32></MS></Obj>"}}},
    {"Csv: other streams and the host stand beside it", CLI_OUTPUT_CSV, "srv1", false, "", "WARNING: w\ntold\nsaid\n",
     {{PSRP_EVENT_WARNING, WARNING}, {PSRP_EVENT_INFORMATION, WRITE_HOST}, {PSRP_EVENT_HOST_CALL, HOST_CALL}}},

    /* objects of no computer in the other formats: what powershell.exe writes */
    {"Text: lines that were an error", CLI_OUTPUT_TEXT, NULL, false, "o\n", "foo : bad\n  + x\n",
     {{PSRP_EVENT_ERROR, "<S>foo : bad_x000D__x000A_</S>"}, {PSRP_EVENT_ERROR, "<S>  + x_x000D__x000A_</S>"}, {PSRP_EVENT_OUTPUT, "<S>o</S>"}}},
    {"Text: a warning", CLI_OUTPUT_TEXT, NULL, false, "", "WARNING: w\n", {{PSRP_EVENT_WARNING, "<S>w</S>"}}},
    {"Json: no computer", CLI_OUTPUT_JSON, NULL, false,
     "{\"stream\":\"output\",\"value\":1}\n{\"stream\":\"error\",\"value\":{\"id\":\"\",\"category\":\"NotSpecified\",\"message\":\"bad\",\"remedy\":null}}\n", "",
     {{PSRP_EVENT_OUTPUT, "<I32>1</I32>"}, {PSRP_EVENT_ERROR, "<S>bad_x000D__x000A_</S>"}}},
    {"Json: progress with its source", CLI_OUTPUT_JSON, NULL, false,
     "{\"stream\":\"progress\",\"value\":{\"activity\":\"A\",\"status\":\"S\",\"percent\":-1,\"operation\":null,\"id\":0,\"parent\":-1,"
     "\"completed\":true,\"secondsRemaining\":-1}}\n", "",
     {{PSRP_EVENT_PROGRESS, OBJ("<I64 N=\"SourceId\">1</I64><PR N=\"Record\"><AV>A</AV><AI>0</AI><Nil /><PI>-1</PI><PC>-1</PC><T>Completed</T>"
                                "<SR>-1</SR><SD>S</SD></PR>")}}},
};

static void take(struct cli_renderer *r, struct cli_sink *sink, const char *computer, const struct event *from)
{
    struct psrp_event event = {.type = from->type};

    event.value = value_of(&event.arena, from->clixml);
    cli_render_event(r, sink, computer, &event);
    psrp_event_reset(&event);
}

static void renders(void **state)
{
    const struct row *row = *state;
    const struct cli_renderer_options options = {.format = row->format, .hide_computer_name = row->hides};
    struct cli_renderer *r;
    struct cli_sink sink = {0};

    assert_int_equal(cli_renderer_new(&r, &options, NULL), ICM_OK);
    for (size_t i = 0; i < ICM_COUNT(row->events) && row->events[i].clixml; i++)
        take(r, &sink, row->computer, &row->events[i]);
    assert_true(cli_render_finish(r, &sink));
    assert_string_equal(icm_buf_text(&sink.out), row->out);
    assert_string_equal(icm_buf_text(&sink.err), row->err);
    icm_buf_reset(&sink.out);
    icm_buf_reset(&sink.err);
    cli_renderer_free(r);
}

/* an event of a pool says which: its objects are noted with it, in PowerShell's order, and what the peer wrote there is gone */
static void objects_are_noted_with_their_runspace(void **state)
{
    static const char evil[] = OBJ("<I32 N=\"a\">1</I32><G N=\"RunspaceId\">ffffffff-0000-0000-0000-000000000000</G>");
    static const struct {
        int format;
        bool hides;
        const char *out;
    } cases[] = {
        {CLI_OUTPUT_CLIXML, false,
         ROOT "  " OBJ("<I32 N=\"a\">1</I32><S N=\"PSComputerName\">srv1</S><G N=\"RunspaceId\">00112233-4455-6677-8899-aabbccddeeff</G>"
                      "<B N=\"PSShowComputerName\">true</B>") "\n" END},
        {CLI_OUTPUT_TEXT, false, "\na PSComputerName RunspaceId\n- -------------- ----------\n"
                                 "1 srv1           00112233-4455-6677-8899-aabbccddeeff\n\n"},
        {CLI_OUTPUT_TEXT, true, "\na RunspaceId\n- ----------\n1 00112233-4455-6677-8899-aabbccddeeff\n\n"},
        {CLI_OUTPUT_JSON, false, "{\"computer\":\"srv1\",\"stream\":\"output\",\"value\":{\"a\":1}}\n"},
        {CLI_OUTPUT_CSV, false, "\"a\",\"PSComputerName\"\n\"1\",\"srv1\"\n"},
    };

    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        const struct cli_renderer_options options = {.format = cases[i].format, .hide_computer_name = cases[i].hides};
        struct psrp_event event = {.type = PSRP_EVENT_OUTPUT};
        struct cli_renderer *r;
        struct cli_sink sink = {0};

        assert_true(icm_guid_parse(icm_slice_text("00112233-4455-6677-8899-aabbccddeeff"), &event.pool_id));
        event.value = value_of(&event.arena, evil);
        assert_int_equal(cli_renderer_new(&r, &options, NULL), ICM_OK);
        cli_render_event(r, &sink, "srv1", &event);
        assert_true(cli_render_finish(r, &sink));
        assert_string_equal(icm_buf_text(&sink.out), cases[i].out);
        psrp_event_reset(&event);
        icm_buf_reset(&sink.out);
        icm_buf_reset(&sink.err);
        cli_renderer_free(r);
    }
}

/* the document stays whole where an object cannot be written: here a SecureString that nobody seals */
static void what_cannot_be_written_is_told(void **state)
{
    const struct cli_renderer_options options = {.format = CLI_OUTPUT_CLIXML};
    struct psrp_event event = {.type = PSRP_EVENT_OUTPUT};
    struct cli_renderer *r;
    struct cli_sink sink = {0};

    assert_int_equal(cli_renderer_new(&r, &options, NULL), ICM_OK);
    event.value = psrp_value_secure(&event.arena, icm_slice_text("secret"));
    cli_render_event(r, &sink, NULL, &event);
    assert_false(cli_render_finish(r, &sink));
    assert_string_equal(icm_buf_text(&sink.out), ROOT END);
    assert_non_null(strstr(icm_buf_text(&sink.err), "cannot be written as CLIXML"));
    assert_null(strstr(icm_buf_text(&sink.err), "secret"));
    psrp_event_reset(&event);
    icm_buf_reset(&sink.out);
    icm_buf_reset(&sink.err);
    cli_renderer_free(r);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(rows) + 2];

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = renders, .initial_state = (void *)(uintptr_t)&rows[i]};
    tests[ICM_COUNT(rows)] = (struct CMUnitTest)cmocka_unit_test(what_cannot_be_written_is_told);
    tests[ICM_COUNT(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(objects_are_noted_with_their_runspace);
    return cmocka_run_group_tests_name("cli_render, Clixml and Csv", tests, NULL, NULL);
}
