/* Rows of MS-PSRP 2.2.1: the header of a message, and the table of types, which is complete and says the same as the
 * specification about direction and scope. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "psrp/message.h"
#include "psrp/message_table.h"
#include "tests/psrp/hex.h"

/* ---- the header ---- */

#define POOL_ID "00112233-4455-6677-8899-aabbccddeeff"
#define POOL_BYTES "33221100 5544 7766 8899aabbccddeeff "
#define PIPELINE_ID "01234567-89ab-cdef-0123-456789abcdef"
#define PIPELINE_BYTES "67452301 ab89 efcd 0123456789abcdef "
#define ZERO_BYTES "00000000 0000 0000 0000000000000000 "
#define ZERO_ID "00000000-0000-0000-0000-000000000000"
#define MARK "efbbbf "

static const struct header_row {
    const char *name, *bytes;
    enum icm_code code;
    uint32_t destination, type;
    const char *pool_id, *pipeline_id, *payload;
} headers[] = {
    {"a pool's", "01000000 05100200 " POOL_BYTES ZERO_BYTES MARK "3c41", ICM_OK, 1, 0x00021005, POOL_ID, ZERO_ID, "<A"},
    {"a pipeline's", "02000000 02100400 " POOL_BYTES PIPELINE_BYTES "3c41", ICM_OK, 2, 0x00041002, POOL_ID, PIPELINE_ID,
     "<A"},
    {"no payload", "02000000 03100400 " POOL_BYTES PIPELINE_BYTES, ICM_OK, 2, 0x00041003, POOL_ID, PIPELINE_ID, ""},
    {"the mark alone", "02000000 03100400 " POOL_BYTES PIPELINE_BYTES MARK, ICM_OK, 2, 0x00041003, POOL_ID, PIPELINE_ID,
     ""},
    {"half a mark is payload", "01000000 04100400 " POOL_BYTES ZERO_BYTES "efbb", ICM_OK, 1, 0x00041004, POOL_ID,
     ZERO_ID, "\xef\xbb"},
    {"only one mark is taken", "01000000 04100400 " POOL_BYTES ZERO_BYTES MARK MARK, ICM_OK, 1, 0x00041004, POOL_ID,
     ZERO_ID, "\xef\xbb\xbf"},
    {"a type that nobody knows is not judged", "01000000 efbeadde " POOL_BYTES ZERO_BYTES, ICM_OK, 1, 0xdeadbeef,
     POOL_ID, ZERO_ID, ""},
    {"nothing", "", ICM_SYNTAX, 0, 0, NULL, NULL, NULL},
    {"a byte less than a header", "01000000 05100200 " POOL_BYTES "00000000 0000 0000 00000000000000", ICM_SYNTAX, 0, 0,
     NULL, NULL, NULL},
    {"destination 0", "00000000 05100200 " POOL_BYTES ZERO_BYTES, ICM_SYNTAX, 0, 0, NULL, NULL, NULL},
    {"destination 3, both", "03000000 05100200 " POOL_BYTES ZERO_BYTES, ICM_SYNTAX, 0, 0, NULL, NULL, NULL},
    {"destination 4, the unused listener", "04000000 05100200 " POOL_BYTES ZERO_BYTES, ICM_SYNTAX, 0, 0, NULL, NULL,
     NULL},
    {"destination in the wrong byte order", "00000001 05100200 " POOL_BYTES ZERO_BYTES, ICM_SYNTAX, 0, 0, NULL, NULL,
     NULL},
};

static struct icm_guid guid(const char *text)
{
    struct icm_guid out;

    assert_true(icm_guid_parse(icm_slice_text(text), &out));
    return out;
}

static void reads(void **state)
{
    const struct header_row *row = *state;
    struct icm_buf bytes = {0};
    struct psrp_message m = {.type = 99};
    struct icm_error err = {0};

    hex_add(&bytes, row->bytes);
    assert_int_equal(psrp_message_read(icm_buf_slice(&bytes), &m, &err), row->code);
    assert_int_equal(err.code, row->code);
    if (row->code == ICM_OK) {
        struct icm_guid pool_id = guid(row->pool_id), pipeline_id = guid(row->pipeline_id);

        assert_int_equal(m.destination, row->destination);
        assert_int_equal(m.type, row->type);
        assert_true(icm_guid_equal(&m.pool_id, &pool_id) && icm_guid_equal(&m.pipeline_id, &pipeline_id));
        assert_true(icm_slice_is(m.payload, row->payload));
    } else {
        assert_int_equal(m.type, 99);
    }
    icm_buf_reset(&bytes);
}

