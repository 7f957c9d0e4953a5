/* icm Show-Psrp: says in words what stands in fragments, packets, envelopes and icm's own trace. */
#ifndef CLI_SHOW_PSRP_H
#define CLI_SHOW_PSRP_H

#include "base/error.h"

#include <stdio.h>

/** Explain what is in @path ("-": standard input) on @out: a line for each packet, envelope and fragment, and each whole message
 *  with its CLIXML, the text of every SecureString left out. The form is seen line by line: out-of-process packets, JSON lines
 *  of a recording or of --trace, SOAP envelopes, base64 or hexadecimal text of fragments; or the file is fragments as bytes.
 *  What cannot be understood is said so and passed over. ICM_USAGE: it cannot be read. ICM_SYNTAX: nothing in it was
 *  understood. ICM_IO: @out. */
enum icm_code cli_show_psrp(const char *path, FILE *out, struct icm_error *err);

#endif
