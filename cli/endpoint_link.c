#include "cli/endpoint_link.h"

#include "cli/endpoint_peek.h"
#include "psrp/message.h"
#include "psrp/packets.h"

#include <stdlib.h>

/* Something that was asked for, and who waits for it. */
struct job {
    struct job *next;
    uint64_t ticket;
    struct icm_buf bytes;
    size_t sent;
};

struct queue {
    struct job *first, *last;
};

enum { INPUT, PROMPT_RESPONSE, STREAMS };

/* One target: a command, or (zero) the session. */
struct lane {
    struct lane *next;
    struct icm_guid target;
    struct queue data[STREAMS];
    struct queue stops, ends;
    struct endpoint_peek sent, received;
    struct queue *in_flight;   /* the stream whose first job's Data waits for its DataAck */
    bool awaits_command_ack;
    bool has_sent_creation;    /* the last byte of CREATE_PIPELINE is on its way */
    bool awaits_signal_ack, was_signalled;
    bool has_ended;            /* PIPELINE_STATE was seen */
    bool has_sent_close;
};

struct endpoint_link {
    const struct endpoint_sink *sink;
    void *up;
    struct psrp_packet_reader *reader;
    struct icm_buf out;
    struct lane session;
    struct lane *commands;
    unsigned stray;
    bool has_opened, is_closing, is_closed;
};

static bool add_job(struct queue *q, uint64_t ticket, struct icm_buf *bytes)
{
    struct job *j = calloc(1, sizeof *j);

    if (!j)
        return false;
    j->ticket = ticket;
    if (bytes)
        icm_buf_move(&j->bytes, bytes);
    if (q->last)
        q->last->next = j;
    else
        q->first = j;
    q->last = j;
    return true;
}

static struct job *take_job(struct queue *q)
{
    struct job *j = q->first;

    q->first = j->next;
    if (!q->first)
        q->last = NULL;
    return j;
}

static void finish(struct endpoint_link *l, uint64_t ticket)
{
    if (ticket)
        l->sink->done(l->up, ticket);
}

static void finish_first(struct endpoint_link *l, struct queue *q)
{
    struct job *j = take_job(q);

    finish(l, j->ticket);
    icm_buf_reset(&j->bytes);
    free(j);
}

static void finish_all(struct endpoint_link *l, struct queue *q)
{
    while (q->first)
        finish_first(l, q);
}

static void drop_all(struct queue *q)
{
    while (q->first) {
        struct job *j = take_job(q);
        icm_buf_reset(&j->bytes);
        free(j);
    }
}

static void empty_lane(struct lane *lane)
{
    for (size_t i = 0; i < STREAMS; i++)
        drop_all(&lane->data[i]);
    drop_all(&lane->stops);
    drop_all(&lane->ends);
}

enum icm_code endpoint_link_new(struct endpoint_link **out, const struct endpoint_sink *sink, void *up,
                                struct icm_error *err)
{
    struct endpoint_link *l = calloc(1, sizeof *l);

    if (!l)
        return icm_nomem(err);
    l->sink = sink;
    l->up = up;
    enum icm_code code = psrp_packet_reader_new(&l->reader, err);
    if (code != ICM_OK)
        free(l);
    else
        *out = l;
    return code;
}

void endpoint_link_free(struct endpoint_link *l)
{
    if (!l)
        return;
    while (l->commands) {
        struct lane *lane = l->commands;
        l->commands = lane->next;
        empty_lane(lane);
        free(lane);
    }
    empty_lane(&l->session);
    psrp_packet_reader_free(l->reader);
    icm_buf_reset(&l->out);
    free(l);
}

struct icm_buf *endpoint_link_out(struct endpoint_link *l)
{
    return &l->out;
}

bool endpoint_link_is_closed(const struct endpoint_link *l)
{
    return l->is_closed;
}

static struct lane *find_lane(struct endpoint_link *l, const struct icm_guid *target)
{
    if (icm_guid_is_zero(target))
        return &l->session;
    for (struct lane *lane = l->commands; lane; lane = lane->next)
        if (icm_guid_equal(&lane->target, target))
            return lane;
    return NULL;
}

static bool is_session(const struct endpoint_link *l, const struct lane *lane)
{
    return lane == &l->session;
}

static void write_packet(struct endpoint_link *l, const struct lane *lane, enum psrp_packet_type type)
{
    psrp_packet_write(&l->out, &(struct psrp_packet){.type = type, .target = lane->target});
}

static void write_close(struct endpoint_link *l, struct lane *lane)
{
    lane->has_sent_close = true;
    write_packet(l, lane, PSRP_PACKET_CLOSE);
}

/* what is queued and not in flight has lost its reader */
static void drop_input(struct endpoint_link *l, struct lane *lane)
{
    if (lane->in_flight != &lane->data[INPUT])
        finish_all(l, &lane->data[INPUT]);
}

