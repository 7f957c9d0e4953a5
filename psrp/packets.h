/* The out-of-process packets: what carries fragments over a process's pipes. One XML element a line.
 * Source: the engine's OutOfProcTransportManager; shared/protocol/transports.md 1, engine.md 1. */
#ifndef PSRP_PACKETS_H
#define PSRP_PACKETS_H

#include "base/text.h"

enum psrp_packet_type {
    PSRP_PACKET_DATA,
    PSRP_PACKET_DATA_ACK,
    PSRP_PACKET_COMMAND,
    PSRP_PACKET_COMMAND_ACK,
    PSRP_PACKET_CLOSE,
    PSRP_PACKET_CLOSE_ACK,
    PSRP_PACKET_SIGNAL,
    PSRP_PACKET_SIGNAL_ACK,
    PSRP_PACKET_TYPE_COUNT
};

struct psrp_packet {
    enum psrp_packet_type type;
    struct icm_guid target;  /* zero: the session */
    bool is_prompt_response; /* PSRP_PACKET_DATA: Stream='PromptResponse', else Default */
    struct icm_slice data;   /* PSRP_PACKET_DATA: fragments, decoded; borrowed until the next call of the reader */
};

enum { PSRP_PACKET_LINE_MAX = 4 * 1024 * 1024 };

/** Append the packet as one line with its LF, in the engine's very form (single quotes, lower-case GUID). */
void psrp_packet_write(struct icm_buf *out, const struct psrp_packet *packet);

/** Joins pieces to lines and lines to packets. */
struct psrp_packet_reader;
enum icm_code psrp_packet_reader_new(struct psrp_packet_reader **out, struct icm_error *err);
void psrp_packet_reader_free(struct psrp_packet_reader *r);
enum icm_code psrp_packet_reader_feed(struct psrp_packet_reader *r, struct icm_slice bytes, struct icm_error *err);

/** The next packet. Blank lines are skipped. ICM_AGAIN: no whole line. ICM_SYNTAX: a line that is no packet; the error
 * quotes its start; the line is taken out, so that the caller may go on (banners). ICM_LIMIT: a line over
 * PSRP_PACKET_LINE_MAX. */
enum icm_code psrp_packet_reader_next(struct psrp_packet_reader *r, struct psrp_packet *out, struct icm_error *err);

/** Whether @line (no line end) is a packet; @storage takes its data. */
enum icm_code psrp_packet_read_line(struct icm_slice line, struct psrp_packet *out, struct icm_buf *storage,
                                    struct icm_error *err);

const char *psrp_packet_name(enum psrp_packet_type type); /* "DataAck" … */

#endif
