/* Sealed bodies: multipart/encrypted as Windows writes it, which is no MIME (no blank line before the data, no line end
 * behind it). Pure, both roles. MS-WSMV 2.2.9.1. */
#ifndef WSMAN_SEAL_H
#define WSMAN_SEAL_H

#include "auth/auth.h"

/** Append @envelope to @body, sealed by @c, in as many pieces as its mechanism wants; @content_type gets the header's
 * value. */
enum icm_code wsman_seal(struct auth_context *c, struct icm_slice envelope, struct icm_buf *body,
                         struct icm_buf *content_type, struct icm_error *err);

/** The same as the specification writes it: clients that begin their lines with tabs find the parts of an answer by
 * these tabs (pywinrm). */
enum icm_code wsman_seal_with_tabs(struct auth_context *c, struct icm_slice envelope, struct icm_buf *body,
                                   struct icm_buf *content_type, struct icm_error *err);

/** Whether a Content-Type says multipart/encrypted or multipart/x-multi-encrypted; NULL is none. */
bool wsman_is_sealed(const char *content_type);

/** Opens bodies that come in pieces. Data is found by lengths, never by searching for a boundary. It holds at most one
 * part at a time. */
struct wsman_unsealer;
enum icm_code wsman_unsealer_new(struct wsman_unsealer **out, struct icm_error *err);
void wsman_unsealer_free(struct wsman_unsealer *u);

/** A new body begins: its Content-Type (ICM_DENIED: it is not sealed by @c's protocol), the context that opens it
 * (borrowed), and how many bytes of plain text it may hold (ICM_LIMIT later). */
enum icm_code wsman_unsealer_restart(struct wsman_unsealer *u, struct auth_context *c, const char *content_type,
                                     size_t plain_max, struct icm_error *err);

/** Take the next bytes of the body and append to @out the plain text that became whole. A body may hold several
 * messages, one after the other (MS-WSMV 3.1.4.1.39): feed stops behind the end of one, *@message_ended says so, and
 * *@taken how far it came. ICM_SYNTAX: not the form. ICM_DENIED: it does not open, or not to the length that it says.
 */
enum icm_code wsman_unsealer_feed(struct wsman_unsealer *u, struct icm_slice bytes, size_t *taken, bool *message_ended,
                                  struct icm_buf *out, struct icm_error *err);

/** Whether the peer begins lines with tabs: the last line of a part that it sent did. */
bool wsman_unsealer_saw_tabs(const struct wsman_unsealer *u);

/** The body has ended. ICM_SYNTAX: inside a message, or without one. */
enum icm_code wsman_unsealer_finish(struct wsman_unsealer *u, struct icm_error *err);

#endif
