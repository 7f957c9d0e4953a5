/* Envelopes for the wire log, without what they carry inside: fragments are logged decoded by who knows them. */
#ifndef WSMAN_TRACE_H
#define WSMAN_TRACE_H

#include "base/trace.h"

/** One line of kind "envelope". Base64 payloads (streams, Arguments, creationXml) are replaced by their length: a
 * password may be in them, and whoever looks for one must not find it. @t NULL: nothing. @status: HTTP's, 0 for a
 * request. */
void wsman_trace_envelope(struct icm_trace *t, const char *computer, bool sent, unsigned status,
                          struct icm_slice envelope);

#endif
