/* What a server sends: messages in the order in which they were queued, SecureStrings sealed. */
#include "psrp/server_private.h"

#include <stdlib.h>

static const struct icm_guid no_guid;

/* ---- secrets ---- */

static enum icm_code ask_for_key(struct psrp_server *s, struct icm_error *err)
{
    static const struct psrp_value empty = {.kind = PSRP_STRING};
    static const struct psrp_message header = {.destination = PSRP_TO_CLIENT, .type = PSRP_PUBLIC_KEY_REQUEST};

    if (s->has_asked_for_key)
        return ICM_AGAIN;
    enum icm_code code = psrp_server_send_message(s, &header, &empty, err); /* without a pool id, as the real one's */
    s->has_asked_for_key = code == ICM_OK;
    return code == ICM_OK ? ICM_AGAIN : code;
}

/* What the real engine does with clients of each version (engine.md 3): since 2.4 there is no key; since 2.2 its own
 * may come before the client asks for it; one that is older is asked for its public key first. */
static enum icm_code key_for(struct psrp_server *s, const struct psrp_secret **out, struct icm_error *err)
{
    *out = s->answered_minor >= 4 ? NULL : s->secret;
    if (s->answered_minor >= 4 || psrp_secret_has_session_key(s->secret))
        return ICM_OK;
    return s->answered_minor >= 2 ? psrp_secret_make_session_key(s->secret, err) : ask_for_key(s, err);
}

static enum icm_code seal(void *context, struct icm_slice text, struct icm_buf *out, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf sealed = {0};
    const struct psrp_secret *secret;

    enum icm_code code = key_for(context, &secret, err);
    if (code == ICM_OK)
        code = psrp_secret_seal(secret, text, &sealed, err);
    if (code == ICM_OK)
        icm_base64_write(out, icm_buf_slice(&sealed));
    return code;
}

enum icm_code psrp_server_reveal(const struct psrp_server *s, const struct psrp_value *secure, struct icm_buf *out,
                                 struct icm_error *err)
{
    if (!secure || secure->kind != PSRP_SECURESTRING)
        return icm_fail(err, ICM_USAGE, "MS-PSRP 2.2.5.1.24", "a value that is no SecureString");
    return psrp_secret_open(s->answered_minor >= 4 ? NULL : s->secret, secure->as.text, out, err);
}

/* ---- messages ---- */

static enum icm_code new_batch(struct psrp_server *s, const struct icm_guid *target, struct psrp_server_batch **out,
                               struct icm_error *err)
{
    struct psrp_server_batch *b = calloc(1, sizeof *b);

    if (!b)
        return icm_nomem(err);
    b->target = *target;
    enum icm_code code = psrp_fragmenter_new(&b->messages, &s->next_object_id, err);
    if (code == ICM_OK)
        *out = b;
    else
        free(b);
    return code;
}

static enum icm_code batch_at_end(struct psrp_server *s, const struct icm_guid *target, struct psrp_server_batch **out,
                                  struct icm_error *err)
{
    *out = s->last_batch;
    if (*out && icm_guid_equal(&(*out)->target, target) && !(*out)->is_negotiation)
        return ICM_OK;
    enum icm_code code = new_batch(s, target, out, err);
    if (code != ICM_OK)
        return code;
    if (s->last_batch)
        s->last_batch->next = *out;
    else
        s->batches = *out;
    s->last_batch = *out;
    return ICM_OK;
}

/* What a connecting client is told first, whatever waits for it. */
static enum icm_code batch_in_front(struct psrp_server *s, struct psrp_server_batch **out, struct icm_error *err)
{
    *out = s->batches;
    if (*out && (*out)->is_negotiation)
        return ICM_OK;
    enum icm_code code = new_batch(s, &no_guid, out, err);
    if (code != ICM_OK)
        return code;
    (*out)->is_negotiation = true;
    (*out)->next = s->batches;
    s->batches = *out;
    if (!s->last_batch)
        s->last_batch = *out;
    return ICM_OK;
}

