/* WWW-Authenticate: several headers, or several challenges in one, told apart. RFC 9110 11.6.1. */
#ifndef WSMAN_CHALLENGE_H
#define WSMAN_CHALLENGE_H

#include "base/buf.h"

struct wsman_challenge {
    struct icm_slice scheme; /* "Negotiate" */
    struct icm_slice rest;   /* a token, or parameters, or nothing */
};

/** Take the next challenge off the front of @headers: the values of all headers, a line each. false: there is none.
 * Borrows. */
bool wsman_challenge_next(struct icm_slice *headers, struct wsman_challenge *out);

/** Whether @headers have challenges of @scheme (any case); what stands behind it is appended to @rests, a line for each
 * that has something. */
bool wsman_challenge_find(struct icm_slice headers, const char *scheme, struct icm_buf *rests);

/** Append the names of all schemes, "Negotiate, Basic", for a message to people: cut, and without what is no name. */
void wsman_challenge_list(struct icm_slice headers, struct icm_buf *out);

#endif
