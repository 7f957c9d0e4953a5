/* What Format-Table and its like made on the other side: records, recognised by a member that each has. They are written as they come; each
 * computer's are a document of its own. formatting.md, section 1.3. */
#include "cli/format_cells.h"
#include "cli/format_private.h"
#include "cli/format_wrap.h"

#include <stdlib.h>

#define CLASS_MEMBER "ClassId2e4f51ef21dd47e99d3c952918aff9cd"

enum {
    DEPTH_MAX = 50,        /* of entries inside entries */
    ENTRIES_MAX = 1 << 20, /* of one record: it may hold another in many places */
    INDENT_MAX = CLI_FORMAT_WIDTH_MAX,
};

typedef void handle(struct cli_format *f, struct cli_document *d, const struct psrp_value *record, struct icm_buf *out);

static handle on_start, on_group_start, on_entry, on_group_end, on_end;

static const struct {
    const char *id;
    handle *handle;
} records[] = {
    {"27c87ef9bbda4f709f6b4002fa4af63c", on_entry},       {"033ecb2bc07a4d43b5ef94ed5a35d280", on_start},
    {"9e210fe47d09416682b841769c78b8a3", on_group_start}, {"4ec4f0187cb04f4cb6973460dfe252df", on_group_end},
    {"cf522b78d86c486691226b40aa69e95c", on_end},
};

/* the shapes, and an entry's forms */
#define TABLE_HEADER "e3b7a39c089845d388b2e84c5d38f5dd"
#define WIDE_HEADER "b2e2775d33d544c794d0081f27021b5c"
#define LIST_HEADER "830bdcb24c1642258724e441512233a4"
#define TABLE_ROW "0e59526e2dd441aa91e7fc952caf4a36"
#define LIST_ENTRY "cf58f450baa848ef8eb3504008be6978"
#define WIDE_ENTRY "59bf79de63354a7b9e4d1697940ff188"
#define COMPLEX_ENTRY "22e7ef3c896449d4a6f2dedea05dd737"
#define RAW_TEXT "29ED81BA914544d4BC430F027EE053E9"

#define FORMAT_ENTRY "fba029a113a5458d932a2ed4871fadf2"
#define NEW_LINE "de7e8b96fbd84db5a43aa82eb34580ec"
#define TEXT_FIELD "b8d9e369024a43a580b9e0c9279e3354"
#define PROPERTY_FIELD "78b102e894f742aca8c1d6737b6ff86a"

/* ---- looking into records ---- */

static struct icm_slice class_of(const struct psrp_value *value)
{
    return psrp_value_text_of(psrp_value_member(value, CLASS_MEMBER));
}

static bool is_class(const struct psrp_value *value, const char *id)
{
    return icm_slice_equal_nocase(class_of(value), icm_slice_text(id));
}

static const struct psrp_item *items_of(const struct psrp_value *value, const char *name)
{
    const struct psrp_value *list = psrp_value_member(value, name);

    return list && list->kind >= PSRP_LIST && list->kind <= PSRP_STACK ? list->as.list->first : NULL;
}

static size_t count_items(const struct psrp_item *item)
{
    size_t count = 0;

    for (; item && count < CLI_COLUMNS_MAX; item = item->next)
        count++;
    return count;
}

static bool is_true(const struct psrp_value *value, const char *name)
{
    const struct psrp_value *flag = psrp_value_member(value, name);

    return flag && flag->kind == PSRP_BOOL && flag->as.boolean;
}

static int64_t number_of(const struct psrp_value *value, const char *name)
{
    int64_t number;

    return psrp_value_integer(psrp_value_member(value, name), &number) ? number : 0;
}

static enum cli_align align_of(const struct psrp_value *value)
{
    int64_t align = number_of(value, "alignment");

    return align >= CLI_ALIGN_LEFT && align <= CLI_ALIGN_RIGHT ? (enum cli_align)align : CLI_ALIGN_UNDEFINED;
}

/* Text of the peer's, in an arena. */
static struct icm_slice clean(struct cli_format *f, struct icm_arena *a, const struct psrp_value *value, bool *failed)
{
    struct icm_buf text = {0};
    struct icm_slice kept = {0};

    cli_format_clean(&f->options, &text, psrp_value_text_of(value));
    *failed = *failed || text.failed || !icm_arena_copy(a, icm_buf_slice(&text), &kept);
    icm_buf_reset(&text);
    return kept;
}

/* ---- text in frames ---- */

