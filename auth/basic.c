/* Basic: user and password in the clear, RFC 7617. It has no state but whether the one token has been given. */
#include "auth/mechs.h"

/* what *state points to once the client has spoken */
static char has_spoken;

void auth_basic_state_free(void *state)
{
    (void)state; /* nothing of ours is on the heap */
}

static bool has_control(struct icm_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < 0x20 || text.data[i] == 0x7F)
            return true;
    return false;
}

enum icm_code auth_basic_client_step(void **state, const struct auth_credential *credential, struct icm_slice in,
                                     struct icm_buf *out, struct icm_error *err)
{
    struct icm_slice user = icm_slice_text(credential->user);

    (void)in; /* a realm is no token */
    if (*state)
        return icm_fail(err, ICM_DENIED, "RFC 7617 2", "the user name or the password was not accepted");
    if (user.size > 0 && memchr(user.data, ':', user.size))
        return icm_fail(err, ICM_USAGE, "RFC 7617 2", "a user name with a colon cannot be used with Basic");
    if (has_control(user) || has_control(icm_buf_slice(&credential->password)))
        return icm_fail(err, ICM_USAGE, "RFC 7617 2",
                        "a user name or password with control characters cannot be used with Basic");
    icm_buf_add(out, user);
    icm_buf_add_u8(out, ':');
    icm_buf_add(out, icm_buf_slice(&credential->password));
    *state = &has_spoken;
    return icm_buf_check(out, err);
}

/* takes as long as @given is, whatever @known is: the time tells nothing that the peer did not bring */
static bool is_password(struct icm_slice given, struct icm_slice known)
{
    size_t difference = given.size ^ known.size;

    for (size_t i = 0; i < given.size; i++)
        difference |= (size_t)(given.data[i] ^ (known.size > 0 ? known.data[i % known.size] : 0));
    return difference == 0;
}

/* local names have no case; what names a domain or a realm is compared as it is */
static bool is_user(struct icm_slice given, struct icm_slice known)
{
    bool has_domain = known.size > 0 && (memchr(known.data, '\\', known.size) || memchr(known.data, '@', known.size));

    return has_domain ? icm_slice_equal(given, known) : icm_slice_equal_nocase(given, known);
}

/* Every account is looked at with its password, so that a user who is unknown takes the same time. */
static const struct auth_credential *find_account(const struct auth_credential *accounts, size_t count,
                                                  struct icm_slice user, struct icm_slice password)
{
    const struct auth_credential *found = NULL;

    for (size_t i = 0; i < count; i++) {
        bool matches = is_password(password, icm_buf_slice(&accounts[i].password));

        matches &= is_user(user, icm_slice_text(accounts[i].user));
        if (matches)
            found = &accounts[i];
    }
    return found;
}

enum icm_code auth_basic_server_step(void **state, const struct auth_credential *accounts, size_t account_count,
                                     struct icm_slice in, struct icm_buf *out, const char **user,
                                     struct icm_error *err)
{
    const uint8_t *colon = in.size > 0 ? memchr(in.data, ':', in.size) : NULL;

    (void)state, (void)out;
    if (!colon)
        return icm_fail(err, ICM_SYNTAX, "RFC 7617 2", "a Basic token without a colon");
    size_t user_size = (size_t)(colon - in.data);
    const struct auth_credential *found =
        find_account(accounts, account_count, icm_slice_of(in.data, user_size), icm_slice_from(in, user_size + 1));
    if (!found)
        return icm_fail(err, ICM_DENIED, "RFC 7617 2", "wrong user name or password");
    *user = found->user;
    return ICM_OK;
}
