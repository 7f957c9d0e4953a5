/* Which types a value says it is of: those that came with it, or what .NET calls its kind. */
#ifndef CLI_FORMAT_TYPE_H
#define CLI_FORMAT_TYPE_H

#include "psrp/value.h"

#define CLI_TYPE_ORDERED "System.Collections.Specialized.OrderedDictionary"

/** Most derived first, "Deserialized." in front of those that have it; borrowed from @value or from us. */
struct psrp_type_names cli_types_of(const struct psrp_value *value);

/** @name without "Deserialized.". */
struct icm_slice cli_type_bare(struct icm_slice name);

/** Whether @value, a dictionary, is one whose entries keep their order; a client makes a Hashtable of all others. */
bool cli_type_is_ordered(const struct psrp_value *value);

/** Whether the console writes values of these types as their text, wherever they come: numbers, strings, enums that are alive. */
bool cli_type_is_scalar(const struct psrp_type_names *types);

#endif
