/* What a server says of its pool and its pipelines: negotiation, numbers of runspaces, states, events. MS-PSRP 2.2.2.
 */
#include "psrp/server_private.h"

#include "psrp/payload.h"
#include "psrp/record.h"

#include <stdio.h>

/* ---- negotiation ---- */

enum icm_code psrp_server_send_capability(struct psrp_server *s, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_message header = {.destination = PSRP_TO_CLIENT, .type = PSRP_SESSION_CAPABILITY};
    char version[16];

    snprintf(version, sizeof version, "2.%d", s->answered_minor);
    struct psrp_value *value = psrp_payload_capability(&a, icm_slice_text(version));
    return value ? psrp_server_send_message(s, &header, value, err) : icm_nomem(err);
}

enum icm_code psrp_server_send_session_key(struct psrp_server *s, struct icm_slice text, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_message header = {.destination = PSRP_TO_CLIENT, .type = PSRP_ENCRYPTED_SESSION_KEY};
    struct psrp_value *v = psrp_payload_key(&a, "EncryptedSessionKey", text);

    return v ? psrp_server_send_message(s, &header, v, err) : icm_nomem(err);
}

static struct psrp_value *version_value(struct icm_arena *a, const char *text)
{
    return psrp_value_text(a, PSRP_VERSION, icm_slice_text(text));
}

static bool add(struct icm_arena *a, struct psrp_value *dictionary, const char *key, struct psrp_value *value)
{
    return psrp_value_add_entry(a, dictionary, psrp_value_string(a, key), value);
}

static struct psrp_value *own_private_data(struct icm_arena *a)
{
    struct psrp_value *data = psrp_value_primitive_dictionary(a), *versions = psrp_value_primitive_dictionary(a);

    bool whole = add(a, versions, "PSVersion", version_value(a, "7.6.0")) &&
                 add(a, versions, "PSEdition", psrp_value_string(a, "Core")) &&
                 add(a, versions, "PSRemotingProtocolVersion", version_value(a, "2.4")) &&
                 add(a, versions, "SerializationVersion", version_value(a, PSRP_SERIALIZATION_VERSION)) &&
                 add(a, versions, "WSManStackVersion", version_value(a, "3.0")) &&
                 add(a, data, "PSVersionTable", versions);
    return whole ? data : NULL;
}

static enum icm_code send_private_data(struct psrp_server *s, const struct psrp_value *data, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_value *v = psrp_value_object(&a, NULL);

    bool whole = v && psrp_value_add_note(&a, v, "ApplicationPrivateData", psrp_payload_borrow(&a, data));
    return whole ? psrp_server_send(s, NULL, PSRP_APPLICATION_PRIVATE_DATA, v, err) : icm_nomem(err);
}

static enum icm_code send_init_data(struct psrp_server *s, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_value *v = psrp_payload_connect(&a, s->min_runspaces, s->max_runspaces); /* the same two members */

    return v ? psrp_server_send(s, NULL, PSRP_RUNSPACEPOOL_INIT_DATA, v, err) : icm_nomem(err);
}

static enum icm_code accept_connection(struct psrp_server *s, const struct psrp_value *data, struct icm_error *err)
{
    enum icm_code code = send_init_data(s, err);

    if (code == ICM_OK)
        code = send_private_data(s, data, err);
    if (code == ICM_OK) {
        s->is_left = false;
        s->state = PSRP_POOL_OPENED;
    }
    return code;
}

enum icm_code psrp_server_accept_with(struct psrp_server *s, const struct psrp_value *private_data,
                                      struct icm_error *err)
{
    if (s->state != PSRP_POOL_OPENING)
        return icm_fail(err, ICM_STATE, "MS-PSRP 3.2.5.4.2", "no client waits for its runspace pool");
    if (s->is_left)
        return accept_connection(s, private_data, err);
    enum icm_code code = send_private_data(s, private_data, err);
    return code == ICM_OK ? psrp_server_pool_state(s, PSRP_POOL_OPENED, err) : code;
}

enum icm_code psrp_server_accept(struct psrp_server *s, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_value *data = own_private_data(&a);

    return data ? psrp_server_accept_with(s, data, err) : icm_nomem(err);
}

/* ---- states ---- */

static enum icm_code send_state(struct psrp_server *s, enum psrp_pool_state state, const struct psrp_value *reason,
                                struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_value *value = psrp_payload_state(&a, "RunspaceState", (int32_t)state, reason);

    enum icm_code code = value ? psrp_server_send(s, NULL, PSRP_RUNSPACEPOOL_STATE, value, err) : icm_nomem(err);
    if (code == ICM_OK)
        s->state = state;
    return code;
}

