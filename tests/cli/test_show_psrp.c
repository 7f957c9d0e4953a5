#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/show_psrp.h"

#include "base/text.h"
#include "cli/show_private.h"
#include "psrp/message.h"
#include "psrp/fragment.h"

#include <stdlib.h>
#include <unistd.h>

/* What is said of a text. @wanted are parts that must be there, @unwanted one that must not. */
static const struct row {
    const char *name, *input;
    enum icm_code code;
    const char *wanted[4], *unwanted;
} rows[] = {
    {"nothing", "", ICM_OK, {""}, NULL},
    {"nothing that it knows", "hello\n", ICM_SYNTAX, {"? not understood, 5 bytes: hello\n"}, NULL},
    {"a packet", "<DataAck PSGuid='00000000-0000-0000-0000-000000000000' />\n", ICM_OK, {"- packet DataAck, the pool\n"}, NULL},
    {"a packet in a recording", "{\"dir\":\"c2s\",\"line\":\"<Close PSGuid='11111111-2222-3333-4444-555555555555' />\"}\n", ICM_OK,
     {"> packet Close, 11111111-2222-3333-4444-555555555555\n"}, NULL},
    {"other lines of a recording", "{\"dir\":\"exit\",\"line\":\"160\"}\n", ICM_OK, {"# exit 160\n"}, NULL},
    {"no packet in a recording", "{\"dir\":\"s2c\",\"line\":\"oops\"}\n", ICM_OK, {"! no packet: oops\n"}, NULL},
    {"an empty fragment as hexadecimal text", "0000000000000001 0000000000000000 03 00000000\n", ICM_OK,
     {"- fragment 0 of object 1, start, end, 0 bytes", "! a message of 0 bytes"}, NULL},
    {"a fragment cut short", "0000000000000001 0000000000000000 03 00000002 41\n", ICM_SYNTAX, {"! text of the input ends inside a message\n"}, NULL},
    {"base64 that goes on in the next line", "AAAAAAAAAAEAAAAAAAAA\nAAMAAAAA\n", ICM_SYNTAX, {"? not understood"}, NULL},
    {"an envelope on many lines",
     "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\">\n"
     "  <s:Header><a:Action>http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete</a:Action></s:Header>\n<s:Body/>\n</s:Envelope>\n",
     ICM_OK, {"> envelope Delete\n"}, "not understood"},
    {"an exchange without an answer", "{\"request\":null,\"status\":401,\"response\":\"\"}\n", ICM_OK, {"< HTTP status 401, no body\n"}, NULL},
    {"a trace's fragment",
     "{\"t\":0.1,\"computer\":\"srv1\",\"direction\":\"sent\",\"kind\":\"fragment\",\"target\":\"pool\",\"object_id\":1,\"fragment_id\":0,\"start\":true,"
     "\"end\":false,\"size\":7}\n",
     ICM_OK, {"> [srv1] fragment 0 of object 1, start, 7 bytes, pool\n"}, NULL},
    {"a trace's message",
     "{\"t\":0.1,\"computer\":\"srv1\",\"direction\":\"received\",\"kind\":\"message\",\"type\":\"PIPELINE_OUTPUT\",\"pool_id\":\"p\",\"pipeline_id\":\"q\","
     "\"clixml\":\"<I32>5</I32>\"}\n",
     ICM_OK, {"< [srv1] message PIPELINE_OUTPUT, pool p, pipeline q\n    <I32>5</I32>\n"}, NULL},
    {"a trace's envelope, whose streams were left out",
     "{\"computer\":\"srv1\",\"direction\":\"received\",\"kind\":\"envelope\",\"status\":200,\"envelope\":\"<s:Envelope xmlns:s=\\\"http://www.w3.org/2003/05/"
     "soap-envelope\\\" xmlns:a=\\\"http://schemas.xmlsoap.org/ws/2004/08/addressing\\\" xmlns:r=\\\"http://schemas.microsoft.com/wbem/wsman/1/windows/"
     "shell\\\"><s:Header><a:Action>http://schemas.microsoft.com/wbem/wsman/1/windows/shell/ReceiveResponse</a:Action></s:Header><s:Body>"
     "<r:ReceiveResponse><r:Stream Name=\\\"stdout\\\">[40 characters]</r:Stream></r:ReceiveResponse></s:Body></s:Envelope>\"}\n",
     ICM_OK, {"< envelope ReceiveResponse, HTTP status 200"}, "goes wrong"},
    {"shells that are listed",
     "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
     "xmlns:n=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\" xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" "
     "xmlns:r=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell\"><s:Header><a:Action>http://schemas.xmlsoap.org/ws/2004/09/"
     "enumeration/EnumerateResponse</a:Action></s:Header><s:Body><n:EnumerateResponse><w:Items><r:Shell><r:ShellId>A</r:ShellId>"
     "<r:State>Disconnected</r:State></r:Shell><r:Command><r:CommandId>B</r:CommandId></r:Command></w:Items></n:EnumerateResponse>"
     "</s:Body></s:Envelope>\n",
     ICM_OK, {"envelope EnumerateResponse\n", "    shell A, state Disconnected\n", "    command B\n"}, "not understood"},
    {"what a terminal would act on", "\033]0;title\007\n", ICM_SYNTAX, {"\\u001b]0;title\\u0007"}, "\033"},
    {"no line's end at the end", "{\"dir\":\"eof\",\"line\":\"\"}", ICM_OK, {"# eof"}, NULL},
};

