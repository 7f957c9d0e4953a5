/* What real servers and clients said, read by our reader. The environment's ICM_CAPTURES may name another folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/json.h"
#include "wsman/message.h"
#include "wsman/names.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#ifndef ICM_CAPTURES
#define ICM_CAPTURES "../shared/captures"
#endif

/* what there is to count: of any folder each row must hold by itself, of the one that we know the totals too */
struct counts {
    size_t files, requests, responses, malformed;
    size_t request_streams, request_bytes, response_streams, response_bytes;
    size_t faults, coded_faults, done, related;
};

struct capture {
    struct wsman_reader *reader;
    const char *path;
    int depth;
    struct icm_buf request, response;
    struct counts counts;
};

/* how often an element called Stream begins: a look at the text that knows nothing of XML */
static size_t count_streams(struct icm_slice text)
{
    size_t count = 0;

    for (size_t i = 1; i + 7 < text.size; i++) {
        if (memcmp(text.data + i, "Stream", 6) != 0 || !strchr(" \r\n\t>/", text.data[i + 6]))
            continue;
        size_t name = i;
        while (name > 0 && text.data[name] != '<' && text.data[name] != '>' && text.data[name] != '/')
            name--;
        count += text.data[name] == '<' && (name + 1 == i || text.data[i - 1] == ':');
    }
    return count;
}

/* the envelope in @text, or NULL where the file's name says that it is malformed */
static const struct wsman_message *read_capture(struct capture *c, struct icm_slice text)
{
    struct wsman_message *m = NULL;
    struct icm_error err = {0};

    wsman_reader_restart(c->reader, 16 * 1024 * 1024);
    enum icm_code code = wsman_reader_feed(c->reader, text, &err);
    if (code == ICM_OK)
        code = wsman_reader_finish(c->reader, &m, &err);
    if (code != ICM_OK && !strstr(c->path, "malformed"))
        fail_msg("%s: %s\n%.300s", c->path, err.text, (const char *)text.data);
    icm_error_reset(&err);
    c->counts.malformed += code != ICM_OK;
    if (m && m->stream_count != count_streams(text))
        fail_msg("%s: %zu streams, %zu in the text", c->path, m->stream_count, count_streams(text));
    return m;
}

static void count_fault(struct capture *c, const struct wsman_message *m)
{
    c->counts.faults++;
    c->counts.coded_faults += m->has_wsman_code;
    if (m->fault_code.size == 0 || m->fault_reason.size == 0)
        fail_msg("%s: a fault without a code or a reason", c->path);
    if (memchr(m->fault_code.data, ':', m->fault_code.size))
        fail_msg("%s: a prefix in %.*s", c->path, (int)m->fault_code.size, (const char *)m->fault_code.data);
}

static void check_exchange(struct capture *c)
{
    struct icm_buf message_id = {0};
    const struct wsman_message *m = c->request.size > 0 ? read_capture(c, icm_buf_slice(&c->request)) : NULL;

    if (m) {
        c->counts.requests++;
        c->counts.request_streams += m->stream_count;
        c->counts.request_bytes += m->stream_count > 0 ? m->payload.size : 0;
        icm_buf_add(&message_id, m->message_id);
    }
    m = c->response.size > 0 ? read_capture(c, icm_buf_slice(&c->response)) : NULL;
    if (m) {
        c->counts.responses++;
        c->counts.response_streams += m->stream_count;
        c->counts.response_bytes += m->stream_count > 0 ? m->payload.size : 0;
        c->counts.done += icm_slice_is(m->command_state, WSMAN_COMMAND_STATE_DONE);
        c->counts.related += m->relates_to.size > 0 && icm_slice_equal(m->relates_to, icm_buf_slice(&message_id));
        if (m->body == WSMAN_BODY_FAULT)
            count_fault(c, m);
        if (m->body == WSMAN_BODY_RESOURCE_CREATED && m->shell_id.size == 0)
            fail_msg("%s: a shell without an id", c->path);
    }
    icm_buf_reset(&message_id);
}

static enum icm_code on_event(void *context, const struct icm_json_event *event, struct icm_error *err)
{
    struct capture *c = context;
    bool is_field = c->depth == 1 && event->key && event->type == ICM_JSON_STRING;

    (void)err;
    if (event->type == ICM_JSON_OBJECT || event->type == ICM_JSON_ARRAY)
        c->depth++;
    if (is_field && strcmp(event->key, "request") == 0)
        icm_buf_add(&c->request, event->text);
    if (is_field && strcmp(event->key, "response") == 0)
        icm_buf_add(&c->response, event->text);
    if (event->type != ICM_JSON_OBJECT_END && event->type != ICM_JSON_ARRAY_END)
        return ICM_OK;
    if (--c->depth == 0) {
        check_exchange(c);
        icm_buf_clear(&c->request);
        icm_buf_clear(&c->response);
    }
    return ICM_OK;
}

static void read_file(struct capture *c, const char *path)
{
    static char piece[65536];
    struct icm_json_reader *json = NULL;
    struct icm_error err = {0};
    FILE *file = fopen(path, "rb");
    size_t size;

    c->path = path;
    c->counts.files++;
    assert_non_null(file);
    assert_int_equal(icm_json_reader_new(&json, on_event, c, NULL), ICM_OK);
    while ((size = fread(piece, 1, sizeof piece, file)) > 0)
        if (icm_json_feed(json, icm_slice_of(piece, size), &err) != ICM_OK)
            fail_msg("%s: %s", path, err.text);
    assert_int_equal(icm_json_finish(json, NULL), ICM_OK);
    icm_json_reader_free(json);
    fclose(file);
}

static void read_folder(struct capture *c, const char *folder, const char *pattern)
{
    char path[4096];
    glob_t found;

    snprintf(path, sizeof path, "%s/%s", folder, pattern);
    if (glob(path, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        read_file(c, found.gl_pathv[i]);
    globfree(&found);
}

/* counted by a few lines of Python with its own XML, JSON and base64 */
static void assert_totals(const struct counts *is)
{
    assert_int_equal(is->files, 137);
    assert_int_equal(is->requests, 3688);
    assert_int_equal(is->responses, 3693);
    assert_int_equal(is->malformed, 3);
    assert_int_equal(is->request_streams, 92);
    assert_int_equal(is->request_bytes, 7379241);
    assert_int_equal(is->response_streams, 3367);
    assert_int_equal(is->response_bytes, 2938734);
    assert_int_equal(is->faults, 55);
    assert_int_equal(is->coded_faults, 13);
    assert_int_equal(is->done, 157);
    assert_int_equal(is->related, 3673);
}

static void captures_are_read(void **state)
{
    const char *other = getenv("ICM_CAPTURES"), *folder = other ? other : ICM_CAPTURES;
    struct capture c = {0};
    struct stat about;

    (void)state;
    if (stat(folder, &about) != 0) {
        print_message("SKIP: no captures in %s\n", folder);
        skip();
    }
    assert_int_equal(wsman_reader_new(&c.reader, 1, NULL), ICM_OK);
    read_folder(&c, folder, "*.jsonl");
    read_folder(&c, folder, "omi/*.jsonl");
    assert_true(c.counts.files > 0);
    if (!other)
        assert_totals(&c.counts);
    wsman_reader_free(c.reader);
    icm_buf_reset(&c.request);
    icm_buf_reset(&c.response);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(captures_are_read)};

    return cmocka_run_group_tests_name("captures of real endpoints", tests, NULL, NULL);
}
