#include "cli/format_private.h"

#include "cli/format_cells.h"
#include "cli/format_error.h"
#include "cli/format_set.h"
#include "cli/format_type.h"
#include "cli/format_value.h"
#include "cli/format_wrap.h"
#include "cli/visible.h"

#include <stdlib.h>

enum { TABLE_PROPERTIES_MAX = 4, TABLE_COLUMNS_MAX = 10, LINE_MAX_CELLS = INT32_MAX };

static const char computer_name[] = "PSComputerName", show_computer_name[] = "PSShowComputerName";

/* ---- texts ---- */

void cli_format_clean(const struct cli_format_options *o, struct icm_buf *out, struct icm_slice text)
{
    struct icm_buf plain = {0};

    if (o->has_colors || o->is_visible || o->is_raw || !cli_has_escape(text)) {
        cli_visible_add(out, text, o->is_visible && !o->is_raw);
        return;
    }
    cli_cells_add_plain(&plain, text);
    cli_visible_add(out, icm_buf_slice(&plain), false);
    out->failed = out->failed || plain.failed;
    icm_buf_reset(&plain);
}

/* What was appended to @text from @began on, cleaned. */
static void clean_from(const struct cli_format *f, struct icm_buf *text, size_t began)
{
    struct icm_slice added = icm_slice_of(text->data ? text->data + began : NULL, text->size - began);
    struct icm_buf copy = {0};

    if (icm_ascii_plain_size(added, 0, 0) == added.size)
        return;
    icm_buf_add(&copy, added);
    text->size = began;
    cli_format_clean(&f->options, text, icm_buf_slice(&copy));
    text->failed = text->failed || copy.failed;
    icm_buf_reset(&copy);
}

static bool keep(struct icm_arena *a, struct icm_slice text, struct icm_slice *out)
{
    return icm_arena_copy(a, text, out);
}

/* ---- beside the document ---- */

static void add_as_text(struct cli_format *f, struct icm_buf *out, const struct psrp_value *object)
{
    struct icm_buf text = {0};

    if (object->kind == PSRP_STRING && !f->waiting && !(object->object && object->object->has_to_string)) {
        cli_format_clean(&f->options, out, object->as.text); /* without a copy: most of what is long is a string */
        icm_buf_add_u8(out, '\n');
        return;
    }
    cli_value_add_text(&text, object);
    clean_from(f, &text, 0);
    icm_buf_add_u8(&text, '\n');
    cli_format_add_lines(f, out, icm_buf_slice(&text));
    out->failed = out->failed || text.failed;
    icm_buf_reset(&text);
}

/* What a custom view makes of an object, in lines of at most @room cells. */
static void make_custom(struct cli_format *f, const struct cli_view *view, const struct psrp_value *object, size_t room, struct icm_buf *lines)
{
    struct cli_expression e;
    struct icm_buf text = {0};

    if (cli_expression_parse(icm_slice_text(view->columns), &e))
        cli_expression_add(&text, &e, object, f->options.enumeration_limit);
    clean_from(f, &text, 0);
    cli_wrap(lines, icm_buf_slice(&text), room, room);
    icm_buf_add_u8(lines, '\n');
    lines->failed = lines->failed || text.failed;
    icm_buf_reset(&text);
}

/* An error that is an object: it has what travels, and nothing that a client would make of it. */
static void add_error_aside(struct cli_format *f, struct icm_buf *out, const struct psrp_value *object)
{
    struct icm_buf lines = {0};

    cli_format_error_object(&f->options, (enum cli_error_form)f->options.error_form, &lines, object);
    cli_format_add_lines(f, out, icm_buf_slice(&lines));
    out->failed = out->failed || lines.failed;
    icm_buf_reset(&lines);
}

static void add_custom_aside(struct cli_format *f, struct icm_buf *out, const struct cli_view *view, const struct psrp_value *object)
{
    struct icm_buf lines = {0};

    make_custom(f, view, object, LINE_MAX_CELLS, &lines);
    cli_format_add_lines(f, out, icm_buf_slice(&lines));
    out->failed = out->failed || lines.failed;
    icm_buf_reset(&lines);
}

