/* What recordings are to give: a text file of sections, "[name]" and the lines under it. */
#ifndef TESTS_REPLAY_EXPECTED_H
#define TESTS_REPLAY_EXPECTED_H

#include "base/buf.h"

/** The section @name of @text; false: there is none. */
bool replay_expected_find(struct icm_slice text, const char *name, struct icm_slice *out);

/** Append @told in the form of a section: lines that are long are cut, with a checksum of all of them in the place of
 * the rest, and so are many objects in a row. */
void replay_expected_abridge(struct icm_slice told, struct icm_buf *out);

/** The first line in which the two differ: what was expected and what came; false: they are the same. */
bool replay_expected_differ(struct icm_slice expected, struct icm_slice is, struct icm_slice *wanted,
                            struct icm_slice *came);

#endif
