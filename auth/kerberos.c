/* Kerberos through GSSAPI, both roles: a context's life, and what its roles share. */
#include "auth/kerberos_private.h"

#include <stdlib.h>

/* RFC 5929's bytes as application data; no addresses, which NAT changes. MS-NLMP 2.2.2.1 has the same form. */
gss_channel_bindings_t auth_kerberos_bindings(struct icm_slice binding, struct gss_channel_bindings_struct *room)
{
    *room = (struct gss_channel_bindings_struct){.application_data = auth_kerberos_buffer(binding)};
    return binding.size > 0 ? room : GSS_C_NO_CHANNEL_BINDINGS;
}

enum icm_code auth_kerberos_give(gss_buffer_desc *token, struct icm_buf *out, struct icm_error *err)
{
    OM_uint32 minor;

    icm_buf_add(out, icm_slice_of(token->value, token->length));
    gss_release_buffer(&minor, token);
    return icm_buf_check(out, err);
}

enum icm_code auth_kerberos_check_flags(const struct auth_kerberos *k, OM_uint32 needed, struct icm_error *err)
{
    if ((k->flags & needed) == needed)
        return ICM_OK;
    return icm_fail(err, ICM_DENIED, "RFC 4121 4.1.1.1",
                    "the peer does not agree to all of what Kerberos is to do here: mutual proof and sealed messages");
}

/* ---- life */

static void free_kerberos(struct auth_context *c)
{
    struct auth_kerberos *k = auth_kerberos_of(c);
    OM_uint32 minor;

    gss_delete_sec_context(&minor, &k->gss, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &k->credential);
    gss_release_name(&minor, &k->target);
    auth_kerberos_ticket_close(&k->ticket); /* behind the credential, which reads its cache */
    free(k->target_name);
    free(k);
}

static enum icm_code wrap(struct auth_context *c, struct icm_slice message, struct icm_buf *out,
                          struct auth_sealed *sealed, struct icm_error *err)
{
    return auth_kerberos_wrap(auth_kerberos_of(c)->gss, message, out, sealed, err);
}

static enum icm_code unwrap(struct auth_context *c, uint32_t header_size, struct icm_slice bytes, struct icm_buf *out,
                            struct icm_error *err)
{
    return auth_kerberos_unwrap(auth_kerberos_of(c)->gss, header_size, bytes, out, err);
}

static enum icm_code add_mic(struct auth_context *c, struct icm_slice message, struct icm_buf *out,
                             struct icm_error *err)
{
    return auth_kerberos_add_mic(auth_kerberos_of(c)->gss, message, out, err);
}

static enum icm_code check_mic(struct auth_context *c, struct icm_slice message, struct icm_slice mic,
                               struct icm_error *err)
{
    return auth_kerberos_check_mic(auth_kerberos_of(c)->gss, message, mic, err);
}

static const struct auth_ops initiator_ops = {.step = auth_kerberos_initiator_step,
                                              .wrap = wrap,
                                              .unwrap = unwrap,
                                              .add_mic = add_mic,
                                              .check_mic = check_mic,
                                              .free = free_kerberos};
static const struct auth_ops acceptor_ops = {.step = auth_kerberos_acceptor_step,
                                             .wrap = wrap,
                                             .unwrap = unwrap,
                                             .add_mic = add_mic,
                                             .check_mic = check_mic,
                                             .free = free_kerberos};

static enum icm_code new_kerberos(struct auth_kerberos **out, const struct auth_ops *ops, struct icm_error *err)
{
    struct auth_kerberos *k = calloc(1, sizeof *k);

    if (!k)
        return icm_nomem(err);
    k->context.ops = ops;
    *out = k;
    return ICM_OK;
}

enum icm_code auth_kerberos_initiator_new(struct auth_context **out, const struct auth_initiator_options *o,
                                          struct icm_error *err)
{
    struct auth_kerberos *k = NULL;
    enum icm_code code = new_kerberos(&k, &initiator_ops, err);

    if (code != ICM_OK)
        return code;
    k->initiates = o;
    *out = &k->context;
    return ICM_OK;
}

enum icm_code auth_kerberos_acceptor_new(struct auth_context **out, const struct auth_acceptor_options *o,
                                         struct icm_error *err)
{
    struct auth_kerberos *k = NULL;
    enum icm_code code = new_kerberos(&k, &acceptor_ops, err);

    if (code != ICM_OK)
        return code;
    k->accepts = o;
    *out = &k->context;
    return ICM_OK;
}
