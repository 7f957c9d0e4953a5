/* A progress record in the form that the engine's serializer gives it, the element PR. MS-PSRP 2.2.5.1.25. */
#ifndef PSRP_CLIXML_PROGRESS_H
#define PSRP_CLIXML_PROGRESS_H

#include "psrp/value.h"

/** Whether @value is a progress record as the reader makes it of a PR: that type, and just a PR's members, all
 * extended. */
bool psrp_clixml_is_progress(const struct psrp_value *value);

/** Append what stands between <PR> and </PR>. */
void psrp_clixml_write_progress(struct icm_buf *out, const struct psrp_value *value);

#endif
