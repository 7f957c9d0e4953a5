/* Calls of the server to its client's host, and the answers of a host that has no user. MS-PSRP 2.2.3.17, 2.2.2.27, 2.2.2.28. */
#ifndef PSRP_HOST_H
#define PSRP_HOST_H

#include "psrp/value.h"

enum { PSRP_HOST_CALL_VOID = -100 }; /* the ci of a call that wants no answer */

struct psrp_host_call {
    int64_t call_id;
    int64_t method;
    const struct psrp_value *parameters; /* a list */
};

/** Take a call's members apart. ICM_SYNTAX: ci or mi is missing. */
enum icm_code psrp_host_call_read(const struct psrp_value *value, struct psrp_host_call *out, struct icm_error *err);

/** The response's value: what the host is and where it is can be told, everything else is refused with an error that says that
 *  nobody is there. @pool_id is the host's instance id. NULL: out of memory. */
struct psrp_value *psrp_host_answer(struct icm_arena *a, const struct psrp_host_call *call,
                                    const struct icm_guid *pool_id);

/** "ReadLine" for 11 …; NULL for a number that is no method's. */
const char *psrp_host_method_name(int64_t method);

#endif
