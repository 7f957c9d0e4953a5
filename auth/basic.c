/* Basic: user and password in the clear, RFC 7617. */
#include "auth/context.h"

#include <stdlib.h>

struct basic {
    struct auth_context context;
    const struct auth_credential *credential;    /* the initiator's */
    const struct auth_acceptor_options *accepts; /* the acceptor's */
    bool has_spoken;
};

static struct basic *of(struct auth_context *c)
{
    return (struct basic *)c;
}

static void free_basic(struct auth_context *c)
{
    free(of(c));
}

/* ---- the client ---- */

static bool has_control(struct icm_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < 0x20 || text.data[i] == 0x7F)
            return true;
    return false;
}

static enum icm_code check_credential(const struct auth_credential *c, struct icm_error *err)
{
    struct icm_slice user = icm_slice_text(c ? c->user : NULL);

    if (user.size == 0)
        return auth_remedy(err, icm_fail(err, ICM_USAGE, "RFC 7617 2", "Basic needs a user name and a password"),
                           "give -Credential NAME");
    if (memchr(user.data, ':', user.size))
        return icm_fail(err, ICM_USAGE, "RFC 7617 2", "a user name with a colon cannot be used with Basic");
    if (has_control(user) || has_control(icm_buf_slice(&c->password)))
        return icm_fail(err, ICM_USAGE, "RFC 7617 2",
                        "a user name or password with control characters cannot be used with Basic");
    return ICM_OK;
}

/* The same token with every request. A challenge after one is the server's no: its realm is no token. */
static enum icm_code speak(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    const struct auth_credential *credential = of(c)->credential;

    if (of(c)->has_spoken && in.size > 0)
        return icm_fail(err, ICM_DENIED, "RFC 7617 2", "the user name or the password was not accepted");
    enum icm_code code = check_credential(credential, err);
    if (code != ICM_OK)
        return code;
    icm_buf_add_text(out, credential->user);
    icm_buf_add_u8(out, ':');
    icm_buf_add(out, icm_buf_slice(&credential->password));
    of(c)->has_spoken = true;
    return icm_buf_check(out, err);
}

/* ---- the server ---- */

/* takes as long as @given is, whatever @known is: the time tells nothing that the peer did not bring */
static bool is_password(struct icm_slice given, struct icm_slice known)
{
    size_t difference = given.size ^ known.size;

    for (size_t i = 0; i < given.size; i++)
        difference |= (size_t)(given.data[i] ^ (known.size > 0 ? known.data[i % known.size] : 0));
    return difference == 0;
}

/* An account that is not there takes as long as a wrong password. */
static const struct auth_credential *find_account(const struct auth_acceptor_options *o, struct icm_slice user,
                                                  struct icm_slice password)
{
    const struct auth_credential *found = auth_account_find(o, icm_slice_of(NULL, 0), user, AUTH_NAME_CLAIMS);
    bool matches = is_password(password, found ? icm_buf_slice(&found->password) : icm_slice_text(""));

    return matches ? found : NULL;
}

static enum icm_code listen(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    const uint8_t *colon = in.size > 0 ? memchr(in.data, ':', in.size) : NULL;

    if (in.size == 0)
        return ICM_AGAIN; /* the challenge has nothing but the realm, which is the caller's */
    if (!colon)
        return icm_fail(err, ICM_SYNTAX, "RFC 7617 2", "a Basic token without a colon");
    size_t user_size = (size_t)(colon - in.data);
    const struct auth_credential *found =
        find_account(of(c)->accepts, icm_slice_of(in.data, user_size), icm_slice_from(in, user_size + 1));
    if (!found)
        return icm_fail(err, ICM_DENIED, "RFC 7617 2", "wrong user name or password");
    icm_set_text(&c->user, found->user);
    return c->user ? ICM_OK : icm_nomem(err);
}

/* ---- life ---- */

static const struct auth_ops initiator_ops = {.step = speak, .free = free_basic};
static const struct auth_ops acceptor_ops = {.step = listen, .free = free_basic};

enum icm_code auth_basic_initiator_new(struct auth_context **out, const struct auth_initiator_options *o,
                                       struct icm_error *err)
{
    struct basic *b = calloc(1, sizeof *b);

    if (!b)
        return icm_nomem(err);
    b->context.ops = &initiator_ops;
    b->credential = o->credential;
    *out = &b->context;
    return ICM_OK;
}

enum icm_code auth_basic_acceptor_new(struct auth_context **out, const struct auth_acceptor_options *o,
                                      struct icm_error *err)
{
    struct basic *b = calloc(1, sizeof *b);

    if (!b)
        return icm_nomem(err);
    b->context.ops = &acceptor_ops;
    b->accepts = o;
    *out = &b->context;
    return ICM_OK;
}
