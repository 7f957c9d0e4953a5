/* What Windows and OMI were seen to ask and to answer about leaving, taking over and listing: our client judges the
 * answers, our service gets the requests. ../shared/captures. */
#include "tests/replay/capture.h"
#include "tests/wsman/peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct replay_capture *read_capture(const char *name)
{
    struct replay_capture *capture = NULL;
    struct icm_error err = {0};
    char path[4096];

    snprintf(path, sizeof path, "%s/%s.jsonl", replay_capture_folder(), name);
    if (access(path, R_OK) != 0) {
        print_message("SKIP: no %s\n", path);
        skip();
    }
    if (replay_capture_read(&capture, path, &err) != ICM_OK)
        fail_msg("%s", err.text);
    return capture;
}

static struct wsman_message *read_with(struct wsman_reader *reader, struct icm_slice text)
{
    struct wsman_message *m = NULL;

    wsman_reader_restart(reader, 1024 * 1024);
    assert_int_equal(wsman_reader_feed(reader, text, NULL), ICM_OK);
    assert_int_equal(wsman_reader_finish(reader, &m, NULL), ICM_OK);
    return m;
}

static const struct {
    const char *action, *resource; /* NULL: any */
    enum wsman_operation operation;
} operations[] = {
    {WSMAN_ACTION_DISCONNECT, NULL, WSMAN_DISCONNECT},
    {WSMAN_ACTION_RECONNECT, NULL, WSMAN_RECONNECT},
    {WSMAN_ACTION_CONNECT, NULL, WSMAN_CONNECT},
    {WSMAN_ACTION_GET, WSMAN_RESOURCE_CONFIG, WSMAN_GET_CONFIG},
    {WSMAN_ACTION_GET, WSMAN_RESOURCE_SHELLS, WSMAN_GET_SHELL},
    {WSMAN_ACTION_ENUMERATE, NULL, WSMAN_ENUMERATE},
};

/* false: it is none of those that this is about */
static bool find_operation(const struct wsman_message *m, enum wsman_operation *out)
{
    for (size_t i = 0; i < ICM_COUNT(operations); i++)
        if (icm_slice_is(m->action, operations[i].action) &&
            (!operations[i].resource || icm_slice_is(m->resource_uri, operations[i].resource))) {
            *out = operations[i].operation;
            return true;
        }
    return false;
}

/* ---- the client ---- */

struct judged {
    unsigned well, faults, shells, disconnected;
    uint64_t max_envelope_size_kb;
};

static void judge_row(const struct replay_row *row, struct wsman_reader *asked, struct wsman_reader *answered,
                      struct judged *out)
{
    struct wsman_request request = {0};
    const struct wsman_message *m = read_with(asked, icm_buf_slice(&row->request));

    if (!find_operation(m, &request.operation) || !row->has_response)
        return;
    snprintf(request.message_id, sizeof request.message_id, "%.*s", (int)m->message_id.size,
             (const char *)m->message_id.data);
    struct wsman_shell *shell = peers_shell_new(SHELL_ID);
    const struct wsman_message *reply = read_with(answered, icm_buf_slice(&row->response));
    struct icm_error err = {0};
    enum icm_code code = wsman_shell_take(shell, &request, row->status, reply, &err);
    if (code != ICM_OK && code != ICM_FAULT)
        fail_msg("%s: %s", wsman_operation_name(request.operation), err.text);
    out->well += code == ICM_OK;
    out->faults += code == ICM_FAULT;
    for (const struct wsman_shell_info *s = reply->shells; s; s = s->next, out->shells++) {
        assert_true(s->shell_id.size == ICM_GUID_TEXT && s->owner.size > 0 && s->input_streams.size > 0);
        assert_true(icm_slice_is(s->resource_uri, WSMAN_RESOURCE_POWERSHELL));
    }
    if (request.operation == WSMAN_GET_SHELL && code == ICM_OK)
        out->disconnected += icm_slice_is(reply->shell.state, "Disconnected");
    if (request.operation == WSMAN_GET_CONFIG)
        out->max_envelope_size_kb = reply->config.max_envelope_size_kb;
    icm_error_reset(&err);
    wsman_shell_free(shell);
}

/* counted by hand */
static const struct file {
    const char *name;
    struct judged wanted;
} files[] = {
    {"pypsrp_psrp_disconnect_runspaces", {.well = 9, .shells = 2}},
    {"pypsrp_wsman_update_envelope_size_150", {.well = 1, .max_envelope_size_kb = 150}},
    {"pypsrp_wsman_update_envelope_size_500", {.well = 1, .max_envelope_size_kb = 500}},
    {"pypsrp_psrp_is_alive_state_disconnected", {.well = 2, .disconnected = 1}},
    {"omi/pypsrp_omi_disconnect_reconnect", {.well = 2}},
    {"omi/pypsrp_omi_enumerate_pools", {.well = 3, .shells = 1}},
    {"omi/raw_omi_unknown_shell_disconnect", {.faults = 1}},
};

