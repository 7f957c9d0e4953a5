#include "psrp/message.h"

#include "psrp/message_table.h"

/* bits of states, as short as the table wants them */
enum {
    FRESH = 1 << PSRP_POOL_BEFORE_OPEN,
    SENT = 1 << PSRP_POOL_NEGOTIATION_SENT,
    AGREED = 1 << PSRP_POOL_NEGOTIATION_SUCCEEDED | 1 << PSRP_POOL_OPENING,
    OPENED = 1 << PSRP_POOL_OPENED,
    CLOSING = 1 << PSRP_POOL_CLOSING,
    LIVE = AGREED | OPENED | CLOSING,
    STATED = SENT | LIVE, /* a state's own table judges the jump */

    UNKNOWN = 1 << PSRP_PIPELINE_NOT_STARTED, /* to a server: an id that it has not seen */
    RUNNING = 1 << PSRP_PIPELINE_RUNNING,
    AT_WORK = RUNNING | 1 << PSRP_PIPELINE_STOPPING,
};

#define POOL PSRP_SCOPE_POOL
#define PIPELINE PSRP_SCOPE_PIPELINE
#define CLIENT(allowed, handler, event) {allowed, psrp_receive_##handler, PSRP_EVENT_##event}
#define SERVER(allowed, handler, event) {allowed, psrp_serve_##handler, PSRP_SERVER_##event}
#define NEVER {0}

