/* Laws: what reads as a message, written again, is the same header and, behind the byte order mark, the same payload,
 * of which every byte is the input's own; under forty bytes nothing reads. MS-PSRP 2.2.1. */
#include "psrp/message.h"

#include <stdlib.h>

static const uint8_t mark[] = {0xEF, 0xBB, 0xBF};

static void must(bool law)
{
    if (!law)
        abort();
}

static void check_message(struct icm_slice bytes, const struct psrp_message *m)
{
    struct icm_buf again = {0};
    size_t before = bytes.size - m->payload.size;

    must(bytes.size >= PSRP_MESSAGE_HEADER &&
         (before == PSRP_MESSAGE_HEADER || before == PSRP_MESSAGE_HEADER + sizeof mark));
    must(m->payload.size == 0 || m->payload.data == bytes.data + before);
    must(before == PSRP_MESSAGE_HEADER || memcmp(bytes.data + PSRP_MESSAGE_HEADER, mark, sizeof mark) == 0);
    must(m->destination == PSRP_TO_CLIENT || m->destination == PSRP_TO_SERVER);
    must(psrp_message_write(&again, m, NULL, NULL) == ICM_OK);
    must(again.size == PSRP_MESSAGE_HEADER && memcmp(again.data, bytes.data, PSRP_MESSAGE_HEADER) == 0);
    icm_buf_reset(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_slice bytes = icm_slice_of(data, size);
    struct psrp_message m = {0};
    struct icm_error err = {0};

    enum icm_code code = psrp_message_read(bytes, &m, &err);
    must(code == ICM_OK || (code == ICM_SYNTAX && err.code == code && m.destination == 0));
    if (code == ICM_OK)
        check_message(bytes, &m);
    icm_error_reset(&err);
    return 0;
}