void psrp_server_drop_negotiation(struct psrp_server *s)
{
    if (!s->batches || !s->batches->is_negotiation)
        return;
    s->waiting -= psrp_fragmenter_waiting(s->batches->messages);
    psrp_server_drop_batch(s);
}

static bool is_negotiation(uint32_t type)
{
    return type == PSRP_SESSION_CAPABILITY || type == PSRP_RUNSPACEPOOL_INIT_DATA ||
           type == PSRP_APPLICATION_PRIVATE_DATA;
}

static enum icm_code queue(struct psrp_server *s, const struct psrp_message *header, struct icm_buf *message,
                           struct icm_error *err)
{
    struct psrp_server_batch *batch = NULL;
    size_t size = message->size;

    enum icm_code code = s->is_left && is_negotiation(header->type)
                             ? batch_in_front(s, &batch, err)
                             : batch_at_end(s, &header->pipeline_id, &batch, err);
    if (code == ICM_OK)
        code = psrp_fragmenter_push(batch->messages, message, err);
    if (code == ICM_OK)
        s->waiting += size;
    return code;
}

enum icm_code psrp_server_send_message(struct psrp_server *s, const struct psrp_message *header,
                                       const struct psrp_value *value, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf message = {0};
    const struct psrp_clixml_sealer sealer = {seal, s};
    bool is_call = header->type == PSRP_PIPELINE_HOST_CALL || header->type == PSRP_RUNSPACEPOOL_HOST_CALL;

    enum icm_code code = psrp_message_write_sealed(&message, header, value, &sealer, err);
    if (code == ICM_OK && is_call)
        code = psrp_server_note_call(s, &header->pipeline_id, value, err);
    return code == ICM_OK ? queue(s, header, &message, err) : code;
}

static struct psrp_message header_of(const struct psrp_server *s, const struct icm_guid *pipeline_id, uint32_t type)
{
    return (struct psrp_message){
        .destination = PSRP_TO_CLIENT,
        .type = type,
        .pool_id = s->pool_id,
        .pipeline_id = pipeline_id ? *pipeline_id : no_guid,
    };
}

enum icm_code psrp_server_send(struct psrp_server *s, const struct icm_guid *pipeline_id, uint32_t type,
                               const struct psrp_value *value, struct icm_error *err)
{
    struct psrp_message header = header_of(s, pipeline_id, type);

    if (pipeline_id && !*psrp_server_find(s, pipeline_id))
        return icm_fail(err, ICM_STATE, "MS-PSRP 3.2.5.4", "the pipeline has ended, or never began");
    return psrp_server_send_message(s, &header, value, err);
}

static enum icm_code pull_batch(struct psrp_server_batch *b, size_t room, struct icm_buf *out, struct icm_error *err)
{
    size_t before = out->size;
    enum icm_code code = psrp_fragmenter_pull(b->messages, room, out, err);

    while (code == ICM_OK && room - (out->size - before) >= PSRP_FRAGMENT_MIN)
        code = psrp_fragmenter_pull(b->messages, room - (out->size - before), out, err);
    return code == ICM_AGAIN ? ICM_OK : code;
}

enum icm_code psrp_server_pull(struct psrp_server *s, size_t room, struct icm_guid *target, struct icm_buf *out,
                               struct icm_error *err)
{
    while (s->batches &&
           psrp_fragmenter_waiting(s->batches->messages) == 0) /* memory was short when it was to be filled */
        psrp_server_drop_batch(s);
    struct psrp_server_batch *b = s->batches;
    if (!b)
        return ICM_AGAIN;
    size_t before = psrp_fragmenter_waiting(b->messages);
    enum icm_code code = pull_batch(b, room, out, err);
    size_t after = psrp_fragmenter_waiting(b->messages);
    s->waiting -= before - after;
    if (code != ICM_OK)
        return code;
    *target = b->target;
    if (after == 0)
        psrp_server_drop_batch(s);
    return ICM_OK;
}

size_t psrp_server_waiting(const struct psrp_server *s)
{
    return s->waiting;
}
