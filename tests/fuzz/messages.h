/* For the targets that take messages: an input is either fragments as they are, or text from which whole messages are
 * made, so that a fuzzer need not guess forty bytes of header first. */
#ifndef TESTS_FUZZ_MESSAGES_H
#define TESTS_FUZZ_MESSAGES_H

#include "psrp/fragment.h"
#include "psrp/message_table.h"

#include <stdlib.h>

static const struct icm_guid fuzz_pool_id = {{1}}, fuzz_pipeline_id = {{2}};

static inline void must(bool law)
{
    if (!law)
        abort();
}

/* One line: a letter for the type, one for the ids, and the payload. */
static inline void fuzz_add_message(struct icm_buf *out, struct icm_slice line, uint32_t destination,
                                    uint64_t object_id)
{
    const struct psrp_message_type *type = &psrp_message_types[(line.data[0] - 'A') % psrp_message_type_count];
    bool has_pipeline_id = type->scope == PSRP_SCOPE_PIPELINE;
    struct psrp_message header = {.destination = destination, .type = type->type, .pool_id = fuzz_pool_id};
    struct psrp_fragment fragment = {.object_id = object_id, .flags = PSRP_FRAGMENT_START | PSRP_FRAGMENT_END};
    struct icm_buf message = {0};

    if (line.data[1] == 'x')
        header.pool_id = fuzz_pipeline_id;
    if (has_pipeline_id != (line.data[1] == 'y'))
        header.pipeline_id = fuzz_pipeline_id;
    must(psrp_message_write(&message, &header, NULL, NULL) == ICM_OK);
    icm_buf_add(&message, icm_slice_from(line, 2));
    fragment.blob = icm_buf_slice(&message);
    psrp_fragment_write(out, &fragment);
    icm_buf_reset(&message);
}

/* Append the fragments that @input says. */
static inline void fuzz_add_fragments(struct icm_buf *out, struct icm_slice input, uint32_t destination)
{
    if (input.size == 0 || input.data[0] != '>') {
        icm_buf_add(out, input);
        return;
    }
    input = icm_slice_from(input, 1);
    for (uint64_t object_id = 1; input.size > 0; object_id++) {
        const uint8_t *end = memchr(input.data, '\n', input.size);
        struct icm_slice line = icm_slice_of(input.data, end ? (size_t)(end - input.data) : input.size);

        if (line.size >= 2 && line.data[0] >= 'A')
            fuzz_add_message(out, line, destination, object_id);
        input = icm_slice_from(input, line.size + (end ? 1 : 0));
    }
}

/* the front of @rest, at most @step bytes of it, which moves past them */
static inline struct icm_slice fuzz_take_piece(struct icm_slice *rest, size_t step)
{
    struct icm_slice piece = icm_slice_of(rest->data, rest->size < step ? rest->size : step);

    *rest = icm_slice_from(*rest, piece.size);
    return piece;
}

#endif
