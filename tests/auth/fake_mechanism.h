/* Mechanisms for Negotiate to carry that do what a row of a test says: X and Y, whose tokens are texts, "X1" the
 * client's first, "X2" the server's answer, and so on for as many legs as there are. */
#ifndef TESTS_AUTH_FAKE_MECHANISM_H
#define TESTS_AUTH_FAKE_MECHANISM_H

#include "auth/negotiate.h"

struct fake_kind {
    int legs;         /* how many tokens there are */
    bool has_no_mic;  /* it cannot sign */
    bool has_own_mic; /* Negotiate must sign for it, as for NTLM */
    bool makes_wrong_mics;
    enum icm_code check, make, first_step, serve; /* ICM_OK, or how it fails */
};

enum { FAKE_X, FAKE_Y };
extern struct fake_kind fake_kinds[2];
extern int fake_rewinds; /* of all contexts: 1 for a sender's, 10 for a receiver's; a test sets it to zero */

/** Rows for X, Y, X and Y, Y and X. X goes by two names and may wait, as Kerberos does. */
extern const struct auth_negotiable fake_rows[4]; /* X Y X Y: two from any of the first three */
extern const struct icm_slice fake_oid_x, fake_oid_x2, fake_oid_y, fake_oid_none;

#endif
