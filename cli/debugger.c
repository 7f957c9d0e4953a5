#include "cli/debugger.h"

#include <stdio.h>

/* PowerShell's words, once a run */
#define GREETING "Entering debug mode. Use h or ? for help.\n\n"

void cli_debugger_init(struct cli_debugger *d, struct cli_debuggers *all, struct cli_console *console, void *caller,
                       const char *computer)
{
    *d = (struct cli_debugger){.all = all, .console = console, .caller = caller, .computer = computer};
}

void cli_debugger_reset(struct cli_debugger *d)
{
    cli_debugger_leave(d);
    cli_debugger_line_reset(&d->line);
    icm_buf_reset(&d->head);
}

/* ---- pipelines ---- */

static bool is_busy(const struct cli_debugger *d)
{
    return d->order || cli_debugger_line_is_under_way(&d->line);
}

static enum icm_code give_order(struct cli_debugger *d, enum psrp_debugger_order order, int32_t number,
                                struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};

    const struct psrp_creation *creation = psrp_debugger_order(&a, order, number);
    return creation ? psrp_session_create(d->session, creation, &d->order, err) : icm_nomem(err);
}

enum icm_code cli_debugger_arm(struct cli_debugger *d, struct psrp_session *session, bool *is_armed,
                               struct icm_error *err)
{
    /* with Wait the engine takes the stop of a line for the end of all debugging (LocalRunspace.ReleaseDebugger), and the script goes on */
    static const struct {
        enum psrp_debugger_order order;
        int32_t number;
    } orders[] = {{PSRP_DEBUGGER_UNHANDLED_STOPS, PSRP_DEBUGGER_IGNORE}, {PSRP_DEBUGGER_STEP_MODE, 1}};
    size_t i = d->orders_given;

    d->session = session;
    d->order = NULL;
    *is_armed = i == ICM_COUNT(orders);
    if (*is_armed)
        return ICM_OK;
    d->orders_given++;
    return give_order(d, orders[i].order, orders[i].number, err);
}

/* ---- turns ---- */

static void ask_if_due(struct cli_debugger *d)
{
    char question[320];

    if (!d->is_stopped || d->is_asked || is_busy(d) || d->is_quitting || d->all->first != d)
        return;
    if (d->head.size > 0 && !d->all->has_greeted) {
        ICM_OWN(icm_buf_reset) struct icm_buf head = d->head;
        d->head = (struct icm_buf){0};
        icm_buf_add_text(&d->head, GREETING);
        icm_buf_add(&d->head, icm_buf_slice(&head));
        d->all->has_greeted = true;
    }
    d->is_asked = true;
    snprintf(question, sizeof question, "[DBG]: [%s]: PS>> ", d->computer);
    cli_console_ask(d->console, d->caller, &d->head, question);
}

static void queue(struct cli_debugger *d)
{
    struct cli_debugger **at = &d->all->first;

    while (*at && *at != d)
        at = &(*at)->next;
    *at = d;
}

static void unqueue(struct cli_debugger *d)
{
    struct cli_debugger **at = &d->all->first;

    while (*at && *at != d)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = d->next;
    d->next = NULL;
    if (d->all->first)
        ask_if_due(d->all->first);
}

void cli_debugger_leave(struct cli_debugger *d)
{
    d->is_over = true;
    d->line.due_ms = 0;
    if (d->all)
        unqueue(d);
}

/* ---- going on ---- */

static enum icm_code resume(struct cli_debugger *d, enum psrp_debugger_action action, struct icm_error *err)
{
    d->is_stopped = d->resumes = false;
    d->is_quitting = d->is_quitting || action == PSRP_DEBUGGER_STOP;
    if (action == PSRP_DEBUGGER_CONTINUE || action == PSRP_DEBUGGER_STOP)
        unqueue(d);
    return give_order(d, PSRP_DEBUGGER_RESUME, (int32_t)action, err);
}

/* A line that says to stop, or the end of the lines, ends the script; Signal would let it run on first (the engine, 7.6.9). */
enum icm_code cli_debugger_go_on(struct cli_debugger *d, struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    if (is_busy(d) || !d->is_stopped)
        return ICM_OK;
    if (d->is_quitting)
        code = resume(d, PSRP_DEBUGGER_STOP, err);
    else if (d->is_over)
        code = resume(d, PSRP_DEBUGGER_CONTINUE, err);
    else if (d->resumes)
        code = resume(d, d->action, err);
    else
        ask_if_due(d);
    return code;
}

