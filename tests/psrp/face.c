#include "tests/psrp/face.h"

#include <stdio.h>

#include "tests/psrp/golden.h"

/* ---- the road ---- */

static void note_sent(void *context, bool sent, struct icm_slice bytes)
{
    struct face *f = context;
    struct psrp_message m;

    assert_int_equal(psrp_message_read(bytes, &m, NULL), ICM_OK);
    if (!sent)
        return;
    icm_buf_add_format(&f->names, "%s ", psrp_message_name(m.type));
    icm_buf_add(&f->sent, bytes);
}

static bool send_all(struct face *f, struct psrp_pipeline *pipeline)
{
    const struct icm_guid *id = pipeline ? psrp_pipeline_id(pipeline) : NULL;
    struct icm_buf bytes = {0};
    bool has_moved = false;

    for (enum psrp_stream stream = 0; stream < PSRP_STREAM_COUNT; stream++)
        while (psrp_pool_pull(f->pool, pipeline, stream, 1000, &bytes, NULL) == ICM_OK) {
            assert_int_equal(stream == PSRP_STREAM_INPUT
                                 ? psrp_server_feed(f->server, id, icm_buf_slice(&bytes), NULL)
                                 : psrp_server_feed_responses(f->server, id, icm_buf_slice(&bytes), NULL),
                             ICM_OK);
            icm_buf_clear(&bytes);
            has_moved = true;
        }
    icm_buf_reset(&bytes);
    return has_moved;
}

static bool receive_all(struct face *f)
{
    struct icm_buf bytes = {0};
    struct icm_guid target;
    bool has_moved = false;

    while (!f->is_held_up && psrp_server_pull(f->server, 1000, &target, &bytes, NULL) == ICM_OK) {
        struct psrp_pipeline *pipeline = icm_guid_is_zero(&target) ? NULL : psrp_pool_find(f->pool, &target);

        assert_int_equal(psrp_pool_feed(f->pool, pipeline, icm_buf_slice(&bytes), NULL), ICM_OK);
        icm_buf_clear(&bytes);
        has_moved = true;
    }
    icm_buf_reset(&bytes);
    return has_moved;
}

static bool take_events(struct face *f)
{
    struct psrp_event event;
    bool has_moved = false;

    while (psrp_pool_next_event(f->pool, &event, NULL) == ICM_OK) {
        peers_describe(&f->events, &event);
        if (f->on_event)
            f->on_event(f, &event);
        psrp_event_reset(&event);
        has_moved = true;
    }
    return has_moved;
}

static bool serve_all(struct face *f)
{
    struct psrp_server_event event;
    enum icm_code code;
    bool has_moved = false;

    while ((code = psrp_server_next_event(f->server, &event, NULL)) == ICM_OK) {
        if (event.type == PSRP_SERVER_OPEN || event.type == PSRP_SERVER_CONNECT)
            assert_int_equal(psrp_server_accept(f->server, NULL), ICM_OK);
        if (f->serve)
            f->serve(f, &event);
        psrp_server_event_reset(&event);
        has_moved = true;
    }
    assert_int_equal(code, ICM_AGAIN);
    return has_moved;
}

static bool send_of_pipelines(struct face *f)
{
    bool has_moved = false;

    for (struct psrp_pipeline *p = f->pool->pipelines; p; p = p->next)
        has_moved = send_all(f, p) || has_moved;
    return has_moved;
}

void face_run(struct face *f)
{
    bool has_moved = true;

    for (int i = 0; has_moved; i++) {
        assert_true(i < 1000);
        has_moved = send_all(f, NULL);
        has_moved = send_of_pipelines(f) || has_moved;
        has_moved = serve_all(f) || has_moved;
        has_moved = receive_all(f) || has_moved;
        has_moved = take_events(f) || has_moved;
    }
}

/* ---- life ---- */

void face_set_key_pair(struct psrp_pool *pool)
{
    static struct icm_buf der; /* of the first dialogue that has a key */

    if (der.size == 0) {
        struct icm_buf lines = {0};

        assert_true(golden_load(ICM_FIXTURES "/psrp", "keys.tsv", &lines));
        char *row = strchr(strchr((char *)(uintptr_t)icm_buf_text(&lines), '\n'), '\t');
        assert_int_equal(icm_base64_read(icm_slice_of(row + 1, strcspn(row + 1, "\t")), &der, NULL), ICM_OK);
        icm_buf_reset(&lines);
    }
    assert_int_equal(psrp_secret_set_key_pair(pool->secret, icm_buf_slice(&der), NULL), ICM_OK);
}

void face_begin(struct face *f, const struct psrp_pool_options *options)
{
    struct psrp_pool_options o = *options;

    memset(f, 0, sizeof *f);
    o.on_message = note_sent;
    o.on_message_context = f;
    assert_int_equal(psrp_pool_new(&f->pool, &o, NULL), ICM_OK);
    assert_int_equal(psrp_server_new(&f->server, NULL), ICM_OK);
    face_set_key_pair(f->pool);
}

void face_open(struct face *f, const char *protocol_version)
{
    const struct psrp_pool_options options = {.pool_id = peers_guid(POOL_ID),
                                              .protocol_version = protocol_version,
                                              .is_encrypted = true,
                                              .apartment_state = PSRP_APARTMENT_UNKNOWN};

    face_begin(f, &options);
    assert_int_equal(psrp_pool_open(f->pool, NULL), ICM_OK);
    face_run(f);
    face_assert_events(f, "pool=NegotiationSucceeded private-data pool=Opened ");
    face_assert_sent(f, "SESSION_CAPABILITY INIT_RUNSPACEPOOL ");
    assert_int_equal(psrp_pool_protocol_minor(f->pool), protocol_version[2] - '0');
    assert_int_equal(psrp_server_protocol_minor(f->server), protocol_version[2] - '0');
}

void face_reset(struct face *f)
{
    psrp_pool_free(f->pool);
    psrp_server_free(f->server);
    icm_buf_reset(&f->events);
    icm_buf_reset(&f->names);
    icm_buf_reset(&f->sent);
}

/* ---- what was seen ---- */

void face_assert_events(struct face *f, const char *events)
{
    assert_string_equal(icm_buf_text(&f->events), events);
    icm_buf_clear(&f->events);
}

void face_assert_sent(struct face *f, const char *names)
{
    assert_string_equal(icm_buf_text(&f->names), names);
    icm_buf_clear(&f->names);
}

bool face_has_told(const struct face *f, const char *text)
{
    struct icm_buf units = {0}, told = {0};

    assert_int_equal(icm_utf16_from_utf8(&units, icm_slice_text(text), NULL), ICM_OK);
    icm_base64_write(&told, icm_buf_slice(&units));
    bool has = memmem(f->sent.data, f->sent.size, told.data, told.size) ||
               memmem(f->sent.data, f->sent.size, text, strlen(text));
    icm_buf_reset(&units);
    icm_buf_reset(&told);
    return has;
}

/* ---- the server's application ---- */

void face_output(struct face *f, const struct psrp_server_event *event, struct icm_slice text)
{
    struct icm_arena a = {0};

    assert_int_equal(psrp_server_send(f->server, &event->pipeline_id, PSRP_PIPELINE_OUTPUT,
                                      psrp_value_text(&a, PSRP_STRING, text), NULL),
                     ICM_OK);
    icm_arena_reset(&a);
}

void face_complete(struct face *f, const struct psrp_server_event *event)
{
    assert_int_equal(psrp_server_pipeline_state(f->server, &event->pipeline_id, PSRP_PIPELINE_COMPLETED, NULL, NULL),
                     ICM_OK);
}
