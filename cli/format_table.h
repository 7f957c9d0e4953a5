/* A table of a console: how wide its columns are, its header, its rows. */
#ifndef CLI_FORMAT_TABLE_H
#define CLI_FORMAT_TABLE_H

#include "base/buf.h"

/* as the records of Format-Table have it */
enum cli_align { CLI_ALIGN_UNDEFINED, CLI_ALIGN_LEFT, CLI_ALIGN_CENTER, CLI_ALIGN_RIGHT };

struct cli_column {
    struct icm_slice label;
    int64_t width; /* cells; 0: whatever is left */
    enum cli_align align;
    bool is_computed; /* no property has the label's name, which is told by another style */
};

struct cli_cell {
    struct icm_slice text;
    enum cli_align align; /* CLI_ALIGN_UNDEFINED: the column's */
};

struct cli_table {
    const struct cli_column *columns;
    int64_t *widths; /* as many; below 1: the column is not shown */
    size_t count;
    bool has_colors;
};

/** Let @t's columns share @room cells: columns without a width take what is left in turn, columns that do not fit are made narrower or
 *  go, from the right. false: no column is left. */
bool cli_table_fit(struct cli_table *t, size_t room);

/** Append the labels and the dashes under them. */
void cli_table_add_header(const struct cli_table *t, struct icm_buf *out);

/** Append a row of @t->count cells: as many lines as they need, or one. */
void cli_table_add_row(const struct cli_table *t, const struct cli_cell *cells, bool is_wrapped, struct icm_buf *out);

/** Append @text within @width cells, cut or filled with blanks. @is_padded: on its right too. */
void cli_table_add_field(struct icm_buf *out, struct icm_slice text, size_t width, enum cli_align align, bool is_padded);

#endif
