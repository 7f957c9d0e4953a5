/* The views that PowerShell and its modules bring for types that people meet: rows of a table. formatting.md, section 11. */
#ifndef CLI_FORMAT_VIEW_H
#define CLI_FORMAT_VIEW_H

#include "cli/format_expression.h"
#include "cli/format_table.h"

enum cli_shape { CLI_SHAPE_TABLE, CLI_SHAPE_LIST, CLI_SHAPE_WIDE, CLI_SHAPE_CUSTOM };

enum cli_view_trait {
    CLI_VIEW_WRAPS = 1,       /* cells are wrapped, not cut */
    CLI_VIEW_OF_UNIX = 4,     /* for objects that have UnixMode */
    CLI_VIEW_AUTOSIZE = 8,    /* all rows of a group are measured */
    CLI_VIEW_OF_ERRORS = 16,  /* its objects are told as errors */
};

/** How objects are grouped, and what stands above a group. */
struct cli_view_group {
    const char *label;   /* "   LABEL: value"; NULL: @key is it */
    const char *key;     /* an expression */
    const char *heading; /* NULL, or an expression: "    LABEL: " and what it makes */
};

struct cli_view {
    const char *types; /* '|' between them */
    enum cli_shape shape;
    unsigned traits;
    const char *columns; /* or items; '|' between them: LABEL[:WIDTH][L|R][=EXPRESSION]; of a custom view an expression */
    const struct cli_view_group *group; /* NULL: none */
};

/** One of @columns. */
struct cli_view_column {
    struct icm_slice label;
    bool has_label; /* it was given beside the expression */
    int64_t width;
    enum cli_align align;
    struct cli_expression value;
};

extern const struct cli_view cli_views[], cli_views_aside[]; /* objects of the latter leave what is open alone */
extern const size_t cli_view_count, cli_view_aside_count;

/** The view of an object of these @types: the one that a type nearest to the object has; NULL: none. */
const struct cli_view *cli_view_find(const struct psrp_type_names *types, bool has_unix_mode);

/** The same of cli_views_aside. */
const struct cli_view *cli_view_find_aside(const struct psrp_type_names *types);

/** Whether @view is for objects of any of @types. */
bool cli_view_applies(const struct cli_view *view, const struct psrp_type_names *types);

/** The next column off the front of @columns. ICM_OK; ICM_AGAIN: that was all; ICM_SYNTAX: it is none, which is a mistake of the table's. */
enum icm_code cli_view_next_column(struct icm_slice *columns, struct cli_view_column *out);

#endif
