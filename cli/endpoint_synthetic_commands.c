/* The commands of a session of the built-in engine, and the tickets of those who wait until one has read some of its
 * input. */
#include "cli/endpoint_synthetic.h"

#include <stdlib.h>

struct synthetic_command *synthetic_find(struct synthetic *s, const struct icm_guid *target)
{
    struct synthetic_command *c = s->commands;

    while (c && !icm_guid_equal(&c->target, target))
        c = c->next;
    return c;
}

struct synthetic_command *synthetic_add(struct synthetic *s, const struct icm_guid *target)
{
    struct synthetic_command *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->target = *target;
    c->state = ENDPOINT_SCRIPT_NEEDS_INPUT;
    c->next = s->commands;
    s->commands = c;
    return c;
}

void synthetic_release(struct synthetic *s, struct synthetic_command *c)
{
    struct synthetic_ticket **end = &s->released;

    while (*end)
        end = &(*end)->next;
    *end = c->held;
    c->held = NULL;
}

void synthetic_remove(struct synthetic *s, struct synthetic_command *gone)
{
    struct synthetic_command **at = &s->commands;

    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    synthetic_release(s, gone);
    endpoint_script_free(gone->script);
    free(gone);
}

bool synthetic_hold(struct synthetic_command *c, uint64_t number)
{
    struct synthetic_ticket *ticket = calloc(1, sizeof *ticket), **end = &c->held;

    if (!ticket)
        return false;
    ticket->number = number;
    while (*end)
        end = &(*end)->next;
    *end = ticket;
    return true;
}

void synthetic_finish(struct synthetic *s, uint64_t ticket)
{
    if (ticket)
        s->sink->done(s->up, ticket);
}

static void release_those_with_room(struct synthetic *s)
{
    for (struct synthetic_command *c = s->commands; c; c = c->next)
        if (c->held && (!c->script || !endpoint_script_is_full(c->script)))
            synthetic_release(s, c);
}

void synthetic_tell_released(struct synthetic *s)
{
    release_those_with_room(s);
    while (s->sink && s->released) {
        struct synthetic_ticket *ticket = s->released;
        uint64_t number = ticket->number;
        s->released = ticket->next;
        free(ticket);
        synthetic_finish(s, number);
    }
}
