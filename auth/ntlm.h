/* An NTLM context of either role: what ntlm_initiator.c and ntlm_acceptor.c share. MS-NLMP 3. Tests take it apart, to
 * give it a clock and random numbers that a vector was made with. */
#ifndef AUTH_NTLM_H
#define AUTH_NTLM_H

#include "auth/context.h"
#include "auth/ntlm_keys.h"
#include "auth/ntlm_seal.h"

enum {
    AUTH_NTLM_NAME_MAX = 256, /* a computer's name, and its end */
    AUTH_NTLM_NETBIOS_MAX = 15,
    /* all that we offer, in both roles; OEM texts, NTLMv1's session security and LM keys are not among it */
    AUTH_NTLM_OFFERED = AUTH_NTLM_UNICODE | AUTH_NTLM_REQUEST_TARGET | AUTH_NTLM_SIGN | AUTH_NTLM_SEAL |
                        AUTH_NTLM_NTLM | AUTH_NTLM_ALWAYS_SIGN | AUTH_NTLM_EXTENDED_SECURITY | AUTH_NTLM_VERSION |
                        AUTH_NTLM_128 | AUTH_NTLM_KEY_EXCHANGE,
};

/** What nobody may foresee, and what time it is: drawn when a context is made. */
struct auth_ntlm_draw {
    uint64_t time; /* FILETIME */
    uint8_t client_challenge[AUTH_NTLM_CHALLENGE_SIZE], server_challenge[AUTH_NTLM_CHALLENGE_SIZE];
    uint8_t session_key[AUTH_NTLM_KEY_SIZE];
    char computer[AUTH_NTLM_NAME_MAX]; /* this machine */
};

enum auth_ntlm_state { AUTH_NTLM_NEW, AUTH_NTLM_CHALLENGED, AUTH_NTLM_DONE };

struct auth_ntlm {
    struct auth_context context;
    const struct auth_initiator_options *initiates; /* one of the two is there */
    const struct auth_acceptor_options *accepts;
    enum auth_ntlm_state state;
    struct auth_ntlm_draw draw;
    struct icm_buf negotiate, challenge; /* as they were sent: the MIC is over all three messages */
    uint32_t flags;                      /* agreed */
    bool has_keys;
    struct auth_ntlm_stream sends, receives;
};

static inline struct auth_ntlm *auth_ntlm_of(struct auth_context *c)
{
    return (struct auth_ntlm *)c;
}

/** A context without a role. ICM_UNSUPPORTED: this machine's policy switched MD5 off. */
enum icm_code auth_ntlm_new(struct auth_ntlm **out, const struct auth_ops *ops, struct icm_error *err);

/** Whether @flags are enough: for NTLMv2, and to sign and seal where @needs_sealing. @whose: "the server's CHALLENGE".
 */
enum icm_code auth_ntlm_check_flags(uint32_t flags, bool needs_sealing, const char *whose, struct icm_error *err);

/** The MIC over the messages of @n and its AUTHENTICATE, whatever that has in its MIC's place. */
enum icm_code auth_ntlm_mic_of(const struct auth_ntlm *n, const uint8_t session_key[AUTH_NTLM_KEY_SIZE],
                               struct icm_slice authenticate, uint8_t out[AUTH_NTLM_MIC_SIZE], struct icm_error *err);

/** Both directions' keys. */
enum icm_code auth_ntlm_set_session_key(struct auth_ntlm *n, const uint8_t session_key[AUTH_NTLM_KEY_SIZE],
                                        struct icm_error *err);

/** Append @name's NetBIOS form, UTF-16LE: up to its first dot, 15 characters, upper case. */
enum icm_code auth_ntlm_add_netbios(struct icm_buf *out, const char *name, struct icm_error *err);

/* members of both roles' auth_ops */
enum icm_code auth_ntlm_wrap(struct auth_context *c, struct icm_slice message, struct icm_buf *out,
                             struct auth_sealed *sealed, struct icm_error *err);
enum icm_code auth_ntlm_unwrap(struct auth_context *c, uint32_t header_size, struct icm_slice bytes,
                               struct icm_buf *out, struct icm_error *err);
enum icm_code auth_ntlm_add_mic(struct auth_context *c, struct icm_slice message, struct icm_buf *out,
                                struct icm_error *err);
enum icm_code auth_ntlm_check_mic(struct auth_context *c, struct icm_slice message, struct icm_slice mic,
                                  struct icm_error *err);
void auth_ntlm_rewind(struct auth_context *c, bool sends);
void auth_ntlm_free(struct auth_context *c);

#endif
