#include "base/xml.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdlib.h>

/* libxml2 keeps the names of all documents that one context has read; past this many a hostile peer gets a new context
 */
enum { NAMES_KEPT_MAX = 4096 };
/* it refuses to look through more than 10 MB at once */
enum { PIECE = 256 * 1024 };
/* and it looks through a tag or a reference again with each piece that comes: a peer that sends a long one byte by byte
 * costs the square of it. So this much at most stands between two events. Text may be longer: it is told as it comes */
enum { MARKUP_MAX = 256 * 1024 };

struct icm_xml {
    struct icm_xml_handler handler;
    void *context;
    struct icm_xml_limits limits;
    xmlSAXHandler sax;
    xmlParserCtxtPtr parser; /* NULL until the first bytes */
    struct icm_xml_attribute *attributes;
    size_t attributes_room;
    uint8_t mark_seen; /* bytes of the byte order mark at the front */
    bool begun;
    bool whole; /* the document was read to its end: nothing of it is left in the parser */
    size_t bytes, elements;
    size_t told_at; /* where in the document the last event was: for markup that is whole */
    size_t fed_at;  /* how much had come when the last event was told: for markup that is not */
    unsigned depth;
    enum icm_code code; /* the first thing that went wrong */
    struct icm_error error;
};

static void stop(struct icm_xml *x, enum icm_code code)
{
    if (x->code == ICM_OK) {
        x->code = code;
        xmlStopParser(x->parser);
    }
}

static const char *text_or_empty(const xmlChar *text)
{
    return text ? (const char *)text : "";
}

static bool attributes_fit(struct icm_xml *x, size_t count)
{
    if (count <= x->attributes_room)
        return true;
    struct icm_xml_attribute *more = realloc(x->attributes, count * sizeof *more);
    if (!more)
        return false;
    x->attributes = more;
    x->attributes_room = count;
    return true;
}

static enum icm_code check_markup(struct icm_xml *x, size_t from, size_t to)
{
    if (to > from + MARKUP_MAX)
        return icm_fail(&x->error, ICM_LIMIT, NULL, "a tag, reference, comment or section of more than %d bytes",
                        MARKUP_MAX);
    return ICM_OK;
}

/* @ahead: bytes of the event that libxml2 has not stepped over yet. Gives back where the event before was. */
static size_t tell(struct icm_xml *x, size_t ahead)
{
    size_t before = x->told_at;
    long position = xmlByteConsumed(x->parser);

    if (position > 0)
        x->told_at = (size_t)position + ahead;
    x->fed_at = x->bytes;
    return before;
}

/* an event that is markup: not longer than it may be */
static enum icm_code tell_markup(struct icm_xml *x)
{
    size_t before = tell(x, 0);

    return check_markup(x, before, x->told_at);
}

static enum icm_code check_element(struct icm_xml *x, const char *name, size_t attributes)
{
    struct icm_error *err = &x->error;

    if (x->depth > x->limits.depth_max)
        return icm_fail(err, ICM_LIMIT, NULL, "element %.40s at depth %u, at most %u", name, x->depth,
                        x->limits.depth_max);
    if (x->elements > x->limits.elements_max)
        return icm_fail(err, ICM_LIMIT, NULL, "more than %zu elements", x->limits.elements_max);
    if (attributes > x->limits.attributes_max)
        return icm_fail(err, ICM_LIMIT, NULL, "element %.40s with %zu attributes, at most %zu", name, attributes,
                        x->limits.attributes_max);
    return attributes_fit(x, attributes) ? tell_markup(x) : icm_nomem(err);
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespace_count,
                     const xmlChar **namespaces, int count, int defaulted, const xmlChar **values)
{
    struct icm_xml *x = context;

    (void)prefix, (void)namespaces, (void)defaulted;
    if (x->code != ICM_OK)
        return;
    x->depth++;
    x->elements++;
    enum icm_code code = check_element(x, (const char *)name, (size_t)count + (size_t)namespace_count);
    for (size_t i = 0; code == ICM_OK && i < (size_t)count; i++) {
        const xmlChar **five = values + 5 * i; /* name, prefix, URI, value, end of the value */
        x->attributes[i] = (struct icm_xml_attribute){text_or_empty(five[2]), (const char *)five[0],
                                                      icm_slice_of(five[3], (size_t)(five[4] - five[3]))};
    }
    if (code == ICM_OK)
        code = x->handler.start(x->context, text_or_empty(uri), (const char *)name, x->attributes, (size_t)count,
                                &x->error);
    if (code != ICM_OK)
        stop(x, code);
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct icm_xml *x = context;

    (void)name, (void)prefix, (void)uri;
    if (x->code != ICM_OK)
        return;
    x->depth--;
    enum icm_code code = tell_markup(x);
    if (code == ICM_OK)
        code = x->handler.end(x->context, &x->error);
    if (code != ICM_OK)
        stop(x, code);
}

