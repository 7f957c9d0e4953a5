/* The inside of the CLIXML reader: clixml_read.c hears XML's events, clixml_roles.c knows what each element means. */
#ifndef PSRP_CLIXML_READER_H
#define PSRP_CLIXML_READER_H

#include "base/xml.h"
#include "psrp/clixml.h"
#include "psrp/clixml_ids.h"
#include "psrp/clixml_types.h"

enum {
    /* one value takes at most Obj, DCT and En; the root, a type name and what is skipped come on top */
    PSRP_CLIXML_OPEN_MAX = 4 * PSRP_CLIXML_DEPTH_MAX,
};

/** An open element; the first one is the document itself. */
struct psrp_clixml_frame {
    const struct psrp_clixml_type *type; /* NULL: the document, or an element that is skipped */
    struct psrp_value *value;            /* what the children belong to; for Ref, Nil and the like, the value itself */
    struct icm_slice name;               /* of the property that it is */
    bool is_key;                         /* in En */
    bool has_base;                       /* Obj: a base value has been seen */
    struct psrp_value *base;             /* Obj: the base value, where it was not a container */
    struct psrp_value *key, *entry;      /* En */
    struct psrp_type_names *types;       /* TN */
    size_t types_room;
};

struct psrp_clixml_reader {
    struct icm_xml *xml;
    struct psrp_clixml_ids objects, types;
    struct icm_buf text;    /* of the element that is open */
    struct icm_buf decoded; /* the same without escapes or base64 */
    struct psrp_clixml_frame frames[PSRP_CLIXML_OPEN_MAX + 1];
    struct psrp_clixml_frame *top;
    unsigned depth; /* values that are open */
    bool lenient;   /* a newer minor version: elements that we do not know are skipped */
    bool want_all;
    struct icm_arena *arena;
    struct psrp_value *result; /* the first value, or the list of all */
};

/** An element's attributes, borrowed for the call. */
struct psrp_clixml_attributes {
    const struct icm_xml_attribute *first;
    size_t count;
};

/** The attribute @name, one without a namespace. false: there is none. */
bool psrp_clixml_attribute(const struct psrp_clixml_attributes *attributes, const char *name, struct icm_slice *out);

/** A name of a property or type into the arena, its escapes undone. ICM_LIMIT: over PSRP_CLIXML_NAME_MAX. */
enum icm_code psrp_clixml_take_name(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_slice *out,
                                    struct icm_error *err);

/** What is done where an element begins, @r->top being its frame, and where it ends, @done being its frame and @r->top
 * that of the element around it. Indexed by enum psrp_clixml_role. */
struct psrp_clixml_handlers {
    enum icm_code (*start)(struct psrp_clixml_reader *r, const struct psrp_clixml_attributes *attributes,
                           struct icm_error *err); /* NULL: nothing */
    enum icm_code (*end)(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err);
};
extern const struct psrp_clixml_handlers psrp_clixml_roles[PSRP_ROLE_COUNT];

#endif
