#include "cli/endpoint_memory.h"

#include "psrp/defragmenter.h"
#include "psrp/fragmenter.h"
#include "psrp/message.h"
#include "psrp/payload.h"
#include "psrp/server.h"

#include <stdlib.h>

enum {
    ROOM = 32768,                   /* of a fragment, as the engine cuts them */
    PRIVATE_DATA_MAX = 1024 * 1024, /* some 3 KB from real engines */
    RESPONSE_MESSAGES = 2,          /* SESSION_CAPABILITY, RUNSPACEPOOL_INIT_DATA */
};
/* far from the engine's own, which begin at 1 */
static const uint64_t first_object_id = (uint64_t)1 << 40;

struct endpoint_memory {
    struct psrp_server *server;
    struct psrp_defragmenter *heard; /* NULL: what is looked for has come, or will not come */
    struct icm_buf private_data;     /* the whole message */
    struct icm_guid pool_id;         /* as the engine writes it */
    uint64_t next_object_id;
};

enum icm_code endpoint_memory_new(struct endpoint_memory **out, struct icm_error *err)
{
    struct endpoint_memory *m = calloc(1, sizeof *m);

    if (!m)
        return icm_nomem(err);
    m->next_object_id = first_object_id;
    enum icm_code code = psrp_server_new(&m->server, err);
    if (code == ICM_OK)
        code = psrp_defragmenter_new(&m->heard, PRIVATE_DATA_MAX, err);
    if (code == ICM_OK)
        *out = m;
    else
        endpoint_memory_free(m);
    return code;
}

void endpoint_memory_free(struct endpoint_memory *m)
{
    if (!m)
        return;
    psrp_server_free(m->server);
    psrp_defragmenter_free(m->heard);
    icm_buf_reset(&m->private_data);
    free(m);
}

/* everything that the machine would send */
static enum icm_code pull_all(struct endpoint_memory *m, struct icm_buf *out, struct icm_error *err)
{
    struct icm_guid target;
    enum icm_code code;

    while ((code = psrp_server_pull(m->server, ROOM, &target, out, err)) == ICM_OK)
        continue;
    return code == ICM_AGAIN ? ICM_OK : code;
}

void endpoint_memory_said(struct endpoint_memory *m, struct icm_slice fragments)
{
    ICM_OWN(icm_buf_reset) struct icm_buf unsaid = {0};
    struct psrp_server_event event;

    psrp_server_feed(m->server, NULL, fragments, NULL);
    while (psrp_server_next_event(m->server, &event, NULL) == ICM_OK) {
        if (event.type == PSRP_SERVER_OPEN)
            psrp_server_accept(m->server, NULL);
        psrp_server_event_reset(&event);
    }
    pull_all(m, &unsaid, NULL); /* the engine says it itself */
}

static void stop_hearing(struct endpoint_memory *m)
{
    psrp_defragmenter_free(m->heard);
    m->heard = NULL;
}

void endpoint_memory_heard(struct endpoint_memory *m, struct icm_slice fragments)
{
    ICM_OWN(icm_buf_reset) struct icm_buf bytes = {0};
    struct psrp_message message;

    if (!m->heard)
        return;
    enum icm_code lost = psrp_defragmenter_feed(m->heard, fragments, NULL);
    while (m->heard && psrp_defragmenter_next(m->heard, &bytes, NULL) == ICM_OK) {
        if (psrp_message_read(icm_buf_slice(&bytes), &message, NULL) == ICM_OK &&
            message.type == PSRP_APPLICATION_PRIVATE_DATA) {
            m->pool_id = message.pool_id;
            icm_buf_move(&m->private_data, &bytes);
            stop_hearing(m);
        }
    }
    if (lost != ICM_OK)
        stop_hearing(m);
}

/* ---- connecting ---- */

static enum icm_code judge(struct endpoint_memory *m, struct icm_slice connect_xml, struct icm_error *err)
{
    struct psrp_server_event event;

    psrp_server_disconnect(m->server, NULL); /* where somebody has tried to connect before, it is left already */
    psrp_server_feed(m->server, NULL, connect_xml, NULL);
    enum icm_code code = psrp_server_next_event(m->server, &event, err);
    if (code == ICM_AGAIN)
        return icm_fail(err, ICM_STATE, "MS-PSRP 3.2.5.4", "nobody can connect to this runspace pool like that");
    if (code != ICM_OK)
        return code;
    code = event.type == PSRP_SERVER_CONNECT
               ? psrp_server_accept(m->server, err)
               : icm_fail(err, ICM_STATE, "MS-PSRP 3.2.5.4", "the runspace pool cannot be connected to");
    psrp_server_event_reset(&event);
    return code;
}

/* the first messages of @all, which are whole fragments */
static enum icm_code take_messages(struct icm_slice all, size_t count, struct icm_buf *out, struct icm_error *err)
{
    struct icm_slice rest = all;
    struct psrp_fragment fragment;
    enum icm_code code = ICM_OK;

    while (count > 0 && (code = psrp_fragment_read(&rest, &fragment, err)) == ICM_OK)
        count -= (fragment.flags & PSRP_FRAGMENT_END) != 0;
    if (code != ICM_OK)
        return code;
    icm_buf_add(out, icm_slice_of(all.data, all.size - rest.size));
    return icm_buf_check(out, err);
}

static enum icm_code write_opened(const struct endpoint_memory *m, struct icm_buf *out, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_message header = {
        .destination = PSRP_TO_CLIENT, .type = PSRP_RUNSPACEPOOL_STATE, .pool_id = m->pool_id};
    struct psrp_value *value = psrp_payload_state(&a, "RunspaceState", PSRP_POOL_OPENED, NULL);

    return value ? psrp_message_write(out, &header, value, err) : icm_nomem(err);
}

static enum icm_code write_later(struct endpoint_memory *m, struct icm_buf *out, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf data = {0}, opened = {0};
    struct psrp_fragmenter *f = NULL;
    enum icm_code code = write_opened(m, &opened, err);

    if (code != ICM_OK || (code = psrp_fragmenter_new(&f, &m->next_object_id, err)) != ICM_OK)
        return code;
    icm_buf_add(&data, icm_buf_slice(&m->private_data));
    code = psrp_fragmenter_push(f, &data, err);
    if (code == ICM_OK)
        code = psrp_fragmenter_push(f, &opened, err);
    while (code == ICM_OK)
        code = psrp_fragmenter_pull(f, ROOM, out, err);
    psrp_fragmenter_free(f);
    return code == ICM_AGAIN ? icm_buf_check(out, err) : code;
}

enum icm_code endpoint_memory_connect(struct endpoint_memory *m, struct icm_slice connect_xml, struct icm_buf *response,
                                      struct icm_buf *later, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf all = {0};

    if (m->private_data.size == 0)
        return icm_fail(err, ICM_STATE, "MS-PSRP 3.2.5.4", "the runspace pool was never opened");
    enum icm_code code = judge(m, connect_xml, err);
    if (code == ICM_OK)
        code = pull_all(m, &all, err);
    if (code == ICM_OK)
        code = take_messages(icm_buf_slice(&all), RESPONSE_MESSAGES, response, err);
    return code == ICM_OK ? write_later(m, later, err) : code;
}
