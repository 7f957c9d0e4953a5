/* A whole CLIXML document of either flavour, PSSerializer's or the remoting layer's: read, described, written again. */
#ifndef TESTS_PSRP_CLIXML_DOCUMENT_H
#define TESTS_PSRP_CLIXML_DOCUMENT_H

#include "tests/psrp/clixml_form.h"

struct clixml_document {
    struct icm_arena arena;
    struct psrp_value *values; /* a PSRP_LIST of all that the document holds */
    bool has_root;
};

/** Read @text; @document is a zeroed one, and the caller resets it whatever comes out. */
enum icm_code clixml_document_read(struct clixml_document *document, struct psrp_clixml_reader *reader,
                                   struct icm_slice text, struct icm_error *err);
void clixml_document_reset(struct clixml_document *document);

/** Append the line of JSON for @text, without its end; @secret is for SecureStrings. What is refused gets a line too,
 *  and the code says why: ICM_SYNTAX or ICM_LIMIT, with the error in @err. */
enum icm_code clixml_document_describe(struct icm_buf *out, struct psrp_clixml_reader *reader, struct icm_slice text,
                                       const struct psrp_secret *secret, struct icm_error *err);

/** Append what our writer makes of what our reader made of @text, in the flavour of @text. */
enum icm_code clixml_document_copy(struct icm_buf *out, struct psrp_clixml_reader *reader, struct icm_slice text,
                                   struct icm_error *err);

/** The session key that keys.json in @folder holds as session_key_hex. *@out stays NULL where there is no such file.
 *  ICM_SYNTAX: it holds none. */
enum icm_code clixml_document_secret(const char *folder, struct psrp_secret **out, struct icm_error *err);

#endif
