#include "cli/properties.h"

#include <ctype.h>
#include <stdlib.h>

enum { ROWS_FIRST = 16 };

static void add(struct cli_properties *p, struct icm_slice name, const struct psrp_value *value, int64_t rank)
{
    if (p->count == p->capacity) {
        size_t capacity = p->capacity > 0 ? p->capacity * 2 : ROWS_FIRST;
        struct cli_property *rows = reallocarray(p->rows, capacity, sizeof *rows);

        if (!rows) {
            p->failed = true;
            return;
        }
        p->rows = rows;
        p->capacity = capacity;
    }
    p->rows[p->count] = (struct cli_property){name, value, p->count, rank};
    p->count++;
}

/* the first of equal keys has the highest rank */
static void add_entries(struct cli_properties *p, const struct psrp_entry *entry)
{
    for (int64_t rank = 0; entry; entry = entry->next, rank--) {
        struct icm_buf text = {0};
        struct icm_slice name;

        psrp_value_write_text(entry->key, &text);
        if (text.failed || !icm_arena_copy(&p->arena, icm_buf_slice(&text), &name))
            p->failed = true;
        else
            add(p, name, entry->value, rank);
        icm_buf_reset(&text);
    }
}

/* the last of equal names has the highest rank */
static void add_members(struct cli_properties *p, const struct psrp_member *member, int64_t rank)
{
    for (; member; member = member->next, rank++)
        add(p, member->name, member->value, rank);
}

static int compare_names(struct icm_slice a, struct icm_slice b)
{
    size_t size = a.size < b.size ? a.size : b.size;

    for (size_t i = 0; i < size; i++) {
        int one = a.data[i] < 0x80 ? tolower(a.data[i]) : a.data[i],
            two = b.data[i] < 0x80 ? tolower(b.data[i]) : b.data[i];
        if (one != two)
            return one - two;
    }
    return (a.size > b.size) - (a.size < b.size);
}

static int compare_orders(const void *left, const void *right)
{
    const struct cli_property *a = left, *b = right;

    return (a->order > b->order) - (a->order < b->order);
}

static int compare_rows(const void *left, const void *right)
{
    const struct cli_property *a = left, *b = right;
    int order = compare_names(a->name, b->name);

    return order != 0 ? order : compare_orders(left, right);
}

static int compare_to_row(const void *name, const void *row)
{
    return compare_names(*(const struct icm_slice *)name, ((const struct cli_property *)row)->name);
}

static void keep_one_of_each(struct cli_properties *p)
{
    size_t kept = 0;

    for (size_t i = 0; i < p->count; i++) {
        struct cli_property *last = kept > 0 ? &p->rows[kept - 1] : NULL;

        if (!last || compare_names(last->name, p->rows[i].name) != 0) {
            p->rows[kept++] = p->rows[i];
        } else if (p->rows[i].rank > last->rank) {
            last->value = p->rows[i].value;
            last->rank = p->rows[i].rank;
        }
    }
    p->count = kept;
}

void cli_properties_of(struct cli_properties *p, const struct psrp_value *value)
{
    if (value->kind == PSRP_DICTIONARY) {
        add_entries(p, value->as.dictionary->first);
    } else if (value->object) {
        add_members(p, value->object->extended, INT32_MAX); /* in front of any adapted one */
        add_members(p, value->object->adapted, 0);
    }
    if (p->count > 1)
        qsort(p->rows, p->count, sizeof *p->rows, compare_rows);
    keep_one_of_each(p);
}

const struct psrp_value *cli_properties_find(const struct cli_properties *p, struct icm_slice name)
{
    const struct cli_property *row =
        p->count > 0 ? bsearch(&name, p->rows, p->count, sizeof *p->rows, compare_to_row) : NULL;

    return row ? row->value : NULL;
}

void cli_properties_in_order(struct cli_properties *p)
{
    if (p->count > 1)
        qsort(p->rows, p->count, sizeof *p->rows, compare_orders);
}

void cli_properties_reset(struct cli_properties *p)
{
    free(p->rows);
    icm_arena_reset(&p->arena);
    *p = (struct cli_properties){0};
}
