#include "tests/replay/heard.h"

#include "base/text.h"
#include "psrp/message.h"
#include "tests/replay/substitute.h"

enum { COMMAND_DONE, STATE_TOLD };

/* What a client waits for before it goes on; the rest is the script's, or comes unasked. */
static const struct {
    uint32_t type; /* 0: CommandState Done */
    const char *name;
    bool is_scripts; /* it comes from a script, which may end without it where the engine is another */
} awaited[REPLAY_AWAITED] = {
    [COMMAND_DONE] = {0, "CommandState Done", false},
    [STATE_TOLD] = {PSRP_PIPELINE_STATE, "PIPELINE_STATE", false},
    {PSRP_SESSION_CAPABILITY, "SESSION_CAPABILITY", false},
    {PSRP_APPLICATION_PRIVATE_DATA, "APPLICATION_PRIVATE_DATA", false},
    {PSRP_RUNSPACEPOOL_STATE, "RUNSPACEPOOL_STATE", false},
    {PSRP_RUNSPACE_AVAILABILITY, "RUNSPACE_AVAILABILITY", false},
    {PSRP_RUNSPACEPOOL_INIT_DATA, "RUNSPACEPOOL_INIT_DATA", false},
    {PSRP_ENCRYPTED_SESSION_KEY, "ENCRYPTED_SESSION_KEY", false},
    {PSRP_PIPELINE_HOST_CALL, "PIPELINE_HOST_CALL", true},
};

void replay_heard_reset(struct replay_heard *h)
{
    psrp_defragmenter_free(h->joined);
    *h = (struct replay_heard){0};
}

static void count(struct replay_heard *h, uint32_t type)
{
    for (size_t i = 0; i < REPLAY_AWAITED; i++)
        h->counts[i] += i != COMMAND_DONE && awaited[i].type == type;
}

static void on_head(void *context, uint32_t type, const uint8_t *message, size_t size)
{
    (void)message, (void)size;
    count(context, type);
}

static enum icm_code read_message(struct replay_heard *h, struct icm_slice bytes, struct icm_error *err)
{
    struct psrp_clixml_reader *reader = NULL;
    struct icm_arena arena = {0};
    struct psrp_message m;
    struct psrp_value *value;

    enum icm_code code = psrp_message_read(bytes, &m, err);
    if (code == ICM_OK && m.destination != PSRP_TO_CLIENT)
        code = icm_fail(err, ICM_SYNTAX, NULL, "a message to the server");
    if (code == ICM_OK)
        code = psrp_clixml_reader_new(&reader, err);
    if (code == ICM_OK)
        code = psrp_clixml_read(reader, m.payload, &arena, &value, err);
    if (code == ICM_OK)
        count(h, m.type);
    psrp_clixml_reader_free(reader);
    icm_arena_reset(&arena);
    return code;
}

static enum icm_code read_fragments(struct replay_heard *h, struct icm_slice bytes, struct icm_error *err)
{
    struct icm_buf message = {0};
    enum icm_code code = h->joined ? ICM_OK : psrp_defragmenter_new(&h->joined, PSRP_MESSAGE_MAX, err);

    if (code == ICM_OK)
        code = psrp_defragmenter_feed(h->joined, bytes, err);
    while (code == ICM_OK && (code = psrp_defragmenter_next(h->joined, &message, err)) == ICM_OK) {
        code = read_message(h, icm_buf_slice(&message), err);
        icm_buf_reset(&message);
    }
    return code == ICM_AGAIN ? ICM_OK : code;
}

void replay_heard_add(struct replay_heard *h, const struct replay_envelope *answer, bool is_powershell,
                      struct icm_buf *complaints)
{
    static const char path[] = "s:Body/rsp:ReceiveResponse/rsp:Stream", done[] = "/Done";
    struct icm_slice state = replay_envelope_get(answer, "s:Body/rsp:ReceiveResponse/rsp:CommandState@State");
    struct icm_buf bytes = {0};
    struct icm_error err = {0};
    enum icm_code code = ICM_OK;
    bool has_command = replay_envelope_count(answer, "s:Body/rsp:ReceiveResponse/rsp:CommandState@CommandId") > 0;

    h->counts[COMMAND_DONE] += has_command && state.size > strlen(done) &&
                               memcmp(state.data + state.size - strlen(done), done, strlen(done)) == 0;
    for (size_t i = 0; i < replay_envelope_count(answer, path) && code == ICM_OK; i++)
        code = icm_base64_read(replay_envelope_nth(answer, path, i), &bytes, &err);
    if (code == ICM_OK)
        code = icm_base64_read(replay_envelope_get(answer, "s:Body/rsp:ConnectResponse/pwsh:connectResponseXml"),
                               &bytes, &err);
    if (code == ICM_OK && is_powershell && complaints)
        code = read_fragments(h, icm_buf_slice(&bytes), &err);
    else if (is_powershell)
        replay_each_message(icm_buf_slice(&bytes), on_head, h);
    if (code != ICM_OK && complaints)
        icm_buf_add_format(complaints, "output cannot be read: %s\n", err.text);
    icm_error_reset(&err);
    icm_buf_reset(&bytes);
}

const char *replay_heard_owed(const struct replay_heard *recorded, const struct replay_heard *live)
{
    for (size_t i = 0; i < REPLAY_AWAITED; i++)
        if (recorded->counts[i] > live->counts[i] && (!awaited[i].is_scripts || live->counts[STATE_TOLD] == 0))
            return awaited[i].name;
    return NULL;
}

bool replay_heard_end(const struct replay_heard *h)
{
    return h->counts[COMMAND_DONE] > 0;
}