static void write_signal(struct endpoint_link *l, struct lane *lane)
{
    lane->awaits_signal_ack = true;
    lane->was_signalled = true;
    drop_input(l, lane);
    write_packet(l, lane, PSRP_PACKET_SIGNAL);
}

/* The engine loses input that shares a packet with the end of CREATE_PIPELINE (engine.md 2), so that ends its packet. */
static struct icm_slice cut_behind_creation(struct lane *lane, struct icm_slice piece)
{
    struct icm_slice behind = piece;
    uint32_t type;

    if (endpoint_peek_message(&lane->sent, &behind, &type)) {
        lane->has_sent_creation = true;
        piece.size -= behind.size;
    }
    return piece;
}

static void write_data(struct endpoint_link *l, struct lane *lane, size_t stream)
{
    struct job *j = lane->data[stream].first;
    struct icm_slice piece = icm_slice_from(icm_buf_slice(&j->bytes), j->sent);

    if (piece.size > ENDPOINT_LINK_DATA_MAX)
        piece.size = ENDPOINT_LINK_DATA_MAX;
    if (stream == INPUT && !is_session(l, lane) && !lane->has_sent_creation)
        piece = cut_behind_creation(lane, piece);
    j->sent += piece.size;
    lane->in_flight = &lane->data[stream];
    psrp_packet_write(&l->out, &(struct psrp_packet){.type = PSRP_PACKET_DATA,
                                                     .target = lane->target,
                                                     .is_prompt_response = stream == PROMPT_RESPONSE,
                                                     .data = piece});
}

/* What goes next for a lane, if anything may. The order is that of importance. */
static void pump_lane(struct endpoint_link *l, struct lane *lane)
{
    bool is_wanted_gone = lane->stops.first || lane->ends.first;
    bool is_creating = lane->in_flight || (lane->data[INPUT].first && !lane->has_sent_creation);

    if (lane->awaits_command_ack || lane->has_sent_close)
        return;
    if (lane->has_ended || (lane->ends.first && lane->was_signalled && !lane->awaits_signal_ack))
        write_close(l, lane);
    else if (is_wanted_gone && !is_creating && !lane->awaits_signal_ack)
        write_signal(l, lane); /* not sooner: a Signal for a pipeline that is not there yet would be lost */
    else if (lane->in_flight)
        return;
    else if (lane->data[PROMPT_RESPONSE].first)
        write_data(l, lane, PROMPT_RESPONSE);
    else if (lane->data[INPUT].first && !lane->awaits_signal_ack)
        write_data(l, lane, INPUT);
}

/* Close(0) blocks until every Command has had its Close, and opening is not to be overtaken. */
static void pump_closing(struct endpoint_link *l)
{
    if (!l->is_closing)
        return;
    for (struct lane *lane = l->commands; lane; lane = lane->next)
        if (!lane->has_sent_close)
            write_close(l, lane);
    if (!l->commands && !l->session.in_flight && !l->session.has_sent_close)
        write_close(l, &l->session);
}

static enum icm_code queue_data(struct endpoint_link *l, struct lane *lane, uint64_t ticket, size_t stream,
                                struct icm_buf *bytes, struct icm_error *err)
{
    if (!add_job(&lane->data[stream], ticket, bytes))
        return icm_nomem(err);
    pump_lane(l, lane);
    return ICM_OK;
}

enum icm_code endpoint_link_data(struct endpoint_link *l, uint64_t ticket, const struct icm_guid *target,
                                 bool is_prompt_response, struct icm_buf *bytes, struct icm_error *err)
{
    struct lane *lane = find_lane(l, target);

    /* late data for what has ended, input for what was stopped; and an empty Data would end the engine */
    if (!lane || lane->has_sent_close || (lane->was_signalled && !is_prompt_response) || bytes->size == 0) {
        finish(l, ticket);
        return ICM_OK;
    }
    return queue_data(l, lane, ticket, is_prompt_response ? PROMPT_RESPONSE : INPUT, bytes, err);
}

enum icm_code endpoint_link_command(struct endpoint_link *l, uint64_t ticket, const struct icm_guid *target,
                                    struct icm_buf *bytes, struct icm_error *err)
{
    if (find_lane(l, target) || l->is_closing)
        return icm_fail(err, ICM_STATE, NULL, "a command with this CommandId is there already");

    bool is_empty = bytes->size == 0; /* then everything comes by data */
    struct lane *lane = calloc(1, sizeof *lane);
    if (!lane || (!is_empty && !add_job(&lane->data[INPUT], ticket, bytes))) {
        free(lane);
        return icm_nomem(err);
    }
    lane->target = *target;
    lane->awaits_command_ack = true;
    lane->next = l->commands;
    l->commands = lane;
    write_packet(l, lane, PSRP_PACKET_COMMAND);
    if (is_empty)
        finish(l, ticket);
    return ICM_OK;
}