/* ---- which properties ---- */

/* Names in an arena. */
struct names {
    struct icm_arena *a;
    struct icm_slice *rows;
    size_t count, capacity;
    bool failed;
};

static void add_name(struct names *n, struct icm_slice name)
{
    if (n->count == n->capacity) {
        size_t capacity = n->capacity > 0 ? n->capacity * 2 : 16;
        struct icm_slice *rows = icm_arena_take(n->a, capacity * sizeof *rows);

        if (!rows) {
            n->failed = true;
            return;
        }
        if (n->count > 0)
            memcpy(rows, n->rows, n->count * sizeof *rows);
        n->rows = rows;
        n->capacity = capacity;
    }
    n->rows[n->count++] = name;
}

static void add_set(struct names *n, const char *set, const struct psrp_value *object)
{
    while (*set) {
        size_t size = strcspn(set, " ");

        add_name(n, icm_slice_of(set, size));
        set += size + (set[size] == ' ');
    }
    if (cli_object_shows_computer(object))
        add_name(n, icm_slice_text(computer_name));
}

/* The note about the note is never shown; the computer is, unless it says otherwise. */
static bool is_left_out(struct icm_slice name, const struct psrp_value *object)
{
    if (!cli_object_has_show_note(object))
        return false;
    return icm_slice_equal_nocase(name, icm_slice_text(show_computer_name)) ||
           (icm_slice_equal_nocase(name, icm_slice_text(computer_name)) && !cli_object_shows_computer(object));
}

/* What stands for @object: the set of its type, or all it has. Gives how many there were before the computer was seen to, which decides
 * about the shape. */
static size_t choose_names(struct names *n, const struct psrp_value *object)
{
    const struct psrp_type_names types = cli_types_of(object);
    const char *set = cli_set_find(&types);
    size_t count = 0;

    if (set) {
        add_set(n, set, object);
        return n->count - cli_object_shows_computer(object);
    }
    struct cli_object_property *all = cli_object_properties(n->a, object, &count);
    for (size_t i = 0; i < count; i++)
        if (!is_left_out(all[i].name, object))
            add_name(n, all[i].name);
    return count;
}

/* ---- payload ---- */

/* The texts of one object's values, and where each ends. */
struct texts {
    struct icm_buf text;
    size_t *ends;
    size_t count;
};

static struct icm_slice text_at(const struct texts *t, size_t at)
{
    size_t from = at > 0 ? t->ends[at - 1] : 0;

    return icm_slice_of(t->text.data ? t->text.data + from : NULL, t->ends[at] - from);
}

static void end_text(const struct cli_format *f, struct texts *t)
{
    size_t from = t->count > 0 ? t->ends[t->count - 1] : 0;

    clean_from(f, &t->text, from);
    t->ends[t->count++] = t->text.size;
}

static void add_list_of(struct cli_format *f, struct icm_buf *out, const struct psrp_value *object, struct cli_document *d)
{
    struct icm_arena arena = {0};
    struct names n = {.a = &arena};
    struct texts t = {0};

    (void)choose_names(&n, object);
    struct cli_list_item *items = n.count > 0 ? icm_arena_take(&arena, n.count * sizeof *items) : NULL;
    t.ends = n.count > 0 ? icm_arena_take(&arena, 2 * n.count * sizeof *t.ends) : NULL;
    out->failed = out->failed || n.failed || (n.count > 0 && (!items || !t.ends));
    if (items && t.ends) {
        for (size_t i = 0; i < n.count; i++) {
            icm_buf_add(&t.text, n.rows[i]);
            end_text(f, &t);
            cli_value_add_cell(&t.text, psrp_value_find(object, n.rows[i]), f->options.enumeration_limit, false);
            end_text(f, &t);
        }
        for (size_t i = 0; i < n.count; i++)
            items[i] = (struct cli_list_item){text_at(&t, 2 * i), text_at(&t, 2 * i + 1)};
        if (d)
            cli_document_add_list(f, d, items, n.count, out);
        else
            cli_format_add_list_aside(f, out, items, n.count);
    }
    out->failed = out->failed || t.text.failed;
    icm_buf_reset(&t.text);
    icm_arena_reset(&arena);
}

