/* The reader of recorded exchanges, by small files of the form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/replay/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char exchanges[] = "{\"meta\": {\"scenario\": \"one\", \"server\": \"Windows\", \"flow\": \"Create Get\", "
                                "\"psrp_protocol\": [\"2.3\"], \"client_output\": "
                                "\"OUT 1\\n\"}}\n"
                                "{\"request\": \"<q/>\", \"status\": 200, \"headers\": {\"Server\": \"X\", \"Date\": "
                                "\"now\"}, \"response\": \"<a>\\u00e4</a>\", "
                                "\"delay_s\": 1.5}\n"
                                "{\"request\": \"<q2/>\", \"status\": null, \"headers\": {}, \"response\": null, "
                                "\"t\": 2, \"dt\": 0.25, \"conn\": 3,\n"
                                " \"overrides\": [{\"path\": \"s:Body/x\", \"attributes\": {\"CommandId\": \"7\"}}, "
                                "{\"path\": \"y\", \"text\": \"z\"}]}\n"
                                "{\"request\": null, \"status\": 500, \"response\": \"\", \"note\": \"alone\"}\n";

static const char messages[] =
    "{\"meta\": {\"scenario\": \"wire\"}}\n"
    "{\"conn\": 1, \"t\": 0.5, \"dir\": \"c2s\", \"head\": \"POST / HTTP/1.1\\r\\n\\r\\n\", \"body_b64\": \"AAE=\"}\n"
    "{\"conn\": 2, \"t\": 0.7, \"dir\": \"s2c\", \"head\": \"HTTP/1.1 200 \\r\\n\\r\\n\", \"body_b64\": \"\", "
    "\"chunks\": [{\"t\": 1, \"size\": 2}], "
    "\"lost\": [[0, 2]], \"truncated\": true}\n";

static struct replay_capture *read_written(const char *text, enum icm_code expected)
{
    char path[] = "/tmp/icm-capture-XXXXXX";
    struct replay_capture *c = NULL;
    struct icm_error err = {0};
    int file = mkstemp(path);

    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    assert_int_equal(replay_capture_read(&c, path, &err), expected);
    unlink(path);
    icm_error_reset(&err);
    return c;
}

#define assert_text(buf, text) assert_string_equal(icm_buf_text(&(buf)), text)

static void exchanges_are_read(void **state)
{
    struct replay_capture *c = read_written(exchanges, ICM_OK);

    (void)state;
    assert_text(c->scenario, "one");
    assert_text(c->client_output, "OUT 1\n");
    assert_true(c->is_timed);
    assert_int_equal(c->row_count, 3);
    assert_text(c->rows[0].request, "<q/>");
    assert_text(c->rows[0].response, "<a>\xc3\xa4</a>");
    assert_text(c->rows[0].headers, "Server: X\nDate: now\n");
    assert_int_equal(c->rows[0].status, 200);
    assert_int_equal(c->rows[0].delay_ms, 1500);
    assert_int_equal(c->rows[1].status, 0);
    assert_true(c->rows[1].has_request);
    assert_false(c->rows[1].has_response);
    assert_int_equal(c->rows[1].connection, 3);
    assert_true(c->rows[1].begun_s == 2 && c->rows[1].took_s == 0.25);
    assert_int_equal(c->rows[1].override_count, 2);
    assert_text(c->rows[1].overrides[0].path, "s:Body/x");
    assert_text(c->rows[1].overrides[0].name, "CommandId");
    assert_text(c->rows[1].overrides[0].value, "7");
    assert_text(c->rows[1].overrides[1].value, "z");
    assert_false(c->rows[2].has_request);
    assert_true(c->rows[2].has_response);
    assert_text(c->rows[2].note, "alone");
    replay_capture_free(c);
}

static void messages_are_read(void **state)
{
    struct replay_capture *c = read_written(messages, ICM_OK);

    (void)state;
    assert_int_equal(c->row_count, 2);
    assert_false(c->rows[0].is_from_server);
    assert_int_equal(c->rows[0].body.size, 2);
    assert_text(c->rows[0].head, "POST / HTTP/1.1\r\n\r\n");
    assert_true(c->rows[1].is_from_server && c->rows[1].has_lost && c->rows[1].is_truncated);
    assert_false(c->rows[0].has_lost || c->rows[0].is_truncated);
    replay_capture_free(c);
}

static void what_is_no_json_is_refused(void **state)
{
    struct replay_capture *c = NULL;
    struct icm_error err = {0};

    (void)state;
    assert_null(read_written("{\"request\": ", ICM_SYNTAX));
    assert_int_equal(replay_capture_read(&c, "/nowhere/x.jsonl", &err), ICM_IO);
    icm_error_reset(&err);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchanges_are_read),
        cmocka_unit_test(messages_are_read),
        cmocka_unit_test(what_is_no_json_is_refused),
    };

    return cmocka_run_group_tests_name("the reader of recordings", tests, NULL, NULL);
}
