/* What the endpoint's PowerShell shells ask of an engine: a session that writes down what it is asked for. */
#include "cli/endpoint_shells_private.h"
#include "psrp/fragment.h"
#include "psrp/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- the engine ---- */

struct engine {
    struct endpoint_engine base;
    struct icm_buf asked; /* "stop 01020304\n" */
};
struct witness {
    struct endpoint_session session;
    struct icm_buf *asked;
};

static void write_down(struct endpoint_session *session, const char *what, const struct icm_guid *target)
{
    struct witness *w = (struct witness *)session;
    char id[ICM_GUID_TEXT + 1];

    icm_guid_format_upper(target, id);
    icm_buf_add_format(w->asked, "%s %.8s\n", what, id);
}

static enum icm_code on_data(struct endpoint_session *s, uint64_t ticket, const struct icm_guid *target,
                             bool is_prompt_response, struct icm_buf *bytes, struct icm_error *err)
{
    (void)ticket, (void)err;
    write_down(s, is_prompt_response ? "response" : "data", target);
    icm_buf_reset(bytes);
    return ICM_OK;
}

static enum icm_code on_command(struct endpoint_session *s, uint64_t ticket, const struct icm_guid *target,
                                struct icm_buf *bytes, struct icm_error *err)
{
    (void)ticket, (void)err;
    write_down(s, "command", target);
    icm_buf_reset(bytes);
    return ICM_OK;
}

static void on_stop(struct endpoint_session *s, uint64_t ticket, const struct icm_guid *target)
{
    (void)ticket;
    write_down(s, "stop", target);
}

static void on_end(struct endpoint_session *s, uint64_t ticket, const struct icm_guid *target)
{
    (void)ticket;
    write_down(s, "end", target);
}

static void on_close(struct endpoint_session *s)
{
    free(s);
}

static enum icm_code on_open(struct endpoint_engine *e, const char *culture, const struct endpoint_sink *sink, void *up,
                             struct endpoint_session **out, struct icm_error *err);

static const struct endpoint_engine_ops ops = {
    .open = on_open, .data = on_data, .command = on_command, .stop = on_stop, .end = on_end, .close = on_close};

static enum icm_code on_open(struct endpoint_engine *e, const char *culture, const struct endpoint_sink *sink, void *up,
                             struct endpoint_session **out, struct icm_error *err)
{
    struct witness *w = calloc(1, sizeof *w);

    (void)sink, (void)up;
    if (!w)
        return icm_nomem(err);
    w->session.ops = &ops;
    w->asked = &((struct engine *)e)->asked;
    *out = &w->session;
    return ICM_OK;
}

/* ---- the shell ---- */

struct stage {
    uv_loop_t loop;
    struct engine engine;
    struct endpoint_shells shells;
    struct served_shell *shell;
};

static void set_up(struct stage *s)
{
    static const struct wsman_service_options options = {.max_envelope_size = 500 * 1024};
    struct wsman_service_event create = {.type = WSMAN_SERVICE_CREATE,
                                         .start = {.locale = "en-US", .data_locale = "en-US"}};

    *s = (struct stage){.engine.base.ops = &ops};
    uv_loop_init(&s->loop);
    s->shells.loop = &s->loop;
    s->shells.engine = &s->engine.base;
    assert_int_equal(wsman_service_new(&s->shells.service, &options, NULL), ICM_OK);
    s->shell = calloc(1, endpoint_pool_kind.size);
    assert_non_null(s->shell);
    s->shell->shells = &s->shells;
    assert_int_equal(endpoint_pool_kind.open(s->shell, &create, NULL), ICM_OK);
}

static void tear_down(struct stage *s)
{
    endpoint_pool_kind.close(s->shell);
    free(s->shell);
    wsman_service_free(s->shells.service);
    icm_buf_reset(&s->engine.asked);
    assert_int_equal(uv_loop_close(&s->loop), 0);
}

