/* WAITS (through psrp/child): the engine that is a process for each shell. One spare process is kept, warmed by a
 * throw-away session, so that a new shell does not wait for an engine to start. */
#include "cli/endpoint_engine.h"
#include "cli/endpoint_environment.h"
#include "cli/endpoint_link.h"
#include "cli/endpoint_log.h"
#include "cli/endpoint_warmth.h"
#include "psrp/child.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum {
    REFILL_MS = 300,   /* a new spare starts when the shells that came have had the processors for themselves */
    CLOSE_MS = 5000,   /* for the engine to close its session in order */
    SHUTDOWN_MS = 1000, /* the same, when the program ends */
    CULTURE_TEXT = 48
};

struct process;

struct process_engine {
    struct endpoint_engine base;
    uv_loop_t *loop;
    char *const *words;
    struct process *spare;
    uv_timer_t refill;
    bool is_shut_down;
};

/* A process, and the session in it when it has one. */
struct process {
    struct endpoint_session session;
    struct process_engine *engine;
    struct psrp_child *child;         /* NULL: it has ended */
    struct endpoint_warmth *warmth;   /* while it runs; the session's packets wait behind it */
    struct endpoint_link *link;       /* of the session */
    const struct endpoint_sink *sink; /* NULL: nobody listens (any more) */
    void *up;
    uv_timer_t timer;
};

