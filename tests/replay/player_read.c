#include "tests/replay/player_private.h"

#include <stdlib.h>

struct icm_slice player_created_id(const struct replay_envelope *answer)
{
    return replay_envelope_get(answer,
                               "s:Body/x:ResourceCreated/a:ReferenceParameters/w:SelectorSet/w:Selector[ShellId]");
}

struct icm_slice player_started_id(const struct replay_envelope *answer)
{
    return replay_envelope_get(answer, "s:Body/rsp:CommandResponse/rsp:CommandId");
}

static size_t target_of(struct player *p, const struct player_step *s)
{
    const struct replay_request *r = &s->request;
    struct icm_slice given = player_created_id(&s->answer), started = player_started_id(&s->answer);
    struct icm_slice shell_id = r->operation != REPLAY_CREATE ? r->shell_id : given.size > 0 ? given : r->asked_id;
    struct icm_slice command_id = r->operation == REPLAY_COMMAND && started.size > 0 ? started : r->command_id;

    for (size_t i = 0; i < p->target_count; i++)
        if (icm_slice_equal_nocase(p->targets[i].shell_id, shell_id) &&
            icm_slice_equal_nocase(p->targets[i].command_id, command_id))
            return i;
    p->targets[p->target_count] = (struct player_target){.shell_id = shell_id,
                                                         .command_id = command_id,
                                                         .resource_uri = r->resource_uri,
                                                         .is_powershell = r->is_powershell};
    return p->target_count++;
}

struct player_target *player_shell_of(struct player *p, const struct player_target *t)
{
    for (size_t i = 0; i < p->target_count; i++)
        if (p->targets[i].command_id.size == 0 && icm_slice_equal_nocase(p->targets[i].shell_id, t->shell_id))
            return &p->targets[i];
    return NULL;
}

bool player_is_before(const struct player *p, const struct replay_row *earlier, const struct replay_row *later)
{
    return !p->capture->is_timed || earlier->begun_s + earlier->took_s <= later->begun_s;
}

/* a Receive that waits while its shell is deleted */
static bool is_left_open(const struct player *p, size_t index)
{
    const struct player_step *s = &p->steps[index];

    for (size_t i = index + 1; i < p->capture->row_count && s->request.operation == REPLAY_RECEIVE; i++)
        if (p->steps[i].request.operation == REPLAY_DELETE &&
            icm_slice_equal_nocase(p->steps[i].request.shell_id, s->request.shell_id))
            return !player_is_before(p, s->row, p->steps[i].row);
    return false;
}

enum icm_code player_take_apart(struct player *p, struct icm_error *err)
{
    const struct replay_capture *c = p->capture;
    enum icm_code code = ICM_OK;

    p->steps = calloc(c->row_count + 1, sizeof *p->steps);
    p->targets = calloc(c->row_count + 1, sizeof *p->targets);
    if (!p->steps || !p->targets)
        return icm_nomem(err);
    for (size_t i = 0; i < c->row_count && code == ICM_OK; i++) {
        struct player_step *s = &p->steps[i];
        s->row = &c->rows[i];
        code = replay_request_read(&s->request, icm_buf_slice(&s->row->request), err);
        if (code == ICM_OK)
            code = replay_envelope_read(&s->answer, icm_buf_slice(&s->row->response), err);
        s->target = target_of(p, s);
    }
    for (size_t i = 0; i < c->row_count && code == ICM_OK; i++)
        p->steps[i].is_left_open = is_left_open(p, i);
    return code;
}
