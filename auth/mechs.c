/* The table of mechanisms, and the contexts that carry one of them. Adding a mechanism is adding a row. */
#include "auth/auth.h"
#include "auth/mechs.h"

#include <stdlib.h>

static const struct auth_mechanism mechanisms[] = {
    /* name    scheme   shows the password  can seal  client                  server                  free */
    {"Basic", "Basic", true, false, auth_basic_client_step, auth_basic_server_step, auth_basic_state_free},
};

struct auth_client {
    const struct auth_mechanism *mechanism;
    const struct auth_credential *credential;
    void *state; /* the mechanism's */
};

struct auth_server {
    const struct auth_mechanism *mechanism;
    const struct auth_credential *accounts;
    size_t account_count;
    void *state;
};

void auth_credential_reset(struct auth_credential *c)
{
    free(c->user);
    icm_buf_reset(&c->password);
    memset(c, 0, sizeof *c);
}

const struct auth_mechanism *auth_mechanism_at(size_t index)
{
    return index < ICM_COUNT(mechanisms) ? &mechanisms[index] : NULL;
}

const struct auth_mechanism *auth_mechanism_find(const char *name)
{
    for (size_t i = 0; i < ICM_COUNT(mechanisms); i++)
        if (icm_slice_equal_nocase(icm_slice_text(mechanisms[i].name), icm_slice_text(name)))
            return &mechanisms[i];
    return NULL;
}

enum icm_code auth_client_new(struct auth_client **out, const struct auth_mechanism *mechanism,
                              const struct auth_credential *credential, struct icm_error *err)
{
    struct auth_client *c = calloc(1, sizeof *c);

    if (!c)
        return icm_nomem(err);
    c->mechanism = mechanism;
    c->credential = credential;
    *out = c;
    return ICM_OK;
}

void auth_client_free(struct auth_client *c)
{
    if (!c)
        return;
    c->mechanism->state_free(c->state);
    free(c);
}

enum icm_code auth_client_step(struct auth_client *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    return c->mechanism->client_step(&c->state, c->credential, in, out, err);
}

enum icm_code auth_server_new(struct auth_server **out, const struct auth_mechanism *mechanism,
                              const struct auth_credential *accounts, size_t account_count, struct icm_error *err)
{
    struct auth_server *s = calloc(1, sizeof *s);

    if (!s)
        return icm_nomem(err);
    s->mechanism = mechanism;
    s->accounts = accounts;
    s->account_count = account_count;
    *out = s;
    return ICM_OK;
}

void auth_server_free(struct auth_server *s)
{
    if (!s)
        return;
    s->mechanism->state_free(s->state);
    free(s);
}

enum icm_code auth_server_step(struct auth_server *s, struct icm_slice in, struct icm_buf *out, const char **user,
                               struct icm_error *err)
{
    return s->mechanism->server_step(&s->state, s->accounts, s->account_count, in, out, user, err);
}