/* Of what is no list, Count and Length are 1 where it has none of its own: about_Properties. */
static void add_property(struct cli_format *f, struct texts *t, const struct psrp_value *object, struct icm_slice name)
{
    const struct psrp_value *value = psrp_value_find(object, name);

    if (!value && (icm_slice_equal_nocase(name, icm_slice_text("Count")) || icm_slice_equal_nocase(name, icm_slice_text("Length"))))
        icm_buf_add_u8(&t->text, '1');
    else
        cli_value_add_cell(&t->text, value, f->options.enumeration_limit, true);
}

static void make_texts(struct cli_format *f, const struct psrp_value *object, struct texts *t)
{
    bool is_generic = !f->view;

    t->count = 0;
    icm_buf_clear(&t->text);
    for (size_t i = 0; i < f->value_count; i++) {
        const struct cli_expression *e = &f->values[i];

        if (is_generic)
            add_property(f, t, object, e->arguments[0]);
        else
            cli_expression_add(&t->text, e, object, f->options.enumeration_limit);
        end_text(f, t);
    }
}

static void add_row(struct cli_format *f, struct icm_buf *out, const struct psrp_value *object)
{
    struct texts t = {.text = f->scratch, .ends = f->ends};

    make_texts(f, object, &t);
    for (size_t i = 0; i < t.count; i++)
        f->cells[i] = (struct cli_cell){text_at(&t, i), CLI_ALIGN_UNDEFINED};
    if (!t.text.failed)
        cli_document_add_row(f, &f->document, f->cells, f->view && (f->view->traits & CLI_VIEW_WRAPS), out);
    out->failed = out->failed || t.text.failed;
    f->scratch = t.text;
}

static void add_items(struct cli_format *f, struct icm_buf *out, const struct psrp_value *object)
{
    struct texts t = {.text = f->scratch, .ends = f->ends};

    make_texts(f, object, &t);
    for (size_t i = 0; i < t.count; i++)
        f->items[i] = (struct cli_list_item){f->document.columns[i].label, text_at(&t, i)};
    cli_document_add_list(f, &f->document, f->items, t.count, out);
    out->failed = out->failed || t.text.failed;
    f->scratch = t.text;
}

static void add_custom(struct cli_format *f, struct icm_buf *out, const struct psrp_value *object)
{
    struct icm_buf lines = {0};

    make_custom(f, f->view, object, f->room, &lines);
    cli_document_add_lines(f, &f->document, icm_buf_slice(&lines), out);
    out->failed = out->failed || lines.failed;
    icm_buf_reset(&lines);
}

static void add_payload(struct cli_format *f, struct icm_buf *out, const struct psrp_value *object)
{
    if (f->document.shape == CLI_SHAPE_TABLE)
        add_row(f, out, object);
    else if (f->document.shape == CLI_SHAPE_CUSTOM)
        add_custom(f, out, object);
    else if (f->view)
        add_items(f, out, object);
    else
        add_list_of(f, out, object, &f->document);
}

/* ---- the first object ---- */

static bool make_room(struct cli_format *f, size_t count)
{
    struct cli_document *d = &f->document;

    d->columns = icm_arena_take(&d->arena, count * sizeof *d->columns);
    d->widths = icm_arena_take(&d->arena, count * sizeof *d->widths);
    d->table.widths = icm_arena_take(&d->arena, count * sizeof *d->table.widths);
    f->values = icm_arena_take(&d->arena, count * sizeof *f->values);
    f->ends = icm_arena_take(&d->arena, count * sizeof *f->ends);
    f->cells = icm_arena_take(&d->arena, count * sizeof *f->cells);
    f->items = icm_arena_take(&d->arena, count * sizeof *f->items);
    return d->columns && d->widths && d->table.widths && f->values && f->ends && f->cells && f->items;
}

