/* Every scenario again with allocation 1, 2, 3 … failing (ld --wrap): nothing crashes, nothing leaks, and what goes
 * wrong is said: ICM_NOMEM, and the object as it was, so that the same call succeeds once there is memory. */
#include "tests/base/failing_memory.h"
#include "tests/psrp/peers.h"

#include "psrp/packets.h"
#include "psrp/secret.h"
#include "tests/psrp/golden.h"

#include <stdlib.h>

/* The same call once more, where the first was short of memory. */
#define UNTIL_OK(call)                                                                                                 \
    do {                                                                                                               \
        if (is_short(call))                                                                                            \
            assert_int_equal((call), ICM_OK);                                                                          \
    } while (0)

/* ---- scenarios: each frees all that it makes ---- */

static const char document[] =
    "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Collections.Hashtable</T><T>System.Object</T></TN><DCT><En><S "
    "N=\"Key\">a_x000A_b</S>"
    "<Obj N=\"Value\" RefId=\"1\"><TN RefId=\"1\"><T>System.Object[]</T></TN><LST><I32>1</I32><S>two &amp; "
    "three</S><Db>1.5</Db>"
    "<BA>AAECAw==</BA><DT>2026-11-24T03:41:52.1Z</DT></LST></Obj></En><En><S N=\"Key\">c</S><Ref N=\"Value\" "
    "RefId=\"1\" /></En></DCT>"
    "<MS><Obj N=\"o\" RefId=\"2\"><TNRef RefId=\"0\" /><ToString>text</ToString><I32>7</I32><Props><S "
    "N=\"p\">q</S></Props></Obj></MS></Obj>";
/* a comment, which our own tokenizer leaves to libxml2 */
static const char foreign[] = "<Objs><!-- c --><S>x</S><Obj RefId=\"0\"><LST><S>y_x0041_</S></LST></Obj></Objs>";

typedef enum icm_code reads(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_arena *arena,
                            struct psrp_value **out, struct icm_error *err);

static void read_twice(struct psrp_clixml_reader *r, reads *read, const char *text)
{
    struct icm_arena arena = {0};
    struct psrp_value *value = NULL;

    if (is_short(read(r, icm_slice_text(text), &arena, &value, NULL))) {
        assert_null(value);
        icm_arena_reset(&arena);
        assert_int_equal(read(r, icm_slice_text(text), &arena, &value, NULL), ICM_OK);
    }
    assert_non_null(value);
    icm_arena_reset(&arena);
}

static void reading(void)
{
    struct psrp_clixml_reader *r = NULL;

    UNTIL_OK(psrp_clixml_reader_new(&r, NULL));
    read_twice(r, psrp_clixml_read, document);
    read_twice(r, psrp_clixml_borrow, document);
    read_twice(r, psrp_clixml_read_all, foreign);
    psrp_clixml_reader_free(r);
}

static struct psrp_value *build(struct icm_arena *a)
{
    struct psrp_value *object = psrp_value_custom_object(a), *table = psrp_value_hashtable(a),
                      *list = psrp_value_array(a);

    bool whole = psrp_value_add_entry(a, table, psrp_value_string(a, "k"), psrp_value_i32(a, 1)) &&
                 psrp_value_add_item(a, list, psrp_value_string(a, "a long enough text, with\nan escape")) &&
                 psrp_value_add_item(a, list, table) && psrp_value_add_note(a, object, "list", list) &&
                 psrp_value_add_note(a, object, "again", list) &&
                 psrp_value_add_property(a, object, "p", psrp_value_double(a, 2.5)) &&
                 psrp_value_add_note(a, object, "e", psrp_value_enum(a, "System.DayOfWeek", 1, "Monday"));
    return whole ? object : NULL;
}

static void writing(void)
{
    struct icm_arena arena = {0};
    struct icm_buf out = {0};

    struct psrp_value *value = build(&arena);
    if (!value) {
        assert_true(memory.has_failed);
        icm_arena_reset(&arena);
        value = build(&arena);
    }
    assert_non_null(value);
    if (is_short(psrp_clixml_write(&out, value, NULL))) {
        assert_int_equal(out.size, 0);
        icm_buf_reset(&out);
        assert_int_equal(psrp_clixml_write(&out, value, NULL), ICM_OK);
    }
    assert_true(out.size > 100);
    psrp_value_write_text(value, &out);
    assert_true(!out.failed || memory.has_failed);
    icm_buf_reset(&out);
    icm_arena_reset(&arena);
}

