/* What the console host says of itself. MS-PSRP 2.2.3.17 */
#ifndef CLI_HOST_ABOUT_H
#define CLI_HOST_ABOUT_H

#include "psrp/host.h"

enum { CLI_CULTURE_MAX = 36 /* of a culture's name, with its end; RFC 5646 4.4.1 */ };

/** Answer GetName, GetVersion and the like, and pass over what only notifies. false: it is no method of these.
 * *@result: NULL where the method gives nothing or memory is short. */
bool cli_about_take(const struct psrp_host_call *call, struct icm_arena *a, struct psrp_value **result);

/** The culture that a locale's name stands for: "de-DE" for "de_DE.UTF-8"; "en-US" for C, POSIX, none, and what is no name. */
void cli_about_culture(const char *locale, char *out, size_t size);

/** This process's own, of its numbers and times, or of its messages. */
void cli_about_own_culture(bool of_messages, char *out, size_t size);

#endif