static void writes(void **state)
{
    struct psrp_message header = {PSRP_TO_SERVER, PSRP_PIPELINE_INPUT, guid(POOL_ID), guid(PIPELINE_ID), {0}};
    struct icm_arena a = {0};
    struct icm_buf expected = {0}, out = {0};

    (void)state;
    hex_add(&expected, "02000000 02100400 " POOL_BYTES PIPELINE_BYTES MARK);
    icm_buf_add_text(&expected, "<S>hello</S>");
    assert_int_equal(psrp_message_write(&out, &header, psrp_value_string(&a, "hello"), NULL), ICM_OK);
    assert_true(icm_slice_equal(icm_buf_slice(&out), icm_buf_slice(&expected)));

    icm_buf_clear(&out);
    expected.size = PSRP_MESSAGE_HEADER; /* without a value there is no mark either */
    assert_int_equal(psrp_message_write(&out, &header, NULL, NULL), ICM_OK);
    assert_true(icm_slice_equal(icm_buf_slice(&out), icm_buf_slice(&expected)));
    icm_buf_reset(&expected);
    icm_buf_reset(&out);
    icm_arena_reset(&a);
}

static void zero_pool_ids_pass_for_three_types_only(void **state)
{
    struct icm_guid pool_id = guid(POOL_ID);

    (void)state;
    for (size_t i = 0; i < psrp_message_type_count; i++) {
        struct psrp_message m = {.type = psrp_message_types[i].type, .pool_id = pool_id};
        bool may_be_zero = m.type == PSRP_SESSION_CAPABILITY || m.type == PSRP_ENCRYPTED_SESSION_KEY ||
                           m.type == PSRP_PUBLIC_KEY_REQUEST;

        assert_true(psrp_message_is_from(&m, &pool_id));
        m.pool_id = guid(ZERO_ID);
        assert_int_equal(psrp_message_is_from(&m, &pool_id), may_be_zero);
        m.pool_id = guid(PIPELINE_ID);
        assert_false(psrp_message_is_from(&m, &pool_id));
    }
}

/* ---- the table of types ---- */

enum { TO_CLIENT = 1, TO_SERVER = 2, BOTH = 3 };

