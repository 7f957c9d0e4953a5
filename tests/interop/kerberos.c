/* One handshake of Kerberos in one process, and messages both ways: each side is ours or GSSAPI's own calls, with a
 * configuration of its own. Prints what came of it, a fact a line, for kerberos.sh; what failed is "SIDE failed: CODE:
 * SENTENCE" and "remedy: ...".
 *
 *     icm-kerberos [NAME=VALUE]...   see options[] */
#include "tests/interop/gss_peer.h"

#include <stdio.h>
#include <stdlib.h>

static const char *initiator, *acceptor, *user, *password_file, *keytab, *ccache, *host, *service, *spn_host, *port,
    *binding, *acceptor_binding, *requires_binding, *delegate, *initiator_config, *acceptor_config, *acceptor_keytab,
    *tamper;

static const struct gss_peer_option options[] = {
    {"initiator", &initiator}, /* "gss": not ours */
    {"acceptor", &acceptor},
    {"user", &user},
    {"password-file", &password_file},
    {"keytab", &keytab},
    {"ccache", &ccache},
    {"host", &host},
    {"service", &service},
    {"spn-host", &spn_host},
    {"port", &port},
    {"binding", &binding},
    {"acceptor-binding", &acceptor_binding},
    {"requires-binding", &requires_binding},
    {"delegate", &delegate},
    {"initiator-config", &initiator_config},
    {"acceptor-config", &acceptor_config},
    {"acceptor-keytab", &acceptor_keytab},
    {"tamper", &tamper}, /* "flip", "replay", "gap", "clear", "cut": the first message on its way to the acceptor */
};

/* ---- theirs */

static bool step_bare(struct gss_side *s, struct icm_slice in, struct icm_buf *out)
{
    const char *text = s->is_acceptor ? acceptor_binding : binding;
    struct gss_channel_bindings_struct room = {.application_data = gss_peer_buffer(icm_slice_text(text))};
    gss_channel_bindings_t bound = text ? &room : GSS_C_NO_CHANNEL_BINDINGS;
    gss_buffer_desc given = gss_peer_buffer(in), token = GSS_C_EMPTY_BUFFER;
    const OM_uint32 flags = GSS_C_MUTUAL_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_REPLAY_FLAG | GSS_C_CONF_FLAG |
                            GSS_C_INTEG_FLAG | (delegate ? GSS_C_DELEG_FLAG : 0);
    gss_cred_id_t delegated = GSS_C_NO_CREDENTIAL;
    gss_name_t client = GSS_C_NO_NAME;
    OM_uint32 major, minor, agreed = 0, ignored;

    if (s->is_acceptor)
        major = gss_accept_sec_context(&minor, &s->gss, GSS_C_NO_CREDENTIAL, &given, bound, &client, NULL, &token,
                                       &agreed, NULL, &delegated);
    else
        major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &s->gss, s->target, gss_mech_krb5, flags, 0, bound,
                                     &given, NULL, &token, &agreed, NULL);
    icm_buf_add(out, icm_slice_of(token.value, token.length));
    s->is_done = major == GSS_S_COMPLETE;
    s->has_delegated = delegated != GSS_C_NO_CREDENTIAL;
    s->is_bound = (agreed & GSS_C_CHANNEL_BOUND_FLAG) != 0;
    gss_release_buffer(&ignored, &token);
    gss_release_name(&ignored, &client);
    gss_release_cred(&ignored, &delegated);
    return !GSS_ERROR(major) || gss_side_fail(s, major, minor);
}

/* ---- the conversation */

static bool shake_hands(struct gss_side *client, struct gss_side *server)
{
    struct icm_buf from_client = {0}, from_server = {0};
    bool goes_on = gss_side_step(client, icm_slice_text(""), &from_client);

    for (int i = 0; goes_on && i < 5 && !(client->is_done && server->is_done); i++) {
        goes_on = gss_side_step(server, icm_buf_slice(&from_client), &from_server);
        icm_buf_clear(&from_client);
        if (!client->is_done && from_server.size > 0) /* a refusal, too, has its token */
            goes_on = gss_side_step(client, icm_buf_slice(&from_server), &from_client) && goes_on;
        icm_buf_clear(&from_server);
    }
    icm_buf_reset(&from_client);
    icm_buf_reset(&from_server);
    return goes_on && client->is_done && server->is_done;
}

static void spoil(struct icm_buf *sealed, struct gss_side *from)
{
    struct icm_buf next = {0};
    struct auth_sealed how;

    if (strcmp(tamper, "flip") == 0)
        sealed->data[sealed->size - 1] ^= 1;
    if (strcmp(tamper, "cut") == 0)
        sealed->size--;
    if (strcmp(tamper, "gap") == 0 && gss_side_seal(from, icm_slice_text("the second"), &next, &how))
        icm_buf_move(sealed, &next);
}