static void flush(struct process *p)
{
    struct icm_buf *out = p->warmth ? endpoint_warmth_out(p->warmth) : p->link ? endpoint_link_out(p->link) : NULL;

    if (out && out->size > 0 && p->child)
        psrp_child_write(p->child, out);
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void end_child(struct process *p)
{
    if (p->child)
        psrp_child_end(p->child);
    p->child = NULL; /* it frees itself */
}

static void free_process(struct process *p)
{
    end_child(p);
    endpoint_warmth_free(p->warmth);
    endpoint_link_free(p->link);
    p->link = NULL;
    p->warmth = NULL;
    uv_close((uv_handle_t *)&p->timer, on_timer_closed);
}

/* Nothing more comes of this process. Its session, where it has one, is still to be closed by its owner. */
static void on_ended(void *up, const char *why)
{
    struct process *p = up;

    endpoint_log("engine %d: %s", psrp_child_pid(p->child), why);
    end_child(p);
    if (p->sink) {
        p->sink->failed(p->up, why);
        return;
    }
    if (p->engine->spare == p)
        p->engine->spare = NULL;
    free_process(p);
}

static enum icm_code feed(struct process *p, struct icm_slice bytes, struct icm_error *err)
{
    if (!p->warmth)
        return p->link ? endpoint_link_feed(p->link, bytes, err) : ICM_OK;
    enum icm_code code = endpoint_warmth_feed(p->warmth, bytes, err);
    if (code == ICM_OK && endpoint_warmth_is_done(p->warmth)) {
        endpoint_warmth_free(p->warmth);
        p->warmth = NULL;
    }
    return code;
}

static void on_output(void *up, struct icm_slice bytes)
{
    struct process *p = up;
    struct icm_error err = {0};

    if (feed(p, bytes, &err) != ICM_OK) {
        on_ended(p, err.text);
        icm_error_reset(&err);
        return;
    }
    flush(p);
    if (!p->sink && p->link && endpoint_link_is_closed(p->link))
        free_process(p);
}

static const struct psrp_child_sink child_sink = {.output = on_output, .ended = on_ended};

/* .NET takes both cultures of a process from the first of LC_ALL, LC_MESSAGES and LANG; @culture has letters, digits and
 * hyphens: zh-Hant-TW is written zh_Hant_TW there. */
static char **make_environment(const char *culture)
{
    char name[CULTURE_TEXT];
    struct wsman_pair variable = {.name = icm_slice_text("LC_ALL")};

    if (!culture)
        return endpoint_environment_make(NULL);
    snprintf(name, sizeof name, "%s.UTF-8", culture);
    for (char *c = name; *c != '.'; c++)
        if (*c == '-')
            *c = '_';
    variable.value = icm_slice_text(name);
    return endpoint_environment_make(&variable);
}

static enum icm_code start_process(struct process_engine *e, const char *culture, struct process **out,
                                   struct icm_error *err)
{
    struct process *p = calloc(1, sizeof *p);

    if (!p)
        return icm_nomem(err);
    p->engine = e;
    char **environment = make_environment(culture);
    enum icm_code code =
        environment ? psrp_child_start(&p->child, e->loop, e->words, environment, &child_sink, p, err) : icm_nomem(err);
    free(environment);
    if (code != ICM_OK) {
        free(p);
        return code;
    }
    uv_timer_init(e->loop, &p->timer);
    p->timer.data = p;
    *out = p;
    return ICM_OK;
}

static enum icm_code start_spare(struct process_engine *e, struct icm_error *err)
{
    struct process *p;
    enum icm_code code = start_process(e, NULL, &p, err);

    if (code != ICM_OK)
        return code;
    code = endpoint_warmth_new(&p->warmth, err);
    if (code != ICM_OK) {
        free_process(p);
        return code;
    }
    e->spare = p;
    flush(p);
    return ICM_OK;
}

static void on_refill(uv_timer_t *timer)
{
    struct process_engine *e = timer->data;
    struct icm_error err = {0};

    if (!e->spare && start_spare(e, &err) != ICM_OK)
        endpoint_log("engine: no spare: %s", err.text);
    icm_error_reset(&err);
}

/* ---- the session's sink, as long as somebody listens ---- */

static void on_link_output(void *up, const struct icm_guid *target, struct icm_slice fragments)
{
    struct process *p = up;

    if (p->sink)
        p->sink->output(p->up, target, fragments);
}

static void on_link_opened(void *up)
{
    struct process *p = up;

    if (p->sink)
        p->sink->opened(p->up);
}

static void on_link_ended(void *up, const struct icm_guid *target)
{
    struct process *p = up;

    if (p->sink)
        p->sink->ended(p->up, target);
}

static void on_link_done(void *up, uint64_t ticket)
{
    struct process *p = up;

    if (p->sink)
        p->sink->done(p->up, ticket);
}

static const struct endpoint_sink link_sink = {
    .output = on_link_output, .opened = on_link_opened, .ended = on_link_ended, .done = on_link_done};

/* ---- the operations ---- */

static struct process *process_of(struct endpoint_session *s)
{
    return (struct process *)s;
}

static enum icm_code process_data(struct endpoint_session *s, uint64_t ticket, const struct icm_guid *target,
                                  bool is_prompt_response, struct icm_buf *bytes, struct icm_error *err)
{
    enum icm_code code = endpoint_link_data(process_of(s)->link, ticket, target, is_prompt_response, bytes, err);

    flush(process_of(s));
    return code;
}

static enum icm_code process_command(struct endpoint_session *s, uint64_t ticket, const struct icm_guid *target,
                                     struct icm_buf *bytes, struct icm_error *err)
{
    enum icm_code code = endpoint_link_command(process_of(s)->link, ticket, target, bytes, err);

    flush(process_of(s));
    return code;
}

static void process_stop(struct endpoint_session *s, uint64_t ticket, const struct icm_guid *target)
{
    endpoint_link_stop(process_of(s)->link, ticket, target);
    flush(process_of(s));
}

static void process_end(struct endpoint_session *s, uint64_t ticket, const struct icm_guid *target)
{
    endpoint_link_end(process_of(s)->link, ticket, target);
    flush(process_of(s));
}

static void process_pause(struct endpoint_session *s, bool is_paused)
{
    if (process_of(s)->child)
        psrp_child_pause(process_of(s)->child, is_paused);
}

static void on_close_late(uv_timer_t *timer)
{
    struct process *p = timer->data;

    endpoint_log("engine %d: does not close its session", psrp_child_pid(p->child));
    free_process(p);
}

static void process_close(struct endpoint_session *s)
{
    struct process *p = process_of(s);

    p->sink = NULL;
    if (!p->child || p->warmth) { /* nobody is there to close with, or nothing was opened */
        free_process(p);
        return;
    }
    psrp_child_pause(p->child, false);
    endpoint_link_close(p->link);
    flush(p);
    uv_timer_start(&p->timer, on_close_late, p->engine->is_shut_down ? SHUTDOWN_MS : CLOSE_MS, 0);
}

static const struct endpoint_engine_ops ops;

static enum icm_code process_open(struct endpoint_engine *base, const char *culture, const struct endpoint_sink *sink,
                                  void *up, struct endpoint_session **out, struct icm_error *err)
{
    struct process_engine *e = (struct process_engine *)base;
    struct process *p = culture ? NULL : e->spare; /* which was started without one */
    enum icm_code code = p ? ICM_OK : start_process(e, culture, &p, err);

    if (code != ICM_OK)
        return code;
    code = endpoint_link_new(&p->link, &link_sink, p, err);
    if (code != ICM_OK) {
        if (p != e->spare)
            free_process(p);
        return code;
    }
    if (p == e->spare)
        e->spare = NULL;
    uv_timer_start(&e->refill, on_refill, REFILL_MS, 0);
    p->session.ops = &ops;
    p->sink = sink;
    p->up = up;
    endpoint_log("engine %d: taken for a shell%s%s%s", psrp_child_pid(p->child), p->warmth ? " while still warming" : "",
                 culture ? " in " : "", culture ? culture : "");
    *out = &p->session;
    return ICM_OK;
}

static void process_shut_down(struct endpoint_engine *base)
{
    struct process_engine *e = (struct process_engine *)base;

    e->is_shut_down = true;
    uv_close((uv_handle_t *)&e->refill, NULL);
    if (e->spare)
        free_process(e->spare);
    e->spare = NULL;
}

static void process_free(struct endpoint_engine *base)
{
    free(base);
}

static void on_refill_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static const struct endpoint_engine_ops ops = {
    .open = process_open,
    .data = process_data,
    .command = process_command,
    .stop = process_stop,
    .end = process_end,
    .pause = process_pause,
    .close = process_close,
    .shut_down = process_shut_down,
    .free = process_free,
};

enum icm_code endpoint_process_engine_new(struct endpoint_engine **out, struct uv_loop_s *loop, char *const *words,
                                          struct icm_error *err)
{
    struct process_engine *e = calloc(1, sizeof *e);

    if (!e)
        return icm_nomem(err);
    e->base.ops = &ops;
    e->loop = loop;
    e->words = words;
    uv_timer_init(loop, &e->refill);
    e->refill.data = e;
    enum icm_code code = start_spare(e, err);
    if (code != ICM_OK)
        uv_close((uv_handle_t *)&e->refill, on_refill_closed);
    else
        *out = &e->base;
    return code;
}
