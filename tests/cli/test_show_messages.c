/* Show-Psrp says of every message of MS-PSRP 2.2.2 what it is, and names the numbers in it that have names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/show_private.h"
#include "psrp/fragment.h"
#include "psrp/message_table.h"
#include "psrp/payload.h"

#define POOL "00112233-4455-6677-8899-aabbccddeeff"
#define PIPELINE "fedcba98-7654-3210-fedc-ba9876543210"

/* ---- what each carries ---- */

static struct psrp_value *capability(struct icm_arena *a)
{
    return psrp_payload_capability(a, icm_slice_text("2.3"));
}

static struct psrp_value *init(struct icm_arena *a)
{
    const struct psrp_opening opening = {.min_runspaces = 1, .max_runspaces = 4, .thread_options = 2};

    return psrp_payload_init(a, &opening);
}

static struct psrp_value *public_key(struct icm_arena *a)
{
    return psrp_payload_key(a, "PublicKey", icm_slice_text("BgIAAA=="));
}

static struct psrp_value *session_key(struct icm_arena *a)
{
    return psrp_payload_key(a, "EncryptedSessionKey", icm_slice_text("AQIAAA=="));
}

static struct psrp_value *no_text(struct icm_arena *a)
{
    return psrp_value_string(a, "");
}

static struct psrp_value *numbers(struct icm_arena *a)
{
    return psrp_payload_connect(a, 1, 4);
}

static struct psrp_value *set_max(struct icm_arena *a)
{
    return psrp_payload_question(a, "MaxRunspaces", 5, 1);
}

static struct psrp_value *set_min(struct icm_arena *a)
{
    return psrp_payload_question(a, "MinRunspaces", 3, 2);
}

static struct psrp_value *question(struct icm_arena *a)
{
    return psrp_payload_question(a, NULL, 0, 7);
}

static struct psrp_value *availability(struct icm_arena *a)
{
    return psrp_payload_question(a, "SetMinMaxRunspacesResponse", 5, 7); /* an answer has the same two members */
}

static struct psrp_value *pool_opened(struct icm_arena *a)
{
    return psrp_payload_state(a, "RunspaceState", PSRP_POOL_OPENED, NULL);
}

static struct psrp_value *pipeline_completed(struct icm_arena *a)
{
    return psrp_payload_state(a, "PipelineState", PSRP_PIPELINE_COMPLETED, NULL);
}

static struct psrp_value *creation(struct icm_arena *a)
{
    static const struct psrp_command command = {.text = {(const uint8_t *)"Get-Date", 8}, .is_script = true};
    static const struct psrp_creation one = {
        .commands = &command, .command_count = 1, .apartment_state = PSRP_APARTMENT_UNKNOWN};
    struct psrp_value *value = NULL;

    assert_int_equal(psrp_payload_create_pipeline(a, &one, 3, &value, NULL), ICM_OK);
    return value;
}

static struct psrp_value *metadata(struct icm_arena *a)
{
    static const struct icm_slice name = {(const uint8_t *)"Out-*", 5};
    static const struct psrp_metadata_query query = {.names = &name, .name_count = 1};

    return psrp_payload_get_metadata(a, &query);
}

static struct psrp_value *host_call(struct icm_arena *a)
{
    const struct psrp_host_call call = {.call_id = 1, .method = PSRP_HOST_READ_LINE};

    return psrp_host_call_value(a, &call);
}

static struct psrp_value *host_result(struct icm_arena *a)
{
    const struct psrp_host_call call = {.call_id = 1, .method = PSRP_HOST_READ_LINE};

    return psrp_host_result(a, &call, psrp_value_string(a, "yes"));
}

static struct psrp_value *host_refusal(struct icm_arena *a)
{
    const struct psrp_host_call call = {.call_id = 1, .method = PSRP_HOST_PROMPT_FOR_CHOICE};

    return psrp_host_refusal(a, &call, "nobody is there");
}

static struct psrp_value *text(struct icm_arena *a)
{
    return psrp_value_string(a, "hello");
}

static struct psrp_value *error(struct icm_arena *a)
{
    return psrp_server_error_record(a, icm_slice_text("no such thing"), "NotThere", 13);
}