static bool say(struct gss_side *from, struct gss_side *to, size_t size, bool tells)
{
    struct icm_buf message = {0}, sealed = {0}, opened = {0};
    struct auth_sealed how;
    uint8_t *room = icm_buf_room(&message, size > 0 ? size : 1);

    for (size_t i = 0; i < size; i++)
        room[i] = (uint8_t)(i * 7 + size);
    message.size = size;
    bool is_whole = gss_side_seal(from, icm_buf_slice(&message), &sealed, &how);
    if (tells)
        printf("%s seals %zu: header %u, padding %u, in all %zu\n", from->name, size, how.header_size, how.padding,
               sealed.size);
    if (is_whole && tamper && from->is_acceptor == to->is_acceptor)
        gss_peer_die("sides");
    if (is_whole && tamper)
        spoil(&sealed, from);
    is_whole = is_whole && gss_side_open(to, how.header_size, icm_buf_slice(&sealed), &opened);
    if (is_whole && tamper && strcmp(tamper, "replay") == 0) {
        icm_buf_clear(&opened);
        is_whole = gss_side_open(to, how.header_size, icm_buf_slice(&sealed), &opened);
    }
    if (is_whole && !icm_slice_equal(icm_buf_slice(&opened), icm_buf_slice(&message)))
        gss_peer_die("another message came out");
    icm_buf_reset(&message);
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
    return is_whole;
}

static bool sign(struct gss_side *from, struct gss_side *to)
{
    struct icm_slice text = icm_slice_text("a list of mechanisms");
    struct icm_buf mic = {0};
    struct icm_error err = {0};

    if (from->is_bare || to->is_bare)
        return true;
    bool is_good = from->ours->ops->add_mic(from->ours, text, &mic, &err) == ICM_OK &&
                   to->ours->ops->check_mic(to->ours, text, icm_buf_slice(&mic), &err) == ICM_OK;
    if (!is_good)
        printf("a signature failed: %s\n", err.text);
    icm_buf_reset(&mic);
    icm_error_reset(&err);
    return is_good;
}

static bool converse(struct gss_side *client, struct gss_side *server)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 2048, 500000};

    if (tamper)
        return say(client, server, 100, false);
    if (!sign(client, server) || !sign(server, client))
        return false;
    for (size_t i = 0; i < ICM_COUNT(sizes); i++)
        if (!say(client, server, sizes[i], sizes[i] == 2048) || !say(server, client, sizes[i], sizes[i] == 2048))
            return false;
    return true;
}

/* ---- what is asked for */

static void import_target(struct gss_side *s)
{
    char text[300];
    OM_uint32 minor;

    snprintf(text, sizeof text, "%s@%s", service ? service : "HTTP", host);
    gss_buffer_desc name = gss_peer_buffer(icm_slice_text(text));
    if (gss_import_name(&minor, &name, GSS_C_NT_HOSTBASED_SERVICE, &s->target) != GSS_S_COMPLETE)
        gss_peer_die("the name");
}

static void tell(const struct gss_side *client, const struct gss_side *server)
{
    if (!client->is_bare)
        printf("initiator: %s\n", auth_describe(client->ours));
    if (server->is_bare)
        printf("delegated: %s\nbound: %s\n", server->has_delegated ? "yes" : "no", server->is_bound ? "yes" : "no");
    else
        printf("user: %s\n", auth_user(server->ours));
    printf("done\n");
}

int main(int argc, char **argv)
{
    gss_peer_read_options(options, ICM_COUNT(options), argc, argv);
    struct gss_side client = {.name = "initiator",
                              .is_bare = initiator != NULL,
                              .sends_clear = tamper && strcmp(tamper, "clear") == 0,
                              .config = initiator_config,
                              .mechanism = gss_mech_krb5,
                              .step_bare = step_bare};
    struct gss_side server = {.name = "acceptor",
                              .is_acceptor = true,
                              .is_bare = acceptor != NULL,
                              .config = acceptor_config,
                              .mechanism = gss_mech_krb5,
                              .step_bare = step_bare};
    struct auth_credential credential = {.user = user ? strdup(user) : NULL};
    const struct auth_mechanism *kerberos = auth_mechanism_find("Kerberos");

    host = host ? host : "srv1.icm.test";
    gss_peer_read_password(password_file, &credential.password);
    struct auth_initiator_options i = {.credential = user ? &credential : NULL,
                                       .host = host,
                                       .spn_service = service,
                                       .spn_host = spn_host,
                                       .spn_port = port ? (unsigned)atoi(port) : 0,
                                       .channel_binding = icm_slice_text(binding),
                                       .needs_sealing = true,
                                       .delegates = delegate != NULL,
                                       .ccache = ccache,
                                       .keytab = keytab};
    struct auth_acceptor_options a = {.keytab = acceptor_keytab,
                                      .channel_binding = icm_slice_text(acceptor_binding),
                                      .requires_binding = requires_binding != NULL,
                                      .needs_sealing = true};
    if (client.is_bare)
        import_target(&client);
    else if (auth_initiator_new(&client.ours, kerberos, &i, NULL) != ICM_OK)
        gss_peer_die("memory");
    if (!server.is_bare && auth_acceptor_new(&server.ours, kerberos, &a, NULL) != ICM_OK)
        gss_peer_die("memory");
    bool is_good = shake_hands(&client, &server) && converse(&client, &server);
    if (is_good)
        tell(&client, &server);
    gss_side_reset(&client);
    gss_side_reset(&server);
    auth_credential_reset(&credential);
    return is_good ? 0 : 1;
}
