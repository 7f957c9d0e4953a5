/* Messages made by hand, and events as words: for the tests of a pool, of a server, and of both face to face. */
#ifndef TESTS_PSRP_PEERS_H
#define TESTS_PSRP_PEERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "psrp/pool_private.h"
#include "psrp/server.h"

#define POOL_ID "00112233-4455-6677-8899-aabbccddeeff"
#define OTHER_ID "fedcba98-7654-3210-fedc-ba9876543210"
#define ZERO_ID "00000000-0000-0000-0000-000000000000"

/* payloads, as the real engine writes them */
#define CAPABILITY_OF(protocol, ps, serialization) \
    "<Obj RefId=\"0\"><MS><Version N=\"protocolversion\">" protocol "</Version><Version N=\"PSVersion\">" ps \
    "</Version><Version N=\"SerializationVersion\">" serialization "</Version></MS></Obj>"
#define CAPABILITY(protocol) CAPABILITY_OF(protocol, "2.0", "1.1.0.1")
#define PRIVATE_DATA "<Obj RefId=\"0\"><MS><Nil N=\"ApplicationPrivateData\" /></MS></Obj>"
#define POOL_STATE(number) "<Obj RefId=\"0\"><MS><I32 N=\"RunspaceState\">" number "</I32></MS></Obj>"
#define PIPELINE_STATE(number) "<Obj RefId=\"0\"><MS><I32 N=\"PipelineState\">" number "</I32></MS></Obj>"
#define HOST_CALL_WITH(id, method, parameters) \
    "<Obj RefId=\"0\"><MS><I64 N=\"ci\">" id "</I64><Obj N=\"mi\" RefId=\"1\"><I32>" method \
    "</I32></Obj><Obj N=\"mp\" RefId=\"2\"><LST>" parameters "</LST></Obj></MS></Obj>"
#define HOST_CALL(id, method) HOST_CALL_WITH(id, method, "")
#define INIT(min, max) \
    "<Obj RefId=\"0\"><MS><I32 N=\"MinRunspaces\">" min "</I32><I32 N=\"MaxRunspaces\">" max "</I32></MS></Obj>"
#define CREATE(script, no_input) \
    "<Obj RefId=\"0\"><MS><Obj N=\"PowerShell\" RefId=\"1\"><MS><Obj N=\"Cmds\" RefId=\"2\"><LST>" \
    "<Obj RefId=\"3\"><MS><S N=\"Cmd\">" script "</S><B N=\"IsScript\">true</B></MS></Obj></LST></Obj></MS></Obj>" \
    "<B N=\"NoInput\">" no_input "</B></MS></Obj>"

static inline struct icm_guid peers_guid(const char *text)
{
    struct icm_guid guid;

    assert_true(icm_guid_parse(icm_slice_text(text), &guid));
    return guid;
}

static inline struct psrp_value *peers_value(struct icm_arena *a, const char *xml)
{
    struct psrp_clixml_reader *reader = NULL;
    struct psrp_value *value = NULL;

    assert_int_equal(psrp_clixml_reader_new(&reader, NULL), ICM_OK);
    assert_int_equal(psrp_clixml_read(reader, icm_slice_text(xml), a, &value, NULL), ICM_OK);
    psrp_clixml_reader_free(reader);
    return value;
}

/* Append one fragment with the whole message. @xml NULL: no payload. */
static inline void peers_add_message(struct icm_buf *out, struct psrp_message header, const char *xml)
{
    static uint64_t object_id; /* only growth matters */
    struct icm_buf message = {0};
    struct psrp_fragment fragment = {.object_id = ++object_id, .flags = PSRP_FRAGMENT_START | PSRP_FRAGMENT_END};

    assert_int_equal(psrp_message_write(&message, &header, NULL, NULL), ICM_OK);
    icm_buf_add_text(&message, xml ? xml : "");
    fragment.blob = icm_buf_slice(&message);
    psrp_fragment_write(out, &fragment);
    icm_buf_reset(&message);
}

/* ---- events as words ---- */

static const char *const peers_event_names[] = {
    [PSRP_EVENT_POOL_STATE] = "pool",     [PSRP_EVENT_PRIVATE_DATA] = "private-data",
    [PSRP_EVENT_OUTPUT] = "output",       [PSRP_EVENT_ERROR] = "error",
    [PSRP_EVENT_WARNING] = "warning",     [PSRP_EVENT_VERBOSE] = "verbose",
    [PSRP_EVENT_DEBUG] = "debug",         [PSRP_EVENT_INFORMATION] = "information",
    [PSRP_EVENT_PROGRESS] = "progress",   [PSRP_EVENT_PIPELINE_STATE] = "pipeline",
    [PSRP_EVENT_HOST_CALL] = "host-call", [PSRP_EVENT_USER_EVENT] = "user-event",
    [PSRP_EVENT_WARNED] = "warned",       [PSRP_EVENT_AVAILABILITY] = "availability",
    [PSRP_EVENT_INIT_DATA] = "init-data", [PSRP_EVENT_KEY] = "key",
};

/* "pool=Opened", "output", "pipeline=Failed(limit)": the event, and the code of our own finding */
static inline void peers_describe_kind(struct icm_buf *out, const struct psrp_event *event)
{
    icm_buf_add_text(out, peers_event_names[event->type]);
    if (event->type == PSRP_EVENT_POOL_STATE)
        icm_buf_add_format(out, "=%s", psrp_pool_state_name(event->pool_state));
    if (event->type == PSRP_EVENT_PIPELINE_STATE)
        icm_buf_add_format(out, "=%s", psrp_pipeline_state_name(event->pipeline_state));
    if (event->warning.code != ICM_OK && event->type != PSRP_EVENT_WARNED)
        icm_buf_add_format(out, "(%s)", icm_code_name(event->warning.code));
}