static void fragments(void)
{
    uint64_t next_object_id = 1;
    struct psrp_fragmenter *f = NULL;
    struct psrp_defragmenter *d = NULL;
    struct icm_buf message = {0}, out = {0};
    unsigned joined = 0;
    bool is_lost = false;

    UNTIL_OK(psrp_fragmenter_new(&f, &next_object_id, NULL));
    UNTIL_OK(psrp_defragmenter_new(&d, 10000, NULL));
    for (int i = 0; i < 2; i++) {
        while (message.size < 1000 && !message.failed)
            icm_buf_add_text(&message, "0123456789");
        if (is_short(icm_buf_check(&message, NULL))) {
            icm_buf_reset(&message);
            icm_buf_add_text(&message, document);
        }
        size_t size = message.size, waiting = psrp_fragmenter_waiting(f);
        if (is_short(psrp_fragmenter_push(f, &message, NULL))) {
            assert_true(message.size == size && psrp_fragmenter_waiting(f) == waiting);
            assert_int_equal(psrp_fragmenter_push(f, &message, NULL), ICM_OK);
        }
    }
    while (psrp_fragmenter_waiting(f) > 0) {
        size_t waiting = psrp_fragmenter_waiting(f);
        icm_buf_reset(&out);
        if (is_short(psrp_fragmenter_pull(f, 300, &out, NULL)))
            assert_true(psrp_fragmenter_waiting(f) == waiting && out.size == 0);
        is_lost = is_short(psrp_defragmenter_feed(d, icm_buf_slice(&out), NULL)) || is_lost; /* it stays lost */
        joined += psrp_defragmenter_next(d, &message, NULL) == ICM_OK;
    }
    assert_true(is_lost || joined == 2);
    psrp_fragmenter_free(f);
    psrp_defragmenter_free(d);
    icm_buf_reset(&message);
    icm_buf_reset(&out);
}

static void packets(void)
{
    const struct psrp_packet data = {.type = PSRP_PACKET_DATA, .data = icm_slice_text("some fragment's bytes")};
    struct psrp_packet_reader *r = NULL;
    struct psrp_packet packet;
    struct icm_buf line = {0};

    UNTIL_OK(psrp_packet_reader_new(&r, NULL));
    psrp_packet_write(&line, &data);
    if (is_short(icm_buf_check(&line, NULL))) {
        icm_buf_reset(&line);
        psrp_packet_write(&line, &data);
    }
    if (!is_short(psrp_packet_reader_feed(r, icm_buf_slice(&line), NULL))) /* the reader's buffer sticks */
        is_short(psrp_packet_reader_next(r, &packet, NULL));
    psrp_packet_reader_free(r);
    icm_buf_reset(&line);
}

static void host_calls(void)
{
    static const char text[] = HOST_CALL("5", "11");
    static const struct icm_guid pool_id = {{1}};
    struct psrp_clixml_reader *r = NULL;
    struct psrp_value *value = NULL;
    struct psrp_host_call call;
    struct icm_arena arena = {0};
    struct icm_buf out = {0};

    UNTIL_OK(psrp_clixml_reader_new(&r, NULL));
    UNTIL_OK(psrp_clixml_read(r, icm_slice_text(text), &arena, &value, NULL));
    assert_int_equal(psrp_host_call_read(value, &call, NULL), ICM_OK);
    const struct psrp_value *answer = psrp_host_answer(&arena, &call, &pool_id);
    assert_true(answer || memory.has_failed);
    if (is_short(psrp_clixml_write(&out, answer, NULL)))
        assert_int_equal(out.size, 0);
    assert_true(psrp_host_call_value(&arena, &call) || memory.has_failed);
    psrp_clixml_reader_free(r);
    icm_arena_reset(&arena);
    icm_buf_reset(&out);
}

/* ---- keys ---- */

static struct psrp_secret *client_keys; /* its pair takes long to make, and so it is made once */
static struct icm_buf public_key, pair; /* the latter, in DER, for pools that are to have no session key yet */

