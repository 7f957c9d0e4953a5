/* The inside of the CLIXML reader: clixml_read.c hears the events of a document, clixml_roles.c knows what each element
 * means, clixml_unknown.c keeps what nobody knows. */
#ifndef PSRP_CLIXML_READER_H
#define PSRP_CLIXML_READER_H

#include "psrp/clixml_ids.h"
#include "psrp/clixml_tokens.h"
#include "psrp/clixml_types.h"
#include "psrp/clixml_xml.h"

/** An open element; the first one is the document itself. They come and go by the million: one is a line of the cache.
 */
struct psrp_clixml_frame {
    const struct psrp_clixml_type *type; /* NULL: the document, or an element that is unknown */
    struct psrp_value *value;            /* what the children belong to; for Ref, Nil and the like, the value itself */
    struct icm_slice name;               /* of the property that it is; of an unknown element, its own */
    union {
        struct psrp_value *base; /* Obj: the base value, where it was not a container */
        struct psrp_value *key;  /* En */
    };
    struct psrp_value *entry; /* En: its value */
    uint64_t begun;           /* Obj, TN: psrp_clixml_charged, where it began */
    uint32_t id;
    bool has_id : 1;             /* Obj, TN: a RefId, and this one */
    bool is_key : 1;             /* in En */
    bool has_base : 1;           /* Obj: a base value has been seen */
    enum psrp_origin origin : 4; /* an object of a document */
};

/** Who takes documents apart; tests ask for one of them. */
enum psrp_clixml_sources {
    PSRP_CLIXML_EITHER, /* our own tokenizer, and libxml2 for what that hands over */
    PSRP_CLIXML_TOKENS, /* ICM_UNSUPPORTED for that */
    PSRP_CLIXML_LIBXML,
};

struct psrp_clixml_reader {
    enum psrp_clixml_sources sources;
    struct psrp_clixml_tokens tokens;
    struct psrp_clixml_xml *xml;
    struct psrp_clixml_events events;
    bool is_by_xml; /* libxml2 tells */

    struct psrp_clixml_ids objects, types;
    struct icm_slice document;
    struct icm_slice piece;  /* the text of the element that is open, as long as it is one slice of the document … */
    struct icm_buf text;     /* … or else */
    bool is_plain;           /* it is known to have no escapes */
    struct icm_buf decoded;  /* the same without escapes or base64 */
    struct icm_slice *names; /* of the TN that is open */
    size_t names_count, names_room;
    struct psrp_clixml_frame frames[PSRP_CLIXML_OPEN_MAX + 1];
    struct psrp_clixml_frame *top;
    unsigned depth;       /* values that are open */
    bool lenient;         /* a newer minor version: elements that we do not know are kept */
    bool has_root;        /* Objs: a document and not a message */
    uint64_t referenced;  /* bytes that the references so far stand for */
    size_t memory_before; /* of the arena, when this document began … */
    size_t memory_max;    /* … and may be, while it is read */
    size_t usual_memory;  /* of values, in percent of their documents' size, of late: for an arena's first block */
    struct icm_arena *arena;

    bool want_all;
    bool is_result_unknown;
    struct psrp_value *result; /* the first value, or the list of all */

    unsigned unknown_open;         /* unknown elements that are open, one in another */
    struct icm_buf unknown;        /* the outermost of them, as XML */
    struct icm_slice unknown_name; /* its N, or its own name */
    struct icm_error warning;
};

/** The text of the element that has ended. */
static inline struct icm_slice psrp_clixml_text(const struct psrp_clixml_reader *r)
{
    return r->piece.size > 0 ? r->piece : icm_buf_slice(&r->text);
}

/** Whether a slice lives as long as the values do. */
static inline bool psrp_clixml_is_lasting(const struct psrp_clixml_reader *r, struct icm_slice text)
{
    return text.data >= r->document.data && text.data < r->document.data + r->document.size;
}

/** How far into the document the reader has come. */
size_t psrp_clixml_reader_at(const struct psrp_clixml_reader *r);

/** The same, and what the references so far stand for. */
static inline uint64_t psrp_clixml_charged(const struct psrp_clixml_reader *r)
{
    return psrp_clixml_reader_at(r) + r->referenced;
}

/** The attribute @name, a literal; NULL: there is none. */
static inline const struct psrp_clixml_attribute *psrp_clixml_attribute(const struct psrp_clixml_tag *tag,
                                                                        const char *name)
{
    for (size_t i = 0; i < tag->count; i++)
        if (icm_slice_is(tag->attributes[i].name, name))
            return &tag->attributes[i];
    return NULL;
}

/** A text without its escapes, that lives as long as the values do; @is_plain: it has none. */
enum icm_code psrp_clixml_take_text(struct psrp_clixml_reader *r, struct icm_slice text, bool is_plain,
                                    struct icm_slice *out, struct icm_error *err);

/** A name of a property or type likewise. ICM_LIMIT: over PSRP_CLIXML_NAME_MAX. */
enum icm_code psrp_clixml_take_name(struct psrp_clixml_reader *r, struct icm_slice text, bool is_plain,
                                    struct icm_slice *out, struct icm_error *err);

/** Give a value that is whole to the element around it, the top one. */
enum icm_code psrp_clixml_put(struct psrp_clixml_reader *r, const struct psrp_clixml_frame *done,
                              struct psrp_value *value, struct icm_error *err);

/** The place that the children of @frame are in; 0: it may have none. */
unsigned psrp_clixml_place_inside(const struct psrp_clixml_reader *r, const struct psrp_clixml_frame *frame);

/* An element that is unknown, or unknown where it stands: refused, or kept with all that it holds. */
enum icm_code psrp_clixml_unknown_start(struct psrp_clixml_reader *r, const struct psrp_clixml_tag *tag,
                                        struct icm_error *err);
enum icm_code psrp_clixml_unknown_text(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_error *err);
enum icm_code psrp_clixml_unknown_end(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done,
                                      struct icm_error *err);

/** What is done where an element begins, @r->top being its frame, and where it ends, @done being its frame and @r->top
 * that of the element around it. Indexed by enum psrp_clixml_role. */
struct psrp_clixml_handlers {
    enum icm_code (*start)(struct psrp_clixml_reader *r, const struct psrp_clixml_tag *tag,
                           struct icm_error *err); /* NULL: nothing */
    enum icm_code (*end)(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err);
};
extern const struct psrp_clixml_handlers psrp_clixml_roles[PSRP_ROLE_COUNT];

#endif
