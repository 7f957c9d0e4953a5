/* What the formatter's files share. */
#ifndef CLI_FORMAT_PRIVATE_H
#define CLI_FORMAT_PRIVATE_H

#include "cli/format.h"
#include "cli/format_list.h"
#include "cli/format_object.h"
#include "cli/format_view.h"

enum {
    CLI_QUEUE_BYTES_MAX = 8 * 1024 * 1024, /* of rows that wait to be measured; more are shown as they come */
    CLI_COLUMNS_MAX = 16 * 1024,
};

/** A sequence of records of one shape, FormatStart to FormatEnd. */
struct cli_document {
    bool is_open, is_in_group;
    enum cli_shape shape;
    struct icm_arena arena; /* columns, and what describes them */

    struct cli_column *columns; /* of a table; of a wide view as many as stand side by side */
    struct cli_table table;
    bool is_measured; /* rows wait until the group's columns can be measured */
    bool is_shown;    /* the table has a column that fits */
    bool hides_header;

    /* the group that is open */
    struct icm_buf heading; /* its lines; empty: none */
    bool is_waiting;
    struct icm_buf rows; /* that wait */
    int64_t *widths;     /* what they need */
    size_t wide_count, wide_width, columns_max; /* of a wide view: values that wait, the widest, and how many may stand side by side */
};

/** A document that came formatted. */
struct cli_remote {
    char *computer;
    struct cli_document document;
    struct cli_remote *next;
};

struct cli_format {
    struct cli_format_options options;
    size_t room;                    /* cells of a line */
    struct cli_document document;   /* what we make */
    struct cli_document *waiting;   /* whose rows wait, or NULL */
    struct cli_remote *remotes;

    /* of @document */
    const struct cli_view *view;    /* NULL: from properties */
    struct cli_expression *values;  /* a column's or an item's; of properties their names */
    size_t value_count;
    struct icm_buf scratch;         /* an object's texts … */
    size_t *ends;                   /* … where each ends … */
    struct cli_cell *cells;         /* … and what they become */
    struct cli_list_item *items;
    struct cli_expression group_key, group_heading;
    struct icm_buf group_value;     /* of the object before */
    bool has_group_value;
};

/* ---- a document's records; format_document.c ---- */

/** Begin it: its shape, and for a table its @columns (in its arena), are set. */
void cli_document_start(struct cli_format *f, struct cli_document *d, struct icm_buf *out);
void cli_document_start_group(struct cli_format *f, struct cli_document *d, struct icm_buf *out);
void cli_document_add_row(struct cli_format *f, struct cli_document *d, const struct cli_cell *cells, bool is_wrapped, struct icm_buf *out);
void cli_document_add_list(struct cli_format *f, struct cli_document *d, const struct cli_list_item *items, size_t count, struct icm_buf *out);
void cli_document_add_wide(struct cli_format *f, struct cli_document *d, struct icm_slice value, struct icm_buf *out);
void cli_document_add_lines(struct cli_format *f, struct cli_document *d, struct icm_slice lines, struct icm_buf *out);
void cli_document_end_group(struct cli_format *f, struct cli_document *d, struct icm_buf *out);
void cli_document_end(struct cli_format *f, struct cli_document *d, struct icm_buf *out);
void cli_document_flush(struct cli_format *f, struct cli_document *d, struct icm_buf *out);
void cli_document_reset(struct cli_document *d);

/** Append whole lines that belong to no document, in their place. */
void cli_format_add_lines(struct cli_format *f, struct icm_buf *out, struct icm_slice lines);

/** Append @text in lines of @room cells, of which @indent stay free in front; @room is more than that. */
void cli_format_frame(struct icm_buf *out, struct icm_slice text, size_t indent, size_t room);

/** An object beside the document: a blank line, its list, a blank line. */
void cli_format_add_list_aside(struct cli_format *f, struct icm_buf *out, const struct cli_list_item *items, size_t count);

/* ---- records of Format-*; format_records.c ---- */

bool cli_record_is(const struct psrp_value *value);
void cli_record_add(struct cli_format *f, struct icm_buf *out, const struct psrp_value *value, const char *computer);
void cli_records_reset(struct cli_format *f);
void cli_records_finish(struct cli_format *f, struct icm_buf *out);

#endif