static int make_keys(void **state)
{
    assert_int_equal(psrp_secret_new(&client_keys, NULL), ICM_OK);
    assert_int_equal(psrp_secret_public_key(client_keys, &public_key, NULL), ICM_OK);
    struct icm_buf lines = {0};
    assert_true(golden_load(ICM_FIXTURES "/psrp", "keys.tsv", &lines));
    const char *row = strchr(icm_buf_text(&lines), '\n') + 1; /* behind the names of the columns */
    assert_int_equal(icm_base64_read(golden_cell(row, 1), &pair, NULL), ICM_OK);
    icm_buf_reset(&lines);
    return 0;
}

static int drop_keys(void **state)
{
    psrp_secret_free(client_keys);
    icm_buf_reset(&public_key);
    icm_buf_reset(&pair);
    return 0;
}

/* @what into @out, again where memory was short; nothing is left of the first try */
static void seal_or_open(enum icm_code (*what)(const struct psrp_secret *, struct icm_slice, struct icm_buf *,
                                               struct icm_error *),
                         const struct psrp_secret *s, struct icm_slice in, struct icm_buf *out)
{
    if (!is_short(what(s, in, out, NULL)))
        return;
    assert_true(out->size == 0 || out->failed);
    icm_buf_reset(out);
    assert_int_equal(what(s, in, out, NULL), ICM_OK);
}

static void keys(void)
{
    struct psrp_secret *server = NULL;
    struct icm_buf answer = {0}, sealed = {0}, opened = {0};

    UNTIL_OK(psrp_secret_new(&server, NULL));
    if (is_short(psrp_secret_answer(server, icm_buf_slice(&public_key), &answer, NULL))) {
        icm_buf_reset(&answer);
        assert_int_equal(psrp_secret_answer(server, icm_buf_slice(&public_key), &answer, NULL), ICM_OK);
    }
    UNTIL_OK(psrp_secret_take_session_key(client_keys, icm_buf_slice(&answer), NULL));
    seal_or_open(psrp_secret_seal, server, icm_slice_text("a password"), &sealed);
    seal_or_open(psrp_secret_open, client_keys, icm_buf_slice(&sealed), &opened);
    assert_true(icm_slice_is(icm_buf_slice(&opened), "a password"));
    psrp_secret_free(server);
    icm_buf_reset(&answer);
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
}

/* ---- a client and a server ---- */

struct dialogue {
    struct psrp_pool *pool;
    struct psrp_pipeline *pipeline;
    struct psrp_server *server;
    bool has_secrets; /* in its argument and in the answer of its host; and the pool is asked something */
    bool is_told;     /* of the want of memory */
    bool has_moved;
    unsigned outputs, answers;
    bool is_completed;
};

/* After a failure what follows may find a pool that is broken or a state that was never reached. */
static bool went_well(struct dialogue *d, enum icm_code code)
{
    if (code == ICM_OK || code == ICM_AGAIN)
        return code == ICM_OK;
    assert_true(memory.has_failed);
    d->is_told = true;
    return false;
}

static void to_server(struct dialogue *d, struct psrp_pipeline *pipeline, enum psrp_stream stream)
{
    const struct icm_guid *id = pipeline ? psrp_pipeline_id(pipeline) : NULL;
    struct icm_buf bytes = {0};

    if (went_well(d, psrp_pool_pull(d->pool, pipeline, stream, 4096, &bytes, NULL)))
        d->has_moved = true;
    if (bytes.size > 0)
        went_well(d, stream == PSRP_STREAM_INPUT
                         ? psrp_server_feed(d->server, id, icm_buf_slice(&bytes), NULL)
                         : psrp_server_feed_responses(d->server, id, icm_buf_slice(&bytes), NULL));
    icm_buf_reset(&bytes);
}

static void to_client(struct dialogue *d)
{
    struct icm_buf bytes = {0};
    struct icm_guid target = {{0}};

    if (went_well(d, psrp_server_pull(d->server, 4096, &target, &bytes, NULL)))
        d->has_moved = true;
    bool is_pools = icm_guid_is_zero(&target);
    if (bytes.size > 0 && (is_pools || d->pipeline))
        went_well(d, psrp_pool_feed(d->pool, is_pools ? NULL : d->pipeline, icm_buf_slice(&bytes), NULL));
    icm_buf_reset(&bytes);
}

