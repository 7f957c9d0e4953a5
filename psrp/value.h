/* Values as PowerShell knows them: a tree of PSObjects, kept in the arena of the message that brought them.
 * MS-PSRP 2.2.5. */
#ifndef PSRP_VALUE_H
#define PSRP_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

/** What a value is at its base. The order is that of the table in clixml_types.c. */
enum psrp_kind {
    PSRP_NIL,
    PSRP_STRING,
    PSRP_CHAR, /* one UTF-16 unit, in @as.u64 */
    PSRP_BOOL,
    PSRP_DATETIME, /* lexical text, checked: 2026-11-24T03:41:52.1234567Z, ±hh:mm, or neither */
    PSRP_TIMESPAN, /* lexical text, checked: -P1DT2H3M4.5S */
    PSRP_U8,
    PSRP_I8,
    PSRP_U16,
    PSRP_I16,
    PSRP_U32,
    PSRP_I32,
    PSRP_U64,
    PSRP_I64,
    PSRP_FLOAT,
    PSRP_DOUBLE,
    PSRP_DECIMAL, /* lexical text, checked: its scale is kept */
    PSRP_BYTES,
    PSRP_GUID, /* lexical text, checked */
    PSRP_URI,
    PSRP_VERSION, /* lexical text, checked: a.b[.c[.d]] */
    PSRP_XML,
    PSRP_SCRIPTBLOCK,
    PSRP_SECURESTRING, /* decoded from base64; still encrypted by the session key, MS-PSRP 2.2.5.1.24 */
    PSRP_LIST,
    PSRP_ENUMERABLE,
    PSRP_QUEUE,
    PSRP_STACK,
    PSRP_DICTIONARY,
    PSRP_OBJECT, /* no base value: only members */
    PSRP_KIND_COUNT
};

/** The streams that an object of a document may say it belongs to. */
enum psrp_origin {
    PSRP_ORIGIN_NONE, /* it says nothing */
    PSRP_ORIGIN_OUTPUT,
    PSRP_ORIGIN_ERROR,
    PSRP_ORIGIN_WARNING,
    PSRP_ORIGIN_VERBOSE,
    PSRP_ORIGIN_DEBUG,
    PSRP_ORIGIN_PROGRESS,
    PSRP_ORIGIN_INFORMATION,
};

/** What PowerShell adds to a base value: type names, the text of ToString(), properties. */
struct psrp_member {
    struct icm_slice name;
    struct psrp_value *value;
    struct psrp_member *next;
};

struct psrp_type_names {
    struct icm_slice *names; /* most derived first, as received: without "Deserialized." put in front */
    size_t count;
};

/** The list of a type that nearly everything is of, kept once for all values; NULL: there is none of just these @names.
 */
const struct psrp_type_names *psrp_type_names_find(const struct icm_slice *names, size_t count);

struct psrp_object {
    const struct psrp_type_names *types; /* NULL where none were sent */
    bool has_to_string;
    struct icm_slice to_string;
    struct psrp_member *adapted, **adapted_end;   /* Props, in the order of the document */
    struct psrp_member *extended, **extended_end; /* MS */
};

struct psrp_entry {
    struct psrp_value *key, *value;
    struct psrp_entry *next;
};

struct psrp_item {
    struct psrp_value *value;
    struct psrp_item *next;
};

/* of a list, enumerable or queue; a stack from its top */
struct psrp_list {
    struct psrp_item *first, **end;
    size_t count;
};

/* in the order of the document */
struct psrp_dictionary {
    struct psrp_entry *first, **end;
    size_t count;
};

/** One value. Texts are UTF-8 in which a lone surrogate keeps its three-byte form. A value may be reached on several
 * ways (Ref): who walks bounds the depth. */
struct psrp_value {
    enum psrp_kind kind;
    bool is_clear;  /* PSRP_SECURESTRING: as.text is what the user typed, in UTF-8, not what a session key made of it */
    bool is_held;   /* one place in a tree holds it … */
    bool is_shared; /* … and another one too: written once, then by Ref; MS-PSRP 2.2.5.2.1 */
    bool is_member_set : 1; /* PSRP_OBJECT: an MS inside an MS, which is no object of its own; MS-PSRP 2.2.5.2.9 */
    enum psrp_origin origin : 4; /* of an object in a document: the S attribute of PowerShell's standard output */
    union {
        bool boolean;
        int64_t i64;                        /* the signed integers */
        uint64_t u64;                       /* the unsigned ones, and the char */
        double number;                      /* float and double */
        struct icm_slice text;              /* the texts and the lexical ones, and bytes */
        struct psrp_list *list;             /* never NULL in a value of that kind */
        struct psrp_dictionary *dictionary; /* likewise */
    } as;
    struct psrp_object *object; /* NULL for a bare primitive; always there for PSRP_OBJECT and the containers read */
};

