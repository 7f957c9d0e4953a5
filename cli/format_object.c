#include "cli/format_object.h"

#include "cli/format_live.h"

#include <ctype.h>
#include <stdlib.h>

/* ---- making ---- */

/* a copy whose members are its own to add to */
static struct psrp_value *copy_of(struct icm_arena *a, const struct psrp_value *value)
{
    struct psrp_value *copy = icm_arena_take(a, sizeof *copy);
    struct psrp_object *object = icm_arena_take(a, sizeof *object);

    if (!copy || !object)
        return NULL;
    *copy = *value;
    copy->object = object;
    object->extended_end = &object->extended;
    if (!value->object)
        return copy;
    *object = *value->object;
    object->extended = NULL;
    object->extended_end = &object->extended;
    for (const struct psrp_member *from = value->object->extended; from; from = from->next) {
        struct psrp_member *m = icm_arena_take(a, sizeof *m);

        if (!m)
            return NULL;
        *m = (struct psrp_member){.name = from->name, .value = from->value};
        *object->extended_end = m;
        object->extended_end = &m->next;
    }
    return copy;
}

const struct psrp_value *cli_object_of(struct icm_arena *a, const struct psrp_value *value, const struct cli_origin *from)
{
    const struct psrp_value *noted = cli_origin_note(a, value, from);

    if (!noted || !cli_live_has(noted))
        return noted;
    struct psrp_value *copy = copy_of(a, noted);
    return copy && cli_live_add(a, copy) ? copy : NULL;
}

const struct psrp_value *cli_object_of_entry(struct icm_arena *a, const struct psrp_entry *entry)
{
    static const char *const types[] = {"System.Collections.DictionaryEntry", "System.ValueType", "System.Object", NULL};
    struct psrp_value *object = psrp_value_object(a, types);

    if (!object || !psrp_value_add_property(a, object, "Key", entry->key) ||
        !psrp_value_add_property(a, object, "Value", entry->value) || !psrp_value_add_property(a, object, "Name", entry->key))
        return NULL;
    return object;
}

/* ---- looking ---- */

static int compare_names(struct icm_slice a, struct icm_slice b)
{
    size_t size = a.size < b.size ? a.size : b.size;

    for (size_t i = 0; i < size; i++) {
        int one = tolower(a.data[i]), two = tolower(b.data[i]);

        if (one != two)
            return one - two;
    }
    return (a.size > b.size) - (a.size < b.size);
}

static int by_order(const void *left, const void *right)
{
    const struct cli_object_property *a = left, *b = right;

    return (a->order > b->order) - (a->order < b->order);
}

static int by_name(const void *left, const void *right)
{
    const struct cli_object_property *a = left, *b = right;
    int order = compare_names(a->name, b->name);

    return order != 0 ? order : by_order(left, right);
}

enum { FEW = 32 /* names that are compared with each other rather than sorted */ };

static bool are_few_and_different(const struct cli_object_property *rows, size_t count)
{
    if (count > FEW)
        return false;
    for (size_t i = 1; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (rows[i].name.size == rows[k].name.size && icm_slice_equal_nocase(rows[i].name, rows[k].name))
                return false;
    return true;
}

/* The first of equal names stays. */
static size_t keep_one_of_each(struct cli_object_property *rows, size_t count)
{
    size_t kept = 0;

    if (are_few_and_different(rows, count))
        return count;
    qsort(rows, count, sizeof *rows, by_name);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || compare_names(rows[kept - 1].name, rows[i].name) != 0)
            rows[kept++] = rows[i];
    qsort(rows, kept, sizeof *rows, by_order);
    return kept;
}

static size_t count_members(const struct psrp_member *m)
{
    size_t count = 0;

    for (; m; m = m->next)
        count++;
    return count;
}

struct cli_object_property *cli_object_properties(struct icm_arena *a, const struct psrp_value *object, size_t *count)
{
    bool is_copy = object->kind == PSRP_OBJECT;
    const struct psrp_object *members = object->object;
    const struct psrp_member *lists[] = {!members ? NULL : is_copy ? members->extended : members->adapted,
                                         !members ? NULL : is_copy ? members->adapted : members->extended};
    size_t all = count_members(lists[0]) + count_members(lists[1]), at = 0;
    struct cli_object_property *rows = all > 0 ? icm_arena_take(a, all * sizeof *rows) : NULL;

    *count = 0;
    if (!rows)
        return NULL;
    for (size_t i = 0; i < ICM_COUNT(lists); i++)
        for (const struct psrp_member *m = lists[i]; m; m = m->next)
            if (!m->value->is_member_set) {
                rows[at] = (struct cli_object_property){m->name, at};
                at++;
            }
    *count = keep_one_of_each(rows, at);
    return rows;
}

bool cli_object_has_own(const struct psrp_value *object)
{
    const struct psrp_member *lists[] = {object->object ? object->object->adapted : NULL,
                                         object->object ? object->object->extended : NULL};

    for (size_t i = 0; i < ICM_COUNT(lists); i++)
        for (const struct psrp_member *m = lists[i]; m; m = m->next)
            if (!cli_origin_has(m->name) && !m->value->is_member_set)
                return true;
    return false;
}

bool cli_object_has_show_note(const struct psrp_value *object)
{
    return psrp_value_member(object, CLI_SHOW_NOTE) != NULL;
}

bool cli_object_shows_computer(const struct psrp_value *object)
{
    const struct psrp_value *shows = psrp_value_member(object, CLI_SHOW_NOTE);

    return psrp_value_member(object, CLI_COMPUTER_NOTE) && shows && shows->kind == PSRP_BOOL && shows->as.boolean;
}