/* MS-PSRP 2.2.1 and 2.2.2, in its order */
static const struct type_row {
    uint32_t type;
    const char *name;
    int direction;
    enum psrp_scope scope;
    const char *section;
} types[] = {
    {0x00010002, "SESSION_CAPABILITY", BOTH, PSRP_SCOPE_POOL, "MS-PSRP 2.2.2.1"},
    {0x00010004, "INIT_RUNSPACEPOOL", TO_SERVER, PSRP_SCOPE_POOL, "MS-PSRP 2.2.2.2"},
    {0x00010005, "PUBLIC_KEY", TO_SERVER, PSRP_SCOPE_POOL, "MS-PSRP 2.2.2.3"},
    {0x00010006, "ENCRYPTED_SESSION_KEY", TO_CLIENT, PSRP_SCOPE_POOL, "MS-PSRP 2.2.2.4"},
    {0x00010007, "PUBLIC_KEY_REQUEST", TO_CLIENT, PSRP_SCOPE_POOL, "MS-PSRP 2.2.2.5"},
    {0x00021002, "SET_MAX_RUNSPACES", TO_SERVER, PSRP_SCOPE_POOL, "MS-PSRP 2.2.2.6"},
    {0x00021003, "SET_MIN_RUNSPACES", TO_SERVER, PSRP_SCOPE_POOL, "MS-PSRP 2.2.2.7"},
    {0x00021004, "RUNSPACE_AVAILABILITY", TO_CLIENT, PSRP_SCOPE_POOL, "MS-PSRP 2.2.2.8"},
    {0x00021005, "RUNSPACEPOOL_STATE", TO_CLIENT, PSRP_SCOPE_POOL, "MS-PSRP 2.2.2.9"},
    {0x00021006, "CREATE_PIPELINE", TO_SERVER, PSRP_SCOPE_PIPELINE, "MS-PSRP 2.2.2.10"},
    {0x00021007, "GET_AVAILABLE_RUNSPACES", TO_SERVER, PSRP_SCOPE_POOL, "MS-PSRP 2.2.2.11"},
    {0x00021008, "USER_EVENT", TO_CLIENT, PSRP_SCOPE_POOL, "MS-PSRP 2.2.2.12"},
    {0x00021009, "APPLICATION_PRIVATE_DATA", TO_CLIENT, PSRP_SCOPE_POOL, "MS-PSRP 2.2.2.13"},
    {0x0002100A, "GET_COMMAND_METADATA", TO_SERVER, PSRP_SCOPE_PIPELINE, "MS-PSRP 2.2.2.14"},
    {0x00021100, "RUNSPACEPOOL_HOST_CALL", TO_CLIENT, PSRP_SCOPE_POOL, "MS-PSRP 2.2.2.15"},
    {0x00021101, "RUNSPACEPOOL_HOST_RESPONSE", TO_SERVER, PSRP_SCOPE_POOL, "MS-PSRP 2.2.2.16"},
    {0x00041002, "PIPELINE_INPUT", TO_SERVER, PSRP_SCOPE_PIPELINE, "MS-PSRP 2.2.2.17"},
    {0x00041003, "END_OF_PIPELINE_INPUT", TO_SERVER, PSRP_SCOPE_PIPELINE, "MS-PSRP 2.2.2.18"},
    {0x00041004, "PIPELINE_OUTPUT", TO_CLIENT, PSRP_SCOPE_PIPELINE, "MS-PSRP 2.2.2.19"},
    {0x00041005, "ERROR_RECORD", TO_CLIENT, PSRP_SCOPE_PIPELINE, "MS-PSRP 2.2.2.20"},
    {0x00041006, "PIPELINE_STATE", TO_CLIENT, PSRP_SCOPE_PIPELINE, "MS-PSRP 2.2.2.21"},
    {0x00041007, "DEBUG_RECORD", TO_CLIENT, PSRP_SCOPE_PIPELINE, "MS-PSRP 2.2.2.22"},
    {0x00041008, "VERBOSE_RECORD", TO_CLIENT, PSRP_SCOPE_PIPELINE, "MS-PSRP 2.2.2.23"},
    {0x00041009, "WARNING_RECORD", TO_CLIENT, PSRP_SCOPE_PIPELINE, "MS-PSRP 2.2.2.24"},
    {0x00041010, "PROGRESS_RECORD", TO_CLIENT, PSRP_SCOPE_PIPELINE, "MS-PSRP 2.2.2.25"},
    {0x00041011, "INFORMATION_RECORD", TO_CLIENT, PSRP_SCOPE_PIPELINE, "MS-PSRP 2.2.2.26"},
    {0x00041100, "PIPELINE_HOST_CALL", TO_CLIENT, PSRP_SCOPE_PIPELINE, "MS-PSRP 2.2.2.27"},
    {0x00041101, "PIPELINE_HOST_RESPONSE", TO_SERVER, PSRP_SCOPE_PIPELINE, "MS-PSRP 2.2.2.28"},
    {0x00010008, "CONNECT_RUNSPACEPOOL", TO_SERVER, PSRP_SCOPE_POOL, "MS-PSRP 2.2.2.29"},
    {0x0002100B, "RUNSPACEPOOL_INIT_DATA", TO_CLIENT, PSRP_SCOPE_POOL, "MS-PSRP 2.2.2.30"},
    {0x0002100C, "RESET_RUNSPACE_STATE", TO_SERVER, PSRP_SCOPE_POOL, "MS-PSRP 2.2.2.31"},
};