/* Lines that entries inside entries make, each level moving them to the right. */
struct frames {
    struct cli_format *f;
    struct icm_buf *out, line;
    size_t room, left;
    size_t entries; /* that were looked into */
};

static void end_line(struct frames *w)
{
    if (w->left < w->room)
        cli_format_frame(w->out, icm_buf_slice(&w->line), w->left, w->room);
    w->out->failed = w->out->failed || w->line.failed;
    icm_buf_clear(&w->line);
}

static size_t indent_of(const struct psrp_value *entry)
{
    int64_t left = number_of(psrp_value_member(entry, "frameInfo"), "leftIndentation");

    return left > 0 && left < INDENT_MAX ? (size_t)left : 0;
}

static void add_entry(struct frames *w, const struct psrp_item *item, unsigned depth)
{
    for (; item && w->entries < ENTRIES_MAX; item = item->next) {
        const struct psrp_value *value = item->value;

        w->entries++;
        if (is_class(value, FORMAT_ENTRY) && depth < DEPTH_MAX) {
            size_t indent = indent_of(value);

            w->left += indent;
            add_entry(w, items_of(value, "formatValueList"), depth + 1);
            w->left -= indent;
        } else if (is_class(value, NEW_LINE)) {
            end_line(w);
        } else if (is_class(value, TEXT_FIELD)) {
            cli_format_clean(&w->f->options, &w->line, psrp_value_text_of(psrp_value_member(value, "text")));
        } else if (is_class(value, PROPERTY_FIELD)) {
            cli_format_clean(&w->f->options, &w->line, psrp_value_text_of(psrp_value_member(value, "propertyValue")));
        }
    }
}

/* Append the lines of a FreeFormatEntry; what is left without an end is a line too. */
static void add_frames(struct cli_format *f, struct icm_buf *out, const struct psrp_value *entry, size_t room)
{
    struct frames w = {.f = f, .out = out, .room = room};

    add_entry(&w, items_of(entry, "formatValueList"), 0);
    end_line(&w);
    icm_buf_reset(&w.line);
}

/* ---- start ---- */

static bool read_column(struct cli_format *f, struct cli_document *d, const struct psrp_value *from, struct cli_column *out)
{
    const struct psrp_value *label = psrp_value_member(from, "label"), *matches = psrp_value_member(from, "HeaderMatchesProperty");
    bool failed = false;

    if (!label || label->kind == PSRP_NIL)
        label = psrp_value_member(from, "propertyName");
    *out = (struct cli_column){
        .label = clean(f, &d->arena, label, &failed),
        .width = number_of(from, "width"),
        .align = align_of(from),
        .is_computed = matches && matches->kind == PSRP_BOOL && !matches->as.boolean,
    };
    return !failed;
}

static bool make_columns(struct cli_document *d, size_t count)
{
    d->columns = icm_arena_take(&d->arena, count * sizeof *d->columns);
    d->widths = icm_arena_take(&d->arena, count * sizeof *d->widths);
    d->table.widths = icm_arena_take(&d->arena, count * sizeof *d->table.widths);
    d->table.count = count;
    return d->columns && d->widths && d->table.widths;
}

static bool start_table(struct cli_format *f, struct cli_document *d, const struct psrp_value *shape)
{
    const struct psrp_item *item = items_of(shape, "tableColumnInfoList");
    size_t count = count_items(item);

    if (count == 0)
        return true;
    if (!make_columns(d, count))
        return false;
    for (size_t i = 0; i < count; i++, item = item->next)
        if (!read_column(f, d, item->value, &d->columns[i]))
            return false;
    d->hides_header = is_true(shape, "hideHeader");
    return true;
}

static bool start_wide(struct cli_format *f, struct cli_document *d, const struct psrp_value *shape)
{
    int64_t columns = number_of(shape, "columns");
    size_t count = columns <= 0 ? 2 : columns < CLI_COLUMNS_MAX ? (size_t)columns : CLI_COLUMNS_MAX;

    d->columns_max = count > f->room ? count : f->room;
    if (!make_columns(d, d->columns_max))
        return false;
    d->table.count = count;
    return true;
}

static bool start_shape(struct cli_format *f, struct cli_document *d, const struct psrp_value *shape)
{
    d->shape = is_class(shape, TABLE_HEADER)  ? CLI_SHAPE_TABLE
               : is_class(shape, WIDE_HEADER) ? CLI_SHAPE_WIDE
               : is_class(shape, LIST_HEADER) ? CLI_SHAPE_LIST
                                              : CLI_SHAPE_CUSTOM;
    if (d->shape == CLI_SHAPE_TABLE)
        return start_table(f, d, shape);
    return d->shape != CLI_SHAPE_WIDE || start_wide(f, d, shape);
}

