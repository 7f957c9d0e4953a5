#include "psrp/over_packets.h"

#include "psrp/packets.h"

#include <stdlib.h>

enum { DATA_MAX = 32 * 1024 /* bytes of fragments in one packet, as the engine's client */ };

/* The session, or one pipeline in it. */
struct target {
    struct icm_guid id;             /* zero: the session */
    struct psrp_pipeline *pipeline; /* NULL: the session, or it is over for us */
    bool is_known;                  /* CommandAck came; the session needs none */
    bool awaits_ack;                /* of its last Data: one at a time */
    bool has_sent_close;
    struct target *next;
};

struct over_packets {
    struct psrp_transport base;
    const struct psrp_transport_sink *sink;
    void *up;
    const struct psrp_pipe_ops *pipe_ops;
    void *pipe;
    struct psrp_pool *pool; /* NULL before open and once closing */
    struct psrp_packet_reader *reader;
    struct target session;
    struct target *commands;
    bool is_closing, has_ended;
};

static struct over_packets *of(struct psrp_transport *t)
{
    return (struct over_packets *)t;
}

/* ---- what goes out ---- */

static void fail(struct over_packets *o, const struct icm_error *why)
{
    if (o->has_ended)
        return;
    o->has_ended = true;
    if (o->is_closing)
        o->sink->closed(o->up);
    else
        o->sink->failed(o->up, why);
}

static void fail_for_memory(struct over_packets *o)
{
    struct icm_error err = {0};

    icm_nomem(&err);
    fail(o, &err);
    icm_error_reset(&err);
}

static void send(struct over_packets *o, const struct psrp_packet *packet)
{
    struct icm_buf line = {0};

    psrp_packet_write(&line, packet);
    if (line.failed)
        fail_for_memory(o);
    else if (!o->has_ended)
        o->pipe_ops->write(o->pipe, &line);
    icm_buf_reset(&line);
}

static void send_word(struct over_packets *o, const struct target *t, enum psrp_packet_type type)
{
    send(o, &(struct psrp_packet){.type = type, .target = t->id});
}

/* Answers to host calls pass queued input. */
static void pump_target(struct over_packets *o, struct target *t)
{
    static const enum psrp_stream order[] = {PSRP_STREAM_PROMPT_RESPONSE, PSRP_STREAM_INPUT};
    struct icm_buf data = {0};

    if (!o->pool || !t->is_known || t->awaits_ack || t->has_sent_close || (t != &o->session && !t->pipeline))
        return;
    for (size_t i = 0; i < ICM_COUNT(order) && data.size == 0; i++) {
        enum icm_code code = psrp_pool_pull(o->pool, t->pipeline, order[i], DATA_MAX, &data, NULL);
        if (code != ICM_OK && code != ICM_AGAIN) {
            fail_for_memory(o);
            break;
        }
        if (data.size == 0)
            continue;
        t->awaits_ack = true;
        send(o, &(struct psrp_packet){.type = PSRP_PACKET_DATA,
                                      .target = t->id,
                                      .is_prompt_response = order[i] == PSRP_STREAM_PROMPT_RESPONSE,
                                      .data = icm_buf_slice(&data)});
    }
    icm_buf_reset(&data);
}

/* The session closes behind its pipelines. */
static void close_what_can_be(struct over_packets *o)
{
    if (!o->is_closing || o->commands || o->session.has_sent_close)
        return;
    o->session.has_sent_close = true;
    send_word(o, &o->session, PSRP_PACKET_CLOSE);
}

static void close_target(struct over_packets *o, struct target *t)
{
    t->pipeline = NULL;
    if (t->has_sent_close)
        return;
    t->has_sent_close = true;
    send_word(o, t, PSRP_PACKET_CLOSE);
}

/* ---- what comes in ---- */

static struct target *target_of(struct over_packets *o, const struct icm_guid *id)
{
    struct target *t = o->commands;

    if (memcmp(id, &o->session.id, sizeof *id) == 0)
        return &o->session;
    while (t && memcmp(id, &t->id, sizeof *id) != 0)
        t = t->next;
    return t; /* NULL: late packets of what is over, which the engine passes over too */
}

static void forget(struct over_packets *o, const struct target *gone)
{
    for (struct target **at = &o->commands; *at; at = &(*at)->next)
        if (*at == gone) {
            struct target *t = *at;
            *at = t->next;
            free(t);
            return;
        }
}

static void on_closed(struct over_packets *o, struct target *t)
{
    if (t != &o->session) {
        forget(o, t);
        close_what_can_be(o);
        return;
    }
    o->has_ended = true;
    o->sink->closed(o->up);
}

static void on_data(struct over_packets *o, const struct target *t, struct icm_slice fragments)
{
    if (o->pool && (t == &o->session || t->pipeline))
        o->sink->received(o->up, t->pipeline, fragments);
}