static void run_script(struct dialogue *d, const struct psrp_server_event *event)
{
    struct icm_arena a = {0};

    went_well(
        d, psrp_server_send(d->server, &event->pipeline_id, PSRP_PIPELINE_OUTPUT, psrp_value_string(&a, "one"), NULL));
    went_well(d, psrp_server_host_call(d->server, &event->pipeline_id,
                                       d->has_secrets ? PSRP_HOST_READ_LINE_AS_SECURE_STRING : PSRP_HOST_READ_LINE,
                                       NULL, &(int64_t){0}, NULL));
    went_well(d, psrp_server_send(d->server, &event->pipeline_id, PSRP_ERROR_RECORD,
                                  psrp_server_error_record(&a, icm_slice_text("bad"), "Bad", 0), NULL));
    icm_arena_reset(&a);
}

static void serve(struct dialogue *d)
{
    struct psrp_server_event event;

    for (enum icm_code code; (code = psrp_server_next_event(d->server, &event, NULL)) != ICM_AGAIN;) {
        if (!went_well(d, code))
            return;
        d->has_moved = true;
        if (event.type == PSRP_SERVER_OPEN)
            went_well(d, psrp_server_accept(d->server, NULL));
        if (event.type == PSRP_SERVER_PIPELINE)
            run_script(d, &event);
        if (event.type == PSRP_SERVER_HOST_RESPONSE)
            went_well(d,
                      psrp_server_pipeline_state(d->server, &event.pipeline_id, PSRP_PIPELINE_COMPLETED, NULL, NULL));
        psrp_server_event_reset(&event);
    }
}

static void begin_plain(struct dialogue *d)
{
    struct psrp_script script = {.text = icm_slice_text("1")};

    d->has_moved = went_well(d, psrp_pipeline_new(&d->pipeline, d->pool, &script, NULL)) || d->has_moved;
}

static void begin_with_secret(struct dialogue *d)
{
    struct icm_arena a = {0};
    struct psrp_parameter secret = {.value = psrp_value_credential(&a, icm_slice_text("u"), icm_slice_text("secret"))};
    struct psrp_command commands[] = {
        {.text = icm_slice_text("1"),
         .is_script = true,
         .ends_statement = true,
         .parameters = &secret,
         .parameter_count = 1},
        {.text = icm_slice_text("2"), .merges = {[PSRP_MERGE_ERROR] = PSRP_RESULT_OUTPUT}}};
    struct psrp_creation creation = {.commands = commands, .command_count = 2, .history = icm_slice_text("h")};
    int64_t first = 0, second = 0;

    if (secret.value && went_well(d, psrp_pipeline_create(&d->pipeline, d->pool, &creation, NULL)))
        d->has_moved = true;
    if (!secret.value)
        d->is_told = d->has_moved = memory.has_failed;
    if (went_well(d, psrp_pool_get_available(d->pool, &first, NULL)) &&
        went_well(d, psrp_pool_set_max_runspaces(d->pool, 3, &second, NULL)))
        assert_true(second > first);
    icm_arena_reset(&a);
}

static void begin_pipeline(struct dialogue *d)
{
    if (d->pipeline || psrp_pool_state(d->pool) != PSRP_POOL_OPENED)
        return;
    if (d->has_secrets)
        begin_with_secret(d);
    else
        begin_plain(d);
}

static void answer_with_secret(struct dialogue *d, const struct psrp_event *event)
{
    struct icm_arena a = {0};
    struct psrp_value *secret = psrp_value_secure(&a, icm_slice_text("another"));

    if (!secret)
        secret = psrp_value_secure(&a, icm_slice_text("another"));
    UNTIL_OK(psrp_pool_answer(d->pool, event, secret, NULL, NULL));
    icm_arena_reset(&a);
}

static void listen(struct dialogue *d)
{
    struct psrp_event event;

    for (enum icm_code code; (code = psrp_pool_next_event(d->pool, &event, NULL)) != ICM_AGAIN;) {
        if (!went_well(d, code))
            return;
        d->has_moved = true;
        if (event.needs_answer)
            answer_with_secret(d, &event);
        d->answers += event.type == PSRP_EVENT_AVAILABILITY || event.type == PSRP_EVENT_KEY;
        d->outputs += event.type == PSRP_EVENT_OUTPUT || event.type == PSRP_EVENT_ERROR;
        d->is_told = d->is_told || event.warning.code != ICM_OK;
        d->is_completed = d->is_completed ||
                          (event.type == PSRP_EVENT_PIPELINE_STATE && event.pipeline_state == PSRP_PIPELINE_COMPLETED);
        psrp_event_reset(&event);
    }
}

