/* The values that our own messages carry, member for member as the real engine writes them. MS-PSRP 2.2.2. */
#ifndef PSRP_PAYLOAD_H
#define PSRP_PAYLOAD_H

#include "psrp/server.h"

/** What a client announces and a server answers, and what both must agree on. */
#define PSRP_PS_VERSION "2.0" /* whatever PowerShell it is; MS-PSRP 2.2.2.1 */
#define PSRP_SERIALIZATION_VERSION "1.1.0.1"

/** The members of a command that merge streams, by enum psrp_merge, and the first protocol that knows each;
 * MS-PSRP 2.2.3.12. */
struct psrp_merge_member {
    const char *name;
    int since_minor;
};
extern const struct psrp_merge_member psrp_merge_members[PSRP_MERGE_COUNT];

/* Each gives NULL when memory is short. */

/** A const value (NULL: Nil) as a part of a tree that is only written: the top is copied, what hangs on it is shared.
 */
struct psrp_value *psrp_payload_borrow(struct icm_arena *a, const struct psrp_value *value);

/** An enum's value whose text is @name, or the number's digits where there is no name for it, as .NET does. */
struct psrp_value *psrp_payload_enum(struct icm_arena *a, const char *type, int32_t number, const char *name);
struct psrp_value *psrp_payload_apartment_state(struct icm_arena *a, int32_t state);

/** SESSION_CAPABILITY, 2.2.2.1. */
struct psrp_value *psrp_payload_capability(struct icm_arena *a, struct icm_slice protocol_version);

/** INIT_RUNSPACEPOOL, 2.2.2.2. */
struct psrp_value *psrp_payload_init(struct icm_arena *a, const struct psrp_opening *opening);

/** CONNECT_RUNSPACEPOOL, 2.2.2.29. 0 and 0: the numbers are not known. */
struct psrp_value *psrp_payload_connect(struct icm_arena *a, int32_t min_runspaces, int32_t max_runspaces);

/** A question of the pool's: SET_MAX_RUNSPACES, SET_MIN_RUNSPACES (@name is the number's), or those that have no number
 * (@name NULL: GET_AVAILABLE_RUNSPACES, RESET_RUNSPACE_STATE). 2.2.2.6, 2.2.2.7, 2.2.2.11, 2.2.2.31 */
struct psrp_value *psrp_payload_question(struct icm_arena *a, const char *name, int32_t number, int64_t call_id);

/** PUBLIC_KEY, 2.2.2.3, and ENCRYPTED_SESSION_KEY, 2.2.2.4: @name is the key's. */
struct psrp_value *psrp_payload_key(struct icm_arena *a, const char *name, struct icm_slice text);

/** RUNSPACEPOOL_STATE or PIPELINE_STATE: @name is the number's. @reason: an ErrorRecord, borrowed, or NULL. */
struct psrp_value *psrp_payload_state(struct icm_arena *a, const char *name, int32_t state,
                                      const struct psrp_value *reason);

/** CREATE_PIPELINE, 2.2.2.10, for a server of protocol 2.@minor: an older one does not know all members. What the
 * creation points to is borrowed, not copied. ICM_USAGE: no command. ICM_UNSUPPORTED: the server does not know what is
 * asked for. */
enum icm_code psrp_payload_create_pipeline(struct icm_arena *a, const struct psrp_creation *creation, int minor,
                                           struct psrp_value **out, struct icm_error *err);

/** GET_COMMAND_METADATA, 2.2.2.14. */
struct psrp_value *psrp_payload_get_metadata(struct icm_arena *a, const struct psrp_metadata_query *query);

/** A Version's first two numbers; false: it is none. */
bool psrp_payload_read_version(const struct psrp_value *value, int64_t *major, int64_t *minor);

#endif