/* the same with a blank behind it; of output its text too: "output:7 " */
static inline void peers_describe(struct icm_buf *out, const struct psrp_event *event)
{
    peers_describe_kind(out, event);
    if (event->type == PSRP_EVENT_OUTPUT) {
        icm_buf_add_u8(out, ':');
        psrp_value_write_text(event->value, out);
    }
    icm_buf_add_u8(out, ' ');
}

/* every event that is there */
static inline void peers_take_events(struct psrp_pool *pool, struct icm_buf *out)
{
    struct psrp_event event;

    while (psrp_pool_next_event(pool, &event, NULL) == ICM_OK) {
        peers_describe(out, &event);
        psrp_event_reset(&event);
    }
}

/* … which are to be these */
static inline void peers_assert_events(struct psrp_pool *pool, const char *events)
{
    struct icm_buf seen = {0};

    peers_take_events(pool, &seen);
    assert_string_equal(icm_buf_text(&seen), events);
    icm_buf_reset(&seen);
}

/* ---- a client alone: we speak for the server ---- */

static inline struct psrp_pool *peers_pool_new(const char *protocol_version)
{
    struct psrp_pool_options options = {
        .pool_id = peers_guid(POOL_ID), .protocol_version = protocol_version, .is_encrypted = true};
    struct psrp_pool *pool = NULL;

    assert_int_equal(psrp_pool_new(&pool, &options, NULL), ICM_OK);
    return pool;
}

/* a message for the pool or @pipeline, on its own stream */
static inline enum icm_code peers_say(struct psrp_pool *pool, struct psrp_pipeline *pipeline, uint32_t type,
                                      const char *xml)
{
    struct psrp_message header = {.destination = PSRP_TO_CLIENT, .type = type, .pool_id = *psrp_pool_id(pool)};
    struct icm_buf bytes = {0};

    if (pipeline)
        header.pipeline_id = *psrp_pipeline_id(pipeline);
    peers_add_message(&bytes, header, xml);
    enum icm_code code = psrp_pool_feed(pool, pipeline, icm_buf_slice(&bytes), NULL);
    icm_buf_reset(&bytes);
    return code;
}

static inline struct psrp_pool *peers_opened_pool(const char *server_version)
{
    struct psrp_pool *pool = peers_pool_new(NULL);
    struct icm_buf capability = {0};

    icm_buf_add_format(&capability, CAPABILITY("%s"), server_version);
    assert_int_equal(psrp_pool_open(pool, NULL), ICM_OK);
    assert_int_equal(peers_say(pool, NULL, PSRP_SESSION_CAPABILITY, icm_buf_text(&capability)), ICM_OK);
    assert_int_equal(peers_say(pool, NULL, PSRP_RUNSPACEPOOL_STATE, POOL_STATE("2")), ICM_OK);
    peers_assert_events(pool, "pool=NegotiationSucceeded pool=Opened ");
    icm_buf_reset(&capability);
    return pool;
}

static inline struct psrp_pipeline *peers_pipeline_new(struct psrp_pool *pool, bool has_input)
{
    struct psrp_script script = {.text = icm_slice_text("1 + 1"), .has_input = has_input};
    struct psrp_pipeline *pipeline = NULL;

    assert_int_equal(psrp_pipeline_new(&pipeline, pool, &script, NULL), ICM_OK);
    return pipeline;
}

/* the names of the messages that wait for a target and stream: "SESSION_CAPABILITY INIT_RUNSPACEPOOL " */
static inline void peers_assert_sends(struct psrp_pool *pool, struct psrp_pipeline *pipeline, enum psrp_stream stream,
                                      const char *names)
{
    struct psrp_defragmenter *d = NULL;
    struct icm_buf bytes = {0}, message = {0}, seen = {0};

    assert_int_equal(psrp_defragmenter_new(&d, PSRP_MESSAGE_MAX, NULL), ICM_OK);
    while (psrp_pool_pull(pool, pipeline, stream, 4096, &bytes, NULL) == ICM_OK)
        continue;
    assert_int_equal(psrp_defragmenter_feed(d, icm_buf_slice(&bytes), NULL), ICM_OK);
    while (psrp_defragmenter_next(d, &message, NULL) == ICM_OK) {
        struct psrp_message m;

        assert_int_equal(psrp_message_read(icm_buf_slice(&message), &m, NULL), ICM_OK);
        assert_int_equal(m.destination, PSRP_TO_SERVER);
        assert_true(icm_guid_equal(&m.pool_id, psrp_pool_id(pool)));
        assert_true(pipeline ? icm_guid_equal(&m.pipeline_id, psrp_pipeline_id(pipeline))
                             : icm_guid_is_zero(&m.pipeline_id));
        icm_buf_add_format(&seen, "%s ", psrp_message_name(m.type));
    }
    assert_string_equal(icm_buf_text(&seen), names);
    assert_int_equal(psrp_pool_waiting(pool, pipeline, stream), 0);
    psrp_defragmenter_free(d);
    icm_buf_reset(&message);
    icm_buf_reset(&bytes);
    icm_buf_reset(&seen);
}

#endif
