#include "wsman/http_login.h"

#include <stdlib.h>

enum { TEXTS_EXPECTED = 128 /* bytes: the host, and seldom more */ };

static bool copy_text(struct wsman_login *l, const char *text, const char **out)
{
    struct icm_slice copy;

    if (!text)
        return true;
    if (!icm_arena_copy(&l->texts, icm_slice_text(text), &copy))
        return false;
    *out = (const char *)copy.data;
    return true;
}

static bool copy_credential(struct wsman_login *l, const struct auth_credential *from)
{
    if (!from || !from->user)
        return true;
    icm_set_text(&l->credential.user, from->user);
    icm_buf_add(&l->credential.password, icm_buf_slice(&from->password));
    l->options.credential = &l->credential;
    return l->credential.user && !l->credential.password.failed;
}

static bool fill(struct wsman_login *l, const struct wsman_target *t, const char *host, unsigned port)
{
    struct auth_initiator_options *o = &l->options;

    icm_arena_expect(&l->texts, TEXTS_EXPECTED);
    o->spn_port = t->port_in_spn ? port : 0;
    o->needs_sealing = !l->is_tls && !t->no_encryption && auth_mechanism_has(t->mechanism, AUTH_SEALS);
    o->delegates = t->delegates;
    o->allows_ntlm =
        t->allows_ntlm || wsman_host_is_loopback(host) || (l->is_tls && !t->skip_ca_check && !t->skip_cn_check);
    o->allows_old_credssp = t->allows_old_credssp;
    return copy_credential(l, t->credential) && copy_text(l, host, &o->host) &&
           copy_text(l, t->spn_service, &o->spn_service) && copy_text(l, t->spn_host, &o->spn_host) &&
           copy_text(l, t->ccache, &o->ccache) && copy_text(l, t->keytab, &o->keytab);
}

enum icm_code wsman_login_new(struct wsman_login **out, const struct wsman_target *target, const char *host,
                              unsigned port, bool is_tls, struct icm_error *err)
{
    struct wsman_login *l = calloc(1, sizeof *l);

    if (!l)
        return icm_nomem(err);
    l->users = 1;
    l->mechanism = target->mechanism;
    l->is_tls = is_tls;
    if (!fill(l, target, host, port)) {
        wsman_login_release(l);
        return icm_nomem(err);
    }
    *out = l;
    return ICM_OK;
}

struct wsman_login *wsman_login_share(struct wsman_login *l)
{
    __atomic_add_fetch(&l->users, 1, __ATOMIC_RELAXED);
    return l;
}

void wsman_login_release(struct wsman_login *l)
{
    if (!l || __atomic_sub_fetch(&l->users, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    auth_credential_reset(&l->credential);
    icm_buf_reset(&l->binding);
    icm_arena_reset(&l->texts);
    free(l);
}

/* The same for new contexts. What allows NTLM has been decided, and is not decided again. */
static enum icm_code login_copy(struct wsman_login **out, const struct wsman_login *from, struct icm_error *err)
{
    const struct auth_initiator_options *o = &from->options;
    const struct wsman_target target = {.mechanism = from->mechanism,
                                        .credential = o->credential,
                                        .spn_service = o->spn_service,
                                        .spn_host = o->spn_host,
                                        .port_in_spn = o->spn_port > 0,
                                        .delegates = o->delegates,
                                        .allows_old_credssp = o->allows_old_credssp,
                                        .ccache = o->ccache,
                                        .keytab = o->keytab};
    enum icm_code code = wsman_login_new(out, &target, o->host, o->spn_port, from->is_tls, err);

    if (code == ICM_OK)
        (*out)->options.allows_ntlm = o->allows_ntlm;
    if (code == ICM_OK)
        (*out)->options.needs_sealing = o->needs_sealing;
    return code;
}

/* A step that nobody waits for any more may still read the old one on its thread. */
static enum icm_code have_for_ourselves(struct wsman_login **at, struct icm_error *err)
{
    struct wsman_login *copy = NULL;

    if (__atomic_load_n(&(*at)->users, __ATOMIC_ACQUIRE) == 1)
        return ICM_OK;
    enum icm_code code = login_copy(&copy, *at, err);
    if (code != ICM_OK)
        return code;
    wsman_login_release(*at);
    *at = copy;
    return ICM_OK;
}

enum icm_code wsman_login_bind(struct wsman_login **at, struct icm_slice binding, struct icm_error *err)
{
    enum icm_code code = have_for_ourselves(at, err);
    struct wsman_login *l = *at;

    if (code != ICM_OK)
        return code;
    icm_buf_clear(&l->binding);
    icm_buf_add(&l->binding, binding);
    l->options.channel_binding = icm_buf_slice(&l->binding);
    return icm_buf_check(&l->binding, err);
}
