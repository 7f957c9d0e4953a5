/* auth-bench: what sealing and opening bodies costs, beside the bare ciphers in the same run. A mechanism is a row. */
#ifndef TESTS_BENCH_AUTH_BENCH_H
#define TESTS_BENCH_AUTH_BENCH_H

#include "auth/auth.h"

/** Both ends of an established context, or of the bare ciphers. Each call ends the program when something goes wrong. */
struct auth_bench_side {
    const char *name; /* "icm", "RC4, HMAC-MD5" */
    void *(*open)(void);
    void (*close)(void *state);
    void (*seal)(void *state, struct icm_slice message, struct icm_buf *out);                     /* the client's */
    void (*unseal)(void *state, uint32_t header_size, struct icm_slice sealed, struct icm_buf *out); /* the server's */
    uint32_t header_size;
};

struct auth_bench_row {
    const char *mechanism;
    const struct auth_bench_side *own, *bare;
};

extern const struct auth_bench_row auth_bench_rows[];
extern const size_t auth_bench_row_count;

/** What a mechanism's file gives to the table. */
extern const struct auth_bench_side auth_bench_credssp, auth_bench_gcm;
extern const struct auth_bench_side auth_bench_kerberos, auth_bench_gss;
extern const struct auth_bench_side auth_bench_ntlm, auth_bench_rc4;

/** End the program, saying @what, unless @law holds. */
void auth_bench_must(bool law, const char *what);

#endif