static void queue_signal(struct endpoint_link *l, uint64_t ticket, struct lane *lane, struct queue *q)
{
    if (!lane || is_session(l, lane) || (!add_job(q, ticket, NULL))) {
        finish(l, ticket); /* a command that is gone is stopped; a Signal to the session would end the engine */
        return;
    }
    pump_lane(l, lane);
}

void endpoint_link_stop(struct endpoint_link *l, uint64_t ticket, const struct icm_guid *target)
{
    struct lane *lane = find_lane(l, target);

    queue_signal(l, ticket, lane, lane ? &lane->stops : NULL);
}

void endpoint_link_end(struct endpoint_link *l, uint64_t ticket, const struct icm_guid *target)
{
    struct lane *lane = find_lane(l, target);

    queue_signal(l, ticket, lane, lane ? &lane->ends : NULL);
}

void endpoint_link_close(struct endpoint_link *l)
{
    l->is_closing = true;
    pump_closing(l);
}

static void on_data(struct endpoint_link *l, struct lane *lane, struct icm_slice bytes)
{
    struct icm_slice rest = bytes;
    uint32_t type;
    bool has_opened = false, has_ended = false;

    while (endpoint_peek_message(&lane->received, &rest, &type)) {
        has_opened |= is_session(l, lane) && type == PSRP_RUNSPACEPOOL_STATE;
        has_ended |= !is_session(l, lane) && type == PSRP_PIPELINE_STATE; /* Running is never sent: engine.md 4 */
    }
    l->sink->output(l->up, &lane->target, bytes);
    if (has_opened && !l->has_opened) {
        l->has_opened = true;
        l->sink->opened(l->up);
    }
    if (has_ended && !lane->has_ended) {
        lane->has_ended = true;
        l->sink->ended(l->up, &lane->target);
    }
}

static void on_command_ack(struct endpoint_link *l, struct lane *lane, struct icm_slice bytes)
{
    lane->awaits_command_ack = false;
}

static void on_data_ack(struct endpoint_link *l, struct lane *lane, struct icm_slice bytes)
{
    struct queue *q = lane->in_flight;

    lane->in_flight = NULL;
    if (q && q->first && q->first->sent == q->first->bytes.size)
        finish_first(l, q);
}

static void on_signal_ack(struct endpoint_link *l, struct lane *lane, struct icm_slice bytes)
{
    lane->awaits_signal_ack = false;
    finish_all(l, &lane->stops);
}

static void remove_lane(struct endpoint_link *l, struct lane *gone)
{
    struct lane **at = &l->commands;

    while (*at && *at != gone)
        at = &(*at)->next;
    if (*at)
        *at = gone->next;
    free(gone);
}

static void on_close_ack(struct endpoint_link *l, struct lane *lane, struct icm_slice bytes)
{
    for (size_t i = 0; i < STREAMS; i++)
        finish_all(l, &lane->data[i]);
    finish_all(l, &lane->stops);
    finish_all(l, &lane->ends);
    if (is_session(l, lane))
        l->is_closed = true;
    else
        remove_lane(l, lane);
}

static void on_nothing(struct endpoint_link *l, struct lane *lane, struct icm_slice bytes)
{
}

/* what an engine sends; the others are ours to send */
static void (*const handlers[PSRP_PACKET_TYPE_COUNT])(struct endpoint_link *, struct lane *, struct icm_slice) = {
    [PSRP_PACKET_DATA] = on_data,
    [PSRP_PACKET_DATA_ACK] = on_data_ack,
    [PSRP_PACKET_COMMAND] = on_nothing,
    [PSRP_PACKET_COMMAND_ACK] = on_command_ack,
    [PSRP_PACKET_CLOSE] = on_nothing,
    [PSRP_PACKET_CLOSE_ACK] = on_close_ack,
    [PSRP_PACKET_SIGNAL] = on_nothing,
    [PSRP_PACKET_SIGNAL_ACK] = on_signal_ack,
};

/* Packets for a command that was closed come late, and count no more. */
static void on_packet(struct endpoint_link *l, const struct psrp_packet *packet)
{
    struct lane *lane = find_lane(l, &packet->target);

    if (!lane)
        return;
    handlers[packet->type](l, lane, packet->data);
    lane = find_lane(l, &packet->target);
    if (lane)
        pump_lane(l, lane);
    pump_closing(l);
}

enum icm_code endpoint_link_feed(struct endpoint_link *l, struct icm_slice bytes, struct icm_error *err)
{
    enum icm_code code = psrp_packet_reader_feed(l->reader, bytes, err);
    struct psrp_packet packet;

    while (code == ICM_OK) {
        code = psrp_packet_reader_next(l->reader, &packet, err);
        if (code == ICM_OK)
            on_packet(l, &packet);
        if (code == ICM_SYNTAX && ++l->stray <= ENDPOINT_LINK_STRAY_MAX)
            code = ICM_OK; /* something that the profile or a script wrote to standard output */
    }
    return code == ICM_AGAIN ? ICM_OK : code;
}
