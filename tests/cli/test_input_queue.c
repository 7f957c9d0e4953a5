/* Objects that wait for their readers, in memory and in the file behind it. */
#include "cli/input_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 2000, SIZE = 1000 };

static struct cli_queue *queue_for(size_t readers)
{
    struct cli_queue *q = NULL;

    assert_int_equal(cli_queue_new(&q, readers, NULL), ICM_OK);
    return q;
}

/* objects with a number, a text of 1,000 characters and a null in them */
static enum icm_code add(struct cli_queue *q, int from, int count)
{
    enum icm_code code = ICM_OK;
    char text[SIZE + 1];

    for (int i = from; i < from + count && code == ICM_OK; i++) {
        struct icm_arena *a;

        if ((code = cli_queue_arena(q, &a, NULL)) != ICM_OK)
            break;
        struct psrp_value *object = psrp_value_custom_object(a);
        snprintf(text, sizeof text, "%0*d", SIZE, i);
        assert_true(psrp_value_add_note(a, object, "Number", psrp_value_i32(a, i)));
        assert_true(psrp_value_add_note(a, object, "Text", psrp_value_string(a, text)));
        assert_true(psrp_value_add_note(a, object, "Nothing", psrp_value_nil(a)));
        code = cli_queue_add(q, object, NULL);
    }
    return code;
}

static void take(struct cli_queue_reader *r, int from, int count)
{
    for (int i = from; i < from + count; i++) {
        const struct psrp_value *value;
        int64_t number;

        assert_int_equal(cli_queue_next(r, &value, NULL), ICM_OK);
        assert_true(psrp_value_integer(psrp_value_member(value, "Number"), &number));
        assert_int_equal(number, i);
        assert_int_equal(atoi((const char *)psrp_value_text_of(psrp_value_member(value, "Text")).data), i);
        assert_int_equal(psrp_value_member(value, "Nothing")->kind, PSRP_NIL);
    }
}

static void assert_at_end(struct cli_queue_reader *r)
{
    const struct psrp_value *value;

    assert_true(cli_queue_is_at_end(r));
    assert_int_equal(cli_queue_next(r, &value, NULL), ICM_AGAIN);
}

enum { BATCHES = 16, ALL = BATCH * BATCHES };

static void what_waits_does_not_grow_in_memory(void **state)
{
    struct cli_queue *q = queue_for(3);
    struct cli_queue_reader fast = {.queue = q}, slow = {.queue = q}, late = {.queue = q};

    take(&slow, 0, 0);
    for (int i = 0; i < BATCHES; i++) {
        assert_int_equal(add(q, i * BATCH, BATCH), ICM_OK);
        take(&fast, i * BATCH, BATCH);
        assert_at_end(&fast);
        take(&slow, i * BATCH / 4, BATCH / 4);
        assert_in_range(cli_queue_held(q), 1, CLI_QUEUE_MEMORY + 4 * CLI_QUEUE_BLOCK);
    }
    assert_in_range(cli_queue_spooled(q), ALL * SIZE / 2, UINT64_MAX);
    cli_queue_leave(&fast);
    take(&late, 0, ALL);
    assert_at_end(&late);
    cli_queue_leave(&late);
    assert_in_range(cli_queue_held(q), 1, CLI_QUEUE_MEMORY + 4 * CLI_QUEUE_BLOCK);
    take(&slow, ALL / 4, ALL - ALL / 4);
    assert_at_end(&slow);
    assert_in_range(cli_queue_spooled(q), 0, CLI_QUEUE_BLOCK);
    cli_queue_leave(&slow);
    assert_int_equal(cli_queue_held(q), 0);
    assert_int_equal(cli_queue_spooled(q), 0);
    cli_queue_free(q);
}

/* two in the same block that is in the file: it goes when the last of them does */
static void readers_share_a_block(void **state)
{
    struct cli_queue *q = queue_for(2);
    struct cli_queue_reader a = {.queue = q}, b = {.queue = q};

    assert_int_equal(add(q, 0, ALL), ICM_OK);
    for (int i = 0; i < ALL; i += 10) {
        take(&a, i, 10);
        take(&b, i, 10);
    }
    assert_at_end(&a);
    assert_at_end(&b);
    assert_in_range(cli_queue_held(q), 0, 2 * CLI_QUEUE_BLOCK);
    cli_queue_leave(&a);
    cli_queue_leave(&b);
    cli_queue_free(q);
}

static void who_leaves_in_the_middle_keeps_nothing(void **state)
{
    struct cli_queue *q = queue_for(2);
    struct cli_queue_reader stays = {.queue = q}, leaves = {.queue = q};

    assert_int_equal(add(q, 0, ALL), ICM_OK);
    take(&leaves, 0, ALL * 3 / 4); /* inside a block of the file */
    cli_queue_leave(&leaves);
    cli_queue_leave(&leaves); /* twice is once */
    take(&stays, 0, ALL);
    assert_in_range(cli_queue_held(q) + cli_queue_spooled(q), 0, 2 * CLI_QUEUE_BLOCK);
    assert_int_equal(add(q, ALL, BATCH), ICM_OK);
    take(&stays, ALL, BATCH);
    cli_queue_leave(&stays);
    assert_int_equal(cli_queue_held(q), 0);
    cli_queue_free(q);
}

/* secrets do not go to the disk in clear: they stay in memory, over the bound too */
static void secrets_are_kept_in_memory(void **state)
{
    static const char text[SIZE] = "hush";
    struct cli_queue *q = queue_for(1);
    struct cli_queue_reader r = {.queue = q};
    const struct psrp_value *value;
    struct icm_arena *a;

    for (int i = 0; i < ALL / 2; i++) {
        assert_int_equal(cli_queue_arena(q, &a, NULL), ICM_OK);
        assert_int_equal(cli_queue_add(q, psrp_value_secure(a, icm_slice_of(text, sizeof text)), NULL), ICM_OK);
    }
    assert_int_equal(cli_queue_spooled(q), 0);
    assert_in_range(cli_queue_held(q), CLI_QUEUE_MEMORY, SIZE_MAX);
    for (int i = 0; i < ALL / 2; i++)
        assert_int_equal(cli_queue_next(&r, &value, NULL), ICM_OK);
    assert_at_end(&r);
    cli_queue_free(q);
}

static void a_disk_that_takes_nothing_is_named(void **state)
{
    const char *was = getenv("TMPDIR");
    struct cli_queue *q = queue_for(1);
    struct icm_error err = {0};
    struct icm_arena *a;

    setenv("TMPDIR", "/no/such/folder", 1);
    assert_int_equal(add(q, 0, ALL), ICM_IO);
    assert_int_equal(cli_queue_arena(q, &a, &err), ICM_IO);
    assert_non_null(strstr(err.text, "'/no/such/folder' (TMPDIR): No such file"));
    if (was)
        setenv("TMPDIR", was, 1);
    else
        unsetenv("TMPDIR");
    icm_error_reset(&err);
    cli_queue_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waits_does_not_grow_in_memory),     cmocka_unit_test(readers_share_a_block),
        cmocka_unit_test(who_leaves_in_the_middle_keeps_nothing), cmocka_unit_test(secrets_are_kept_in_memory),
        cmocka_unit_test(a_disk_that_takes_nothing_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
