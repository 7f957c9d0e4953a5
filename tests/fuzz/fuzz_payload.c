/* The values of messages, taken apart by every reader of payloads. Laws: a reader that fails says why and leaves its
 * result alone; what reads, made into a value again, written and read, says the same; and a call gets an answer that is
 * one to it. MS-PSRP 2.2.2, 2.2.3. */
#include "psrp/host.h"
#include "psrp/payload.h"
#include "psrp/server_private.h"
#include "tests/psrp/value_equal.h"

#include <stdlib.h>

static struct psrp_clixml_reader *reader;

static void must_hold(bool law)
{
    if (!law)
        abort();
}

/* @value, which may be too deep or too much to be written, as its receiver has it; NULL: it cannot be sent */
static const struct psrp_value *sent(struct icm_arena *a, const struct psrp_value *value)
{
    struct icm_buf out = {0};
    struct psrp_value *again = NULL;

    must_hold(value);
    enum icm_code code = psrp_clixml_write(&out, value, NULL);
    must_hold(code == ICM_OK || code == ICM_LIMIT);
    if (code == ICM_OK)
        must_hold(psrp_clixml_read(reader, icm_buf_slice(&out), a, &again, NULL) == ICM_OK);
    icm_buf_reset(&out);
    return again;
}

static void check_code(enum icm_code code, struct icm_error *err)
{
    must_hold(code == ICM_OK || ((code == ICM_SYNTAX || code == ICM_LIMIT) && err->code == code && err->text[0]));
    icm_error_reset(err);
}

static void check_call(struct icm_arena *a, const struct psrp_value *value)
{
    static const struct icm_guid pool_id = {{1}};
    struct psrp_host_call call = {.call_id = -1}, again;
    struct psrp_host_response response;
    struct icm_error err = {0};
    enum icm_code code = psrp_host_call_read(value, &call, &err);

    check_code(code, &err);
    if (code != ICM_OK) {
        must_hold(call.call_id == -1 && !call.parameters);
        return;
    }
    const struct psrp_value *answer = sent(a, psrp_host_answer(a, &call, &pool_id));
    must_hold(answer && psrp_host_response_read(answer, &response, NULL) == ICM_OK);
    must_hold(response.call_id == call.call_id &&
              (response.method == call.method || call.method != (int32_t)call.method));
    must_hold(!response.result || !response.error);
    if (call.method != (int32_t)call.method)
        return; /* no number of RemoteHostMethodId, and so not to be made again */
    const struct psrp_value *copy = sent(a, psrp_host_call_value(a, &call));
    if (copy) {
        must_hold(psrp_host_call_read(copy, &again, NULL) == ICM_OK);
        must_hold(again.call_id == call.call_id && again.method == call.method);
    }
}

static void check_response(const struct psrp_value *value)
{
    struct psrp_host_response response = {.call_id = -1};
    struct icm_error err = {0};
    enum icm_code code = psrp_host_response_read(value, &response, &err);

    check_code(code, &err);
    must_hold(code == ICM_OK || (response.call_id == -1 && !response.result));
}

/* the text is compared, all else is numbers */
static bool is_same_host(struct psrp_host_info a, struct psrp_host_info b)
{
    bool is_same_title = icm_slice_equal(a.window_title, b.window_title);

    return is_same_title && a.has_host == b.has_host && a.has_ui == b.has_ui && a.has_raw_ui == b.has_raw_ui &&
           a.has_default_data == b.has_default_data && a.foreground == b.foreground && a.background == b.background &&
           a.cursor_size == b.cursor_size && memcmp(&a.cursor, &b.cursor, sizeof a.cursor) == 0 &&
           memcmp(&a.window_position, &b.window_position, sizeof a.cursor) == 0 &&
           memcmp(&a.buffer_size, &b.buffer_size, sizeof a.buffer_size) == 0 &&
           memcmp(&a.window_size, &b.window_size, sizeof a.buffer_size) == 0 &&
           memcmp(&a.max_window_size, &b.max_window_size, sizeof a.buffer_size) == 0 &&
           memcmp(&a.max_physical_window_size, &b.max_physical_window_size, sizeof a.buffer_size) == 0;
}

static void check_host_info(struct icm_arena *a, const struct psrp_value *value)
{
    struct psrp_host_info info = {.cursor_size = -7}, again;
    struct icm_error err = {0};
    enum icm_code code = psrp_host_info_read(value, &info, &err);

    check_code(code, &err);
    if (code != ICM_OK) {
        must_hold(info.cursor_size == -7 && !info.has_host);
        return;
    }
    const struct psrp_value *copy = sent(a, psrp_host_info_value(a, &info));
    must_hold(copy && psrp_host_info_read(copy, &again, NULL) == ICM_OK && is_same_host(info, again));
}

static bool is_same_text(struct icm_slice a, struct icm_slice b)
{
    return icm_slice_equal(a, b) && (!a.data || b.data);
}