static void on_start(struct cli_format *f, struct cli_document *d, const struct psrp_value *record, struct icm_buf *out)
{
    const struct psrp_value *autosize = psrp_value_member(record, "autosizeInfo");

    cli_document_end(f, d, out); /* the one before was not closed, or there was none */
    if (!start_shape(f, d, psrp_value_member(record, "shapeInfo"))) {
        out->failed = true;
        cli_document_reset(d);
        return;
    }
    d->is_measured = (autosize && autosize->kind != PSRP_NIL) ||
                     (d->shape == CLI_SHAPE_TABLE && d->table.count > 0 && d->columns[0].width == 0);
    cli_document_start(f, d, out);
}

/* ---- groups ---- */

static void on_group_start(struct cli_format *f, struct cli_document *d, const struct psrp_value *record, struct icm_buf *out)
{
    const struct psrp_value *grouping = psrp_value_member(record, "groupingEntry");

    if (!d->is_open || d->is_in_group)
        return;
    if (grouping && grouping->kind != PSRP_NIL) {
        add_frames(f, &d->heading, grouping, f->room);
        icm_buf_add_u8(&d->heading, '\n');
    }
    cli_document_start_group(f, d, out);
}

static void on_group_end(struct cli_format *f, struct cli_document *d, const struct psrp_value *record, struct icm_buf *out)
{
    (void)record;
    if (d->is_in_group)
        cli_document_end_group(f, d, out);
}

static void on_end(struct cli_format *f, struct cli_document *d, const struct psrp_value *record, struct icm_buf *out)
{
    (void)record;
    cli_document_end(f, d, out);
}

/* ---- entries ---- */

static void add_row(struct cli_format *f, struct cli_document *d, const struct psrp_value *entry, struct icm_buf *out)
{
    struct icm_arena arena = {0};
    const struct psrp_item *item = items_of(entry, "formatPropertyFieldList");
    struct cli_cell *cells = d->table.count > 0 ? icm_arena_take(&arena, d->table.count * sizeof *cells) : NULL;
    bool failed = d->table.count > 0 && !cells;

    for (size_t i = 0; cells && i < d->table.count; i++) {
        cells[i].align = item ? align_of(item->value) : CLI_ALIGN_LEFT;
        cells[i].text = clean(f, &arena, item ? psrp_value_member(item->value, "propertyValue") : NULL, &failed);
        item = item ? item->next : NULL;
    }
    if (cells && !failed)
        cli_document_add_row(f, d, cells, is_true(entry, "multiLine"), out);
    out->failed = out->failed || failed;
    icm_arena_reset(&arena);
}

/* @d NULL: beside every document */
static void add_list(struct cli_format *f, struct cli_document *d, const struct psrp_value *entry, struct icm_buf *out)
{
    struct icm_arena arena = {0};
    const struct psrp_item *item = items_of(entry, "listViewFieldList");
    size_t count = count_items(item);
    struct cli_list_item *items = count > 0 ? icm_arena_take(&arena, count * sizeof *items) : NULL;
    bool failed = count > 0 && !items;

    for (size_t i = 0; items && i < count; i++, item = item->next) {
        const struct psrp_value *label = psrp_value_member(item->value, "label");

        if (!label || label->kind == PSRP_NIL)
            label = psrp_value_member(item->value, "propertyName");
        items[i].label = clean(f, &arena, label, &failed);
        items[i].value = clean(f, &arena, psrp_value_member(psrp_value_member(item->value, "formatPropertyField"), "propertyValue"), &failed);
    }
    if (!failed && d)
        cli_document_add_list(f, d, items, count, out);
    else if (!failed)
        cli_format_add_list_aside(f, out, items, count);
    out->failed = out->failed || failed;
    icm_arena_reset(&arena);
}

static void add_wide(struct cli_format *f, struct cli_document *d, const struct psrp_value *entry, struct icm_buf *out)
{
    const struct psrp_value *field = psrp_value_member(entry, "formatPropertyField");
    struct icm_buf text = {0};

    cli_format_clean(&f->options, &text, psrp_value_text_of(psrp_value_member(field, "propertyValue")));
    cli_document_add_wide(f, d, icm_buf_slice(&text), out);
    out->failed = out->failed || text.failed;
    icm_buf_reset(&text);
}

