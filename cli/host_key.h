/* One key out of the bytes that a terminal sends for it, as KeyInfo tells it. MS-PSRP 2.2.3.26 */
#ifndef CLI_HOST_KEY_H
#define CLI_HOST_KEY_H

#include "base/text.h"

enum { /* ControlKeyStates */
       CLI_KEY_LEFT_ALT = 0x2,
       CLI_KEY_LEFT_CTRL = 0x8,
       CLI_KEY_SHIFT = 0x10,
       CLI_KEY_ENHANCED = 0x100,
};

enum { CLI_KEY_BYTES_MAX = 8 /* the longest sequence of one key */ };

struct cli_key {
    int32_t virtual_key;
    uint16_t character; /* 0: the key has none */
    int32_t control_state;
};

/** Take one key off the front of @in, which is not empty and moves past it. A sequence that is none of a key's is the
 * Escape key, and what follows are keys of their own. */
void cli_key_read(struct icm_slice *in, struct cli_key *out);

#endif