/* Making values: everything is copied into @a. NULL when memory is short, and a NULL given in gives NULL out, so that
 * one check at the end serves a whole tree. */
struct psrp_value *psrp_value_new(struct icm_arena *a, enum psrp_kind kind);
bool psrp_value_become_container(struct icm_arena *a, struct psrp_value *value, enum psrp_kind kind); /* an empty one */
struct psrp_value *psrp_value_nil(struct icm_arena *a);
struct psrp_value *psrp_value_bool(struct icm_arena *a, bool value);
struct psrp_value *psrp_value_i32(struct icm_arena *a, int32_t value);
struct psrp_value *psrp_value_i64(struct icm_arena *a, int64_t value);
struct psrp_value *psrp_value_double(struct icm_arena *a, double value);
struct psrp_value *psrp_value_text(struct icm_arena *a, enum psrp_kind kind, struct icm_slice text);
struct psrp_value *psrp_value_string(struct icm_arena *a, const char *text);

/** An object without members. @types: NULL-ended list of type names, or NULL for none; the list's texts are borrowed
 * for the arena's life (literals). */
struct psrp_value *psrp_value_object(struct icm_arena *a, const char *const *types);

/** A value of @kind with the type names @types, as psrp_value_object takes them; for a container, an empty one. */
struct psrp_value *psrp_value_typed(struct icm_arena *a, enum psrp_kind kind, const char *const *types);

/** A SecureString whose text is known: UTF-8, encrypted when it is sent. A PSCredential of a user name and such a text.
 */
struct psrp_value *psrp_value_secure(struct icm_arena *a, struct icm_slice text);
struct psrp_value *psrp_value_credential(struct icm_arena *a, struct icm_slice user, struct icm_slice password);

/** A System.Object[] (PSRP_LIST), a System.Collections.Hashtable (PSRP_DICTIONARY), a PSPrimitiveDictionary. */
struct psrp_value *psrp_value_array(struct icm_arena *a);
struct psrp_value *psrp_value_hashtable(struct icm_arena *a);
struct psrp_value *psrp_value_primitive_dictionary(struct icm_arena *a);

/** An enum: type name, number, text. */
struct psrp_value *psrp_value_enum(struct icm_arena *a, const char *type, int32_t number, const char *text);

/** A PSCustomObject, to be given its properties with psrp_value_add_note. */
struct psrp_value *psrp_value_custom_object(struct icm_arena *a);

/** Append; false when memory is short or @value is NULL. add_note writes into MS, add_property into Props. The same
 * value in a second place becomes shared. */
bool psrp_value_add_item(struct icm_arena *a, struct psrp_value *list, struct psrp_value *value);
bool psrp_value_add_entry(struct icm_arena *a, struct psrp_value *dictionary, struct psrp_value *key,
                          struct psrp_value *value);
bool psrp_value_add_note(struct icm_arena *a, struct psrp_value *object, const char *name, struct psrp_value *value);
bool psrp_value_add_property(struct icm_arena *a, struct psrp_value *object, const char *name,
                             struct psrp_value *value);

/* Looking into values. Names are compared without case; of several equal ones the last counts (extended before
 * adapted). */
const struct psrp_value *psrp_value_member(const struct psrp_value *value, const char *name);
const struct psrp_value *psrp_value_find(const struct psrp_value *value, struct icm_slice name);

/** The entry of a dictionary whose key is the string @key. */
const struct psrp_value *psrp_value_entry(const struct psrp_value *dictionary, const char *key);

/** The integer of an integer kind (enums included); false for other kinds and NULL. */
bool psrp_value_integer(const struct psrp_value *value, int64_t *out);

/** The text of a string-like kind; an empty slice for others and NULL. */
struct icm_slice psrp_value_text_of(const struct psrp_value *value);

/** Whether the first or any of the type names is @type, with "Deserialized." in front or without; case counts not. */
bool psrp_value_is_type(const struct psrp_value *value, const char *type);

/** Append what PowerShell's ToString gives a reader: the text of primitives (True, 1.5, the DateTime's and so on), the
 *  object's own ToString, else its type's name. */
void psrp_value_write_text(const struct psrp_value *value, struct icm_buf *out);

#endif
