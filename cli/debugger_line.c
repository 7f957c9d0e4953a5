#include "cli/debugger_line.h"

#include "base/text.h"

/* doubled from try to try: an engine that is short of a processor for 7 s is heard of all the same */
enum { FIRST_WAIT_MS = 500 };

static enum icm_code try_once(struct cli_debugger_line *line, struct psrp_session *s, uint64_t now_ms,
                              struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    const struct psrp_creation *creation = psrp_debugger_line(&a, icm_buf_slice(&line->text), line->mark);

    if (!creation || line->text.failed)
        return icm_nomem(err);
    enum icm_code code = psrp_session_create(s, creation, &line->tries[line->try_count], err);
    if (code != ICM_OK)
        return code;
    line->due_ms = line->try_count + 1 < CLI_DEBUGGER_TRIES ? now_ms + ((uint64_t)FIRST_WAIT_MS << line->try_count) : 0;
    line->try_count++;
    return ICM_OK;
}

enum icm_code cli_debugger_line_begin(struct cli_debugger_line *line, struct psrp_session *s, struct icm_slice text,
                                      uint64_t now_ms, struct icm_error *err)
{
    struct icm_guid mark;
    enum icm_code code = icm_guid_random(&mark, err);

    if (code != ICM_OK)
        return code;
    icm_guid_format_lower(&mark, line->mark);
    icm_buf_clear(&line->text);
    icm_buf_add(&line->text, text);
    return try_once(line, s, now_ms, err);
}

enum icm_code cli_debugger_line_again(struct cli_debugger_line *line, struct psrp_session *s, uint64_t now_ms,
                                      struct icm_error *err)
{
    return try_once(line, s, now_ms, err);
}

static bool is_try(const struct cli_debugger_line *line, const struct psrp_pipeline *pipeline)
{
    for (size_t i = 0; i < line->try_count; i++)
        if (line->tries[i] == pipeline)
            return true;
    return false;
}

static void stop_try(const struct cli_debugger_line *line, size_t i, struct psrp_session *s)
{
    if (line->tries[i] && !psrp_pipeline_has_ended(line->tries[i]))
        psrp_session_stop(s, line->tries[i]);
}

static void hear(struct cli_debugger_line *line, struct psrp_session *s, struct psrp_pipeline *heard)
{
    line->heard = heard;
    line->due_ms = 0;
    for (size_t i = 0; i < line->try_count; i++)
        if (line->tries[i] != heard)
            stop_try(line, i, s);
}

/* This one came too late, and has no more to say: another one runs the line. */
static void forget_try(struct cli_debugger_line *line, const struct psrp_pipeline *pipeline)
{
    line->due_ms = 0;
    for (size_t i = 0; i < line->try_count; i++)
        if (line->tries[i] == pipeline)
            line->tries[i] = NULL;
}

bool cli_debugger_line_said(struct cli_debugger_line *line, struct psrp_session *s, const struct psrp_event *event)
{
    if (!event->pipeline || !is_try(line, event->pipeline))
        return false;
    if (event->type == PSRP_EVENT_OUTPUT && psrp_debugger_was_run(event->value, line->mark)) {
        forget_try(line, event->pipeline);
        return false;
    }
    if (!line->heard)
        hear(line, s, event->pipeline);
    return line->heard == event->pipeline;
}

void cli_debugger_line_stop(struct cli_debugger_line *line, struct psrp_session *s)
{
    line->due_ms = 0;
    for (size_t i = 0; i < line->try_count; i++)
        stop_try(line, i, s);
}

void cli_debugger_line_end(struct cli_debugger_line *line)
{
    line->try_count = 0;
    line->heard = NULL;
    line->due_ms = 0;
}

void cli_debugger_line_reset(struct cli_debugger_line *line)
{
    cli_debugger_line_end(line);
    icm_buf_reset(&line->text);
}
