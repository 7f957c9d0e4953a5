#include "tests/psrp/value_equal.h"

#include "psrp/clixml.h"

#include <math.h>

static bool equal(const struct psrp_value *a, const struct psrp_value *b, unsigned depth);

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

static bool members_equal(const struct psrp_member *a, const struct psrp_member *b, unsigned depth)
{
    for (; a && b; a = a->next, b = b->next)
        if (!icm_slice_equal(a->name, b->name) || !equal(a->value, b->value, depth + 1))
            return false;
    return a == b;
}

static bool objects_equal(const struct psrp_object *a, const struct psrp_object *b, unsigned depth)
{
    if (!a || !b)
        return a == b;
    return types_equal(a->types, b->types) && a->has_to_string == b->has_to_string &&
           icm_slice_equal(a->to_string, b->to_string) && members_equal(a->adapted, b->adapted, depth) &&
           members_equal(a->extended, b->extended, depth);
}

static bool items_equal(const struct psrp_item *a, const struct psrp_item *b, unsigned depth)
{
    for (; a && b; a = a->next, b = b->next)
        if (!equal(a->value, b->value, depth + 1))
            return false;
    return a == b;
}

static bool entries_equal(const struct psrp_entry *a, const struct psrp_entry *b, unsigned depth)
{
    for (; a && b; a = a->next, b = b->next)
        if (!equal(a->key, b->key, depth + 1) || !equal(a->value, b->value, depth + 1))
            return false;
    return a == b;
}

static bool reals_equal(double a, double b)
{
    return isnan(a) ? isnan(b) : memcmp(&a, &b, sizeof a) == 0;
}

static bool bases_equal(const struct psrp_value *a, const struct psrp_value *b, unsigned depth)
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
        return a->as.list->count == b->as.list->count && items_equal(a->as.list->first, b->as.list->first, depth);
    case PSRP_DICTIONARY:
        return a->as.dictionary->count == b->as.dictionary->count &&
               entries_equal(a->as.dictionary->first, b->as.dictionary->first, depth);
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

static bool equal(const struct psrp_value *a, const struct psrp_value *b, unsigned depth)
{
    return depth < PSRP_CLIXML_DEPTH_MAX && a->kind == b->kind && bases_equal(a, b, depth) &&
           objects_equal(a->object, b->object, depth);
}

bool value_equal(const struct psrp_value *a, const struct psrp_value *b)
{
    return equal(a, b, 1);
}
