/* A pipeline in a pool, the client's role. MS-PSRP 3.1.5.3.3 and on. */
#ifndef PSRP_PIPELINE_H
#define PSRP_PIPELINE_H

#include "psrp/event.h"

struct psrp_pool;

/** One script to run. Everything is borrowed for the call. */
struct psrp_script {
    struct icm_slice text; /* UTF-8 */
    const struct psrp_value *const *arguments; /* positional */
    size_t argument_count;
    bool has_input; /* PIPELINE_INPUT will come, and END_OF_PIPELINE_INPUT; else NoInput is said */
};

/** Make a pipeline (a random id) and queue CREATE_PIPELINE. It lives as long as the pool, or until psrp_pipeline_free.
 *  ICM_STATE: the pool is not Opened. */
enum icm_code psrp_pipeline_new(struct psrp_pipeline **out, struct psrp_pool *pool, const struct psrp_script *script,
                                struct icm_error *err);
void psrp_pipeline_free(struct psrp_pipeline *p); /* takes it out of its pool; NULL is fine */

const struct icm_guid *psrp_pipeline_id(const struct psrp_pipeline *p);
enum psrp_pipeline_state psrp_pipeline_state(const struct psrp_pipeline *p);

/** Whether the state is Stopped, Completed or Failed. */
bool psrp_pipeline_has_ended(const struct psrp_pipeline *p);

/** Queue one input object. ICM_STATE: the input was ended or never announced. After the pipeline's end it is dropped silently. */
enum icm_code psrp_pipeline_input(struct psrp_pipeline *p, const struct psrp_value *value, struct icm_error *err);
enum icm_code psrp_pipeline_end_input(struct psrp_pipeline *p, struct icm_error *err);

/** Stopping: queued input is dropped; the transport's Signal does the rest. */
void psrp_pipeline_stop(struct psrp_pipeline *p);

/** The transport says that the peer holds this pipeline for ended (a SignalResponse after stop, CommandState Done): when no state
 *  message came it becomes Stopped after a stop, else Failed with a protocol error; an event says so. */
void psrp_pipeline_transport_ended(struct psrp_pipeline *p);

/** This pipeline alone failed in its transport; an event says so with @why. */
void psrp_pipeline_fail(struct psrp_pipeline *p, const struct icm_error *why);

/** A tag for the caller's own use. */
void psrp_pipeline_set_tag(struct psrp_pipeline *p, void *tag);
void *psrp_pipeline_tag(const struct psrp_pipeline *p);

#endif