static void turn(struct dialogue *d)
{
    d->has_moved = false;
    for (int stream = 0; stream < PSRP_STREAM_COUNT; stream++) {
        to_server(d, NULL, (enum psrp_stream)stream);
        if (d->pipeline)
            to_server(d, d->pipeline, (enum psrp_stream)stream);
    }
    serve(d);
    to_client(d);
    listen(d);
    begin_pipeline(d);
}

/* Whatever fails, it comes to an end: all was said and done, or somebody was told that memory was short. */
static void hold_dialogue(bool has_secrets)
{
    static const struct psrp_host_info host = {.has_host = true};
    struct psrp_pool_options options = {.pool_id = peers_guid(POOL_ID), .host = has_secrets ? &host : NULL};
    struct dialogue d = {.has_secrets = has_secrets};

    UNTIL_OK(psrp_pool_new(&d.pool, &options, NULL));
    UNTIL_OK(psrp_secret_set_key_pair(d.pool->secret, icm_buf_slice(&pair), NULL));
    UNTIL_OK(psrp_server_new(&d.server, NULL));
    UNTIL_OK(psrp_pool_open(d.pool, NULL));
    d.has_moved = true;
    for (int i = 0; d.has_moved; i++) {
        assert_true(i < 100);
        turn(&d);
    }
    assert_true(d.is_told || (d.is_completed && d.outputs == 2 && d.answers == (has_secrets ? 3 : 0)));
    psrp_pool_free(d.pool);
    psrp_server_free(d.server);
}

static void dialogue(void)
{
    hold_dialogue(false);
}

static void secrets(void)
{
    hold_dialogue(true);
}

/* What a client may ask of a pool; the server is silent. */
static void questions(void)
{
    struct psrp_pool *pool = NULL;
    const struct psrp_pool_options options = {.min_runspaces = 1, .max_runspaces = 2};
    const struct icm_slice name = icm_slice_text("Get-*");
    const struct psrp_metadata_query query = {.names = &name, .name_count = 1};
    struct psrp_pipeline *pipeline = NULL, *joined = NULL;
    int64_t call_id;

    UNTIL_OK(psrp_pool_new(&pool, &options, NULL));
    UNTIL_OK(psrp_pool_connect(pool, NULL));
    pool->minor = 3; /* as if it had been agreed */
    pool->state = PSRP_POOL_OPENED;
    UNTIL_OK(psrp_pool_set_min_runspaces(pool, 2, &call_id, NULL));
    assert_int_equal(call_id, 1);
    UNTIL_OK(psrp_pool_reset_runspace(pool, &call_id, NULL));
    assert_int_equal(call_id, 2); /* what failed has taken none */
    UNTIL_OK(psrp_pipeline_query(&pipeline, pool, &query, NULL));
    UNTIL_OK(psrp_pipeline_connect(&joined, pool, &(struct icm_guid){{1}}, NULL));
    assert_ptr_equal(psrp_pool_find(pool, psrp_pipeline_id(joined)), joined);
    psrp_pool_free(pool);
}

/* ---- one after the other ---- */

static const struct {
    const char *name;
    void (*run)(void);
} scenarios[] = {
    {"reading", reading},   {"writing", writing},       {"fragments", fragments},
    {"packets", packets},   {"host calls", host_calls}, {"keys", keys},
    {"dialogue", dialogue}, {"secrets", secrets},       {"questions", questions},
};

static void each_allocation_fails_once(void **state)
{
    memory_fails_at_each(scenarios[(uintptr_t)*state].run);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(scenarios)];

    for (size_t i = 0; i < ICM_COUNT(scenarios); i++)
        tests[i] = (struct CMUnitTest){
            .name = scenarios[i].name, .test_func = each_allocation_fails_once, .initial_state = (void *)i};
    return cmocka_run_group_tests_name("memory runs out", tests, make_keys, drop_keys);
}