static void add_complex(struct cli_format *f, struct cli_document *d, const struct psrp_value *entry, struct icm_buf *out)
{
    struct icm_buf lines = {0};

    add_frames(f, &lines, entry, d ? f->room : INT32_MAX);
    if (d)
        cli_document_add_lines(f, d, icm_buf_slice(&lines), out);
    else
        cli_format_add_lines(f, out, icm_buf_slice(&lines));
    out->failed = out->failed || lines.failed;
    icm_buf_reset(&lines);
}

static void add_raw(struct cli_format *f, const struct psrp_value *entry, struct icm_buf *out)
{
    struct icm_buf text = {0};

    cli_format_clean(&f->options, &text, psrp_value_text_of(psrp_value_member(entry, "text")));
    icm_buf_add_u8(&text, '\n');
    cli_format_add_lines(f, out, icm_buf_slice(&text));
    out->failed = out->failed || text.failed;
    icm_buf_reset(&text);
}

static void on_aside(struct cli_format *f, const struct psrp_value *entry, struct icm_buf *out)
{
    if (is_class(entry, RAW_TEXT))
        add_raw(f, entry, out);
    else if (is_class(entry, LIST_ENTRY))
        add_list(f, NULL, entry, out);
    else if (is_class(entry, COMPLEX_ENTRY))
        add_complex(f, NULL, entry, out);
}

/* An entry of another shape than its document's is nothing. */
static void on_entry(struct cli_format *f, struct cli_document *d, const struct psrp_value *record, struct icm_buf *out)
{
    const struct psrp_value *entry = psrp_value_member(record, "formatEntryInfo");

    if (is_true(record, "outOfBand"))
        on_aside(f, entry, out);
    else if (d->is_in_group && d->shape == CLI_SHAPE_TABLE && is_class(entry, TABLE_ROW))
        add_row(f, d, entry, out);
    else if (d->is_in_group && d->shape == CLI_SHAPE_LIST && is_class(entry, LIST_ENTRY))
        add_list(f, d, entry, out);
    else if (d->is_in_group && d->shape == CLI_SHAPE_WIDE && is_class(entry, WIDE_ENTRY))
        add_wide(f, d, entry, out);
    else if (d->is_in_group && d->shape == CLI_SHAPE_CUSTOM && is_class(entry, COMPLEX_ENTRY))
        add_complex(f, d, entry, out);
}

/* ---- documents ---- */

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The document of a computer, which is made with its first record. */
static struct cli_remote *remote_of(struct cli_format *f, const char *computer)
{
    struct cli_remote *r = f->remotes;

    while (r && !is_same(r->computer, computer))
        r = r->next;
    if (r)
        return r;
    r = calloc(1, sizeof *r);
    if (r && computer && !(r->computer = strdup(computer))) {
        free(r);
        return NULL;
    }
    if (r) {
        r->next = f->remotes;
        f->remotes = r;
    }
    return r;
}

static void drop(struct cli_format *f, struct cli_remote *remote)
{
    for (struct cli_remote **at = &f->remotes; *at; at = &(*at)->next)
        if (*at == remote) {
            *at = remote->next;
            break;
        }
    cli_document_reset(&remote->document);
    free(remote->computer);
    free(remote);
}

bool cli_record_is(const struct psrp_value *value)
{
    struct icm_slice id = value->object && value->kind == PSRP_OBJECT ? class_of(value) : icm_slice_text("");

    for (size_t i = 0; id.size > 0 && i < ICM_COUNT(records); i++)
        if (icm_slice_equal_nocase(id, icm_slice_text(records[i].id)))
            return true;
    return false;
}

void cli_record_add(struct cli_format *f, struct icm_buf *out, const struct psrp_value *value, const char *computer)
{
    struct cli_remote *remote = remote_of(f, computer);

    if (!remote) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < ICM_COUNT(records); i++)
        if (icm_slice_equal_nocase(class_of(value), icm_slice_text(records[i].id)))
            records[i].handle(f, &remote->document, value, out);
    if (!remote->document.is_open)
        drop(f, remote);
}

void cli_records_finish(struct cli_format *f, struct icm_buf *out)
{
    while (f->remotes) {
        cli_document_end(f, &f->remotes->document, out);
        drop(f, f->remotes);
    }
}

void cli_records_reset(struct cli_format *f)
{
    while (f->remotes)
        drop(f, f->remotes);
}
