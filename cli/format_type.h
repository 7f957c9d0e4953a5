/* Which types a value says it is of: those that came with it, or what .NET calls its kind. */
#ifndef CLI_FORMAT_TYPE_H
#define CLI_FORMAT_TYPE_H

#include "psrp/value.h"

/** Most derived first, "Deserialized." in front of those that have it; borrowed from @value or from us. */
struct psrp_type_names cli_types_of(const struct psrp_value *value);

/** @name without "Deserialized.". */
struct icm_slice cli_type_bare(struct icm_slice name);

/** Whether the console writes values of these types as their text, wherever they come: numbers, strings, enums that are alive. */
bool cli_type_is_scalar(const struct psrp_type_names *types);

#endif
