/* A value of CLIXML as one line of JSON, the form of fixtures/clixml: what the real engine makes of the document. */
#ifndef TESTS_PSRP_CLIXML_FORM_H
#define TESTS_PSRP_CLIXML_FORM_H

#include "psrp/clixml.h"
#include "psrp/secret.h"

/** How the document was written that the value is from. */
struct clixml_form_source {
    bool has_root;                    /* Objs: PSSerializer's, in which a SecureString is hexadecimal digits */
    const struct psrp_secret *secret; /* for the SecureStrings of the remoting layer's */
};

/** Append the line for @value, without its end. ICM_SYNTAX: the engine would refuse it. */
enum icm_code clixml_form_write(struct icm_buf *out, const struct psrp_value *value,
                                const struct clixml_form_source *source, struct icm_error *err);

/** Append a document, or what is wrong with it, which @err says (kind DeserializeError; the message is ours). */
void clixml_form_write_refusal(struct icm_buf *out, const struct icm_error *err);

#endif
