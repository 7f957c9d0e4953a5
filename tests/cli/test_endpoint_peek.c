/* The look at a stream of fragments: where messages end, and of which type they are, however the bytes come. */
#include "cli/endpoint_peek.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { OPENED = 0x00021005, OUTPUT = 0x00041004, STATE = 0x00041006 };

/* A fragment: flags S(tart), E(nd); its blob is @size bytes of a message of @type, from offset @from on. */
struct piece {
    const char *flags;
    uint32_t type;
    size_t from, size;
};

static const struct peek_case {
    const char *name;
    struct piece pieces[5]; /* up to one without flags */
    const char *seen;       /* type@bytes behind its end, for each message */
} cases[] = {
    {"a whole message", {{"SE", OUTPUT, 0, 40}}, "41004@61 "},
    {"two", {{"SE", OUTPUT, 0, 40}, {"SE", STATE, 0, 50}}, "41004@61 41006@132 "},
    {"a message in two fragments", {{"S", STATE, 0, 30}, {"E", STATE, 30, 10}}, "41006@82 "},
    {"in four", {{"S", STATE, 0, 8}, {"-", STATE, 8, 8}, {"-", STATE, 16, 8}, {"E", STATE, 24, 8}}, "41006@116 "},
    {"the type cut over fragments",
     {{"S", OPENED, 0, 5}, {"-", OPENED, 5, 1}, {"-", OPENED, 6, 1}, {"E", OPENED, 7, 33}},
     "21005@124 "},
    {"the type alone", {{"SE", OUTPUT, 0, 8}}, "41004@29 "},
    {"shorter than its type", {{"SE", OUTPUT, 0, 7}, {"SE", STATE, 0, 40}}, "0@28 41006@89 "},
    {"an empty message", {{"SE", OUTPUT, 0, 0}, {"SE", STATE, 0, 40}}, "0@21 41006@82 "},
    {"an empty fragment in between", {{"S", STATE, 0, 4}, {"-", STATE, 4, 0}, {"E", STATE, 4, 36}}, "41006@103 "},
    {"an end that is empty", {{"S", STATE, 0, 40}, {"E", STATE, 40, 0}}, "41006@82 "},
    {"a message that does not end", {{"SE", OUTPUT, 0, 40}, {"S", STATE, 0, 40}}, "41004@61 "},
    {"a start after one that was left off", {{"S", OUTPUT, 0, 20}, {"SE", STATE, 0, 40}}, "41006@102 "},
    {"other bits of the flags", {{"SEx", STATE, 0, 40}}, "41006@61 "},
};

static uint8_t flags_of(const char *text)
{
    unsigned flags = 0;

    flags |= strchr(text, 'S') ? PSRP_FRAGMENT_START : 0u;
    flags |= strchr(text, 'E') ? PSRP_FRAGMENT_END : 0u;
    flags |= strchr(text, 'x') ? 0xfcu : 0u;
    return (uint8_t)flags;
}

/* Fragments of their own are written, so that the flags may be any. Each byte behind the type would be read as another type. */
static void write_piece(struct icm_buf *out, const struct piece *p)
{
    ICM_OWN(icm_buf_reset) struct icm_buf message = {0};

    icm_buf_add_le32(&message, 1);
    icm_buf_add_le32(&message, p->type);
    while (message.size < p->from + p->size)
        icm_buf_add_u8(&message, 0x11);
    icm_buf_add_be64(out, 7);
    icm_buf_add_be64(out, 0);
    icm_buf_add_u8(out, flags_of(p->flags));
    icm_buf_add_be32(out, (uint32_t)p->size);
    icm_buf_add(out, icm_slice_of(message.data + p->from, p->size));
}

static void look(struct icm_slice bytes, size_t step, struct icm_buf *seen)
{
    struct endpoint_peek peek = {0};
    uint32_t type;

    for (size_t at = 0; at < bytes.size; at += step) {
        size_t size = bytes.size - at < step ? bytes.size - at : step;
        struct icm_slice part = icm_slice_of(bytes.data + at, size);
        while (endpoint_peek_message(&peek, &part, &type))
            icm_buf_add_format(seen, "%x@%zu ", type, at + size - part.size);
        assert_int_equal(part.size, 0); /* all is behind us */
    }
}

/* How the bytes are split changes nothing. */
static void sees(void **state)
{
    const struct peek_case *c = *state;
    ICM_OWN(icm_buf_reset) struct icm_buf bytes = {0};

    for (size_t i = 0; i < ICM_COUNT(c->pieces) && c->pieces[i].flags; i++)
        write_piece(&bytes, &c->pieces[i]);
    for (size_t step = 1; step <= bytes.size; step++) {
        ICM_OWN(icm_buf_reset) struct icm_buf seen = {0};
        look(icm_buf_slice(&bytes), step, &seen);
        assert_string_equal(icm_buf_text(&seen), c->seen);
    }
}

/* What is no fragment ends the looking; what was seen before it counts. */
static void loses_its_way(void **state)
{
    ICM_OWN(icm_buf_reset) struct icm_buf bytes = {0}, seen = {0};
    const struct piece good = {"SE", STATE, 0, 40};

    write_piece(&bytes, &good);
    for (int i = 0; i < PSRP_FRAGMENT_HEADER; i++)
        icm_buf_add_u8(&bytes, 0xff); /* a blob of 4 GB */
    write_piece(&bytes, &good);
    look(icm_buf_slice(&bytes), 10, &seen);
    assert_string_equal(icm_buf_text(&seen), "41006@61 ");
}

static void takes_the_longest_blob(void **state)
{
    ICM_OWN(icm_buf_reset) struct icm_buf bytes = {0}, seen = {0};
    const struct piece longest = {"SE", OUTPUT, 0, PSRP_BLOB_MAX}, next = {"SE", STATE, 0, 40};

    write_piece(&bytes, &longest);
    write_piece(&bytes, &next);
    look(icm_buf_slice(&bytes), 32768, &seen);
    assert_string_equal(icm_buf_text(&seen), "41004@4194325 41006@4194386 ");
}

int main(void)
{
    const struct CMUnitTest others[] = {cmocka_unit_test(loses_its_way), cmocka_unit_test(takes_the_longest_blob)};
    struct CMUnitTest tests[ICM_COUNT(cases)];

    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = sees, .initial_state = (void *)(uintptr_t)&cases[i]};
    return cmocka_run_group_tests_name("endpoint_peek_message, MS-PSRP 2.2.4", tests, NULL, NULL) +
           cmocka_run_group_tests_name("endpoint_peek_message: bounds", others, NULL, NULL);
}