/* CLIXML for the eye; what is in SS stays out, however it is written */
static const struct {
    const char *clixml, *shown;
} texts[] = {
    {"", ""},
    {"<Nil />", "    <Nil />\n"},
    {"<Obj RefId=\"0\"><MS><I32 N=\"a\">1</I32><S N=\"b\"></S></MS></Obj>",
     "    <Obj RefId=\"0\">\n      <MS>\n        <I32 N=\"a\">1</I32>\n        <S N=\"b\"></S>\n      </MS>\n    </Obj>\n"},
    {"<SS N=\"p\">c2VjcmV0</SS>", "    <SS N=\"p\">[secret]</SS>\n"},
    {"<x:SS>c2Vj<!-- > -->cmV0<b>c2VjcmV0</b></x:SS>", "    <x:SS>[secret]</x:SS>\n"},
    {"<SS>c2VjcmV0", "    <SS>[secret]\n"},
    {"<SS />", "    <SS />\n"},
    {"</a></b>", "    </a>\n    </b>\n"},
    {"<I32 N=\"RunspaceState\">5</I32>", "    <I32 N=\"RunspaceState\">5</I32>  # Broken\n"},
    {"<I32 N=\"PipelineState\">6</I32><I32 N=\"PipelineState\">7</I32>",
     "    <I32 N=\"PipelineState\">6</I32>  # Disconnected\n    <I32 N=\"PipelineState\">7</I32>\n"},
    {"<I32 N=\"PipelineState\">-1</I32><I32 N=\"PipelineState\"></I32><I32>4</I32>",
     "    <I32 N=\"PipelineState\">-1</I32>\n    <I32 N=\"PipelineState\"></I32>\n    <I32>4</I32>\n"},
    {"<Obj N=\"mi\"><TN><T>11</T></TN><I32>12</I32></Obj><I32>1</I32>",
     "    <Obj N=\"mi\">\n      <TN>\n        <T>11</T>\n      </TN>\n"
     "      <I32>12</I32>  # ReadLineAsSecureString\n    </Obj>\n    <I32>1</I32>\n"},
    {"<Obj N=\"mi\"><SS>c2Vj</SS><I32>57</I32></Obj>",
     "    <Obj N=\"mi\">\n      <SS>[secret]</SS>\n      <I32>57</I32>\n    </Obj>\n"},
    {"no XML", "    no XML\n"},
    {"<cut", "    <cut\n"},
};

static enum icm_code show(const char *path, char **text)
{
    size_t size;
    FILE *out = open_memstream(text, &size);
    enum icm_code code = cli_show_psrp(path, out, NULL);

    fclose(out);
    return code;
}

static enum icm_code show_bytes(struct icm_slice bytes, char **text)
{
    char path[] = "show-XXXXXX";
    int fd = mkstemp(path);

    assert_int_equal(write(fd, bytes.data, bytes.size), bytes.size);
    close(fd);
    enum icm_code code = show(path, text);
    unlink(path);
    return code;
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no '%s' in:\n%s", part, text);
}

static void says(void **state)
{
    const struct row *row = *state;
    char *text;

    assert_int_equal(show_bytes(icm_slice_text(row->input), &text), row->code);
    for (size_t i = 0; i < ICM_COUNT(row->wanted) && row->wanted[i]; i++)
        has(text, row->wanted[i]);
    if (row->unwanted)
        assert_null(strstr(text, row->unwanted));
    free(text);
}

static void indents(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(texts); i++) {
        struct icm_buf out = {0};

        cli_show_clixml(&out, icm_slice_text(texts[i].clixml));
        assert_string_equal(icm_buf_text(&out), texts[i].shown);
        icm_buf_reset(&out);
    }
}

static size_t count(const char *text, const char *part)
{
    size_t found = 0;

    for (; (text = strstr(text, part)); text += strlen(part))
        found++;
    return found;
}