static void take_packet(struct over_packets *o, const struct psrp_packet *packet)
{
    struct target *t = target_of(o, &packet->target);

    if (!t)
        return;
    switch (packet->type) {
    case PSRP_PACKET_DATA:
        on_data(o, t, packet->data);
        break;
    case PSRP_PACKET_DATA_ACK:
        t->awaits_ack = false;
        pump_target(o, t);
        break;
    case PSRP_PACKET_COMMAND_ACK:
        t->is_known = true;
        pump_target(o, t);
        break;
    case PSRP_PACKET_CLOSE_ACK:
        on_closed(o, t);
        break;
    case PSRP_PACKET_SIGNAL_ACK: /* the state that follows says more */
    case PSRP_PACKET_COMMAND:
    case PSRP_PACKET_CLOSE:
    case PSRP_PACKET_SIGNAL:
    case PSRP_PACKET_TYPE_COUNT:
        break;
    }
}

void psrp_over_packets_feed(struct psrp_transport *t, struct icm_slice bytes)
{
    struct over_packets *o = of(t);
    struct icm_error err = {0};
    struct psrp_packet packet;
    enum icm_code code = psrp_packet_reader_feed(o->reader, bytes, &err);

    while (code == ICM_OK && !o->has_ended && (code = psrp_packet_reader_next(o->reader, &packet, &err)) == ICM_OK)
        take_packet(o, &packet);
    if (code != ICM_OK && code != ICM_AGAIN)
        fail(o, &err);
    icm_error_reset(&err);
}

void psrp_over_packets_ended(struct psrp_transport *t, const struct icm_error *why)
{
    fail(of(t), why);
}

/* ---- the operations ---- */

static void attach(struct psrp_transport *t, const struct psrp_transport_sink *sink, void *up)
{
    of(t)->sink = sink;
    of(t)->up = up;
}

static void pump(struct psrp_transport *t)
{
    struct over_packets *o = of(t);

    pump_target(o, &o->session);
    for (struct target *c = o->commands; c; c = c->next)
        pump_target(o, c);
}

static void open_over(struct psrp_transport *t, struct psrp_pool *pool)
{
    of(t)->pool = pool;
    pump(t);
}

static void begin(struct psrp_transport *t, struct psrp_pipeline *pipeline)
{
    struct over_packets *o = of(t);
    struct target *c = calloc(1, sizeof *c);
    struct icm_error err = {0};

    if (!c) {
        icm_nomem(&err);
        o->sink->pipeline_failed(o->up, pipeline, &err);
        icm_error_reset(&err);
        return;
    }
    c->id = *psrp_pipeline_id(pipeline);
    c->pipeline = pipeline;
    c->next = o->commands;
    o->commands = c;
    send_word(o, c, PSRP_PACKET_COMMAND);
    pump(t);
}

static void receive(struct psrp_transport *t, bool wanted)
{
    of(t)->pipe_ops->pause(of(t)->pipe, !wanted);
}

/* What the pool has to say comes without being asked for, and nothing depends on the peer's version. */
static void watch_pool(struct psrp_transport *t, bool wanted)
{
}

static void negotiated(struct psrp_transport *t, int minor)
{
}

static struct target *command_of(struct over_packets *o, const struct psrp_pipeline *pipeline)
{
    struct target *c = o->commands;

    while (c && c->pipeline != pipeline)
        c = c->next;
    return c;
}

static void stop(struct psrp_transport *t, struct psrp_pipeline *pipeline)
{
    const struct target *c = command_of(of(t), pipeline);

    if (c && !c->has_sent_close)
        send_word(of(t), c, PSRP_PACKET_SIGNAL);
}

static void end(struct psrp_transport *t, struct psrp_pipeline *pipeline)
{
    struct target *c = command_of(of(t), pipeline);

    if (c)
        close_target(of(t), c);
}

static void close_over(struct psrp_transport *t)
{
    struct over_packets *o = of(t);

    if (o->is_closing)
        return;
    o->is_closing = true;
    o->pool = NULL;
    for (struct target *c = o->commands; c; c = c->next)
        close_target(o, c);
    close_what_can_be(o);
    if (o->has_ended) { /* nobody is there to answer */
        o->sink->closed(o->up);
        return;
    }
    o->pipe_ops->pause(o->pipe, false);
    o->pipe_ops->closing(o->pipe);
}

static void free_over(struct psrp_transport *t)
{
    struct over_packets *o = of(t);

    o->pipe_ops->free(o->pipe);
    while (o->commands)
        forget(o, o->commands);
    psrp_packet_reader_free(o->reader);
    free(o);
}

static const struct psrp_transport_ops ops = {
    .attach = attach,
    .open = open_over,
    .begin = begin,
    .pump = pump,
    .receive = receive,
    .watch_pool = watch_pool,
    .negotiated = negotiated,
    .stop = stop,
    .end = end,
    .close = close_over,
    .free = free_over,
};

enum icm_code psrp_over_packets_new(struct psrp_transport **out, const struct psrp_pipe_ops *pipe_ops, void *pipe,
                                    struct icm_error *err)
{
    struct over_packets *o = calloc(1, sizeof *o);
    enum icm_code code = o ? psrp_packet_reader_new(&o->reader, err) : icm_nomem(err);

    if (code != ICM_OK) {
        free(o);
        return code;
    }
    o->base.ops = &ops;
    o->pipe_ops = pipe_ops;
    o->pipe = pipe;
    o->session.is_known = true;
    *out = &o->base;
    return ICM_OK;
}
