/* PowerShell's data literals, as they stand in a list or a hashtable: 5, 1.5, 0x1F, 4kb, 'text', "text", $true, $null, @(1, 2),
 * @{Name = 'x'; Size = 3}. What is none of these is a string. Source: the engine's about_Numeric_Literals,
 * about_Quoting_Rules, about_Hash_Tables. */
#ifndef CLI_LITERAL_H
#define CLI_LITERAL_H

#include "psrp/value.h"

enum { CLI_LITERAL_DEPTH_MAX = 32 /* what psrp/clixml writes is bounded at 50, with room for what wraps it */ };

/** One value; a comma list is an array (System.Object[]). ICM_USAGE: not a literal, with the place; @out lives in @a. */
enum icm_code cli_literal_read(struct icm_arena *a, struct icm_slice text, struct psrp_value **out,
                               struct icm_error *err);

/** A comma list: always PSRP_LIST. `@(1, 2)` alone is the list 1, 2, as PowerShell binds it to an Object[]. */
enum icm_code cli_literal_read_list(struct icm_arena *a, struct icm_slice text, struct psrp_value **out,
                                    struct icm_error *err);

/** A comma list of strings, which stay as they are written ("007", "$x") unless they are quoted. */
enum icm_code cli_literal_read_texts(struct icm_arena *a, struct icm_slice text, struct psrp_value **out,
                                     struct icm_error *err);

/** The number that @text is, typed as PowerShell types it: Int32, else Int64, else Decimal, else Double; a suffix (l, d, u, s, y
 *  and their pairs) and a multiplier (kb … pb) count. ICM_AGAIN: it is no number; not an error. */
enum icm_code cli_literal_read_number(struct icm_arena *a, struct icm_slice text, struct psrp_value **out,
                                      struct icm_error *err);

#endif
