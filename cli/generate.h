/* What the build makes of the tables of verbs and parameters: the manual's section, and the shells' completions. */
#ifndef CLI_GENERATE_H
#define CLI_GENERATE_H

#include "cli/params.h"

/** Append it. doc/ holds copies, which tests/generated.sh compares. */
void cli_generate(struct icm_buf *out, enum cli_generated what);

#endif
