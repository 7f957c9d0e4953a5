/* What ours says beside what the recorded client said: the same content, but for a short list of differences. */
#ifndef TESTS_PSRP_RECORDED_COMPARE_H
#define TESTS_PSRP_RECORDED_COMPARE_H

#include "psrp/value.h"

/** Append a line to @out for everything that differs and may not. Members are taken by name: their order says nothing.
 *  What is reached by Ref is compared like what stands in its place. */
void recorded_compare(const struct psrp_value *ours, const struct psrp_value *theirs, struct icm_buf *out);

#endif
