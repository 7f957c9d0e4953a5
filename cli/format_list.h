/* An object as a list of a console: a line "Label : value" for each property, values being wrapped under their beginning. */
#ifndef CLI_FORMAT_LIST_H
#define CLI_FORMAT_LIST_H

#include "base/buf.h"

struct cli_list_item {
    struct icm_slice label, value;
};

/** Append @items in @room cells; nothing where not even a label has room. */
void cli_list_add(struct icm_buf *out, const struct cli_list_item *items, size_t count, size_t room, bool has_colors);

#endif
