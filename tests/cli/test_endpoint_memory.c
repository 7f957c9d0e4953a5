/* What the endpoint knows of a pool, and how it answers who connects to it: our client's pool against it, with a
 * server's machine in the engine's place that has never heard of connecting. MS-PSRP 3.2.5.4; engine.md 4. */
#include "tests/psrp/peers.h"

#include "cli/endpoint_memory.h"

#include <stdlib.h>

struct pair {
    struct endpoint_memory *memory;
    struct psrp_server *engine;
    struct psrp_pool *first, *second;
    struct icm_error err;
};

static struct psrp_pool *new_pool(const char *id, const char *version, int32_t min, int32_t max)
{
    struct psrp_pool_options options = {.pool_id = peers_guid(id),
                                        .protocol_version = version,
                                        .is_encrypted = true,
                                        .min_runspaces = min,
                                        .max_runspaces = max,
                                        .apartment_state = PSRP_APARTMENT_UNKNOWN};
    struct psrp_pool *pool = NULL;

    assert_int_equal(psrp_pool_new(&pool, &options, NULL), ICM_OK);
    return pool;
}

/* what the pool has to say, to the memory and to the engine */
static void say(struct pair *p, struct psrp_pool *pool)
{
    struct icm_buf bytes = {0};

    while (psrp_pool_pull(pool, NULL, PSRP_STREAM_INPUT, 32768, &bytes, NULL) == ICM_OK)
        continue;
    endpoint_memory_said(p->memory, icm_buf_slice(&bytes));
    psrp_server_feed(p->engine, NULL, icm_buf_slice(&bytes), NULL);
    icm_buf_reset(&bytes);
}

/* and what the engine says to that, byte by byte */
static void hear(struct pair *p, struct psrp_pool *pool)
{
    struct psrp_server_event event;
    struct icm_buf bytes = {0};
    struct icm_guid target;

    while (psrp_server_next_event(p->engine, &event, NULL) == ICM_OK) {
        if (event.type == PSRP_SERVER_OPEN)
            psrp_server_accept(p->engine, NULL);
        psrp_server_event_reset(&event);
    }
    while (psrp_server_pull(p->engine, 32768, &target, &bytes, NULL) == ICM_OK)
        continue;
    for (size_t i = 0; i < bytes.size; i++)
        endpoint_memory_heard(p->memory, icm_slice_of(bytes.data + i, 1));
    assert_int_equal(psrp_pool_feed(pool, NULL, icm_buf_slice(&bytes), NULL), ICM_OK);
    icm_buf_reset(&bytes);
}

static int start(void **state)
{
    struct pair *p = calloc(1, sizeof *p);

    assert_non_null(p);
    assert_int_equal(endpoint_memory_new(&p->memory, NULL), ICM_OK);
    assert_int_equal(psrp_server_new(&p->engine, NULL), ICM_OK);
    p->first = new_pool(POOL_ID, "2.3", 1, 3);
    *state = p;
    return 0;
}

static void open_pool(struct pair *p)
{
    assert_int_equal(psrp_pool_open(p->first, NULL), ICM_OK);
    say(p, p->first);
    hear(p, p->first);
    peers_assert_events(p->first, "pool=NegotiationSucceeded private-data pool=Opened ");
}

static int stop(void **state)
{
    struct pair *p = *state;

    endpoint_memory_free(p->memory);
    psrp_server_free(p->engine);
    psrp_pool_free(p->first);
    psrp_pool_free(p->second);
    icm_error_reset(&p->err);
    free(p);
    return 0;
}

/* @pool connects; its events */
static enum icm_code connect_pool(struct pair *p, struct psrp_pool *pool)
{
    struct icm_buf connect = {0}, response = {0}, later = {0};

    psrp_pool_free(p->second);
    p->second = pool;
    assert_int_equal(psrp_pool_connect(pool, NULL), ICM_OK);
    while (psrp_pool_pull(pool, NULL, PSRP_STREAM_INPUT, 32768, &connect, NULL) == ICM_OK)
        continue;
    icm_error_reset(&p->err);
    enum icm_code code = endpoint_memory_connect(p->memory, icm_buf_slice(&connect), &response, &later, &p->err);
    if (code == ICM_OK) {
        assert_int_equal(psrp_pool_feed(pool, NULL, icm_buf_slice(&response), NULL), ICM_OK);
        peers_assert_events(pool, "pool=NegotiationSucceeded init-data pool=Opened ");
        assert_true(psrp_pool_expects_message(pool));
        assert_int_equal(psrp_pool_feed(pool, NULL, icm_buf_slice(&later), NULL), ICM_OK);
        peers_assert_events(pool, "private-data ");
        assert_false(psrp_pool_expects_message(pool));
    }
    icm_buf_reset(&connect);
    icm_buf_reset(&response);
    icm_buf_reset(&later);
    return code;
}

static void who_connects_is_answered(void **state)
{
    struct pair *p = *state;

    open_pool(p);
    assert_int_equal(connect_pool(p, new_pool(POOL_ID, "2.3", 0, 0)), ICM_OK);
    assert_int_equal(connect_pool(p, new_pool(POOL_ID, "2.3", 1, 3)), ICM_OK);
}

static void numbers_are_those_that_the_pool_has_now(void **state)
{
    struct pair *p = *state;

    open_pool(p);
    assert_int_equal(psrp_pool_set_max_runspaces(p->first, 7, NULL, NULL), ICM_OK);
    say(p, p->first);
    hear(p, p->first);
    assert_int_equal(connect_pool(p, new_pool(POOL_ID, "2.3", 1, 3)), ICM_STATE);
    assert_int_equal(connect_pool(p, new_pool(POOL_ID, "2.3", 1, 7)), ICM_OK); /* the mistake cost nothing */
}

static void the_pool_keeps_its_version(void **state)
{
    struct pair *p = *state;

    open_pool(p);
    assert_int_equal(connect_pool(p, new_pool(POOL_ID, "2.4", 0, 0)), ICM_OK);
    assert_int_equal(psrp_pool_protocol_minor(p->second), 3);
    assert_int_equal(connect_pool(p, new_pool(POOL_ID, "2.2", 0, 0)), ICM_OK);
    assert_int_equal(psrp_pool_protocol_minor(p->second), 2);
    assert_int_equal(connect_pool(p, new_pool(POOL_ID, "2.3", 0, 0)), ICM_OK);
    assert_int_equal(psrp_pool_protocol_minor(p->second), 3);
}

static void others_are_sent_away(void **state)
{
    struct pair *p = *state;
    struct icm_buf response = {0}, later = {0};

    assert_int_equal(connect_pool(p, new_pool(POOL_ID, "2.3", 0, 0)), ICM_STATE); /* nobody has opened it */
    open_pool(p);
    assert_int_equal(connect_pool(p, new_pool(OTHER_ID, "2.3", 0, 0)), ICM_SYNTAX);
    assert_int_equal(
        endpoint_memory_connect(p->memory, icm_slice_text("nonsense that is long enough"), &response, &later, NULL),
        ICM_SYNTAX);
    assert_true(response.size == 0 && later.size == 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(who_connects_is_answered),
        TEST(numbers_are_those_that_the_pool_has_now),
        TEST(the_pool_keeps_its_version),
        TEST(others_are_sent_away),
    };
    return cmocka_run_group_tests_name("endpoint_memory", tests, NULL, NULL);
}
