/* The properties that stand for all of an object of a type: PowerShell's type data. formatting.md, section 2. */
#ifndef CLI_FORMAT_SET_H
#define CLI_FORMAT_SET_H

#include "psrp/value.h"

/** Their names, blanks between them; NULL: there is no such set for objects of @types. */
const char *cli_set_find(const struct psrp_type_names *types);

#endif
