/* XML with limits: elements and text as events, in pieces as they come. No DTD, no entities but the five of XML, no network,
 * UTF-8 only. The text is the same however the bytes were split. libxml2 does the work; only xml.c knows it. */
#ifndef ICM_BASE_XML_H
#define ICM_BASE_XML_H

#include "base/buf.h"

/** One attribute of an element; everything is borrowed for the call. An attribute without a prefix has no namespace (""). */
struct icm_xml_attribute {
    const char *namespace_uri;
    const char *name;
    struct icm_slice value;
};

/** What the reader tells. A code other than ICM_OK ends the reading and is what icm_xml_feed gives back. Text may come in
 *  several pieces. Names are local names; a namespace that is not there is "". */
struct icm_xml_handler {
    enum icm_code (*start)(void *context, const char *namespace_uri, const char *name,
                           const struct icm_xml_attribute *attributes, size_t count, struct icm_error *err);
    enum icm_code (*end)(void *context, struct icm_error *err);
    enum icm_code (*text)(void *context, struct icm_slice text, struct icm_error *err);
};

struct icm_xml_limits {
    size_t bytes_max;     /* of the document */
    unsigned depth_max;   /* open elements */
    size_t elements_max;  /* of the document */
    size_t attributes_max; /* of one element */
};

struct icm_xml; /* reads one document after another; the memory of the first serves the next */

enum icm_code icm_xml_new(struct icm_xml **out, const struct icm_xml_handler *handler, void *context,
                          const struct icm_xml_limits *limits, struct icm_error *err);
void icm_xml_free(struct icm_xml *x); /* NULL is fine */
static inline void icm_xml_freep(struct icm_xml **x)
{
    icm_xml_free(*x);
}

/** Give it the document's next bytes; a byte order mark in front is skipped. After any other code than ICM_OK only
 *  icm_xml_restart is allowed. ICM_SYNTAX: not well-formed, or a DOCTYPE. ICM_LIMIT: one of the limits, or one tag,
 *  reference, comment or CDATA section over 256 KiB. */
enum icm_code icm_xml_feed(struct icm_xml *x, struct icm_slice bytes, struct icm_error *err);

/** The document has ended. ICM_SYNTAX: it had not. */
enum icm_code icm_xml_finish(struct icm_xml *x, struct icm_error *err);

/** Be ready for the next document, whatever became of the last. */
void icm_xml_restart(struct icm_xml *x);

/** Where in the document the last event was: behind a tag, and in front of a text. */
size_t icm_xml_at(const struct icm_xml *x);

/** feed and finish in one. */
enum icm_code icm_xml_read(struct icm_xml *x, struct icm_slice document, struct icm_error *err);

/** Append @text with & < > escaped, as element content, and " too, as an attribute's value between ". What XML 1.0 cannot
 *  hold (control characters, lone surrogates) becomes U+FFFD: callers with an escape of their own have used it before. */
void icm_xml_add_text(struct icm_buf *out, struct icm_slice text);
void icm_xml_add_value(struct icm_buf *out, struct icm_slice text);

#endif
