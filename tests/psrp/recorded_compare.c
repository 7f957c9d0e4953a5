#include "tests/psrp/recorded_compare.h"

#include "psrp/payload.h"
#include "tests/psrp/recorded.h"
#include "tests/psrp/value_equal.h"

/* in what two values of the same place may differ */
enum facet { WHOLE, CONTENT, TYPES, TO_STRING, MISSING, UNKNOWN };

static const char *const facet_names[] = {
    [WHOLE] = "differs",
    [CONTENT] = "has another value",
    [TYPES] = "has other type names",
    [TO_STRING] = "has another ToString",
    [MISSING] = "is missing",
    [UNKNOWN] = "is sent by nobody else",
};

/* What may differ, and why. Everything else is to be the same. */
static const struct difference {
    const char *member; /* the one that it is, or that the list is which it is in; "": the message itself */
    enum facet facet;
    const char *theirs, *ours; /* what either is to be for it: see mark_of; NULL: anything */
    const char *only[2];       /* WHOLE: of it this member's member alone is compared */
} differences[] = {
    /* numbers that each client counts for itself */
    {"ci", CONTENT, NULL, NULL, {0}},
    /* psrpcore has lists of another class than the engine, which takes any, and a class for what has none of its own */
    {"Cmds", TYPES, "System.Collections.ArrayList", NULL, {0}},
    {"ExtraCmds", TYPES, "System.Collections.ArrayList", NULL, {0}},
    {"Args", TYPES, "System.Collections.ArrayList", NULL, {0}},
    {"", TYPES, "System.Object", NULL, {0}},
    /* … and gives a command a text that nobody reads, and no options a name that .NET does not have */
    {"Cmds", TO_STRING, NULL, "", {0}},
    {"RemoteStreamOptions", TO_STRING, "None", "0", {0}},
    /* … and says to an older server, too, what only a newer one knows: that a stream is not merged */
    {"MergeError", MISSING, "None", NULL, {0}},
    {"MergeWarning", MISSING, "None", NULL, {0}},
    {"MergeVerbose", MISSING, "None", NULL, {0}},
    {"MergeDebug", MISSING, "None", NULL, {0}},
    {"MergeInformation", MISSING, "None", NULL, {0}},
    /* the exception of another host: its class, its stack. Ours has the words that it is given */
    {"me", WHOLE, NULL, NULL, {"Exception", "Message"}},
    /* ours says nothing else, whatever a client that is to be sent away has said */
    {"PSVersion", CONTENT, NULL, PSRP_PS_VERSION, {0}},
    {"SerializationVersion", CONTENT, NULL, PSRP_SERIALIZATION_VERSION, {0}},
};

/* ---- the list ---- */

/* what tells a value: its content, the first of its type names, or its ToString */
static struct icm_slice mark_of(const struct psrp_value *value, enum facet facet)
{
    static const struct psrp_object none;
    const struct psrp_object *object = value && value->object ? value->object : &none;

    if (facet == TYPES)
        return object->types && object->types->count > 0 ? object->types->names[0] : (struct icm_slice){0};
    return facet == CONTENT ? psrp_value_text_of(value) : object->to_string;
}

static bool is_marked(const struct psrp_value *value, enum facet facet, const char *mark)
{
    return !mark || icm_slice_is(mark_of(value, facet), mark);
}

/* @ours or @theirs NULL: it is not there */
static const struct difference *find(struct icm_slice member, enum facet facet, const struct psrp_value *ours,
                                     const struct psrp_value *theirs)
{
    for (size_t i = 0; i < ICM_COUNT(differences); i++) {
        const struct difference *d = &differences[i];
        if (d->facet == facet && icm_slice_is(member, d->member) && is_marked(ours, facet, d->ours) &&
            is_marked(theirs, facet, d->theirs))
            return d;
    }
    return NULL;
}

static void tell(struct icm_buf *out, struct icm_slice member, enum facet facet, const struct psrp_value *ours,
                 const struct psrp_value *theirs)
{
    if (!find(member, facet, ours, theirs))
        icm_buf_add_format(out, "%.*s %s\n", (int)member.size, member.size > 0 ? (const char *)member.data : "",
                           facet_names[facet]);
}

/* ---- two values ---- */

static void compare(const struct psrp_value *ours, const struct psrp_value *theirs, struct icm_slice member,
                    unsigned depth, struct icm_buf *out);

