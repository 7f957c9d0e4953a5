#include "tests/psrp/value_equal.h"

#include "psrp/clixml.h"

#include <math.h>
#include <stdlib.h>

/* shared values that were met, and what stood in their place on the other side */
struct pairs {
    struct {
        const struct psrp_value *a, *b;
    } * first;
    size_t count, room;
};

static bool equal(const struct psrp_value *a, const struct psrp_value *b, struct pairs *seen, unsigned depth);

static bool types_equal(const struct psrp_type_names *a, const struct psrp_type_names *b)
{
    if (!a || !b)
        return a == b;
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!icm_slice_equal(a->names[i], b->names[i]))
            return false;
    return true;
}

static bool members_equal(const struct psrp_member *a, const struct psrp_member *b, struct pairs *seen, unsigned depth)
{
    for (; a && b; a = a->next, b = b->next)
        if (!icm_slice_equal(a->name, b->name) || !equal(a->value, b->value, seen, depth + 1))
            return false;
    return a == b;
}

static bool objects_equal(const struct psrp_object *a, const struct psrp_object *b, struct pairs *seen, unsigned depth)
{
    if (!a || !b)
        return a == b;
    return types_equal(a->types, b->types) && a->has_to_string == b->has_to_string &&
           icm_slice_equal(a->to_string, b->to_string) && members_equal(a->adapted, b->adapted, seen, depth) &&
           members_equal(a->extended, b->extended, seen, depth);
}

static bool items_equal(const struct psrp_item *a, const struct psrp_item *b, struct pairs *seen, unsigned depth)
{
    for (; a && b; a = a->next, b = b->next)
        if (!equal(a->value, b->value, seen, depth + 1))
            return false;
    return a == b;
}

static bool entries_equal(const struct psrp_entry *a, const struct psrp_entry *b, struct pairs *seen, unsigned depth)
{
    for (; a && b; a = a->next, b = b->next)
        if (!equal(a->key, b->key, seen, depth + 1) || !equal(a->value, b->value, seen, depth + 1))
            return false;
    return a == b;
}

static bool reals_equal(double a, double b)
{
    return isnan(a) ? isnan(b) : memcmp(&a, &b, sizeof a) == 0;
}

static bool bases_equal(const struct psrp_value *a, const struct psrp_value *b, struct pairs *seen, unsigned depth)
{
    switch (a->kind) {
    case PSRP_NIL:
    case PSRP_OBJECT:
        return true;
    case PSRP_BOOL:
        return a->as.boolean == b->as.boolean;
    case PSRP_FLOAT:
    case PSRP_DOUBLE:
        return reals_equal(a->as.number, b->as.number);
    case PSRP_LIST:
    case PSRP_ENUMERABLE:
    case PSRP_QUEUE:
    case PSRP_STACK:
        return a->as.list->count == b->as.list->count && items_equal(a->as.list->first, b->as.list->first, seen, depth);
    case PSRP_DICTIONARY:
        return a->as.dictionary->count == b->as.dictionary->count &&
               entries_equal(a->as.dictionary->first, b->as.dictionary->first, seen, depth);
    case PSRP_CHAR:
    case PSRP_U8:
    case PSRP_I8:
    case PSRP_U16:
    case PSRP_I16:
    case PSRP_U32:
    case PSRP_I32:
    case PSRP_U64:
    case PSRP_I64:
        return a->as.u64 == b->as.u64;
    default:
        return icm_slice_equal(a->as.text, b->as.text);
    }
}

/* The partner of @a, or NULL where it was not met before; then it is @b from now on. */
static const struct psrp_value *partner(struct pairs *seen, const struct psrp_value *a, const struct psrp_value *b)
{
    for (size_t i = 0; i < seen->count; i++)
        if (seen->first[i].a == a)
            return seen->first[i].b;
    if (seen->count == seen->room) {
        seen->room = seen->room ? seen->room * 2 : 64;
        seen->first = reallocarray(seen->first, seen->room, sizeof *seen->first);
        if (!seen->first)
            abort();
    }
    seen->first[seen->count].a = a;
    seen->first[seen->count++].b = b;
    return NULL;
}

static bool equal(const struct psrp_value *a, const struct psrp_value *b, struct pairs *seen, unsigned depth)
{
    const struct psrp_value *other = a->is_shared ? partner(seen, a, b) : NULL;

    if (other)
        return other == b;
    return depth < PSRP_CLIXML_DEPTH_MAX && a->kind == b->kind && a->is_member_set == b->is_member_set &&
           bases_equal(a, b, seen, depth) && objects_equal(a->object, b->object, seen, depth);
}

bool value_equal(const struct psrp_value *a, const struct psrp_value *b)
{
    struct pairs seen = {0};
    bool is_equal = equal(a, b, &seen, 1);

    free(seen.first);
    return is_equal;
}
