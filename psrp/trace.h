/* Fragments and messages for the wire log. */
#ifndef PSRP_TRACE_H
#define PSRP_TRACE_H

#include "base/trace.h"
#include "psrp/fragment.h"

/** One stream of fragments that is being logged; zeroed at first. Pieces may be cut anywhere. */
struct psrp_trace_stream {
    struct icm_buf rest; /* of a fragment whose end has not come */
};

/** A line of kind "fragment" for each whole fragment: its header. @target: "pool" or the pipeline's id. @t NULL:
 * nothing. */
void psrp_trace_fragments(struct icm_trace *t, struct psrp_trace_stream *stream, const char *computer, bool sent,
                          const char *target, struct icm_slice bytes);
void psrp_trace_stream_reset(struct psrp_trace_stream *stream);

/** A line of kind "message": type, ids, CLIXML with the text of every SecureString left out. */
void psrp_trace_message(struct icm_trace *t, const char *computer, bool sent, struct icm_slice message);

#endif
