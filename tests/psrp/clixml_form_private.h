/* The inside of the form: clixml_form.c walks, clixml_form_scalar.c has the scalars, clixml_form_live.c what becomes an object of .NET. */
#ifndef TESTS_PSRP_CLIXML_FORM_PRIVATE_H
#define TESTS_PSRP_CLIXML_FORM_PRIVATE_H

#include "tests/psrp/clixml_form.h"

/** "text" with every UTF-16 unit outside 20..7E as \uXXXX. */
void clixml_form_quote(struct icm_buf *out, struct icm_slice text);

/** ,"key":"text" */
void clixml_form_text(struct icm_buf *out, const char *key, struct icm_slice text);

/** The whole of a scalar, whatever is around it. */
enum icm_code clixml_form_scalar(struct icm_buf *out, const struct psrp_value *value,
                                 const struct clixml_form_source *source, struct icm_error *err);

/** The text by which a dictionary is sorted: .NET's ToString in the invariant culture. */
void clixml_form_key_text(struct icm_buf *out, const struct psrp_value *key);

/** A SecureString's clear text. */
enum icm_code clixml_form_clear(const struct psrp_value *value, const struct clixml_form_source *source,
                                struct icm_buf *out, struct icm_error *err);

/** .NET's names for what is at the base of a value: its class and what that derives from, NULL-ended. */
const char *const *clixml_form_classes(enum psrp_kind kind);

/** Whether the engine makes a live object of @value; then it has been written. ICM_AGAIN: it does not. */
enum icm_code clixml_form_live(struct icm_buf *out, const struct psrp_value *value,
                               const struct clixml_form_source *source, struct icm_error *err);

/** Whether the engine makes a dictionary of .NET of it, without types and members. */
bool clixml_form_is_live_dictionary(const struct psrp_value *value);

#endif
