/* Rows of MS-PSRP 2.2.4 and 3.1.5.1.2: which fragments come out of which room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "psrp/defragmenter.h"
#include "psrp/fragmenter.h"

enum { HEADER = PSRP_FRAGMENT_HEADER };

static struct psrp_fragmenter *fragmenter_on(uint64_t *next_object_id)
{
    struct psrp_fragmenter *f = NULL;

    assert_int_equal(psrp_fragmenter_new(&f, next_object_id, NULL), ICM_OK);
    return f;
}

/* @count letters: a, b, c … */
static void push(struct psrp_fragmenter *f, size_t count)
{
    struct icm_buf message = {0};

    for (size_t i = 0; i < count; i++)
        icm_buf_add_u8(&message, (uint8_t)('a' + i % 26));
    assert_int_equal(psrp_fragmenter_push(f, &message, NULL), ICM_OK);
    assert_int_equal(message.size, 0);
    assert_null(message.data);
}

static struct psrp_fragment pull(struct psrp_fragmenter *f, size_t room, struct icm_buf *storage)
{
    struct psrp_fragment fragment;

    icm_buf_clear(storage);
    assert_int_equal(psrp_fragmenter_pull(f, room, storage, NULL), ICM_OK);
    assert_true(storage->size <= room);
    struct icm_slice in = icm_buf_slice(storage);
    assert_int_equal(psrp_fragment_read(&in, &fragment, NULL), ICM_OK);
    assert_int_equal(in.size, 0);
    return fragment;
}

static const struct row {
    const char *name;
    size_t message, room;
    const char *fragments; /* sizes and flags of the blobs: b, m, e, w for begin, middle, end, whole */
} rows[] = {
    {"it fits", 10, HEADER + 10, "w10"},
    {"room to spare", 10, 1000, "w10"},
    {"one byte over", 11, HEADER + 10, "b10 e1"},
    {"three times the room", 30, HEADER + 10, "b10 m10 e10"},
    {"the least room", 3, PSRP_FRAGMENT_MIN, "b1 m1 e1"},
    {"an empty message", 0, HEADER + 10, "w0"},
    {"a blob of the engine's largest size", 32747, 32768, "w32747"},
    {"one byte more of that", 32748, 32768, "b32747 e1"},
    {"no blob is larger than what is read", (size_t)PSRP_BLOB_MAX + 1, (size_t)2 * PSRP_BLOB_MAX, "b4194304 e1"},
};

static void cuts(void **state)
{
    static const char kinds[] = {'m', 'b', 'e', 'w'}; /* by flags */
    const struct row *row = *state;
    uint64_t next_object_id = 5;
    struct psrp_fragmenter *f = fragmenter_on(&next_object_id);
    struct icm_buf storage = {0}, seen = {0};

    push(f, row->message);
    for (uint64_t number = 0; psrp_fragmenter_taken(f) == 0; number++) {
        struct psrp_fragment fragment = pull(f, row->room, &storage);

        assert_int_equal(fragment.object_id, 5);
        assert_int_equal(fragment.fragment_id, number);
        icm_buf_add_format(&seen, "%s%c%zu", number ? " " : "", kinds[fragment.flags], fragment.blob.size);
    }
    assert_string_equal(icm_buf_text(&seen), row->fragments);
    assert_int_equal(psrp_fragmenter_waiting(f), 0);
    assert_int_equal(next_object_id, 6);
    icm_buf_clear(&storage);
    assert_int_equal(psrp_fragmenter_pull(f, row->room, &storage, NULL), ICM_AGAIN);
    assert_int_equal(storage.size, 0);
    icm_buf_reset(&seen);
    icm_buf_reset(&storage);
    psrp_fragmenter_free(f);
}

static void too_little_room_is_refused_and_costs_nothing(void **state)
{
    uint64_t next_object_id = 1;
    struct psrp_fragmenter *f = fragmenter_on(&next_object_id);
    struct icm_buf storage = {0};

    (void)state;
    push(f, 5);
    assert_int_equal(psrp_fragmenter_pull(f, HEADER, &storage, NULL), ICM_LIMIT);
    assert_int_equal(storage.size, 0);
    assert_int_equal(psrp_fragmenter_waiting(f), 5);
    assert_int_equal(next_object_id, 1);
    assert_int_equal(pull(f, 100, &storage).blob.size, 5);
    icm_buf_reset(&storage);
    psrp_fragmenter_free(f);
}

static void ids_rise_over_queues_that_share_a_counter(void **state)
{
    uint64_t next_object_id = 1;
    struct psrp_fragmenter *input = fragmenter_on(&next_object_id), *answers = fragmenter_on(&next_object_id);
    struct icm_buf storage = {0};

    (void)state;
    push(input, 20);
    push(input, 1);
    push(answers, 1);
    assert_int_equal(pull(input, HEADER + 10, &storage).object_id, 1);
    assert_int_equal(pull(answers, HEADER + 10, &storage).object_id, 2); /* an answer passes input that is under way */
    assert_int_equal(pull(input, HEADER + 10, &storage).object_id, 1);
    assert_int_equal(pull(input, HEADER + 10, &storage).object_id, 3);
    icm_buf_reset(&storage);
    psrp_fragmenter_free(input);
    psrp_fragmenter_free(answers);
}

