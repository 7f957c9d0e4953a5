#include "cli/format_view.h"

#include "cli/format_type.h"

#include <assert.h>

static bool has_type(const struct cli_view *view, struct icm_slice name)
{
    for (const char *types = view->types; *types;) {
        size_t size = strcspn(types, "|");

        if (icm_slice_equal_nocase(name, icm_slice_of(types, size)))
            return true;
        types += size + (types[size] == '|');
    }
    return false;
}

static struct icm_slice as_it_is(struct icm_slice name)
{
    return name;
}

enum { INDEX_MAX = 512 /* types that have views */ };

/* Views by the names of their types, made once: every object is looked up. */
struct index {
    const struct cli_view *views;
    const size_t *view_count;
    size_t count;
    struct {
        struct icm_slice name;
        const struct cli_view *view;
    } rows[INDEX_MAX];
};

static struct index whole = {.views = cli_views, .view_count = &cli_view_count};
static struct index aside = {.views = cli_views_aside, .view_count = &cli_view_aside_count};

static void fill(struct index *index)
{
    for (size_t i = 0; i < *index->view_count; i++)
        for (const char *types = index->views[i].types; *types;) {
            size_t size = strcspn(types, "|");

            assert(index->count < INDEX_MAX);
            index->rows[index->count].name = icm_slice_of(types, size);
            index->rows[index->count++].view = &index->views[i];
            types += size + (types[size] == '|');
        }
}

/* The first of the names that has a view decides. */
static const struct cli_view *find(const struct index *index, const struct psrp_type_names *types,
                                   struct icm_slice (*spelled)(struct icm_slice name), unsigned refused)
{
    for (size_t i = 0; i < types->count; i++) {
        struct icm_slice name = spelled(types->names[i]);

        for (size_t row = 0; row < index->count; row++)
            if (index->rows[row].name.size == name.size && !(index->rows[row].view->traits & refused) &&
                icm_slice_equal_nocase(index->rows[row].name, name))
                return index->rows[row].view;
    }
    return NULL;
}

/* Names count as they came; only where none of them has a view, without what tells that the object is a copy. */
static const struct cli_view *find_any(struct index *index, const struct psrp_type_names *types, unsigned refused)
{
    if (index->count == 0)
        fill(index);
    const struct cli_view *view = find(index, types, as_it_is, refused);
    return view ? view : find(index, types, cli_type_bare, refused);
}

const struct cli_view *cli_view_find(const struct psrp_type_names *types, bool has_unix_mode)
{
    return find_any(&whole, types, has_unix_mode ? 0 : CLI_VIEW_OF_UNIX);
}

const struct cli_view *cli_view_find_aside(const struct psrp_type_names *types)
{
    return find_any(&aside, types, 0);
}

bool cli_view_applies(const struct cli_view *view, const struct psrp_type_names *types)
{
    for (size_t i = 0; i < types->count; i++)
        if (has_type(view, types->names[i]) || has_type(view, cli_type_bare(types->names[i])))
            return true;
    return false;
}

/* ---- columns ---- */

static struct icm_slice up_to(struct icm_slice *text, char c)
{
    const uint8_t *end = text->size > 0 ? memchr(text->data, c, text->size) : NULL;
    struct icm_slice part = icm_slice_of(text->data, end ? (size_t)(end - text->data) : text->size);

    *text = icm_slice_from(*text, end ? part.size + 1 : part.size);
    return part;
}

static enum cli_align take_align(struct icm_slice *layout)
{
    uint8_t last = layout->size > 0 ? layout->data[layout->size - 1] : 0;

    if (last != 'L' && last != 'R')
        return CLI_ALIGN_UNDEFINED;
    layout->size--;
    return last == 'L' ? CLI_ALIGN_LEFT : CLI_ALIGN_RIGHT;
}

enum icm_code cli_view_next_column(struct icm_slice *columns, struct cli_view_column *out)
{
    struct icm_slice value, layout, column;
    struct cli_view_column c = {0};

    if (columns->size == 0)
        return ICM_AGAIN;
    value = up_to(columns, '|');
    column = value;
    layout = up_to(&value, '=');
    c.has_label = layout.size < column.size;
    c.label = up_to(&layout, ':');
    c.align = take_align(&layout);
    if ((layout.size > 0 && !icm_parse_i64(layout, 1, INT16_MAX, &c.width)) ||
        !cli_expression_parse(value.size > 0 ? value : c.label, &c.value))
        return ICM_SYNTAX;
    *out = c;
    return ICM_OK;
}