/* clang-format off */
const struct psrp_message_type psrp_message_types[] = {
    /* type and name, scope; what a client does with it; what a server does with it; section */
    { PSRP_SESSION_CAPABILITY,         "SESSION_CAPABILITY",         POOL,
      CLIENT(SENT, capability, POOL_STATE),          SERVER(FRESH, capability, OPEN),             "MS-PSRP 2.2.2.1" },
    { PSRP_INIT_RUNSPACEPOOL,          "INIT_RUNSPACEPOOL",          POOL,
      NEVER,                                         SERVER(AGREED, init, OPEN),                  "MS-PSRP 2.2.2.2" },
    { PSRP_PUBLIC_KEY,                 "PUBLIC_KEY",                 POOL,
      NEVER,                                         SERVER(OPENED, public_key, KEY),             "MS-PSRP 2.2.2.3" },
    { PSRP_ENCRYPTED_SESSION_KEY,      "ENCRYPTED_SESSION_KEY",      POOL,
      CLIENT(LIVE, session_key, KEY),                NEVER,                                       "MS-PSRP 2.2.2.4" },
    { PSRP_PUBLIC_KEY_REQUEST,         "PUBLIC_KEY_REQUEST",         POOL,
      CLIENT(LIVE, key_request, KEY),                NEVER,                                       "MS-PSRP 2.2.2.5" },
    { PSRP_SET_MAX_RUNSPACES,          "SET_MAX_RUNSPACES",          POOL,
      NEVER,                                         SERVER(OPENED, set_max, RUNSPACES),          "MS-PSRP 2.2.2.6" },
    { PSRP_SET_MIN_RUNSPACES,          "SET_MIN_RUNSPACES",          POOL,
      NEVER,                                         SERVER(OPENED, set_min, RUNSPACES),          "MS-PSRP 2.2.2.7" },
    { PSRP_RUNSPACE_AVAILABILITY,      "RUNSPACE_AVAILABILITY",      POOL,
      CLIENT(LIVE, availability, AVAILABILITY),      NEVER,                                       "MS-PSRP 2.2.2.8" },
    { PSRP_RUNSPACEPOOL_STATE,         "RUNSPACEPOOL_STATE",         POOL,
      CLIENT(STATED, pool_state, POOL_STATE),        NEVER,                                       "MS-PSRP 2.2.2.9" },
    { PSRP_CREATE_PIPELINE,            "CREATE_PIPELINE",            PIPELINE,
      NEVER,                                         SERVER(UNKNOWN, create_pipeline, PIPELINE),  "MS-PSRP 2.2.2.10" },
    { PSRP_GET_AVAILABLE_RUNSPACES,    "GET_AVAILABLE_RUNSPACES",    POOL,
      NEVER,                                         SERVER(OPENED, get_available, RUNSPACES),    "MS-PSRP 2.2.2.11" },
    { PSRP_USER_EVENT,                 "USER_EVENT",                 POOL,
      CLIENT(LIVE, value, USER_EVENT),               NEVER,                                       "MS-PSRP 2.2.2.12" },
    { PSRP_APPLICATION_PRIVATE_DATA,   "APPLICATION_PRIVATE_DATA",   POOL,
      CLIENT(LIVE, private_data, PRIVATE_DATA),      NEVER,                                       "MS-PSRP 2.2.2.13" },
    { PSRP_GET_COMMAND_METADATA,       "GET_COMMAND_METADATA",       PIPELINE,
      NEVER,                                         SERVER(UNKNOWN, metadata, METADATA),         "MS-PSRP 2.2.2.14" },
    { PSRP_RUNSPACEPOOL_HOST_CALL,     "RUNSPACEPOOL_HOST_CALL",     POOL,
      CLIENT(LIVE, host_call, HOST_CALL),            NEVER,                                       "MS-PSRP 2.2.2.15" },
    { PSRP_RUNSPACEPOOL_HOST_RESPONSE, "RUNSPACEPOOL_HOST_RESPONSE", POOL,
      NEVER,                                         SERVER(AGREED | OPENED, host_response, HOST_RESPONSE), "MS-PSRP 2.2.2.16" },
    { PSRP_PIPELINE_INPUT,             "PIPELINE_INPUT",             PIPELINE,
      NEVER,                                         SERVER(AT_WORK, input, INPUT),               "MS-PSRP 2.2.2.17" },
    { PSRP_END_OF_PIPELINE_INPUT,      "END_OF_PIPELINE_INPUT",      PIPELINE,
      NEVER,                                         SERVER(AT_WORK, input_end, INPUT_END),       "MS-PSRP 2.2.2.18" },
    { PSRP_PIPELINE_OUTPUT,            "PIPELINE_OUTPUT",            PIPELINE,
      CLIENT(AT_WORK, value, OUTPUT),                NEVER,                                       "MS-PSRP 2.2.2.19" },
    { PSRP_ERROR_RECORD,               "ERROR_RECORD",               PIPELINE,
      CLIENT(AT_WORK, value, ERROR),                 NEVER,                                       "MS-PSRP 2.2.2.20" },
    { PSRP_PIPELINE_STATE,             "PIPELINE_STATE",             PIPELINE,
      CLIENT(AT_WORK, pipeline_state, PIPELINE_STATE), NEVER,                                     "MS-PSRP 2.2.2.21" },
    { PSRP_DEBUG_RECORD,               "DEBUG_RECORD",               PIPELINE,
      CLIENT(AT_WORK, value, DEBUG),                 NEVER,                                       "MS-PSRP 2.2.2.22" },
    { PSRP_VERBOSE_RECORD,             "VERBOSE_RECORD",             PIPELINE,
      CLIENT(AT_WORK, value, VERBOSE),               NEVER,                                       "MS-PSRP 2.2.2.23" },
    { PSRP_WARNING_RECORD,             "WARNING_RECORD",             PIPELINE,
      CLIENT(AT_WORK, value, WARNING),               NEVER,                                       "MS-PSRP 2.2.2.24" },
    { PSRP_PROGRESS_RECORD,            "PROGRESS_RECORD",            PIPELINE,
      CLIENT(AT_WORK, value, PROGRESS),              NEVER,                                       "MS-PSRP 2.2.2.25" },
    { PSRP_INFORMATION_RECORD,         "INFORMATION_RECORD",         PIPELINE,
      CLIENT(AT_WORK, value, INFORMATION),           NEVER,                                       "MS-PSRP 2.2.2.26" },
    { PSRP_PIPELINE_HOST_CALL,         "PIPELINE_HOST_CALL",         PIPELINE,
      CLIENT(AT_WORK, host_call, HOST_CALL),         NEVER,                                       "MS-PSRP 2.2.2.27" },
    { PSRP_PIPELINE_HOST_RESPONSE,     "PIPELINE_HOST_RESPONSE",     PIPELINE,
      NEVER,                                         SERVER(AT_WORK, host_response, HOST_RESPONSE), "MS-PSRP 2.2.2.28" },
    { PSRP_CONNECT_RUNSPACEPOOL,       "CONNECT_RUNSPACEPOOL",       POOL,
      NEVER,                                         SERVER(AGREED, connect, CONNECT),            "MS-PSRP 2.2.2.29" },
    { PSRP_RUNSPACEPOOL_INIT_DATA,     "RUNSPACEPOOL_INIT_DATA",     POOL,
      CLIENT(LIVE, init_data, INIT_DATA),            NEVER,                                       "MS-PSRP 2.2.2.30" },
    { PSRP_RESET_RUNSPACE_STATE,       "RESET_RUNSPACE_STATE",       POOL,
      NEVER,                                         SERVER(OPENED, reset, RESET),                "MS-PSRP 2.2.2.31" },
};
/* clang-format on */
const size_t psrp_message_type_count = ICM_COUNT(psrp_message_types);