enum icm_code psrp_server_pool_state(struct psrp_server *s, enum psrp_pool_state state, struct icm_error *err)
{
    return send_state(s, state, NULL, err);
}

enum icm_code psrp_server_break(struct psrp_server *s, const struct psrp_value *reason, struct icm_error *err)
{
    return send_state(s, PSRP_POOL_BROKEN, reason, err);
}

enum icm_code psrp_server_close(struct psrp_server *s, struct icm_error *err)
{
    bool was_open = s->is_left || s->state == PSRP_POOL_OPENED;
    enum icm_code code = was_open ? psrp_server_pool_state(s, PSRP_POOL_CLOSING, err) : ICM_OK;

    if (code == ICM_OK && was_open)
        code = psrp_server_pool_state(s, PSRP_POOL_CLOSED, err);
    s->state = PSRP_POOL_CLOSED;
    s->is_left = false;
    return code;
}

enum icm_code psrp_server_pipeline_state(struct psrp_server *s, const struct icm_guid *pipeline_id,
                                         enum psrp_pipeline_state state, const struct psrp_value *reason,
                                         struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_value *value = psrp_payload_state(&a, "PipelineState", (int32_t)state, reason);
    bool is_end = state == PSRP_PIPELINE_STOPPED || state == PSRP_PIPELINE_COMPLETED || state == PSRP_PIPELINE_FAILED;

    enum icm_code code = value ? psrp_server_send(s, pipeline_id, PSRP_PIPELINE_STATE, value, err) : icm_nomem(err);
    if (code == ICM_OK && is_end)
        psrp_server_forget(s, psrp_server_find(s, pipeline_id));
    return code;
}

struct psrp_value *psrp_server_error_record(struct icm_arena *a, struct icm_slice message, const char *id,
                                            int32_t category)
{
    struct psrp_error_words words = {.message = message, .id = id, .category = category};

    return psrp_record_error(a, &words);
}

/* ---- answers and events ---- */

enum icm_code psrp_server_send_availability(struct psrp_server *s, int64_t call_id, const struct psrp_value *answer,
                                            struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_value *v = psrp_value_object(&a, NULL);

    bool whole = v && psrp_value_add_note(&a, v, "SetMinMaxRunspacesResponse", psrp_payload_borrow(&a, answer)) &&
                 psrp_value_add_note(&a, v, "ci", psrp_value_i64(&a, call_id));
    return whole ? psrp_server_send(s, NULL, PSRP_RUNSPACE_AVAILABILITY, v, err) : icm_nomem(err);
}

enum icm_code psrp_server_answer_reset(struct psrp_server *s, int64_t call_id, bool is_reset, struct icm_error *err)
{
    const struct psrp_value answer = {.kind = PSRP_BOOL, .as.boolean = is_reset};

    return psrp_server_send_availability(s, call_id, &answer, err);
}

static struct psrp_value *guid_value(struct icm_arena *a, const struct icm_guid *guid)
{
    char text[ICM_GUID_TEXT + 1];

    icm_guid_format_lower(guid, text);
    return psrp_value_text(a, PSRP_GUID, icm_slice_text(text));
}

static struct psrp_value *user_event(struct icm_arena *a, const struct psrp_user_event *e)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole =
        v && psrp_value_add_note(a, v, "PSEventArgs.EventIdentifier", psrp_value_i32(a, e->event_id)) &&
        psrp_value_add_note(a, v, "PSEventArgs.SourceIdentifier", psrp_value_text(a, PSRP_STRING, e->source)) &&
        psrp_value_add_note(a, v, "PSEventArgs.TimeGenerated", psrp_value_text(a, PSRP_DATETIME, e->time)) &&
        psrp_value_add_note(a, v, "PSEventArgs.Sender", psrp_payload_borrow(a, e->sender)) &&
        psrp_value_add_note(a, v, "PSEventArgs.SourceArgs", psrp_payload_borrow(a, e->arguments)) &&
        psrp_value_add_note(a, v, "PSEventArgs.MessageData", psrp_payload_borrow(a, e->message)) &&
        psrp_value_add_note(a, v, "PSEventArgs.ComputerName", psrp_value_nil(a)) &&
        psrp_value_add_note(a, v, "PSEventArgs.RunspaceId", guid_value(a, &e->runspace_id));
    return whole ? v : NULL;
}

enum icm_code psrp_server_user_event(struct psrp_server *s, const struct psrp_user_event *event, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_value *value = user_event(&a, event);

    return value ? psrp_server_send(s, NULL, PSRP_USER_EVENT, value, err) : icm_nomem(err);
}