/* an event about command @command_id, with the head of a message of pipeline @pipeline_id (NULL: with nothing) */
static struct wsman_service_event event_of(const char *command_id, const char *pipeline_id)
{
    struct wsman_service_event event = {0};
    struct psrp_message m = {.destination = PSRP_TO_SERVER, .type = PSRP_CREATE_PIPELINE};
    struct icm_buf message = {0};

    snprintf(event.command_id, sizeof event.command_id, "%s", command_id);
    if (!pipeline_id)
        return event;
    assert_true(icm_guid_parse(icm_slice_text(pipeline_id), &m.pipeline_id));
    assert_int_equal(psrp_message_write(&message, &m, NULL, NULL), ICM_OK);
    psrp_fragment_write(&event.payload, &(struct psrp_fragment){.object_id = 3,
                                                                .flags = PSRP_FRAGMENT_START | PSRP_FRAGMENT_END,
                                                                .blob = icm_buf_slice(&message)});
    icm_buf_reset(&message);
    return event;
}

static void command(struct stage *s, const char *command_id, const char *pipeline_id)
{
    struct wsman_service_event event = event_of(command_id, pipeline_id);

    assert_int_equal(endpoint_pool_kind.command(s->shell, &event, NULL), ICM_OK);
    wsman_service_event_reset(&event);
}

static void send_to(struct stage *s, const char *command_id)
{
    struct wsman_service_event event = event_of(command_id, NULL);

    assert_int_equal(endpoint_pool_kind.send(s->shell, &event, NULL), ICM_OK);
    wsman_service_event_reset(&event);
}

static void signal_to(struct stage *s, const char *command_id, enum wsman_service_signal signal)
{
    struct wsman_service_event event = event_of(command_id, NULL);

    event.signal = signal;
    endpoint_pool_kind.signal(s->shell, &event);
}

#define FIRST "01020304-0506-0708-090A-0B0C0D0E0F10"
#define FIRST_TURNED "04030201-0605-0807-090A-0B0C0D0E0F10" /* the same bytes, as another client lays them down */
#define SECOND "A1020304-0506-0708-090A-0B0C0D0E0F10"

/* shared/captures/pypsrp_psrp_error_failed: a CommandId, and messages with its bytes in another order */
static void a_pipeline_is_called_by_its_messages(void **state)
{
    struct stage s;

    (void)state;
    set_up(&s);
    command(&s, FIRST, FIRST_TURNED);
    send_to(&s, FIRST);
    signal_to(&s, FIRST, WSMAN_SERVICE_CTRL_C);
    signal_to(&s, FIRST, WSMAN_SERVICE_TERMINATE);
    assert_string_equal(icm_buf_text(&s.engine.asked),
                        "command 04030201\ndata 04030201\nstop 04030201\nend 04030201\n");
    tear_down(&s);
}

/* no message begins in what came, or its pipeline runs already: then the CommandId is the name */
static void or_by_its_command(void **state)
{
    struct stage s;

    (void)state;
    set_up(&s);
    command(&s, FIRST, NULL);
    command(&s, SECOND, FIRST);
    send_to(&s, SECOND);
    signal_to(&s, FIRST, WSMAN_SERVICE_TERMINATE);
    signal_to(&s, SECOND, WSMAN_SERVICE_TERMINATE);
    assert_string_equal(icm_buf_text(&s.engine.asked),
                        "command 01020304\ncommand A1020304\ndata A1020304\nend 01020304\nend A1020304\n");
    tear_down(&s);
}

static void what_has_ended_is_not_signalled(void **state)
{
    struct stage s;

    (void)state;
    set_up(&s);
    command(&s, FIRST, FIRST_TURNED);
    signal_to(&s, FIRST, WSMAN_SERVICE_TERMINATE);
    signal_to(&s, FIRST, WSMAN_SERVICE_CTRL_C);
    assert_string_equal(icm_buf_text(&s.engine.asked), "command 04030201\nend 04030201\n");
    tear_down(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pipeline_is_called_by_its_messages),
        cmocka_unit_test(or_by_its_command),
        cmocka_unit_test(what_has_ended_is_not_signalled),
    };

    return cmocka_run_group_tests_name("what shells ask of engines", tests, NULL, NULL);
}
