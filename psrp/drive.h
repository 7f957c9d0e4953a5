/* Many sessions on one loop: a pool and its transport each. Waits for the next event of any of them. */
#ifndef PSRP_DRIVE_H
#define PSRP_DRIVE_H

#include "base/trace.h"
#include "psrp/transport.h"

struct uv_loop_s;
struct psrp_drive;
struct psrp_session; /* one pool on one transport */

enum icm_code psrp_drive_new(struct psrp_drive **out, struct uv_loop_s *loop, struct icm_error *err);
void psrp_drive_free(struct psrp_drive *d); /* its sessions too; peers are told good-bye, for a bounded time */

/** How long psrp_drive_free waits for peers to hear that we are gone: 5 s, or less for who is in a hurry. */
void psrp_drive_set_farewell(struct psrp_drive *d, uint32_t farewell_ms);

/** The next event of any session on this loop; @from says whose. Waits when there is none: the loop runs, and with it
 * whatever else the caller has on it. ICM_AGAIN: psrp_drive_wake was called, and no event is there (so is, at once, an
 * empty drive). The event is the caller's to reset. */
enum icm_code psrp_drive_next(struct psrp_drive *d, struct psrp_session **from, struct psrp_event *event,
                              struct icm_error *err);

/** Let psrp_drive_next come back: for the caller's own callbacks on the loop. */
void psrp_drive_wake(struct psrp_drive *d);

struct psrp_session_options {
    struct psrp_pool_options pool;
    uint32_t key_timeout_ms; /* how long a server may take to give the session key; 0: 180 s, as the real client */
    const char *computer;    /* named in errors and in the trace */
    void *tag;               /* the caller's */
    struct icm_trace *trace;
};

/** Begin to open a pool over @transport, which becomes the session's whatever happens. Its states come as events:
 * Opened, or Broken with psrp_session_failure. */
enum icm_code psrp_session_open(struct psrp_session **out, struct psrp_drive *d, struct psrp_transport *transport,
                                const struct psrp_session_options *options, struct icm_error *err);
/** The same with a pool that the server has already and that its client has left: options->pool.pool_id is its id. Its
 * pipelines are taken over one by one with psrp_session_join. ICM_UNSUPPORTED: @transport cannot. */
enum icm_code psrp_session_connect(struct psrp_session **out, struct psrp_drive *d, struct psrp_transport *transport,
                                   const struct psrp_session_options *options, struct icm_error *err);

/** Drops the connection; close first to do it in order. The server's pool is closed, except where the session is
 * Disconnected: then it is left to whoever connects to it. */
void psrp_session_free(struct psrp_session *s);

/** Leave the server's pool, which lives on with its pipelines: when everything queued has been sent and whatever was under
 * way has come, their states and the pool's become Disconnected. Where it fails the pool's state event is Opened, with the
 * reason as its warning. ICM_STATE: not Opened. ICM_UNSUPPORTED: the transport or the server's version cannot.
 * A server may also leave us: the same events come unasked, the pool's with a warning. MS-PSRP 3.1.4.8 */
enum icm_code psrp_session_disconnect(struct psrp_session *s, const struct psrp_leaving *how, struct icm_error *err);

/** Come back: the pipelines' states become Running, the pool's Opened, and output goes on where it stopped. Where it fails
 * and may be tried again the pool's event is Disconnected once more, with a warning. ICM_STATE: not Disconnected.
 * MS-PSRP 3.1.4.9 */
enum icm_code psrp_session_reconnect(struct psrp_session *s, struct icm_error *err);

/** Take over a pipeline of the server's pool after psrp_session_connect: its events come from now on. ICM_STATE: the pool
 * is not Opened. MS-PSRP 3.1.4.10 */
enum icm_code psrp_session_join(struct psrp_session *s, const struct icm_guid *pipeline_id, struct psrp_pipeline **out,
                                struct icm_error *err);

void *psrp_session_tag(const struct psrp_session *s);
struct psrp_pool *psrp_session_pool(struct psrp_session *s);

/** Run a script in an opened pool, or all that psrp_creation can say, or ask for metadata of commands. The pipeline is
 * the session's; its events name it. */
enum icm_code psrp_session_run(struct psrp_session *s, const struct psrp_script *script, struct psrp_pipeline **out,
                               struct icm_error *err);
enum icm_code psrp_session_create(struct psrp_session *s, const struct psrp_creation *creation,
                                  struct psrp_pipeline **out, struct icm_error *err);
enum icm_code psrp_session_query(struct psrp_session *s, const struct psrp_metadata_query *query,
                                 struct psrp_pipeline **out, struct icm_error *err);

/** psrp_pool_answer, and send it. */
enum icm_code psrp_session_answer(struct psrp_session *s, const struct psrp_event *event,
                                  const struct psrp_value *result, const char *why, struct icm_error *err);

/** Send what psrp_pipeline_input, psrp_pool_get_available, psrp_pool_reveal and the like have queued, and listen for
 * its answers. */
void psrp_session_pump(struct psrp_session *s);

/** Bytes of input that wait to be sent: a producer pauses over a bound of its own. */
size_t psrp_session_queued(const struct psrp_session *s, const struct psrp_pipeline *pipeline);

/** Stop a pipeline; its state event follows. While the pool is Disconnected nothing happens. */
void psrp_session_stop(struct psrp_session *s, struct psrp_pipeline *pipeline);

/** Close in order: the pool's state event Closed follows (Broken where the peer does not let us). More calls do
 * nothing. */
void psrp_session_close(struct psrp_session *s);

/** Why the pool broke, with the computer's name in its fault; NULL while it has not. */
const struct icm_error *psrp_session_failure(const struct psrp_session *s);

#endif
