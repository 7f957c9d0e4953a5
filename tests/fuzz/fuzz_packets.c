/* Laws: how the bytes are split changes nothing; a line that is a packet is written as a line that reads as the same
 * packet. */
#include "psrp/packets.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool law)
{
    if (!law)
        abort();
}

static void check_writing(const struct psrp_packet *packet)
{
    struct icm_buf line = {0}, storage = {0};
    struct psrp_packet again;

    psrp_packet_write(&line, packet);
    must(line.size > 0 && line.data[line.size - 1] == '\n' && memchr(line.data, '\n', line.size - 1) == NULL);
    struct icm_slice text = icm_slice_of(line.data, line.size - 1);
    must(psrp_packet_read_line(text, &again, &storage, NULL) == ICM_OK);
    must(again.type == packet->type && icm_guid_equal(&again.target, &packet->target));
    must(again.is_prompt_response == packet->is_prompt_response && icm_slice_equal(again.data, packet->data));
    icm_buf_reset(&line);
    icm_buf_reset(&storage);
}

static void take_packets(struct psrp_packet_reader *r, struct icm_buf *transcript)
{
    struct psrp_packet packet;
    struct icm_error error = {0};
    enum icm_code code;

    while ((code = psrp_packet_reader_next(r, &packet, &error)) != ICM_AGAIN) {
        must(code == ICM_OK || code == ICM_SYNTAX);
        icm_buf_add_format(transcript, "%d ", code);
        if (code != ICM_OK) {
            icm_buf_add_text(transcript, error.text);
            continue;
        }
        icm_buf_add_text(transcript, psrp_packet_name(packet.type));
        icm_hex_write(transcript, icm_slice_of(packet.target.bytes, sizeof packet.target.bytes));
        icm_buf_add_u8(transcript, packet.is_prompt_response);
        icm_buf_add(transcript, packet.data);
        check_writing(&packet);
    }
    icm_error_reset(&error);
}

static struct icm_buf transcript_of(struct icm_slice rest, size_t step)
{
    struct psrp_packet_reader *r = NULL;
    struct icm_buf transcript = {0};

    must(psrp_packet_reader_new(&r, NULL) == ICM_OK);
    while (rest.size > 0) {
        struct icm_slice piece = icm_slice_of(rest.data, rest.size < step ? rest.size : step);

        must(psrp_packet_reader_feed(r, piece, NULL) == ICM_OK); /* no input here is longer than a line may be */
        rest = icm_slice_from(rest, piece.size);
        take_packets(r, &transcript);
    }
    psrp_packet_reader_free(r);
    return transcript;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_slice bytes = icm_slice_of(data, size);
    struct icm_buf whole = transcript_of(bytes, SIZE_MAX), split = transcript_of(bytes, 1);

    must(icm_slice_equal(icm_buf_slice(&whole), icm_buf_slice(&split)));
    icm_buf_reset(&whole);
    icm_buf_reset(&split);
    return 0;
}
