/* Steps that may wait for a KDC, each on a thread of its own: one computer's KDC that does not answer holds up nobody
 * else, and what nobody waits for any more ends by itself. */
#ifndef WSMAN_HTTP_WORKER_H
#define WSMAN_HTTP_WORKER_H

#include "wsman/handshake.h"
#include "wsman/http_login.h"

struct uv_loop_s;

/** What the threads of one loop come home to. */
struct wsman_worker;
enum icm_code wsman_worker_new(struct wsman_worker **out, struct uv_loop_s *loop, struct icm_error *err);
void wsman_worker_free(struct wsman_worker *w); /* all jobs have been abandoned; the loop runs once more */

/** One step of a handshake. @done is called on the loop's thread; the job is gone then. */
struct wsman_job;
typedef void (*wsman_job_done)(void *context, enum icm_code code, const struct icm_error *err);

/** @handshake, made with @login, is the job's alone until it is done. */
enum icm_code wsman_job_start(struct wsman_job **out, struct wsman_worker *w, struct wsman_handshake *handshake,
                              struct wsman_login *login, wsman_job_done done, void *context, struct icm_error *err);

/** Nobody waits for it: done is not called, and the handshake goes with the job. */
void wsman_job_abandon(struct wsman_job *job);

#endif