static void waiting_counts_what_is_left(void **state)
{
    uint64_t next_object_id = 1;
    struct psrp_fragmenter *f = fragmenter_on(&next_object_id);
    struct icm_buf storage = {0};

    (void)state;
    push(f, 20);
    push(f, 7);
    assert_int_equal(psrp_fragmenter_waiting(f), 27);
    pull(f, HEADER + 15, &storage);
    assert_int_equal(psrp_fragmenter_waiting(f), 12);
    assert_int_equal(psrp_fragmenter_taken(f), 0);
    pull(f, HEADER + 15, &storage);
    assert_int_equal(psrp_fragmenter_waiting(f), 7);
    assert_int_equal(psrp_fragmenter_taken(f), 1);
    icm_buf_reset(&storage);
    psrp_fragmenter_free(f);
}

static const struct drop_row {
    const char *name;
    unsigned pulls; /* of ten bytes; three messages of 15, 7 and 8 bytes */
    uint64_t keep;
    size_t waiting;
} drops[] = {
    {"all, none begun", 0, 0, 0},
    {"all but the first", 0, 1, 15},
    {"all but two", 0, 2, 22},
    {"none", 0, 3, 30},
    {"none, when more are kept than there are", 0, 9, 30},
    {"the one under way too", 1, 0, 0},
    {"not the one under way", 1, 1, 5},
    {"the first has left", 2, 1, 0},
    {"the second is kept, the first has left", 2, 2, 7},
    {"all have left", 4, 0, 0},
};

static void drops_what_waits(void **state)
{
    const struct drop_row *row = *state;
    uint64_t next_object_id = 1;
    struct psrp_fragmenter *f = fragmenter_on(&next_object_id);
    struct icm_buf storage = {0};

    push(f, 15);
    push(f, 7);
    push(f, 8);
    for (unsigned i = 0; i < row->pulls; i++)
        pull(f, HEADER + 10, &storage);
    psrp_fragmenter_drop(f, row->keep);
    assert_int_equal(psrp_fragmenter_waiting(f), row->waiting);

    push(f, 3); /* the queue goes on */
    size_t left = row->waiting + 3;
    struct psrp_fragment last = {0};
    for (; left > 0; left -= last.blob.size)
        last = pull(f, HEADER + 10, &storage);
    assert_true(icm_slice_is(last.blob, "abc"));
    assert_int_equal(last.flags, PSRP_FRAGMENT_START | PSRP_FRAGMENT_END);
    icm_buf_clear(&storage);
    assert_int_equal(psrp_fragmenter_pull(f, 100, &storage, NULL), ICM_AGAIN);
    icm_buf_reset(&storage);
    psrp_fragmenter_free(f);
}

/* with any room, what comes out joins to what went in */
static void what_is_cut_joins_again(void **state)
{
    (void)state;
    for (size_t room = PSRP_FRAGMENT_MIN; room < PSRP_FRAGMENT_MIN + 70; room++) {
        uint64_t next_object_id = 1;
        struct psrp_fragmenter *f = fragmenter_on(&next_object_id);
        struct psrp_defragmenter *d = NULL;
        struct icm_buf bytes = {0}, message = {0};

        assert_int_equal(psrp_defragmenter_new(&d, PSRP_MESSAGE_MAX, NULL), ICM_OK);
        for (size_t size = 0; size < 66; size += 13)
            push(f, size);
        while (psrp_fragmenter_pull(f, room, &bytes, NULL) == ICM_OK)
            continue;
        assert_int_equal(psrp_defragmenter_feed(d, icm_buf_slice(&bytes), NULL), ICM_OK);
        for (size_t size = 0; size < 66; size += 13) {
            assert_int_equal(psrp_defragmenter_next(d, &message, NULL), ICM_OK);
            assert_int_equal(message.size, size);
            assert_true(size == 0 || message.data[size - 1] == 'a' + (size - 1) % 26);
        }
        assert_int_equal(psrp_defragmenter_next(d, &message, NULL), ICM_AGAIN);
        assert_false(psrp_defragmenter_is_inside(d));
        icm_buf_reset(&message);
        icm_buf_reset(&bytes);
        psrp_defragmenter_free(d);
        psrp_fragmenter_free(f);
    }
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(too_little_room_is_refused_and_costs_nothing),
        cmocka_unit_test(ids_rise_over_queues_that_share_a_counter),
        cmocka_unit_test(waiting_counts_what_is_left),
        cmocka_unit_test(what_is_cut_joins_again),
    };
    struct CMUnitTest tests[ICM_COUNT(rows) + ICM_COUNT(drops) + ICM_COUNT(others)];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[count++] = (struct CMUnitTest){rows[i].name, cuts, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    for (size_t i = 0; i < ICM_COUNT(drops); i++)
        tests[count++] = (struct CMUnitTest){drops[i].name, drops_what_waits, NULL, NULL, (void *)(uintptr_t)&drops[i]};
    for (size_t i = 0; i < ICM_COUNT(others); i++)
        tests[count++] = others[i];
    return cmocka_run_group_tests_name("psrp_fragmenter, MS-PSRP 2.2.4", tests, NULL, NULL);
}