enum icm_code cli_debugger_answer(struct cli_debugger *d, const struct psrp_value *line, uint64_t now_ms,
                                  struct icm_error *err)
{
    d->is_asked = d->was_interrupted = false;
    if (line)
        return cli_debugger_line_begin(&d->line, d->session, psrp_value_text_of(line), now_ms, err);
    d->is_quitting = true;
    return cli_debugger_go_on(d, err);
}

uint64_t cli_debugger_due(const struct cli_debugger *d)
{
    return d->line.due_ms;
}

enum icm_code cli_debugger_try_again(struct cli_debugger *d, uint64_t now_ms, struct icm_error *err)
{
    return cli_debugger_line_again(&d->line, d->session, now_ms, err);
}

bool cli_debuggers_want_interrupt(const struct cli_debuggers *all)
{
    const struct cli_debugger *d = all->first;

    return d && !d->was_interrupted && !d->is_quitting &&
           (d->is_asked || cli_debugger_line_is_under_way(&d->line));
}

void cli_debuggers_interrupt(const struct cli_debuggers *all)
{
    struct cli_debugger *d = all->first;

    d->was_interrupted = true;
    d->is_asked = false;
    cli_console_interrupt(d->console, d->caller);
    cli_debugger_line_stop(&d->line, d->session);
    ask_if_due(d);
}

bool cli_debugger_quit(struct cli_debugger *d)
{
    d->is_quitting = true;
    if (!d->is_stopped)
        return false;
    cli_debugger_line_stop(&d->line, d->session); /* its end lets us go on */
    return cli_debugger_go_on(d, NULL) == ICM_OK;
}

/* ---- what comes ---- */

static void add_line(struct icm_buf *out, struct icm_slice text)
{
    if (text.size == 0)
        return;
    icm_buf_add(out, text);
    icm_buf_add_text(out, "\n");
}

static void note_stop(struct cli_debugger *d, const struct psrp_debugger_stop *stop)
{
    icm_buf_clear(&d->head);
    for (const struct psrp_item *i = stop->breakpoints ? stop->breakpoints->as.list->first : NULL; i; i = i->next) {
        icm_buf_add_text(&d->head, "Hit ");
        psrp_value_write_text(i->value, &d->head);
        icm_buf_add_text(&d->head, i->next ? "\n" : "\n\n");
    }
    add_line(&d->head, stop->position);
    d->is_stopped = true;
    d->is_asked = false;
    if (!d->is_over && !d->is_quitting)
        queue(d);
}

bool cli_debugger_said(const struct cli_debugger *d, const struct psrp_event *event)
{
    return d->line.heard && event->pipeline == d->line.heard;
}

static bool take_reply(struct cli_debugger *d, const struct psrp_value *output)
{
    struct psrp_debugger_reply reply;

    if (!psrp_debugger_read_reply(output, &reply))
        return false;
    d->resumes = reply.resumes;
    d->action = reply.action;
    return true;
}

static void take_order(struct cli_debugger *d)
{
    if (psrp_pipeline_has_ended(d->order))
        d->order = NULL;
}

/* What it writes is shown as the script's. */
static bool take_line(struct cli_debugger *d, const struct psrp_event *event, bool *has_failed)
{
    if (event->type == PSRP_EVENT_OUTPUT)
        return take_reply(d, event->value);
    if (event->type != PSRP_EVENT_PIPELINE_STATE)
        return false;
    if (psrp_pipeline_has_ended(event->pipeline)) {
        *has_failed = event->pipeline_state == PSRP_PIPELINE_FAILED;
        cli_debugger_line_end(&d->line);
    }
    return true;
}

bool cli_debugger_take(struct cli_debugger *d, const struct psrp_pipeline *script, const struct psrp_event *event,
                       bool *has_failed)
{
    struct psrp_debugger_stop stop;

    *has_failed = false;
    if (event->type == PSRP_EVENT_USER_EVENT && psrp_debugger_read_stop(event->value, &stop)) {
        note_stop(d, &stop);
        return true;
    }
    if (!event->pipeline || event->pipeline == script)
        return false;
    if (event->pipeline == d->order)
        take_order(d);
    else if (cli_debugger_line_said(&d->line, d->session, event))
        return take_line(d, event, has_failed);
    return true; /* an order's, or of a try of a line that was let go */
}
