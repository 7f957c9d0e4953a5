/* A line on its way to the script that stands at a stop. The engine (7.6.9) drops a nested pipeline that comes while it is still leaving
 * the one before (ServerRunspacePoolDriver: "a nested command is already running"), and says nothing of it; that the one before has ended
 * it has said earlier. So a line that nobody is heard of is sent again, a few times, later and later: psrp_debugger_line has it run once
 * however often it comes. The first try that is heard of is the line; the others are let go. */
#ifndef CLI_DEBUGGER_LINE_H
#define CLI_DEBUGGER_LINE_H

#include "psrp/debugger.h"
#include "psrp/drive.h"

enum { CLI_DEBUGGER_TRIES = 5 };

struct cli_debugger_line {
    struct icm_buf text;
    char mark[ICM_GUID_TEXT + 1];
    struct psrp_pipeline *tries[CLI_DEBUGGER_TRIES];
    size_t try_count;            /* 0: no line is under way */
    struct psrp_pipeline *heard; /* NULL: none of them */
    uint64_t due_ms;             /* when to send it again, by the caller's clock; 0: never */
};

enum icm_code cli_debugger_line_begin(struct cli_debugger_line *line, struct psrp_session *s, struct icm_slice text,
                                      uint64_t now_ms, struct icm_error *err);
enum icm_code cli_debugger_line_again(struct cli_debugger_line *line, struct psrp_session *s, uint64_t now_ms,
                                      struct icm_error *err);

static inline bool cli_debugger_line_is_under_way(const struct cli_debugger_line *line)
{
    return line->try_count > 0;
}

/** Whether the line has said @event; the first time that it is heard of, its other tries are let go. What those say is nobody's. */
bool cli_debugger_line_said(struct cli_debugger_line *line, struct psrp_session *s, const struct psrp_event *event);

/** Stop it: its end follows. */
void cli_debugger_line_stop(struct cli_debugger_line *line, struct psrp_session *s);

/** It has ended. */
void cli_debugger_line_end(struct cli_debugger_line *line);

void cli_debugger_line_reset(struct cli_debugger_line *line);

#endif