static void has_the_row(void **state)
{
    const struct type_row *row = *state;
    const struct psrp_message_type *type = psrp_message_type_of(row->type);

    assert_non_null(type);
    assert_string_equal(type->name, row->name);
    assert_string_equal(psrp_message_name(row->type), row->name);
    assert_int_equal(type->scope, row->scope);
    assert_string_equal(type->section, row->section);
    assert_int_equal(type->client.receive != NULL, (row->direction & TO_CLIENT) != 0);
    assert_int_equal(type->server.serve != NULL, (row->direction & TO_SERVER) != 0);
    assert_int_equal(type->client.allowed != 0,
                     type->client.receive != NULL); /* a handler that is never reached is none */
    assert_int_equal(type->server.allowed != 0, type->server.serve != NULL);
}

/* The compiler complains about an id that is missing here. */
static bool is_in_the_enum(enum psrp_message_id id)
{
    switch (id) {
    case PSRP_SESSION_CAPABILITY:
    case PSRP_INIT_RUNSPACEPOOL:
    case PSRP_PUBLIC_KEY:
    case PSRP_ENCRYPTED_SESSION_KEY:
    case PSRP_PUBLIC_KEY_REQUEST:
    case PSRP_CONNECT_RUNSPACEPOOL:
    case PSRP_SET_MAX_RUNSPACES:
    case PSRP_SET_MIN_RUNSPACES:
    case PSRP_RUNSPACE_AVAILABILITY:
    case PSRP_RUNSPACEPOOL_STATE:
    case PSRP_CREATE_PIPELINE:
    case PSRP_GET_AVAILABLE_RUNSPACES:
    case PSRP_USER_EVENT:
    case PSRP_APPLICATION_PRIVATE_DATA:
    case PSRP_GET_COMMAND_METADATA:
    case PSRP_RUNSPACEPOOL_INIT_DATA:
    case PSRP_RESET_RUNSPACE_STATE:
    case PSRP_RUNSPACEPOOL_HOST_CALL:
    case PSRP_RUNSPACEPOOL_HOST_RESPONSE:
    case PSRP_PIPELINE_INPUT:
    case PSRP_END_OF_PIPELINE_INPUT:
    case PSRP_PIPELINE_OUTPUT:
    case PSRP_ERROR_RECORD:
    case PSRP_PIPELINE_STATE:
    case PSRP_DEBUG_RECORD:
    case PSRP_VERBOSE_RECORD:
    case PSRP_WARNING_RECORD:
    case PSRP_PROGRESS_RECORD:
    case PSRP_INFORMATION_RECORD:
    case PSRP_PIPELINE_HOST_CALL:
    case PSRP_PIPELINE_HOST_RESPONSE:
        return true;
    }
    return false;
}

static void is_the_enum_and_no_more(void **state)
{
    size_t known = 0;

    (void)state;
    for (uint32_t type = 0; type < 0x00080000; type++) {
        bool is_known = is_in_the_enum((enum psrp_message_id)type);

        assert_int_equal(psrp_message_name(type) != NULL, is_known);
        known += is_known;
    }
    assert_int_equal(known, psrp_message_type_count);
    assert_int_equal(known, ICM_COUNT(types));
    assert_null(psrp_message_name(0x00010003)); /* the engine's own numbers, which no client sends */
    assert_null(psrp_message_name(0x00041012));
}

static void has_each_type_and_name_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < psrp_message_type_count; i++)
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(psrp_message_types[i].type, psrp_message_types[k].type);
            assert_string_not_equal(psrp_message_types[i].name, psrp_message_types[k].name);
        }
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(writes),
        cmocka_unit_test(zero_pool_ids_pass_for_three_types_only),
        cmocka_unit_test(is_the_enum_and_no_more),
        cmocka_unit_test(has_each_type_and_name_once),
    };
    struct CMUnitTest tests[ICM_COUNT(headers) + ICM_COUNT(types) + ICM_COUNT(others)];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(headers); i++)
        tests[count++] = (struct CMUnitTest){headers[i].name, reads, NULL, NULL, (void *)(uintptr_t)&headers[i]};
    for (size_t i = 0; i < ICM_COUNT(types); i++)
        tests[count++] = (struct CMUnitTest){types[i].name, has_the_row, NULL, NULL, (void *)(uintptr_t)&types[i]};
    for (size_t i = 0; i < ICM_COUNT(others); i++)
        tests[count++] = others[i];
    return cmocka_run_group_tests_name("psrp_message, MS-PSRP 2.2.1", tests, NULL, NULL);
}
