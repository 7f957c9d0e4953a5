/* Which account a peer's name means: one rule for all mechanisms. */
#include "auth/auth.h"

static const uint8_t *last(struct icm_slice text, int c)
{
    return text.size > 0 ? memrchr(text.data, c, text.size) : NULL;
}

static bool has_origin(struct icm_slice name)
{
    return last(name, '\\') || last(name, '@');
}

/* "DOMAIN\name", "name@realm": name */
static struct icm_slice name_alone(struct icm_slice user)
{
    const uint8_t *slash = last(user, '\\');
    struct icm_slice name = slash ? icm_slice_from(user, (size_t)(slash + 1 - user.data)) : user;
    const uint8_t *at = last(name, '@');

    return at ? icm_slice_of(name.data, (size_t)(at - name.data)) : name;
}

static bool is_whole(struct icm_slice domain, struct icm_slice user, struct icm_slice known)
{
    if (domain.size == 0)
        return has_origin(known) ? icm_slice_equal(user, known) : icm_slice_equal_nocase(user, known);
    return known.size == domain.size + 1 + user.size && known.data[domain.size] == '\\' &&
           icm_slice_equal(domain, icm_slice_of(known.data, domain.size)) &&
           icm_slice_equal(user, icm_slice_from(known, domain.size + 1));
}

static const struct auth_credential *find_whole(const struct auth_acceptor_options *o, struct icm_slice domain,
                                                struct icm_slice user)
{
    for (size_t i = 0; user.size > 0 && i < o->account_count; i++)
        if (is_whole(domain, user, icm_slice_text(o->accounts[i].user)))
            return &o->accounts[i];
    return NULL;
}

/* The realm was ours, and is off: what looks like another one behind it is part of a name that is no account's. */
static const struct auth_credential *find_local(const struct auth_acceptor_options *o, struct icm_slice user)
{
    for (size_t i = 0; !has_origin(user) && i < o->account_count; i++)
        if (icm_slice_equal(user, icm_slice_text(o->accounts[i].user)))
            return &o->accounts[i];
    return NULL;
}

const struct auth_credential *auth_account_find(const struct auth_acceptor_options *o, struct icm_slice domain,
                                                struct icm_slice user, enum auth_naming naming)
{
    const struct icm_slice none = {0};
    const struct auth_credential *found;

    if (naming == AUTH_NAME_LOCAL)
        return domain.size == 0 ? find_local(o, user) : NULL;
    found = find_whole(o, domain, user);
    if (naming == AUTH_NAME_WHOLE)
        return found;
    found = found ? found : find_whole(o, none, user);
    return found ? found : find_whole(o, none, name_alone(user));
}