static void tell_text(struct icm_xml *x, struct icm_slice text, size_t ahead)
{
    if (x->code != ICM_OK || text.size == 0)
        return;
    tell(x, ahead);
    enum icm_code code = x->handler.text(x->context, text, &x->error);
    if (code != ICM_OK)
        stop(x, code);
}

static void on_text(void *context, const xmlChar *text, int size)
{
    tell_text(context, icm_slice_of(text, (size_t)size), 0);
}

/* libxml2 keeps a section until it is whole, so it is markup as far as its length goes */
static void on_cdata(void *context, const xmlChar *text, int size)
{
    struct icm_xml *x = context;
    enum icm_code code = x->code == ICM_OK ? check_markup(x, 0, (size_t)size) : ICM_OK;

    if (code != ICM_OK)
        stop(x, code);
    tell_text(x, icm_slice_of(text, (size_t)size), (size_t)size);
}

static void on_passed_over(struct icm_xml *x)
{
    enum icm_code code = x->code == ICM_OK ? tell_markup(x) : ICM_OK;

    if (code != ICM_OK)
        stop(x, code);
}

static void on_comment(void *context, const xmlChar *text)
{
    (void)text;
    on_passed_over(context);
}

static void on_instruction(void *context, const xmlChar *target, const xmlChar *text)
{
    (void)target, (void)text;
    on_passed_over(context);
}

/* A document type is where entities, their bombs and outside files come from. No peer of ours sends one. */
static void on_doctype(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    struct icm_xml *x = context;

    (void)name, (void)external, (void)system;
    if (x->code == ICM_OK)
        stop(x, icm_fail(&x->error, ICM_SYNTAX, "SOAP 1.2 part 1, 5", "a DOCTYPE, which is never allowed"));
}

static void on_error(void *context, xmlErrorPtr error)
{
    struct icm_xml *x = context;

    if (x->code != ICM_OK || error->level < XML_ERR_ERROR)
        return;
    const char *message = error->message ? error->message : "no reason given";
    struct icm_slice said = icm_slice_of(message, strcspn(message, "\n")); /* its later lines quote the document */
    stop(x, error->code == XML_ERR_NO_MEMORY
                ? icm_nomem(&x->error)
                : icm_fail(&x->error, ICM_SYNTAX, "XML 1.0", "not well-formed at line %d: %.*s", error->line,
                           (int)said.size, (const char *)said.data));
}

enum icm_code icm_xml_new(struct icm_xml **out, const struct icm_xml_handler *handler, void *context,
                          const struct icm_xml_limits *limits, struct icm_error *err)
{
    struct icm_xml *x = calloc(1, sizeof *x);

    if (!x)
        return icm_nomem(err);
    x->handler = *handler;
    x->context = context;
    x->limits = *limits;
    x->sax = (xmlSAXHandler){
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .cdataBlock = on_cdata,
        .ignorableWhitespace = on_text,
        .comment = on_comment,
        .processingInstruction = on_instruction,
        .internalSubset = on_doctype,
    };
    x->sax.serror = (xmlStructuredErrorFunc)on_error;
    *out = x;
    return ICM_OK;
}

static void drop_parser(struct icm_xml *x)
{
    xmlFreeParserCtxt(x->parser);
    x->parser = NULL;
}

void icm_xml_free(struct icm_xml *x)
{
    if (!x)
        return;
    drop_parser(x);
    icm_error_reset(&x->error);
    free(x->attributes);
    free(x);
}

void icm_xml_restart(struct icm_xml *x)
{
    if (x->parser && (!x->whole || xmlDictSize(x->parser->dict) > NAMES_KEPT_MAX))
        drop_parser(x);
    icm_error_reset(&x->error);
    x->code = ICM_OK;
    x->begun = x->whole = false;
    x->mark_seen = 0;
    x->bytes = x->elements = x->told_at = x->fed_at = 0;
    x->depth = 0;
}