static bool set_label(struct cli_format *f, size_t at, struct icm_slice label)
{
    struct icm_buf clean = {0};

    cli_format_clean(&f->options, &clean, label);
    bool is_kept = !clean.failed && keep(&f->document.arena, icm_buf_slice(&clean), &f->document.columns[at].label);
    icm_buf_reset(&clean);
    return is_kept;
}

static bool add_property_column(struct cli_format *f, struct icm_slice name, enum cli_align align)
{
    size_t at = f->value_count++;

    f->document.columns[at].align = align;
    f->values[at] = (struct cli_expression){.count = 1};
    return keep(&f->document.arena, name, &f->values[at].arguments[0]) && set_label(f, at, name);
}

static size_t count_columns(const char *columns)
{
    size_t count = 1;

    for (; *columns; columns++)
        count += *columns == '|';
    return count;
}

static bool add_view_columns(struct cli_format *f, const struct psrp_value *object)
{
    struct icm_slice rest = icm_slice_text(f->view->columns);
    struct cli_view_column c;

    if (!make_room(f, count_columns(f->view->columns) + 1))
        return false;
    while (cli_view_next_column(&rest, &c) == ICM_OK) {
        size_t at = f->value_count++;

        f->document.columns[at] = (struct cli_column){
            c.label, c.width, c.align, c.has_label && !psrp_value_find(object, c.label)};
        f->values[at] = c.value;
    }
    return !cli_object_shows_computer(object) ||
           add_property_column(f, icm_slice_text(computer_name), CLI_ALIGN_UNDEFINED);
}

/* Numbers and the like stand at the right, judged by the first object's. */
static enum cli_align align_of(const struct psrp_value *value)
{
    if (!value || value->kind == PSRP_NIL)
        return CLI_ALIGN_LEFT;
    const struct psrp_type_names types = cli_types_of(value);
    bool is_string = types.count > 0 && icm_slice_equal_nocase(types.names[0], icm_slice_text("System.String"));

    return !is_string && cli_type_is_scalar(&types) ? CLI_ALIGN_RIGHT : CLI_ALIGN_LEFT;
}

