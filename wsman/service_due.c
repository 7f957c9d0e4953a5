/* Receives ordered by when something is due: a binary heap, whose entries know their place. */
#include "wsman/service_state.h"

#include <stdlib.h>

static void put(struct wsman_service *s, size_t index, struct wsman_pending *p)
{
    s->heap[index] = p;
    p->heap_index = index;
}

static void rise(struct wsman_service *s, struct wsman_pending *p, size_t index)
{
    for (; index > 1 && s->heap[index / 2]->due_ms > p->due_ms; index /= 2)
        put(s, index, s->heap[index / 2]);
    put(s, index, p);
}

static void sink(struct wsman_service *s, struct wsman_pending *p, size_t index)
{
    while (2 * index <= s->heap_count) {
        size_t child = 2 * index;

        if (child < s->heap_count && s->heap[child + 1]->due_ms < s->heap[child]->due_ms)
            child++;
        if (s->heap[child]->due_ms >= p->due_ms)
            break;
        put(s, index, s->heap[child]);
        index = child;
    }
    put(s, index, p);
}

static bool make_room(struct wsman_service *s)
{
    size_t room = s->heap_room ? s->heap_room * 2 : 64;

    if (s->heap_count + 2 <= s->heap_room)
        return true;
    struct wsman_pending **heap = realloc(s->heap, room * sizeof *heap);
    if (!heap)
        return false;
    s->heap = heap;
    s->heap_room = room;
    return true;
}

bool wsman_service_due_set(struct wsman_service *s, struct wsman_pending *p, int64_t due_ms)
{
    if (p->heap_index == 0 && !make_room(s))
        return false;
    if (p->heap_index == 0)
        p->heap_index = ++s->heap_count;
    p->due_ms = due_ms;
    rise(s, p, p->heap_index);
    sink(s, p, p->heap_index);
    return true;
}

void wsman_service_due_drop(struct wsman_service *s, struct wsman_pending *p)
{
    size_t index = p->heap_index;

    if (index == 0)
        return;
    p->heap_index = 0;
    struct wsman_pending *last = s->heap[s->heap_count--];
    if (last == p)
        return;
    rise(s, last, index);
    sink(s, last, last->heap_index);
}
