/* Output that waits for a Receive, and Receives that wait for output. MS-WSMV 3.1.4.14. */
#include "wsman/limits.h"
#include "wsman/service_state.h"

#include <stdlib.h>

static size_t base64_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

/* what is left of the first piece takes on the wire */
static size_t piece_wire_size(const struct wsman_outlet *o, const struct wsman_piece *piece)
{
    size_t taken = piece == o->first ? o->first_taken : 0;

    return o->stream_overhead + base64_size(piece->size - taken);
}

/* the oldest piece of which nobody has had a part: a stream is not to go on inside a fragment */
static bool drop_oldest(struct wsman_outlet *o)
{
    bool is_begun = o->first && (o->first_taken > 0 || o->flight);
    struct wsman_piece **link = is_begun ? &o->first->next : &o->first, *piece = *link;

    if (!piece || (is_begun && o->flight))
        return false;
    o->wire_size -= piece_wire_size(o, piece);
    o->shell->waiting -= piece->size;
    *link = piece->next;
    if (o->last == piece)
        o->last = is_begun ? o->first : NULL;
    free(piece);
    return true;
}

/* BufferMode Drop: what its client has left does not wait for room. MS-WSMV 2.2.4.37 */
static void make_room(struct wsman_outlet *o, size_t size)
{
    size_t max = o->shell->service->options.dropped_bytes;

    while (o->shell->is_left && o->shell->drops_output && o->shell->waiting + size > max)
        if (!drop_oldest(o))
            return;
}

bool wsman_outlet_push(struct wsman_outlet *o, int stream, struct icm_slice bytes)
{
    struct wsman_piece *piece = malloc(sizeof *piece + bytes.size);

    if (!piece)
        return false;
    make_room(o, bytes.size);
    piece->next = NULL;
    piece->came_ms = o->shell->service->now_ms;
    piece->stream = stream;
    piece->size = bytes.size;
    memcpy(piece->bytes, bytes.data, bytes.size);
    if (o->last)
        o->last->next = piece;
    else
        o->first = piece;
    o->last = piece;
    o->wire_size += piece_wire_size(o, piece);
    o->shell->waiting += bytes.size;
    return true;
}

void wsman_outlet_rewind(struct wsman_outlet *o)
{
    if (!o->first || o->flight)
        return;
    o->shell->waiting += o->first_taken;
    o->wire_size -= piece_wire_size(o, o->first);
    o->first_taken = 0;
    o->wire_size += piece_wire_size(o, o->first);
}

static void drop_first(struct wsman_outlet *o)
{
    struct wsman_piece *piece = o->first;

    o->wire_size -= piece_wire_size(o, piece);
    o->shell->waiting -= piece->size - o->first_taken;
    o->first = piece->next;
    o->first_taken = 0;
    if (!o->first)
        o->last = NULL;
    free(piece);
}

void wsman_outlet_clear(struct wsman_outlet *o)
{
    while (o->first)
        drop_first(o);
    o->flight_bytes = 0;
}

/* @count bytes of the queue are with the client */
static void drop_bytes(struct wsman_outlet *o, size_t count)
{
    while (count > 0 && count >= o->first->size - o->first_taken) {
        count -= o->first->size - o->first_taken;
        drop_first(o);
    }
    if (count == 0)
        return;
    o->wire_size -= piece_wire_size(o, o->first);
    o->first_taken += count;
    o->wire_size += piece_wire_size(o, o->first);
    o->shell->waiting -= count;
}

/* Put as many whole pieces into the answer as have room. One that does not fit any answer is cut: receivers join the
 * stream. Gives back whether the queue's end was reached. */
static bool fill(struct wsman_outlet *o, struct wsman_pending *p)
{
    size_t room = p->room, count = 0;
    struct wsman_piece *piece = o->first;

    for (; piece && count < WSMAN_STREAMS_MAX; piece = piece->next, count++) {
        size_t skip = piece == o->first ? o->first_taken : 0;
        size_t size = piece->size - skip, wire_size = piece_wire_size(o, piece);
        bool is_cut = wire_size > room;

        if (is_cut && count > 0)
            return false;
        if (is_cut)
            size = (room - o->stream_overhead) / 4 * 3;
        wsman_reply_stream(&p->body, o, piece->stream, icm_slice_of(piece->bytes + skip, size));
        o->flight_bytes += size;
        if (is_cut)
            return false;
        room -= wire_size;
    }
    return !piece;
}

static void answer_output(struct wsman_outlet *o, struct wsman_pending *p)
{
    o->flight_bytes = 0;
    wsman_reply_receive_begin(p);
    o->flight_done = fill(o, p) && o->is_done;
    wsman_reply_receive_end(&p->body, o, o->flight_done);
    if (p->body.failed) { /* an empty 500 goes out, and the output stays */
        o->flight_bytes = 0;
        o->flight_done = false;
    }
    o->receive = NULL;
    o->flight = p;
    p->is_kept = true;
    wsman_service_answer(o->shell->service, p, 200);
}

/* when the output that waits is to go out: at once where waiting gains nothing */
static int64_t output_due(const struct wsman_outlet *o, const struct wsman_pending *p)
{
    const struct wsman_service *s = o->shell->service;

    if (o->is_done || o->shell->is_failed || o->wire_size >= p->room)
        return s->now_ms;
    int64_t due = o->first->came_ms + s->options.linger_ms;
    if (o == &o->shell->own && due < o->shell->hold_until_ms)
        due = o->shell->hold_until_ms;
    return due < p->deadline_ms ? due : p->deadline_ms;
}

static void answer_nothing(struct wsman_outlet *o, struct wsman_pending *p)
{
    bool failed = o->shell->is_failed;

    wsman_reply_fault(o->shell->service, p, failed ? WSMAN_FAULT_PLUGIN_FAILED : WSMAN_FAULT_TIMED_OUT,
                      failed ? o->shell->failure : NULL);
}

void wsman_outlet_settle(struct wsman_outlet *o)
{
    struct wsman_pending *p = o->receive;
    struct wsman_service *s = o->shell->service;

    if (!p || o->flight)
        return;
    bool has_output = o->first || o->is_done;
    int64_t due = has_output ? output_due(o, p) : o->shell->is_failed ? s->now_ms : p->deadline_ms;
    if (due > s->now_ms && wsman_service_due_set(s, p, due))
        return;
    if (has_output)
        answer_output(o, p);
    else
        answer_nothing(o, p);
}

void wsman_outlet_receive(struct wsman_outlet *o, struct wsman_pending *p)
{
    o->receive = p;
    p->outlet = o;
    wsman_outlet_settle(o);
}

void wsman_outlet_landed(struct wsman_outlet *o, bool taken)
{
    bool ended = taken && o->flight_done;

    o->flight->outlet = NULL;
    o->flight = NULL;
    if (taken)
        drop_bytes(o, o->flight_bytes);
    o->flight_bytes = 0;
    o->flight_done = false;
    if (ended)
        wsman_service_command_remove(o, true);
    else
        wsman_outlet_settle(o);
}