static bool add_properties(struct cli_format *f, const struct names *n, const struct psrp_value *object)
{
    size_t count = n->count < TABLE_COLUMNS_MAX ? n->count : TABLE_COLUMNS_MAX;

    if (count > 0 && !make_room(f, count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!add_property_column(f, n->rows[i], align_of(psrp_value_find(object, n->rows[i]))))
            return false;
    return true;
}

static bool choose_from_properties(struct cli_format *f, const struct psrp_value *object)
{
    struct icm_arena arena = {0};
    struct names n = {.a = &arena};
    bool is_whole = true;

    f->document.shape = choose_names(&n, object) <= TABLE_PROPERTIES_MAX ? CLI_SHAPE_TABLE : CLI_SHAPE_LIST;
    if (f->document.shape == CLI_SHAPE_TABLE)
        is_whole = add_properties(f, &n, object);
    icm_arena_reset(&arena);
    return is_whole && !n.failed;
}

static bool choose_view(struct cli_format *f, const struct psrp_value *object)
{
    const struct psrp_type_names types = cli_types_of(object);
    struct cli_document *d = &f->document;

    f->value_count = 0;
    f->view = cli_view_find(&types, psrp_value_member(object, "UnixMode") != NULL);
    if (!f->view)
        return choose_from_properties(f, object);
    d->shape = f->view->shape;
    if (f->view->group && (!cli_expression_parse(icm_slice_text(f->view->group->key), &f->group_key) ||
                           (f->view->group->heading &&
                            !cli_expression_parse(icm_slice_text(f->view->group->heading), &f->group_heading))))
        return false;
    return d->shape == CLI_SHAPE_CUSTOM || add_view_columns(f, object);
}

static void open_document(struct cli_format *f, struct icm_buf *out, const struct psrp_value *object)
{
    struct cli_document *d = &f->document;

    if (!choose_view(f, object))
        out->failed = true;
    d->table.count = f->value_count;
    d->is_measured = d->shape == CLI_SHAPE_TABLE && f->value_count > 0 &&
                     (d->columns[0].width == 0 || (f->view && (f->view->traits & CLI_VIEW_AUTOSIZE)));
    cli_document_start(f, d, out);
}

/* ---- groups ---- */

/* Whether @object belongs to another group than the one before, whose key is noted. An object without a key changes nothing. */
static bool take_group_value(struct cli_format *f, const struct psrp_value *object)
{
    struct icm_buf value = {0};
    bool is_new;

    if (!f->view || !f->view->group)
        return false;
    cli_expression_add(&value, &f->group_key, object, f->options.enumeration_limit);
    if (value.size == 0) {
        icm_buf_reset(&value);
        return false;
    }
    is_new = !f->has_group_value || !icm_slice_equal_nocase(icm_buf_slice(&value), icm_buf_slice(&f->group_value));
    icm_buf_move(&f->group_value, &value);
    f->has_group_value = true;
    return is_new;
}

/* "   LABEL: value", or what a heading of its own has, which stands a blank further to the right; an empty line follows. */
static void make_heading(struct cli_format *f, const struct psrp_value *object)
{
    const struct cli_view_group *g = f->view ? f->view->group : NULL;
    struct icm_buf text = {0}, *heading = &f->document.heading;

    if (!g || !f->has_group_value || f->room == 0)
        return;
    icm_buf_add_format(&text, "%s%s: ", g->heading ? "    " : "   ", g->label ? g->label : g->key);
    cli_expression_add(&text, g->heading ? &f->group_heading : &f->group_key, object, f->options.enumeration_limit);
    clean_from(f, &text, 0);
    cli_format_frame(heading, icm_buf_slice(&text), 0, f->room);
    icm_buf_add_u8(heading, '\n');
    icm_buf_reset(&text);
}

void cli_format_frame(struct icm_buf *out, struct icm_slice text, size_t indent, size_t room)
{
    struct icm_buf lines = {0};
    struct icm_slice rest, line;
    bool has_more = true;

    cli_wrap(&lines, text, room - indent, room - indent);
    rest = icm_buf_slice(&lines);
    while (cli_wrap_next(&rest, &has_more, &line)) {
        cli_cells_add_blanks(out, indent);
        icm_buf_add(out, line);
        icm_buf_add_u8(out, '\n');
    }
    out->failed = out->failed || lines.failed;
    icm_buf_reset(&lines);
}

static void enter_group(struct cli_format *f, struct icm_buf *out, const struct psrp_value *object)
{
    bool is_new = take_group_value(f, object);

    if (f->document.is_in_group && !is_new)
        return;
    if (f->document.is_in_group) {
        cli_format_add_lines(f, out, icm_slice_text("\n"));
        cli_document_end_group(f, &f->document, out);
    }
    make_heading(f, object);
    cli_document_start_group(f, &f->document, out);
}

/* ---- objects ---- */

static void add_object(struct cli_format *f, struct icm_buf *out, const struct psrp_value *object)
{
    const struct psrp_type_names types = cli_types_of(object);
    const struct cli_view *aside = cli_view_find_aside(&types);

    if (aside && (aside->traits & CLI_VIEW_OF_ERRORS)) {
        add_error_aside(f, out, object);
    } else if (aside) {
        add_custom_aside(f, out, aside, object);
    } else if (cli_type_is_scalar(&types) || !cli_object_has_own(object)) {
        add_as_text(f, out, object);
    } else if (f->document.is_open && f->view && !cli_view_applies(f->view, &types)) {
        add_list_of(f, out, object, NULL);
    } else {
        if (!f->document.is_open)
            open_document(f, out, object);
        enter_group(f, out, object);
        add_payload(f, out, object);
    }
}

/* Text of no kind's stands for what is null inside a list. */
static const struct psrp_value *element(const struct psrp_value *value)
{
    static const struct psrp_value empty = {.kind = PSRP_STRING};

    return value->kind == PSRP_NIL ? &empty : value;
}

/* A number or a string that is nothing else. */
static bool is_bare(const struct psrp_value *value)
{
    bool is_number = (value->kind >= PSRP_U8 && value->kind <= PSRP_DECIMAL) || value->kind == PSRP_BOOL;

    return (is_number || value->kind == PSRP_STRING || value->kind == PSRP_CHAR) &&
           !(value->object && value->object->types);
}

/* One value with what is noted on it, in an arena of its own. */
static void add_value(struct cli_format *f, struct icm_buf *out, const struct psrp_value *value, const struct cli_origin *from)
{
    if (is_bare(value)) {
        add_as_text(f, out, value);
        return;
    }
    struct icm_arena arena = {0};
    const struct psrp_value *object = cli_object_of(&arena, element(value), from);

    if (object)
        add_object(f, out, object);
    out->failed = out->failed || !object;
    icm_arena_reset(&arena);
}

static void add_entries(struct cli_format *f, struct icm_buf *out, const struct psrp_value *dictionary)
{
    for (const struct psrp_entry *e = dictionary->as.dictionary->first; e; e = e->next) {
        struct icm_arena arena = {0};
        const struct psrp_value *object = cli_object_of_entry(&arena, e);

        if (object)
            add_object(f, out, object);
        out->failed = out->failed || !object;
        icm_arena_reset(&arena);
    }
}

static void add_bytes(struct cli_format *f, struct icm_buf *out, struct icm_slice bytes, const struct cli_origin *from)
{
    for (size_t i = 0; i < bytes.size; i++) {
        const struct psrp_value byte = {.kind = PSRP_U8, .as.u64 = bytes.data[i]};

        add_value(f, out, &byte, from);
    }
}

void cli_format_add(struct cli_format *f, struct icm_buf *out, const struct psrp_value *value, const struct cli_origin *from)
{
    if (value->kind == PSRP_NIL)
        return;
    if (cli_record_is(value))
        cli_record_add(f, out, value, from->computer);
    else if (value->kind == PSRP_BYTES)
        add_bytes(f, out, value->as.text, from);
    else if (value->kind == PSRP_DICTIONARY)
        add_entries(f, out, value);
    else if (value->kind >= PSRP_LIST && value->kind <= PSRP_STACK)
        for (const struct psrp_item *i = value->as.list->first; i; i = i->next)
            add_value(f, out, i->value, from);
    else
        add_value(f, out, value, from);
}

void cli_format_add_text(struct cli_format *f, struct icm_buf *out, struct icm_slice text)
{
    cli_format_add_lines(f, out, text);
}

/* ---- life ---- */

enum icm_code cli_format_new(struct cli_format **out, const struct cli_format_options *o, struct icm_error *err)
{
    struct cli_format *f = calloc(1, sizeof *f);

    if (!f)
        return icm_nomem(err);
    f->options = *o;
    f->room = (o->width > 0 ? o->width : CLI_FORMAT_WIDTH) - 1; /* a console's last column stays free */
    f->room = f->room < CLI_FORMAT_WIDTH_MAX ? f->room : CLI_FORMAT_WIDTH_MAX;
    *out = f;
    return ICM_OK;
}

void cli_format_free(struct cli_format *f)
{
    if (!f)
        return;
    cli_document_reset(&f->document);
    cli_records_reset(f);
    icm_buf_reset(&f->group_value);
    icm_buf_reset(&f->scratch);
    free(f);
}

bool cli_format_is_waiting(const struct cli_format *f)
{
    return f->waiting != NULL;
}

void cli_format_flush(struct cli_format *f, struct icm_buf *out)
{
    if (f->waiting)
        cli_document_flush(f, f->waiting, out);
}

void cli_format_finish(struct cli_format *f, struct icm_buf *out)
{
    cli_records_finish(f, out);
    cli_document_end(f, &f->document, out);
    f->view = NULL;
    f->has_group_value = false;
}