static bool is_same_command(const struct psrp_command *one, const struct psrp_command *two)
{
    if (!is_same_text(one->text, two->text) || one->is_script != two->is_script ||
        one->use_local_scope != two->use_local_scope || one->ends_statement != two->ends_statement ||
        memcmp(one->merges, two->merges, sizeof one->merges) != 0 || one->parameter_count != two->parameter_count)
        return false;
    for (size_t i = 0; i < one->parameter_count; i++)
        if (!is_same_text(one->parameters[i].name, two->parameters[i].name))
            return false;
    return true;
}

/* what was read can be said again */
static void check_creation_again(struct icm_arena *a, const struct psrp_creation *one)
{
    struct psrp_value *value = NULL;
    struct psrp_creation two;

    must_hold(psrp_payload_create_pipeline(a, one, 4, &value, NULL) == ICM_OK);
    const struct psrp_value *copy = sent(a, value);
    if (!copy) /* it nests too deeply now */
        return;
    must_hold(psrp_server_read_creation(copy, a, &two, NULL) == ICM_OK);
    must_hold(one->command_count == two.command_count && is_same_text(one->history, two.history));
    must_hold(one->has_input == two.has_input && one->is_nested == two.is_nested &&
              one->add_to_history == two.add_to_history && one->redirect_error_output == two.redirect_error_output &&
              one->stream_options == two.stream_options && one->apartment_state == two.apartment_state);
    for (size_t i = 0; i < one->command_count; i++)
        must_hold(is_same_command(&one->commands[i], &two.commands[i]));
}

static void check_creation(struct icm_arena *a, const struct psrp_value *value)
{
    struct psrp_creation creation;
    struct icm_error err = {0};
    enum icm_code code = psrp_server_read_creation(value, a, &creation, &err);

    check_code(code, &err);
    if (code != ICM_OK)
        return;
    must_hold(creation.command_count > 0 && !creation.commands[creation.command_count - 1].ends_statement);
    for (size_t i = 0; i < creation.command_count; i++)
        for (int merge = 0; merge < PSRP_MERGE_COUNT; merge++)
            must_hold((unsigned)creation.commands[i].merges[merge] <= PSRP_RESULT_NULL);
    check_creation_again(a, &creation);
}

static void check_opening_again(struct icm_arena *a, const struct psrp_opening *one)
{
    struct psrp_opening two;
    const struct psrp_value *copy = sent(a, psrp_payload_init(a, one));

    if (!copy)
        return;
    must_hold(psrp_server_read_opening(copy, &two, NULL) == ICM_OK && is_same_host(one->host, two.host));
    must_hold(one->min_runspaces == two.min_runspaces && one->max_runspaces == two.max_runspaces &&
              one->thread_options == two.thread_options && one->apartment_state == two.apartment_state);
}

static void check_opening(struct icm_arena *a, const struct psrp_value *value)
{
    struct psrp_opening opening = {.min_runspaces = -7};
    struct icm_error err = {0};
    enum icm_code code = psrp_server_read_opening(value, &opening, &err);

    check_code(code, &err);
    must_hold(code == ICM_OK ? opening.min_runspaces >= 1 && opening.max_runspaces >= opening.min_runspaces
                             : opening.min_runspaces == -7);
    if (code == ICM_OK)
        check_opening_again(a, &opening);
}

static void check_query_again(struct icm_arena *a, const struct psrp_metadata_query *one)
{
    struct psrp_metadata_query two;
    const struct psrp_value *copy = sent(a, psrp_payload_get_metadata(a, one));

    if (!copy)
        return;
    must_hold(psrp_server_read_query(copy, a, &two, NULL) == ICM_OK);
    must_hold(two.command_types == (one->command_types ? one->command_types : PSRP_COMMAND_TYPES_ALL));
    must_hold(one->name_count == two.name_count && one->namespace_count == two.namespace_count &&
              one->argument_count == two.argument_count);
}

static void check_query(struct icm_arena *a, const struct psrp_value *value)
{
    struct psrp_metadata_query query;
    struct icm_error err = {0};
    enum icm_code code = psrp_server_read_query(value, a, &query, &err);

    check_code(code, &err);
    for (size_t i = 0; code == ICM_OK && i < query.name_count; i++)
        must_hold(query.names[i].size == 0 || query.names[i].data);
    if (code == ICM_OK)
        check_query_again(a, &query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_arena arena = {0};
    struct psrp_value *value = NULL;
    int64_t major, minor;

    must_hold(reader || psrp_clixml_reader_new(&reader, NULL) == ICM_OK);
    if (psrp_clixml_read(reader, icm_slice_of(data, size), &arena, &value, NULL) == ICM_OK) {
        check_call(&arena, value);
        check_response(value);
        check_host_info(&arena, value);
        check_creation(&arena, value);
        check_opening(&arena, value);
        check_query(&arena, value);
        must_hold(!psrp_payload_read_version(value, &major, &minor) || (major >= 0 && minor >= 0));
    }
    icm_arena_reset(&arena);
    return 0;
}
