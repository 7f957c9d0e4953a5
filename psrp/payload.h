/* The values that our own messages carry, member for member as the real engine writes them. MS-PSRP 2.2.2. */
#ifndef PSRP_PAYLOAD_H
#define PSRP_PAYLOAD_H

#include "psrp/pipeline.h"

/** What a client announces and a server answers, and what both must agree on. */
#define PSRP_PS_VERSION "2.0"                   /* whatever PowerShell it is; MS-PSRP 2.2.2.1 */
#define PSRP_SERIALIZATION_VERSION "1.1.0.1"

/* Each gives NULL when memory is short. */

/** SESSION_CAPABILITY, 2.2.2.1. */
struct psrp_value *psrp_payload_capability(struct icm_arena *a, struct icm_slice protocol_version);

/** INIT_RUNSPACEPOOL, 2.2.2.2. @arguments: a dictionary, or NULL for none. */
struct psrp_value *psrp_payload_init(struct icm_arena *a, int32_t min_runspaces, int32_t max_runspaces,
                                     const struct psrp_value *arguments);

/** CREATE_PIPELINE, 2.2.2.10, for a server of protocol 2.@minor: an older one does not know all members. The arguments
 *  are borrowed, not copied. */
struct psrp_value *psrp_payload_create_pipeline(struct icm_arena *a, const struct psrp_script *script, int minor);

/** RUNSPACEPOOL_STATE or PIPELINE_STATE: @name is the number's. @reason: an ErrorRecord, borrowed, or NULL. */
struct psrp_value *psrp_payload_state(struct icm_arena *a, const char *name, int32_t state,
                                      const struct psrp_value *reason);

/** A Version's first two numbers; false: it is none. */
bool psrp_payload_read_version(const struct psrp_value *value, int64_t *major, int64_t *minor);

#endif