/* Entities are to be replaced, else an attribute's &amp; comes as &#38;; with no DOCTYPE there are none but the five of
 * XML. UTF-8 is said beforehand, which keeps libxml2 from guessing UTF-16 and others from the first bytes, and
 * XML_PARSE_IGNORE_ENC keeps it from believing the declaration. */
static bool begin(struct icm_xml *x)
{
    if (x->begun)
        return true;
    if (x->parser && xmlCtxtResetPush(x->parser, NULL, 0, NULL, NULL) != 0)
        drop_parser(x);
    if (!x->parser)
        x->parser = xmlCreatePushParserCtxt(&x->sax, x, NULL, 0, NULL);
    if (!x->parser)
        return false;
    xmlCtxtUseOptions(x->parser, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC);
    xmlSwitchEncoding(x->parser, XML_CHAR_ENCODING_UTF8);
    x->parser->userData = x;
    x->begun = true;
    return true;
}

/* The byte order mark may come in pieces too. What only looked like one is given back to be parsed. */
static struct icm_slice skip_mark(struct icm_xml *x, struct icm_slice bytes)
{
    static const uint8_t mark[3] = {0xEF, 0xBB, 0xBF};

    while (x->mark_seen < sizeof mark && bytes.size > 0) {
        if (bytes.data[0] != mark[x->mark_seen]) {
            if (x->mark_seen > 0) /* half a mark: bytes that no document begins with */
                xmlParseChunk(x->parser, (const char *)mark, x->mark_seen, 0);
            x->mark_seen = sizeof mark;
            break;
        }
        x->mark_seen++;
        bytes = icm_slice_from(bytes, 1);
    }
    return bytes;
}

static enum icm_code outcome(struct icm_xml *x, struct icm_error *err)
{
    if (x->code != ICM_OK)
        icm_error_copy(err, &x->error);
    return x->code;
}

enum icm_code icm_xml_feed(struct icm_xml *x, struct icm_slice bytes, struct icm_error *err)
{
    if (!begin(x))
        x->code = icm_nomem(&x->error);
    if (x->code == ICM_OK && bytes.size > x->limits.bytes_max - x->bytes)
        x->code = icm_fail(&x->error, ICM_LIMIT, NULL, "a document of more than %zu bytes", x->limits.bytes_max);
    if (x->code != ICM_OK)
        return outcome(x, err);

    bytes = skip_mark(x, bytes);
    while (bytes.size > 0 && x->code == ICM_OK) {
        size_t piece = bytes.size < PIECE ? bytes.size : PIECE;
        x->bytes += piece;
        int status = xmlParseChunk(x->parser, (const char *)bytes.data, (int)piece, 0);

        if (status != XML_ERR_OK && x->code == ICM_OK && x->parser->wellFormed == 0)
            x->code = icm_fail(&x->error, ICM_SYNTAX, "XML 1.0", "not well-formed, libxml2 error %d", status);
        bytes = icm_slice_from(bytes, piece);
        if (x->code == ICM_OK)
            x->code = check_markup(x, x->fed_at, x->bytes);
    }
    return outcome(x, err);
}

enum icm_code icm_xml_finish(struct icm_xml *x, struct icm_error *err)
{
    if (!begin(x))
        x->code = icm_nomem(&x->error);
    if (x->code == ICM_OK) {
        xmlParseChunk(x->parser, NULL, 0, 1);
        if (x->code == ICM_OK && (!x->parser->wellFormed || x->elements == 0))
            x->code = icm_fail(&x->error, ICM_SYNTAX, "XML 1.0", "the document ends too early");
        if (x->code == ICM_OK)
            x->code = check_markup(x, x->told_at, x->bytes);
        x->whole = x->code == ICM_OK;
    }
    return outcome(x, err);
}

size_t icm_xml_at(const struct icm_xml *x)
{
    return x->told_at;
}

enum icm_code icm_xml_read(struct icm_xml *x, struct icm_slice document, struct icm_error *err)
{
    icm_xml_restart(x);
    enum icm_code code = icm_xml_feed(x, document, err);
    return code == ICM_OK ? icm_xml_finish(x, err) : code;
}