static struct psrp_value *with(struct icm_arena *a, const char *member)
{
    struct psrp_value *value = psrp_value_object(a, NULL);

    return value && psrp_value_add_note(a, value, member, psrp_value_string(a, "told")) ? value : NULL;
}

static struct psrp_value *private_data(struct icm_arena *a)
{
    return with(a, "ApplicationPrivateData");
}

static struct psrp_value *user_event(struct icm_arena *a)
{
    return with(a, "PSEventArgs.SourceIdentifier");
}

static struct psrp_value *informational(struct icm_arena *a)
{
    return with(a, "InformationalRecord_Message");
}

static struct psrp_value *progress(struct icm_arena *a)
{
    return with(a, "Activity");
}

static struct psrp_value *information(struct icm_arena *a)
{
    return with(a, "MessageData");
}

static const struct row {
    enum psrp_message_id type;
    struct psrp_value *(*payload)(struct icm_arena *a); /* NULL: it carries nothing */
    const char *shown;
} rows[] = {
    {PSRP_SESSION_CAPABILITY, capability, "<Version N=\"protocolversion\">2.3</Version>\n"},
    {PSRP_INIT_RUNSPACEPOOL, init, "<I32 N=\"MaxRunspaces\">4</I32>\n"},
    {PSRP_PUBLIC_KEY, public_key, "<S N=\"PublicKey\">BgIAAA==</S>\n"},
    {PSRP_ENCRYPTED_SESSION_KEY, session_key, "<S N=\"EncryptedSessionKey\">AQIAAA==</S>\n"},
    {PSRP_PUBLIC_KEY_REQUEST, no_text, "    <S></S>\n"},
    {PSRP_SET_MAX_RUNSPACES, set_max, "<I32 N=\"MaxRunspaces\">5</I32>\n"},
    {PSRP_SET_MIN_RUNSPACES, set_min, "<I32 N=\"MinRunspaces\">3</I32>\n"},
    {PSRP_RUNSPACE_AVAILABILITY, availability, "<I32 N=\"SetMinMaxRunspacesResponse\">5</I32>\n"},
    {PSRP_RUNSPACEPOOL_STATE, pool_opened, "<I32 N=\"RunspaceState\">2</I32>  # Opened\n"},
    {PSRP_CREATE_PIPELINE, creation, "<S N=\"Cmd\">Get-Date</S>\n"},
    {PSRP_GET_AVAILABLE_RUNSPACES, question, "<I64 N=\"ci\">7</I64>\n"},
    {PSRP_USER_EVENT, user_event, "<S N=\"PSEventArgs.SourceIdentifier\">told</S>\n"},
    {PSRP_APPLICATION_PRIVATE_DATA, private_data, "<S N=\"ApplicationPrivateData\">told</S>\n"},
    {PSRP_GET_COMMAND_METADATA, metadata, "<S>Out-*</S>\n"},
    {PSRP_RUNSPACEPOOL_HOST_CALL, host_call, "<I32>11</I32>  # ReadLine\n"},
    {PSRP_RUNSPACEPOOL_HOST_RESPONSE, host_refusal, "<I32>26</I32>  # PromptForChoice\n"},
    {PSRP_PIPELINE_INPUT, text, "    <S>hello</S>\n"},
    {PSRP_END_OF_PIPELINE_INPUT, NULL, ""},
    {PSRP_PIPELINE_OUTPUT, text, "    <S>hello</S>\n"},
    {PSRP_ERROR_RECORD, error, "<S N=\"FullyQualifiedErrorId\">NotThere</S>\n"},
    {PSRP_PIPELINE_STATE, pipeline_completed, "<I32 N=\"PipelineState\">4</I32>  # Completed\n"},
    {PSRP_DEBUG_RECORD, informational, "<S N=\"InformationalRecord_Message\">told</S>\n"},
    {PSRP_VERBOSE_RECORD, informational, "<S N=\"InformationalRecord_Message\">told</S>\n"},
    {PSRP_WARNING_RECORD, informational, "<S N=\"InformationalRecord_Message\">told</S>\n"},
    {PSRP_PROGRESS_RECORD, progress, "<S N=\"Activity\">told</S>\n"},
    {PSRP_INFORMATION_RECORD, information, "<S N=\"MessageData\">told</S>\n"},
    {PSRP_PIPELINE_HOST_CALL, host_call, "<I32>11</I32>  # ReadLine\n"},
    {PSRP_PIPELINE_HOST_RESPONSE, host_result, "<S N=\"mr\">yes</S>\n"},
    {PSRP_CONNECT_RUNSPACEPOOL, numbers, "<I32 N=\"MinRunspaces\">1</I32>\n"},
    {PSRP_RUNSPACEPOOL_INIT_DATA, numbers, "<I32 N=\"MaxRunspaces\">4</I32>\n"},
    {PSRP_RESET_RUNSPACE_STATE, question, "<I64 N=\"ci\">7</I64>\n"},
};