static void answers_are_judged(void **state)
{
    const struct file *file = *state;
    struct replay_capture *capture = read_capture(file->name);
    struct wsman_reader *asked = NULL, *answered = NULL;
    struct judged judged = {0};

    assert_int_equal(wsman_reader_new(&asked, 1024 * 1024, NULL), ICM_OK);
    assert_int_equal(wsman_reader_new(&answered, 1024 * 1024, NULL), ICM_OK);
    for (size_t i = 0; i < capture->row_count; i++)
        if (capture->rows[i].has_request)
            judge_row(&capture->rows[i], asked, answered, &judged);
    assert_int_equal(judged.well, file->wanted.well);
    assert_int_equal(judged.faults, file->wanted.faults);
    assert_int_equal(judged.shells, file->wanted.shells);
    assert_int_equal(judged.disconnected, file->wanted.disconnected);
    assert_int_equal(judged.max_envelope_size_kb, file->wanted.max_envelope_size_kb);
    wsman_reader_free(asked);
    wsman_reader_free(answered);
    replay_capture_free(capture);
}

/* ---- the service ---- */

/* the application: whoever connects is told what Windows told */
static void serve_events(struct peers *p, const struct wsman_message *recorded)
{
    struct wsman_service_event event;

    while (wsman_service_next_event(p->service, &event, NULL) == ICM_OK) {
        if (event.type == WSMAN_SERVICE_CONNECT)
            wsman_service_accept_connect(p->service, event.request, icm_buf_slice(&recorded->payload));
        else
            wsman_service_accept(p->service, event.request);
        wsman_service_event_reset(&event);
    }
}

/* ours against what Windows answered to the same bytes */
static void compare(const struct wsman_message *ours, const struct wsman_message *theirs)
{
    const struct wsman_shell_info *a = ours->shells, *b = theirs->shells;

    assert_int_equal(ours->body, theirs->body);
    assert_true(icm_slice_equal(ours->action, theirs->action) && icm_slice_equal(ours->relates_to, theirs->relates_to));
    assert_int_equal(ours->item_count, theirs->item_count);
    assert_int_equal(ours->is_end_of_sequence, theirs->is_end_of_sequence);
    assert_true(icm_slice_equal(ours->enumeration_context, theirs->enumeration_context));
    for (; a && b; a = a->next, b = b->next) {
        assert_true(icm_slice_equal(a->shell_id, b->shell_id) && icm_slice_equal(a->state, b->state));
        assert_true(icm_slice_equal(a->resource_uri, b->resource_uri));
        assert_true(icm_slice_equal(a->buffer_mode, b->buffer_mode));
        assert_int_equal(a->idle_timeout_ms, b->idle_timeout_ms);
        assert_int_equal(a->max_idle_timeout_ms, b->max_idle_timeout_ms);
    }
    if (ours->body == WSMAN_BODY_CONNECT_RESPONSE) {
        assert_true(icm_slice_equal(icm_buf_slice(&ours->payload), icm_buf_slice(&theirs->payload)));
        assert_true(icm_slice_equal(ours->input_streams, theirs->input_streams));
    }
}

static void the_service_answers_as_windows_did(void **state)
{
    struct replay_capture *capture = read_capture("pypsrp_psrp_disconnect_runspaces");
    struct wsman_reader *theirs = NULL;
    struct peers p = {0};
    unsigned compared = 0;

    (void)state;
    peers_init(&p);
    assert_int_equal(wsman_reader_new(&theirs, 1024 * 1024, NULL), ICM_OK);
    for (size_t i = 0; i < capture->row_count; i++) {
        const struct replay_row *row = &capture->rows[i];
        const struct wsman_message *recorded = read_with(theirs, icm_buf_slice(&row->response));
        if (recorded->body == WSMAN_BODY_RECEIVE_RESPONSE)
            continue; /* what a pool says is not the service's */
        uint64_t number = peers_post(&p, "vagrant", icm_buf_slice(&row->request));
        serve_events(&p, recorded);
        assert_int_equal(peers_answer(&p, number), row->status);
        wsman_service_taken(p.service, number, true);
        compare(p.reply, recorded);
        compared++;
    }
    assert_int_equal(compared, 13);
    wsman_reader_free(theirs);
    peers_reset(&p);
    replay_capture_free(capture);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(files) + 1];

    for (size_t i = 0; i < ICM_COUNT(files); i++)
        tests[i] = (struct CMUnitTest){files[i].name, answers_are_judged, NULL, NULL, (void *)(uintptr_t)&files[i]};
    tests[ICM_COUNT(files)] = (struct CMUnitTest)cmocka_unit_test(the_service_answers_as_windows_did);
    return cmocka_run_group_tests_name("leaving, taking over and listing, as recorded", tests, NULL, NULL);
}
