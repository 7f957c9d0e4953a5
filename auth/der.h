/* DER, as far as security tokens need it: tags of one byte, definite lengths of up to 32 bits. X.690 8.1. */
#ifndef AUTH_DER_H
#define AUTH_DER_H

#include "base/buf.h"

enum auth_der_tag { /* X.680 8.4 */
                    AUTH_DER_INTEGER = 0x02,
                    AUTH_DER_BIT_STRING = 0x03,
                    AUTH_DER_OCTET_STRING = 0x04,
                    AUTH_DER_OID = 0x06,
                    AUTH_DER_ENUMERATED = 0x0A,
                    AUTH_DER_GENERAL_STRING = 0x1B,
                    AUTH_DER_SEQUENCE = 0x30,
                    AUTH_DER_APPLICATION = 0x60, /* [APPLICATION 0], constructed */
                    AUTH_DER_CONTEXT = 0xA0,     /* [0], constructed; AUTH_DER_CONTEXT + 3 is [3] */
};

/** Reads elements one after another. A reader on the inside of an element marks those around it too, so that one look
 * at the outermost @failed serves a whole token; what is read after a failure is empty. Lengths that could be shorter
 * are taken, as Windows takes and sends them; indefinite ones are not. */
struct auth_der {
    struct icm_slice rest;
    bool failed;
    struct auth_der *outer; /* NULL: there is nothing around it */
};

static inline struct auth_der auth_der_on(struct icm_slice bytes)
{
    return (struct auth_der){bytes, false, NULL};
}

/** Whether the next element has the tag @tag. */
bool auth_der_at(const struct auth_der *r, unsigned tag);

/** The contents of the next element, whose tag must be @tag; borrowed. */
struct icm_slice auth_der_take(struct auth_der *r, unsigned tag);

/** The same with its tag and length in front. */
struct icm_slice auth_der_take_whole(struct auth_der *r, unsigned tag);

/** A reader on the contents. @r outlives it. */
struct auth_der auth_der_enter(struct auth_der *r, unsigned tag);

/** A number in two's complement, of at most eight bytes; @tag is AUTH_DER_INTEGER or AUTH_DER_ENUMERATED. */
int64_t auth_der_take_integer(struct auth_der *r, unsigned tag);

/** Pass the next element, whatever it is. False: there is none, or it is broken (and @failed is set). */
bool auth_der_skip(struct auth_der *r);

/** Mark @r and what is around it: what was taken is not what it should be. */
void auth_der_fail(struct auth_der *r);

/** How many bytes the element at the front of @bytes has, tag and length included. ICM_AGAIN: the length is not all
 * there yet. ICM_SYNTAX: it cannot be one. ICM_LIMIT: more than @size_max. */
enum icm_code auth_der_size(struct icm_slice bytes, size_t size_max, size_t *size, struct icm_error *err);

/** Begin an element; what is added to @out until auth_der_end, given what this gave, is its contents. */
size_t auth_der_begin(struct icm_buf *out, unsigned tag);
void auth_der_end(struct icm_buf *out, size_t begun);

void auth_der_add(struct icm_buf *out, unsigned tag, struct icm_slice contents);
void auth_der_add_integer(struct icm_buf *out, unsigned tag, int64_t value);

#endif
