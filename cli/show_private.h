/* What the parts of Show-Psrp share: where they write, and the streams of fragments that are open. */
#ifndef CLI_SHOW_PRIVATE_H
#define CLI_SHOW_PRIVATE_H

#include "base/buf.h"

enum {
    CLI_SHOW_TEXT_MAX = 2000,     /* bytes of one text that are shown */
    CLI_SHOW_INDENT_MAX = 40,     /* levels that are indented: deeper ones stay there */
    CLI_SHOW_STREAMS_MAX = 4096,  /* streams open at the same time */
};

struct cli_show_stream;

struct cli_show {
    struct icm_buf out; /* the caller writes it */
    struct cli_show_stream *streams;
    size_t stream_count;
    bool has_understood; /* anything at all */
};

void cli_show_reset(struct cli_show *s);

/** One line: a mark ('>' to the server, '<' to the client, '-' nobody knows where, '!' something is wrong, '?' not
 *  understood, '#' a remark), a blank, the text. */
void cli_show_line(struct cli_show *s, char mark, const char *format, ...) ICM_PRINTF(3, 4);

/** Append a peer's text so that a terminal does not act on it, cut at CLI_SHOW_TEXT_MAX. */
void cli_show_text(struct icm_buf *out, struct icm_slice text);

/** Explain the next bytes of the stream of fragments @name that goes @direction to or from @target ("pool" or an id). */
void cli_show_fragments(struct cli_show *s, char direction, struct icm_slice target, const char *name,
                        struct icm_slice bytes);

/** Whether @bytes can be the next of that stream: the front of a fragment, or more of one that is open. */
bool cli_show_are_fragments(const struct cli_show *s, char direction, struct icm_slice target, const char *name,
                            struct icm_slice bytes);

/** Say of each stream that is inside a fragment or message that it was cut. */
void cli_show_end(struct cli_show *s);

/** Explain an envelope; @status is that of HTTP, or empty. false: it is none. */
bool cli_show_envelope(struct cli_show *s, char direction, struct icm_slice status, struct icm_slice envelope);

/** Explain a line of JSON: of --trace or of a recording. false: it is none of them. */
bool cli_show_json(struct cli_show *s, struct icm_slice line);

/** Explain an out-of-process packet. false: @line is none. */
bool cli_show_packet(struct cli_show *s, char direction, struct icm_slice line);

/** Append CLIXML indented, one element a line, what stands in <SS> left out. Text that is no XML comes out as it is. */
void cli_show_clixml(struct icm_buf *out, struct icm_slice clixml);

#endif
