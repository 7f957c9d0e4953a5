/* Law: how the bytes are split changes nothing: the same messages, the same failure, the same end; and messages that
 * were joined are cut by a fragmenter into fragments that join to them again. */
#include "psrp/defragmenter.h"
#include "psrp/fragmenter.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGE_MAX = 300 };

static void must(bool law)
{
    if (!law)
        abort();
}

static void check_cutting(struct icm_slice bytes)
{
    uint64_t next_object_id = 1;
    struct psrp_fragmenter *f = NULL;
    struct psrp_defragmenter *d = NULL;
    struct icm_buf message = {0}, fragments = {0};
    size_t room = PSRP_FRAGMENT_MIN + bytes.size % 50;

    icm_buf_add(&message, bytes);
    must(psrp_fragmenter_new(&f, &next_object_id, NULL) == ICM_OK);
    must(psrp_defragmenter_new(&d, MESSAGE_MAX, NULL) == ICM_OK);
    must(psrp_fragmenter_push(f, &message, NULL) == ICM_OK);
    while (psrp_fragmenter_pull(f, room, &fragments, NULL) == ICM_OK)
        continue;
    must(psrp_defragmenter_feed(d, icm_buf_slice(&fragments), NULL) == ICM_OK);
    must(psrp_defragmenter_next(d, &message, NULL) == ICM_OK);
    must(icm_slice_equal(icm_buf_slice(&message), bytes) && !psrp_defragmenter_is_inside(d));
    icm_buf_reset(&message);
    icm_buf_reset(&fragments);
    psrp_defragmenter_free(d);
    psrp_fragmenter_free(f);
}

static void take_messages(struct psrp_defragmenter *d, struct icm_buf *transcript)
{
    struct icm_buf message = {0};

    while (psrp_defragmenter_next(d, &message, NULL) == ICM_OK) {
        must(message.size <= MESSAGE_MAX);
        icm_buf_add_format(transcript, "%zu:", message.size);
        icm_buf_add(transcript, icm_buf_slice(&message));
        check_cutting(icm_buf_slice(&message));
    }
    icm_buf_reset(&message);
}

static struct icm_buf transcript_of(struct icm_slice rest, size_t step, bool has_gap)
{
    struct psrp_defragmenter *d = NULL;
    struct icm_buf transcript = {0};
    struct icm_error error = {0};
    enum icm_code code = ICM_OK;

    must(psrp_defragmenter_new(&d, MESSAGE_MAX, NULL) == ICM_OK);
    if (has_gap)
        psrp_defragmenter_allow_gap(d);
    while (rest.size > 0) {
        struct icm_slice piece = icm_slice_of(rest.data, rest.size < step ? rest.size : step);

        code = psrp_defragmenter_feed(d, piece, &error);
        rest = icm_slice_from(rest, piece.size);
        take_messages(d, &transcript);
    }
    must(code == error.code && (code == ICM_OK || code == ICM_SYNTAX || code == ICM_LIMIT));
    icm_buf_add_format(&transcript, "%d %d %s", code, psrp_defragmenter_is_inside(d), error.text);
    icm_error_reset(&error);
    psrp_defragmenter_free(d);
    return transcript;
}

static void check_splitting(struct icm_slice bytes, bool has_gap)
{
    static const size_t steps[] = {1, 7, PSRP_FRAGMENT_HEADER};
    struct icm_buf whole = transcript_of(bytes, SIZE_MAX, has_gap);

    for (size_t i = 0; i < ICM_COUNT(steps); i++) {
        struct icm_buf split = transcript_of(bytes, steps[i], has_gap);

        must(icm_slice_equal(icm_buf_slice(&whole), icm_buf_slice(&split)));
        icm_buf_reset(&split);
    }
    icm_buf_reset(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_splitting(icm_slice_of(data, size), false);
    check_splitting(icm_slice_of(data, size), true); /* a stream that begins in the middle */
    return 0;
}
