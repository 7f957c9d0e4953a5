/* CLIXML, the text form of PSObjects. MS-PSRP 2.2.5. */
#ifndef PSRP_CLIXML_H
#define PSRP_CLIXML_H

#include "psrp/value.h"

/* PSRP_CLIXML_DEPTH_MAX is the engine's own guard; the others bound what one message may cost. */
enum {
    PSRP_CLIXML_DEPTH_MAX = 50,
    PSRP_CLIXML_ELEMENTS_MAX = 8 * 1000 * 1000,
    PSRP_CLIXML_NAME_MAX = 32 * 1024,
    /* the memory that a document's values may take beside its bytes: so many times its size, and this on top. What the
     * engine writes takes two or three times its size; a list of the shortest elements that there are takes more than
     * allowed */
    PSRP_CLIXML_MEMORY_TIMES = 16,
    PSRP_CLIXML_MEMORY_MORE = 64 * 1024,
    /* what its references may stand for, in bytes of the document, likewise: who walks a tree comes by each of them.
     * Those that make a cycle do not count: who walks has to notice them */
    PSRP_CLIXML_REFERENCED_TIMES = 16,
    PSRP_CLIXML_REFERENCED_MORE = 256 * 1024 * 1024, /* [string], two levels deep: 0.7 MB that stand for 142 MB */
};
#define PSRP_CLIXML_BYTES_MAX ((size_t)200 * 1024 * 1024) /* read: MaximumReceivedObjectSize's default */
#define PSRP_CLIXML_WRITTEN_MAX ((size_t)1024 * 1024 * 1024) /* what a server takes is the server's to say */

/** Reads one document after another. */
struct psrp_clixml_reader;
enum icm_code psrp_clixml_reader_new(struct psrp_clixml_reader **out, struct icm_error *err);
void psrp_clixml_reader_free(struct psrp_clixml_reader *r);
static inline void psrp_clixml_reader_freep(struct psrp_clixml_reader **r)
{
    psrp_clixml_reader_free(*r);
}

/** Read one value: a PSRP payload (no root) or a document of one object (Objs root, its first object). The namespace
 * may be there or not, a byte order mark too; an empty text is PSRP_NIL. Everything lives in @arena, of which nothing
 * is to be used after a failure. ICM_SYNTAX: not XML, not CLIXML, a value that its type does not allow, a reference to
 * an unknown id; the error names element and text, and the byte where. ICM_LIMIT: too deep, too much. Source:
 * MS-PSRP 2.2.5. */
enum icm_code psrp_clixml_read(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_arena *arena,
                               struct psrp_value **out, struct icm_error *err);

/** Every object of a document with an Objs root (Export-Clixml's), in order, as a PSRP_LIST of them. */
enum icm_code psrp_clixml_read_all(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_arena *arena,
                                   struct psrp_value **out, struct icm_error *err);

/** The same without a copy: names and texts borrow from @text, which must live as long as @arena does and stay as it
 * is. icm_arena_adopt sees to that. */
enum icm_code psrp_clixml_borrow(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_arena *arena,
                                 struct psrp_value **out, struct icm_error *err);
enum icm_code psrp_clixml_borrow_all(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_arena *arena,
                                     struct psrp_value **out, struct icm_error *err);

/** Read @payload, which lies in @bytes: a received message. The bytes become @arena's, and @bytes is empty then; where
 * memory is short it may be as it was. */
enum icm_code psrp_clixml_take(struct psrp_clixml_reader *r, struct icm_buf *bytes, struct icm_slice payload,
                               struct icm_arena *arena, struct psrp_value **out, struct icm_error *err);

/** What in the document last read was not understood and yet no failure: elements of a newer minor version, which are
 * kept as PSRP_XML where a value may stand. ICM_OK in it: nothing. Valid until the next document. */
const struct icm_error *psrp_clixml_warning(const struct psrp_clixml_reader *r);

/** Append @value as a PSRP payload: no root, no namespace, no byte order mark; RefIds count from 0. What is shared
 * (psrp/value.h) is written once, so that a cycle comes to an end. ICM_LIMIT: nested deeper than PSRP_CLIXML_DEPTH_MAX
 * (a cycle that is not marked is that too). */
enum icm_code psrp_clixml_write(struct icm_buf *out, const struct psrp_value *value, struct icm_error *err);

/** What a writer does with a SecureString whose text is known (is_clear): @seal appends the text of its element,
 * base64. What it gives other than ICM_OK ends the writing. */
struct psrp_clixml_sealer {
    enum icm_code (*seal)(void *context, struct icm_slice text, struct icm_buf *out, struct icm_error *err);
    void *context;
};

/** Like psrp_clixml_write, which has no sealer and gives ICM_STATE where one is needed: nothing is ever written in
 * clear by oversight. */
enum icm_code psrp_clixml_write_sealed(struct icm_buf *out, const struct psrp_value *value,
                                       const struct psrp_clixml_sealer *sealer, struct icm_error *err);

/** Append @text with PowerShell's _xHHHH_ escapes and XML's own; MS-PSRP 2.2.5.3.2. */
void psrp_clixml_escape(struct icm_buf *out, struct icm_slice text);

/** Append @text with its _xHHHH_ escapes undone, pairs of surrogates joined. */
void psrp_clixml_unescape(struct icm_buf *out, struct icm_slice text);

#endif