static const struct psrp_member *find_member(const struct psrp_member *m, struct icm_slice name)
{
    while (m && !icm_slice_equal(m->name, name))
        m = m->next;
    return m;
}

static void compare_members(const struct psrp_member *ours, const struct psrp_member *theirs, unsigned depth,
                            struct icm_buf *out)
{
    for (const struct psrp_member *m = ours; m; m = m->next) {
        const struct psrp_member *other = find_member(theirs, m->name);
        if (other)
            compare(m->value, other->value, m->name, depth + 1, out);
        else
            tell(out, m->name, UNKNOWN, m->value, NULL);
    }
    for (const struct psrp_member *m = theirs; m; m = m->next)
        if (!find_member(ours, m->name))
            tell(out, m->name, MISSING, NULL, m->value);
}

static bool types_equal(const struct psrp_type_names *a, const struct psrp_type_names *b)
{
    size_t count = a ? a->count : 0;

    if (count != (b ? b->count : 0))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!icm_slice_equal(a->names[i], b->names[i]))
            return false;
    return true;
}

static void compare_objects(const struct psrp_value *ours, const struct psrp_value *theirs, struct icm_slice member,
                            unsigned depth, struct icm_buf *out)
{
    static const struct psrp_object none;
    const struct psrp_object *a = ours->object ? ours->object : &none, *b = theirs->object ? theirs->object : &none;

    if (!types_equal(a->types, b->types))
        tell(out, member, TYPES, ours, theirs);
    if (a->has_to_string != b->has_to_string || !icm_slice_equal(a->to_string, b->to_string))
        tell(out, member, TO_STRING, ours, theirs);
    compare_members(a->adapted, b->adapted, depth, out);
    compare_members(a->extended, b->extended, depth, out);
}

/* with the one of the same key among @theirs, whose order says nothing */
static void compare_entry(const struct psrp_entry *ours, const struct psrp_entry *theirs, struct icm_slice member,
                          unsigned depth, struct icm_buf *out)
{
    while (theirs && !value_equal(ours->key, theirs->key))
        theirs = theirs->next;
    if (theirs)
        compare(ours->value, theirs->value, member, depth + 1, out);
    else
        tell(out, member, CONTENT, ours->value, NULL);
}

static void compare_bases(const struct psrp_value *ours, const struct psrp_value *theirs, struct icm_slice member,
                          unsigned depth, struct icm_buf *out)
{
    bool is_list = ours->kind >= PSRP_LIST && ours->kind < PSRP_DICTIONARY;
    struct psrp_value a = *ours, b = *theirs;

    a.object = b.object = NULL; /* compared already, as is whether it is shared */
    a.is_shared = b.is_shared = false;
    if (is_list && a.as.list->count == b.as.list->count) {
        const struct psrp_item *other = b.as.list->first;
        for (const struct psrp_item *i = a.as.list->first; i; i = i->next, other = other->next)
            compare(i->value, other->value, member, depth + 1, out);
    } else if (a.kind == PSRP_DICTIONARY && a.as.dictionary->count == b.as.dictionary->count) {
        for (const struct psrp_entry *e = a.as.dictionary->first; e; e = e->next)
            compare_entry(e, b.as.dictionary->first, member, depth, out);
    } else if (is_list || a.kind == PSRP_DICTIONARY || !value_equal(&a, &b))
        tell(out, member, CONTENT, ours, theirs);
}

/* @value, or that of its member's member that @only names; NULL: it has none. */
static const struct psrp_value *narrow(const struct psrp_value *value, const char *const only[2])
{
    for (int i = 0; i < 2 && only[i] && value; i++)
        value = psrp_value_member(value, only[i]);
    return value;
}

static void compare(const struct psrp_value *ours, const struct psrp_value *theirs, struct icm_slice member,
                    unsigned depth, struct icm_buf *out)
{
    const struct difference *d = find(member, WHOLE, ours, theirs);

    ours = d ? narrow(ours, d->only) : ours;
    theirs = d ? narrow(theirs, d->only) : theirs;
    if (!ours || !theirs || ours->kind != theirs->kind || depth > RECORDED_DEPTH_MAX) {
        tell(out, member, CONTENT, ours, theirs);
        return;
    }
    compare_objects(ours, theirs, member, depth, out);
    compare_bases(ours, theirs, member, depth, out);
}

void recorded_compare(const struct psrp_value *ours, const struct psrp_value *theirs, struct icm_buf *out)
{
    compare(ours, theirs, icm_slice_text(""), 0, out);
}
