/* Rows of MS-PSRP 2.2.4: what a fragment's bytes say, and which are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "psrp/fragment.h"
#include "tests/psrp/hex.h"

static const struct row {
    const char *name, *bytes;
    enum icm_code code;
    uint64_t object_id, fragment_id;
    uint8_t flags;
    const char *blob;
    size_t left; /* bytes behind the fragment */
} rows[] = {
    {"one whole message", "0000000000000001 0000000000000000 03 00000002 4142", ICM_OK, 1, 0, 3, "AB", 0},
    {"the first of several", "0000000000000a67 0000000000000000 01 00000001 41", ICM_OK, 0xa67, 0, 1, "A", 0},
    {"one in the middle", "0000000000000001 0000000000000007 00 00000001 41", ICM_OK, 1, 7, 0, "A", 0},
    {"the last", "0000000000000001 ffffffffffffffff 02 00000001 41", ICM_OK, 1, UINT64_MAX, 2, "A", 0},
    {"another one behind it stays", "0000000000000001 0000000000000000 03 00000001 41 0000", ICM_OK, 1, 0, 3, "A", 2},
    {"reserved bits are ignored", "0000000000000001 0000000000000000 ff 00000000", ICM_OK, 1, 0, 3, "", 0},
    {"no reserved bit is kept", "0000000000000001 0000000000000000 fc 00000000", ICM_OK, 1, 0, 0, "", 0},
    {"the largest object id", "7fffffffffffffff 0000000000000000 03 00000000", ICM_OK, INT64_MAX, 0, 3, "", 0},
    {"nothing", "", ICM_AGAIN, 0, 0, 0, "", 0},
    {"header cut short", "0000000000000001 0000000000000000 03 000000", ICM_AGAIN, 0, 0, 0, "", 0},
    {"blob cut short", "0000000000000001 0000000000000000 03 00000002 41", ICM_AGAIN, 0, 0, 0, "", 0},
    {"blob missing", "0000000000000001 0000000000000000 03 00000001", ICM_AGAIN, 0, 0, 0, "", 0},
    {"object id zero", "0000000000000000 0000000000000000 03 00000000", ICM_SYNTAX, 0, 0, 0, "", 0},
    {"object id with its sign bit set", "8000000000000000 0000000000000000 03 00000000", ICM_SYNTAX, 0, 0, 0, "", 0},
    {"the largest blob is waited for", "0000000000000001 0000000000000000 03 00400000", ICM_AGAIN, 0, 0, 0, "", 0},
    {"blob over the limit, before it is there", "0000000000000001 0000000000000000 03 00400001", ICM_LIMIT, 0, 0, 0, "",
     0},
    {"blob of a negative size", "0000000000000001 0000000000000000 03 ffffffff", ICM_LIMIT, 0, 0, 0, "", 0},
};

static void reads(void **state)
{
    const struct row *row = *state;
    struct icm_buf bytes = {0};
    hex_add(&bytes, row->bytes);
    struct icm_slice in = icm_buf_slice(&bytes);
    struct psrp_fragment f = {.object_id = 99};
    struct icm_error err = {0};

    assert_int_equal(psrp_fragment_read(&in, &f, &err), row->code);
    if (row->code == ICM_OK) {
        assert_int_equal(f.object_id, row->object_id);
        assert_int_equal(f.fragment_id, row->fragment_id);
        assert_int_equal(f.flags, row->flags);
        assert_true(icm_slice_is(f.blob, row->blob));
        assert_int_equal(in.size, row->left);
    } else {
        assert_int_equal(f.object_id, 99); /* *out is untouched, and so is the input */
        assert_int_equal(in.size, bytes.size);
        assert_true(row->code == ICM_AGAIN ? err.code == ICM_OK : err.code == row->code && err.spec);
    }
    icm_error_reset(&err);
    icm_buf_reset(&bytes);
}

static void writes_what_reads_back(void **state)
{
    const struct row *row = *state;
    struct icm_buf bytes = {0}, again = {0};
    hex_add(&bytes, row->bytes);
    struct icm_slice in = icm_buf_slice(&bytes);
    struct psrp_fragment f;

    assert_int_equal(psrp_fragment_read(&in, &f, NULL), ICM_OK);
    psrp_fragment_write(&again, &f);
    bytes.data[16] &= PSRP_FRAGMENT_START | PSRP_FRAGMENT_END;
    bytes.size -= row->left;
    assert_true(icm_slice_equal(icm_buf_slice(&again), icm_buf_slice(&bytes)));
    icm_buf_reset(&again);
    icm_buf_reset(&bytes);
}

static void header_needs_no_blob(void **state)
{
    struct icm_buf bytes = {0};
    hex_add(&bytes, "0000000000000001 0000000000000002 02 00001234 41");
    struct icm_slice in = icm_buf_slice(&bytes), cut = icm_slice_of(bytes.data, PSRP_FRAGMENT_HEADER - 1);
    struct psrp_fragment f;

    (void)state;
    assert_int_equal(psrp_fragment_read_header(&cut, &f, NULL), ICM_AGAIN);
    assert_int_equal(psrp_fragment_read_header(&in, &f, NULL), ICM_OK);
    assert_int_equal(f.blob.size, 0x1234);
    assert_null(f.blob.data);
    assert_int_equal(in.size, 1);
    icm_buf_reset(&bytes);
}

int main(void)
{
    struct CMUnitTest tests[2 * ICM_COUNT(rows) + 1];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        tests[count++] = (struct CMUnitTest){rows[i].name, reads, NULL, NULL, (void *)(uintptr_t)&rows[i]};
        if (rows[i].code == ICM_OK)
            tests[count++] =
                (struct CMUnitTest){rows[i].name, writes_what_reads_back, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    }
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(header_needs_no_blob);
    return _cmocka_run_group_tests("psrp_fragment_read, MS-PSRP 2.2.4", tests, count, NULL, NULL);
}
