/* What the formats share. */
#ifndef CLI_RENDER_PRIVATE_H
#define CLI_RENDER_PRIVATE_H

#include "cli/format.h"
#include "cli/render.h"
#include "cli/value_json.h"

enum { CLI_TOLD_MAX = 64 };

struct cli_renderer {
    struct cli_renderer_options options;
    struct cli_format *objects;            /* Text: the flow of output objects */
    struct cli_format_options out, err;    /* how what peers say goes to each */
    struct cli_progress *progress;         /* NULL: it is not shown */
    bool is_mid_line;                      /* … where the terminal's last line does not end */
    uint64_t told[CLI_TOLD_MAX];    /* marks of the last information records, whose text a host call may repeat; 0: none */
    size_t told_next;
    bool has_begun;           /* Clixml, Csv: the root, or the header, is written */
    bool has_failed;          /* something could not be shown, and that was said */
    struct cli_names columns; /* Csv: the first object's */
    struct icm_arena arena;   /* theirs */
};

/** What a remote side writes to its host. */
struct cli_host_text {
    struct icm_slice text;
    bool is_error, ends_line;
    int64_t foreground, background; /* ConsoleColor, 0 to 15; others: the terminal's own */
};

/** A format is what it does with each of these. */
struct cli_render_format {
    void (*event)(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct psrp_event *event);
    void (*host_text)(struct cli_renderer *r, struct cli_sink *to, const char *computer,
                      const struct cli_host_text *said);
    void (*failure)(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct icm_error *why);
    void (*status)(struct cli_renderer *r, struct cli_sink *to, const struct cli_status *status);
    void (*finish)(struct cli_renderer *r, struct cli_sink *to); /* NULL: nothing is left to say */
    bool is_data; /* standard output holds a document, which no host writes into */
};
extern const struct cli_render_format cli_render_clixml, cli_render_csv, cli_render_json, cli_render_text;

/** What is noted on an output object. */
struct cli_origin cli_render_origin(const struct cli_renderer *r, const char *computer, const struct psrp_event *event);

/** Whether what the host writes goes to standard error, beside the document. */
bool cli_render_is_data(const struct cli_renderer *r);

/** "warning", "WARNING: " and so on for the event's stream; NULL for an event that is no stream's. */
struct cli_render_stream {
    enum psrp_event_type type;
    const char *name;   /* in Json */
    const char *prefix; /* in Text, where the stream is a message with one */
};
const struct cli_render_stream *cli_render_stream_of(enum psrp_event_type type);

/** The message of a warning, verbose or debug record. */
void cli_render_message(const struct psrp_value *record, struct icm_buf *out);

/** What an information record tells: its MessageData, of Write-Host the Message in it. NULL: it has none. */
const struct psrp_value *cli_render_information(const struct psrp_value *record);

/** The progress record that @value is, or holds. */
const struct psrp_value *cli_render_progress(const struct psrp_value *value);

#endif
