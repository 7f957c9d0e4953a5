/* The client's end of the out-of-process packets to one engine, without I/O: what may be sent when. At most one Data is in flight for
 * a target, CREATE_PIPELINE never shares a packet with the input behind it, a stop passes queued input, and every Command gets
 * exactly one Close. shared/protocol/engine.md 1, 2, 6. */
#ifndef CLI_ENDPOINT_LINK_H
#define CLI_ENDPOINT_LINK_H

#include "cli/endpoint_engine.h"

enum {
    ENDPOINT_LINK_DATA_MAX = 32768, /* bytes of fragments in one Data packet, as the real client sends */
    ENDPOINT_LINK_STRAY_MAX = 64,   /* lines that are no packets */
};

struct endpoint_link;

/** @sink and @up: where news goes, from inside endpoint_link_feed; done may come from inside any call. failed is not called. */
enum icm_code endpoint_link_new(struct endpoint_link **out, const struct endpoint_sink *sink, void *up,
                                struct icm_error *err);
void endpoint_link_free(struct endpoint_link *l);

/* What endpoint_engine.h says of the operations of the same names. */
enum icm_code endpoint_link_data(struct endpoint_link *l, uint64_t ticket, const struct icm_guid *target,
                                 bool is_prompt_response, struct icm_buf *bytes, struct icm_error *err);
enum icm_code endpoint_link_command(struct endpoint_link *l, uint64_t ticket, const struct icm_guid *target,
                                    struct icm_buf *bytes, struct icm_error *err);
void endpoint_link_stop(struct endpoint_link *l, uint64_t ticket, const struct icm_guid *target);
void endpoint_link_end(struct endpoint_link *l, uint64_t ticket, const struct icm_guid *target);

/** Close each command, and then the session. */
void endpoint_link_close(struct endpoint_link *l);

/** Whether the session's CloseAck came. */
bool endpoint_link_is_closed(const struct endpoint_link *l);

/** Bytes from the engine. ICM_SYNTAX: too many lines that are no packets. */
enum icm_code endpoint_link_feed(struct endpoint_link *l, struct icm_slice bytes, struct icm_error *err);

/** Packets to write to the engine; who writes them takes them out. */
struct icm_buf *endpoint_link_out(struct endpoint_link *l);

#endif
