#include "psrp/over_process.h"

#include "psrp/child.h"
#include "psrp/over_packets.h"

#include <stdlib.h>
#include <uv.h>

enum { CLOSE_MS = 5000 /* for the engine to answer that it closes its session */ };

/* The child's pipes, as the packets' pipe. */
struct process_pipe {
    struct psrp_transport *packets;
    struct psrp_child *child; /* NULL: it has ended */
    uv_timer_t late;
};

static void on_output(void *up, struct icm_slice bytes)
{
    const struct process_pipe *p = up;

    psrp_over_packets_feed(p->packets, bytes);
}

static void end_child(struct process_pipe *p)
{
    if (p->child)
        psrp_child_end(p->child); /* it frees itself */
    p->child = NULL;
}

static void end_with(struct process_pipe *p, enum icm_code code, const char *why)
{
    struct icm_error err = {0};

    end_child(p);
    uv_timer_stop(&p->late);
    icm_fail(&err, code, NULL, "%s", why);
    psrp_over_packets_ended(p->packets, &err);
    icm_error_reset(&err);
}

static void on_ended(void *up, const char *why)
{
    end_with(up, ICM_IO, why);
}

static void on_late(uv_timer_t *timer)
{
    end_with(timer->data, ICM_TIMEOUT, "the engine does not close its session");
}

static const struct psrp_child_sink child_sink = {.output = on_output, .ended = on_ended};

/* ---- the pipe ---- */

static void write_pipe(void *pipe, struct icm_buf *bytes)
{
    const struct process_pipe *p = pipe;

    if (p->child)
        psrp_child_write(p->child, bytes);
}

static void pause_pipe(void *pipe, bool is_paused)
{
    const struct process_pipe *p = pipe;

    if (p->child)
        psrp_child_pause(p->child, is_paused);
}

static void closing_pipe(void *pipe)
{
    struct process_pipe *p = pipe;

    uv_timer_start(&p->late, on_late, CLOSE_MS, 0);
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void free_pipe(void *pipe)
{
    struct process_pipe *p = pipe;

    end_child(p);
    uv_close((uv_handle_t *)&p->late, on_timer_closed);
}

static const struct psrp_pipe_ops pipe_ops = {
    .write = write_pipe, .pause = pause_pipe, .closing = closing_pipe, .free = free_pipe};

enum icm_code psrp_over_process_new(struct psrp_transport **out, struct uv_loop_s *loop, char *const *words,
                                    struct icm_error *err)
{
    struct process_pipe *p = calloc(1, sizeof *p);
    enum icm_code code = p ? psrp_over_packets_new(&p->packets, &pipe_ops, p, err) : icm_nomem(err);

    if (code != ICM_OK) {
        free(p);
        return code;
    }
    uv_timer_init(loop, &p->late);
    p->late.data = p;
    code = psrp_child_start(&p->child, loop, words, NULL, &child_sink, p, err);
    if (code != ICM_OK) {
        p->packets->ops->free(p->packets);
        return code;
    }
    *out = p->packets;
    return ICM_OK;
}