/* a dialogue with the real engine; fixtures/show */
static void a_dialogue(void **state)
{
    char *text;

    assert_int_equal(show(ICM_FIXTURES "/show/output-simple.jsonl", &text), ICM_OK);
    has(text, "> message SESSION_CAPABILITY (0x00010002) to the server, pool ");
    has(text, "> message CREATE_PIPELINE (0x00021006) to the server, pool ");
    has(text, "< message PIPELINE_OUTPUT (0x00041004) to the client, pool ");
    has(text, "< packet CommandAck, ");
    assert_int_equal(count(text, "\n! "), 0);
    assert_int_equal(count(text, "\n? "), 0);
    free(text);
}

static void a_gap_is_told_and_passed_over(void **state)
{
    char *text;

    assert_int_equal(show(ICM_FIXTURES "/show/bad-fragment-gap.jsonl", &text), ICM_OK);
    assert_int_equal(count(text, "\n! "), 1);
    has(text, "! fragment 2 of object 900 where 1 is due, MS-PSRP 2.2.4");
    assert_true(count(strstr(text, "\n! "), "\n< packet ") > 0);
    free(text);
}

static void a_secure_string_stays_out(void **state)
{
    char *text;

    assert_int_equal(show(ICM_FIXTURES "/show/securestring-out.jsonl", &text), ICM_OK);
    assert_true(count(text, "<SS") > 0);
    assert_int_equal(count(text, "<SS"), count(text, ">[secret]</SS>"));
    free(text);
}

/* one message in two fragments, as bytes, as base64 on lines, and as digits: all say the same */
static void the_same_in_three_forms(void **state)
{
    struct icm_buf message = {0}, bytes = {0}, base64 = {0}, hex = {0}, lines = {0};
    const struct psrp_message header = {.destination = PSRP_TO_CLIENT, .type = PSRP_PIPELINE_OUTPUT};
    struct icm_arena a = {0};
    char *from[3];

    assert_int_equal(psrp_message_write(&message, &header, psrp_value_string(&a, "hello"), NULL), ICM_OK);
    struct icm_slice blob = icm_buf_slice(&message);
    struct psrp_fragment first = {1, 0, PSRP_FRAGMENT_START, icm_slice_of(blob.data, 20)};
    struct psrp_fragment second = {1, 1, PSRP_FRAGMENT_END, icm_slice_from(blob, 20)};
    psrp_fragment_write(&bytes, &first);
    psrp_fragment_write(&bytes, &second);
    icm_base64_write(&base64, icm_buf_slice(&bytes));
    for (size_t at = 0; at < base64.size; at += 40) {
        icm_buf_add(&lines, icm_slice_of(base64.data + at, base64.size - at < 40 ? base64.size - at : 40));
        icm_buf_add_u8(&lines, '\n');
    }
    icm_hex_write(&hex, icm_buf_slice(&bytes));

    assert_int_equal(show_bytes(icm_buf_slice(&bytes), &from[0]), ICM_OK);
    assert_int_equal(show_bytes(icm_buf_slice(&lines), &from[1]), ICM_OK);
    assert_int_equal(show_bytes(icm_buf_slice(&hex), &from[2]), ICM_OK);
    for (size_t i = 0; i < ICM_COUNT(from); i++) {
        has(from[i], "fragment 0 of object 1, start, 20 bytes");
        has(from[i], "fragment 1 of object 1, end");
        has(from[i], "< message PIPELINE_OUTPUT (0x00041004) to the client");
        has(from[i], "    <S>hello</S>\n");
        free(from[i]);
    }
    icm_buf_reset(&message);
    icm_buf_reset(&bytes);
    icm_buf_reset(&base64);
    icm_buf_reset(&hex);
    icm_buf_reset(&lines);
    icm_arena_reset(&a);
}

static void a_file_that_is_not_there(void **state)
{
    struct icm_error err = {0};

    assert_int_equal(cli_show_psrp("no-such-file", stdout, &err), ICM_USAGE);
    has(err.text, "no-such-file");
    icm_error_reset(&err);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(indents),
        cmocka_unit_test(a_dialogue),
        cmocka_unit_test(a_gap_is_told_and_passed_over),
        cmocka_unit_test(a_secure_string_stays_out),
        cmocka_unit_test(the_same_in_three_forms),
        cmocka_unit_test(a_file_that_is_not_there),
    };
    struct CMUnitTest tests[ICM_COUNT(rows) + ICM_COUNT(others)];

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = says, .initial_state = (void *)(uintptr_t)&rows[i]};
    memcpy(tests + ICM_COUNT(rows), others, sizeof others);
    return cmocka_run_group_tests_name("cli_show_psrp", tests, NULL, NULL);
}
