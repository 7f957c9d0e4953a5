/* What is told, and what is shown of it. */
#ifndef CLI_PROGRESS_PRIVATE_H
#define CLI_PROGRESS_PRIVATE_H

#include "cli/progress.h"

struct cli_activity {
    struct cli_activity *next; /* told of before this one */
    int64_t id;
    int percent; /* -1: not known */
    struct icm_buf text; /* one line, nothing in it that a terminal acts on */
};

struct cli_progress_row {
    char *computer; /* "": none that has a name */
    struct cli_progress_row *next, **at;
    struct cli_activity *first; /* of the last record; never NULL between two calls */
};

struct cli_progress {
    void *by_name; /* a tree of rows, tsearch(3) */
    struct cli_progress_row *first, **end;
    size_t count;
    bool has_changed;
    size_t shown;                     /* lines that stand on the terminal … */
    size_t cells[CLI_PROGRESS_LINES]; /* … and what each takes */
};

#endif