const struct psrp_message_type *psrp_message_type_of(uint32_t type)
{
    for (size_t i = 0; i < psrp_message_type_count; i++)
        if (psrp_message_types[i].type == type)
            return &psrp_message_types[i];
    return NULL;
}

const char *psrp_message_name(uint32_t type)
{
    const struct psrp_message_type *row = psrp_message_type_of(type);

    return row ? row->name : NULL;
}

bool psrp_message_is_from(const struct psrp_message *m, const struct icm_guid *pool_id)
{
    bool may_be_zero = m->type == PSRP_SESSION_CAPABILITY || m->type == PSRP_ENCRYPTED_SESSION_KEY ||
                       m->type == PSRP_PUBLIC_KEY_REQUEST;

    return icm_guid_equal(&m->pool_id, pool_id) || (may_be_zero && icm_guid_is_zero(&m->pool_id));
}

static struct icm_guid read_guid(struct icm_reader *r)
{
    struct icm_slice bytes = icm_read_slice(r, sizeof(struct icm_guid));
    struct icm_guid wire = {{0}};

    if (!r->missing)
        memcpy(wire.bytes, bytes.data, sizeof wire.bytes);
    return icm_guid_swap(&wire);
}

static struct icm_slice without_mark(struct icm_slice text)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};

    if (text.size >= sizeof mark && memcmp(text.data, mark, sizeof mark) == 0)
        return icm_slice_from(text, sizeof mark);
    return text;
}

enum icm_code psrp_message_read(struct icm_slice bytes, struct psrp_message *out, struct icm_error *err)
{
    struct icm_reader r = icm_reader_on(bytes);
    struct psrp_message m;

    m.destination = icm_read_le32(&r);
    m.type = icm_read_le32(&r);
    m.pool_id = read_guid(&r);
    m.pipeline_id = read_guid(&r);
    if (r.missing)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.1", "a message of %zu bytes, at least %d", bytes.size,
                        PSRP_MESSAGE_HEADER);
    if (m.destination != PSRP_TO_CLIENT && m.destination != PSRP_TO_SERVER)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.1", "a message for destination 0x%08x, which is neither client "
                        "nor server", m.destination);
    m.payload = without_mark(r.rest);
    *out = m;
    return ICM_OK;
}

static void write_guid(struct icm_buf *out, const struct icm_guid *guid)
{
    struct icm_guid wire = icm_guid_swap(guid);

    icm_buf_add(out, icm_slice_of(wire.bytes, sizeof wire.bytes));
}

enum icm_code psrp_message_write(struct icm_buf *out, const struct psrp_message *header, const struct psrp_value *value,
                                 struct icm_error *err)
{
    return psrp_message_write_sealed(out, header, value, NULL, err);
}

enum icm_code psrp_message_write_sealed(struct icm_buf *out, const struct psrp_message *header,
                                        const struct psrp_value *value, const struct psrp_clixml_sealer *sealer,
                                        struct icm_error *err)
{
    icm_buf_add_le32(out, header->destination);
    icm_buf_add_le32(out, header->type);
    write_guid(out, &header->pool_id);
    write_guid(out, &header->pipeline_id);
    if (value) {
        icm_buf_add_text(out, "\xef\xbb\xbf");
        enum icm_code code = psrp_clixml_write_sealed(out, value, sealer, err);
        if (code != ICM_OK)
            return code;
    }
    return icm_buf_check(out, err);
}