/* ---- each alone ---- */

static struct icm_guid guid(const char *written)
{
    struct icm_guid parsed;

    assert_true(icm_guid_parse(icm_slice_text(written), &parsed));
    return parsed;
}

/* the message in one fragment, and how many bytes it has */
static size_t write_fragment(struct icm_buf *out, const struct psrp_message_type *type, const struct row *row)
{
    struct psrp_message header = {
        .type = row->type, .pool_id = guid(POOL), .destination = type->server.serve ? PSRP_TO_SERVER : PSRP_TO_CLIENT};
    struct icm_arena a = {0};
    struct icm_buf message = {0};
    struct psrp_value *value = row->payload ? row->payload(&a) : NULL;

    assert_int_equal(value != NULL, row->payload != NULL);
    if (type->scope == PSRP_SCOPE_PIPELINE)
        header.pipeline_id = guid(PIPELINE);
    assert_int_equal(psrp_message_write(&message, &header, value, NULL), ICM_OK);
    const size_t size = message.size;
    const struct psrp_fragment whole = {1, 0, PSRP_FRAGMENT_START | PSRP_FRAGMENT_END, icm_buf_slice(&message)};
    psrp_fragment_write(out, &whole);
    icm_buf_reset(&message);
    icm_arena_reset(&a);
    return size;
}

static void has(const char *shown, const char *part)
{
    if (!strstr(shown, part))
        fail_msg("no '%s' in:\n%s", part, shown);
}

static void is_explained(void **state)
{
    const struct row *row = *state;
    const struct psrp_message_type *type = psrp_message_type_of(row->type);
    struct icm_buf bytes = {0}, head = {0};
    struct cli_show show = {.has_understood = false};

    assert_non_null(type);
    const size_t size = write_fragment(&bytes, type, row);
    icm_buf_add_format(&head, "\n%c message %s (0x%08X) to the %s, pool " POOL "%s, %zu bytes\n",
                       type->server.serve ? '>' : '<', type->name, row->type, type->server.serve ? "server" : "client",
                       type->scope == PSRP_SCOPE_PIPELINE ? ", pipeline " PIPELINE : "", size);
    cli_show_fragments(&show, '-', icm_slice_text("the input"), "bytes", icm_buf_slice(&bytes));
    cli_show_end(&show);
    has(icm_buf_text(&show.out), icm_buf_text(&head));
    has(icm_buf_text(&show.out), row->shown);
    assert_null(strstr(icm_buf_text(&show.out), "\n! "));
    cli_show_reset(&show);
    icm_buf_reset(&head);
    icm_buf_reset(&bytes);
}

static void every_type_has_its_row(void **state)
{
    assert_int_equal(ICM_COUNT(rows), psrp_message_type_count);
    for (size_t i = 0; i < psrp_message_type_count; i++)
        assert_int_equal(rows[i].type, psrp_message_types[i].type);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(rows) + 1] = {cmocka_unit_test(every_type_has_its_row)};

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[i + 1] = (struct CMUnitTest){.name = psrp_message_name(rows[i].type),
                                           .test_func = is_explained,
                                           .initial_state = (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("Show-Psrp, every message of MS-PSRP 2.2.2", tests, NULL, NULL);
}
