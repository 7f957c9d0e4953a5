/* The parameters of a challenge or of credentials: name=token, name="quoted", with commas between. RFC 9110 5.6, 11.2.
 */
#ifndef AUTH_DIGEST_PARAMS_H
#define AUTH_DIGEST_PARAMS_H

#include "base/buf.h"

enum { AUTH_PARAMS_MAX = 32 };

struct auth_param {
    struct icm_slice name;
    char *value; /* unquoted */
};

struct auth_params {
    struct auth_param list[AUTH_PARAMS_MAX];
    size_t count;
};

/** Take @text apart; names borrow from it. ICM_SYNTAX: not the form, or a name that comes twice. ICM_LIMIT: more than
 *  AUTH_PARAMS_MAX. */
enum icm_code auth_params_read(struct icm_slice text, struct auth_params *out, struct icm_error *err);
void auth_params_reset(struct auth_params *p); /* wipes the values */

/** The value of @name, any case; NULL: there is none. */
const char *auth_params_find(const struct auth_params *p, const char *name);

/** Append `name="value"` or, unquoted, `name=value`, with ", " in front where it is not the first. Quotes are escaped.
 */
void auth_params_add_quoted(struct icm_buf *out, const char *name, struct icm_slice value);
void auth_params_add_token(struct icm_buf *out, const char *name, const char *value);

#endif
