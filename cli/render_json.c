/* One JSON object a line, for every stream, all to standard output. design.md, Output. */
#include "cli/error_view.h"
#include "cli/render_private.h"
#include "cli/value_json.h"

static struct icm_json begin(struct cli_sink *to, const char *computer, const char *stream)
{
    struct icm_json json = {.out = &to->out};

    icm_json_open(&json, '{');
    if (computer)
        icm_json_member_text(&json, "computer", computer);
    icm_json_member_text(&json, "stream", stream);
    return json;
}

static void end(struct icm_json *json)
{
    icm_json_close(json, '}');
    icm_buf_add_u8(json->out, '\n');
}

static void write_record(struct icm_json *json, const struct psrp_value *record, const char *computer)
{
    struct cli_error_view view;

    cli_error_view_of_record(&view, record);
    cli_error_view_write_json(&view, computer, json);
    cli_error_view_reset(&view);
}

static void write_message(struct icm_json *json, const struct psrp_value *record)
{
    struct icm_buf text = {0};

    cli_render_message(record, &text);
    icm_json_string(json, icm_buf_slice(&text));
    icm_buf_reset(&text);
}

static const struct {
    const char *key, *member;
} progress_members[] = {
    {"activity", "Activity"},           {"status", "StatusDescription"}, {"percent", "PercentComplete"},
    {"operation", "CurrentOperation"},  {"id", "ActivityId"},            {"parent", "ParentActivityId"},
};

static void write_progress(struct icm_json *json, const struct psrp_value *record)
{
    icm_json_open(json, '{');
    for (size_t i = 0; i < ICM_COUNT(progress_members); i++) {
        icm_json_key_text(json, progress_members[i].key);
        cli_value_write_json(json, psrp_value_member(record, progress_members[i].member));
    }
    icm_json_key_text(json, "completed");
    icm_json_bool(json, cli_progress_is_completed(record));
    icm_json_key_text(json, "secondsRemaining");
    cli_value_write_json(json, psrp_value_member(record, "SecondsRemaining"));
    icm_json_close(json, '}');
}

static void json_event(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct psrp_event *event)
{
    const struct cli_render_stream *stream = cli_render_stream_of(event->type);
    struct icm_json json = begin(to, computer, stream->name);

    icm_json_key_text(&json, "value");
    if (event->type == PSRP_EVENT_ERROR)
        write_record(&json, event->value, computer);
    else if (stream->prefix)
        write_message(&json, event->value);
    else if (event->type == PSRP_EVENT_INFORMATION)
        cli_value_write_json(&json, cli_render_information(event->value));
    else if (event->type == PSRP_EVENT_PROGRESS)
        write_progress(&json, cli_render_progress(event->value));
    else
        cli_value_write_json(&json, event->value);
    end(&json);
}

static void json_host_text(struct cli_renderer *r, struct cli_sink *to, const char *computer,
                           const struct cli_host_text *said)
{
    struct icm_json json = begin(to, computer, "information");

    icm_json_key_text(&json, "value");
    icm_json_string(&json, said->text);
    end(&json);
}

static void json_failure(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct icm_error *why)
{
}

static void json_status(struct cli_renderer *r, struct cli_sink *to, const struct cli_status *status)
{
    struct icm_json json = begin(to, status->computer, "status");
    struct cli_error_view view;

    icm_json_member_text(&json, "state", status->state);
    icm_json_key_text(&json, "hadErrors");
    icm_json_bool(&json, status->had_errors);
    if (status->exit_code.is_asked)
        icm_json_key_text(&json, "exitCode");
    if (status->exit_code.is_known)
        icm_json_i64(&json, status->exit_code.number);
    else if (status->exit_code.is_asked)
        icm_json_null(&json);
    if (status->record || status->why) {
        icm_json_key_text(&json, "error");
        if (status->record)
            cli_error_view_of_record(&view, status->record);
        else
            cli_error_view_of_error(&view, status->why);
        cli_error_view_write_json(&view, status->computer, &json);
        cli_error_view_reset(&view);
    }
    end(&json);
}

const struct cli_render_format cli_render_json = {json_event,  json_host_text, json_failure,
                                                  json_status, NULL,           false};
