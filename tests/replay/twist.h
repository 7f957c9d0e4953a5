/* A real answer as another server might have written it, and none of ours is obliged to expect: nothing of this is in
 * the specifications' way, and for each there is a server that does it or something like it. */
#ifndef TESTS_REPLAY_TWIST_H
#define TESTS_REPLAY_TWIST_H

#include "base/buf.h"

/** Rewrite @answer, an envelope:
 *  - its ids are in small letters, as WinRM 1.1 and OMI may have them (fragments_responses, rows 1 and 2; omi/);
 *  - each stream comes in three elements, the first empty, the others cut inside a fragment: OMI joins and cuts as it
 * has room (omi/pypsrp_omi_string_1mb), cmd's shells end with empty ones (pypsrp_winrs_standard);
 *  - the command's state stands in front of its output;
 *  - there is a header that nobody knows, and white space between elements, as in winrm4j_win7. */
void replay_twist(struct icm_buf *answer);

#endif
