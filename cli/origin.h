/* Where an object came from, as Invoke-Command notes it on the object: PSComputerName, RunspaceId, PSShowComputerName. What the peer itself
 * put there under these names is not believed. */
#ifndef CLI_ORIGIN_H
#define CLI_ORIGIN_H

#include "psrp/value.h"

#define CLI_COMPUTER_NOTE "PSComputerName"
#define CLI_SHOW_NOTE "PSShowComputerName"

struct cli_origin {
    const char *computer;       /* NULL: nowhere, and nothing is noted */
    struct icm_guid runspace_id; /* the pool's; zero: not known, and not noted */
    bool is_hidden;             /* shown without its computer */
};

/** Whether @name is one of the notes; any case. */
bool cli_origin_has(struct icm_slice name);

/** A copy in @a of @value with the notes in place of those that came with it; what is below is shared. @value itself where nothing is to be
 *  noted. NULL: memory is short. */
const struct psrp_value *cli_origin_note(struct icm_arena *a, const struct psrp_value *value, const struct cli_origin *from);

#endif
