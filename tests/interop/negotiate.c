/* One handshake of Negotiate in one process, and messages both ways: each side is ours, or MIT's SPNEGO with its
 * Kerberos and gss-ntlmssp underneath. Prints what came of it, a fact a line, for negotiate.sh; what failed is "SIDE
 * failed: CODE: SENTENCE" and "remedy: ...".
 *
 *     icm-negotiate [NAME=VALUE]...   see options[] */
#include "tests/interop/gss_peer.h"

#include <stdio.h>

static const char *initiator, *acceptor, *mechanism, *user, *password_file, *account_user, *account_password_file,
    *host, *spn_host, *offers, *serves, *no_ntlm, *delegate, *initiator_config, *acceptor_config, *acceptor_keytab,
    *binding, *acceptor_binding;

static const struct gss_peer_option options[] = {
    {"initiator", &initiator}, /* "gss": not ours */
    {"acceptor", &acceptor},
    {"mechanism", &mechanism}, /* our client's */
    {"user", &user},
    {"password-file", &password_file},
    {"account", &account_user}, /* our server's, with its password's file */
    {"account-password-file", &account_password_file},
    {"host", &host},
    {"spn-host", &spn_host},
    {"offers", &offers}, /* their client's and server's mechanisms: letters n (NTLM), k (Kerberos), in this order */
    {"serves", &serves},
    {"no-ntlm", &no_ntlm}, /* our client's policy */
    {"delegate", &delegate},
    {"initiator-config", &initiator_config},
    {"acceptor-config", &acceptor_config},
    {"acceptor-keytab", &acceptor_keytab},
    {"binding", &binding},
    {"acceptor-binding", &acceptor_binding},
};

static gss_OID_desc spnego = {6, (void *)(uintptr_t) "\x2b\x06\x01\x05\x05\x02"};
static gss_OID_set_desc only_spnego = {1, &spnego};

static struct icm_buf password;
static int tokens;

/* ---- theirs */

static void limit_mechanisms(struct gss_side *s, const char *letters)
{
    gss_OID_desc chosen[2];
    gss_OID_set_desc set = {0, chosen};
    OM_uint32 minor;

    for (; *letters && set.count < ICM_COUNT(chosen); letters++)
        chosen[set.count++] = *letters == 'n' ? gss_peer_ntlm : *gss_mech_krb5;
    if (gss_set_neg_mechs(&minor, s->credential, &set) != GSS_S_COMPLETE)
        gss_peer_die("their mechanisms");
}

static void prepare_bare(struct gss_side *s)
{
    char text[300];
    gss_name_t name = GSS_C_NO_NAME;
    /* gss-ntlmssp reads on to a zero byte */
    gss_buffer_desc secret = gss_peer_buffer(icm_slice_text(icm_buf_text(&password))),
                    who = gss_peer_buffer(icm_slice_text(user));
    OM_uint32 minor, major;

    gss_side_configure(s);
    snprintf(text, sizeof text, "HTTP@%s", host);
    gss_buffer_desc service = gss_peer_buffer(icm_slice_text(text));
    major = gss_import_name(&minor, &service, GSS_C_NT_HOSTBASED_SERVICE, &s->target);
    if (major == GSS_S_COMPLETE && user && !s->is_acceptor)
        major = gss_import_name(&minor, &who, GSS_C_NT_USER_NAME, &name);
    if (major == GSS_S_COMPLETE && user && !s->is_acceptor)
        major = gss_acquire_cred_with_password(&minor, name, &secret, GSS_C_INDEFINITE, &only_spnego, GSS_C_INITIATE,
                                               &s->credential, NULL, NULL);
    else if (major == GSS_S_COMPLETE)
        major = gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &only_spnego,
                                 s->is_acceptor ? GSS_C_ACCEPT : GSS_C_INITIATE, &s->credential, NULL, NULL);
    gss_release_name(&minor, &name);
    if (major != GSS_S_COMPLETE) {
        gss_side_fail(s, major, minor);
        gss_peer_die("their credential");
    }
    const char *letters = s->is_acceptor ? serves : offers;
    limit_mechanisms(s, letters ? letters : "n");
}

static bool step_bare(struct gss_side *s, struct icm_slice in, struct icm_buf *out)
{
    const char *bound = s->is_acceptor ? acceptor_binding : binding;
    struct gss_channel_bindings_struct room = {.application_data = gss_peer_buffer(icm_slice_text(bound))};
    gss_channel_bindings_t bindings = bound ? &room : GSS_C_NO_CHANNEL_BINDINGS;
    gss_buffer_desc given = gss_peer_buffer(in), token = GSS_C_EMPTY_BUFFER;
    const OM_uint32 flags =
        GSS_C_MUTUAL_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_REPLAY_FLAG | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG;
    gss_name_t client = GSS_C_NO_NAME;
    OM_uint32 major, minor, ignored;

    if (s->is_acceptor)
        major = gss_accept_sec_context(&minor, &s->gss, s->credential, &given, bindings, &client, NULL, &token, NULL,
                                       NULL, NULL);
    else
        major = gss_init_sec_context(&minor, s->credential, &s->gss, s->target, &spnego, flags, 0, bindings, &given,
                                     NULL, &token, NULL, NULL);
    icm_buf_add(out, icm_slice_of(token.value, token.length));
    s->is_done = major == GSS_S_COMPLETE;
    gss_release_buffer(&ignored, &token);
    gss_release_name(&ignored, &client);
    return !GSS_ERROR(major) || gss_side_fail(s, major, minor);
}

/* ---- both */

static bool say(struct gss_side *from, struct gss_side *to, size_t size)
{
    struct icm_buf message = {0}, sealed = {0}, opened = {0};
    struct auth_sealed how;

    for (size_t i = 0; i < size; i++)
        icm_buf_add_u8(&message, (uint8_t)(i * 7 + size));
    bool is_whole = gss_side_seal(from, icm_buf_slice(&message), &sealed, &how) &&
                    gss_side_open(to, how.header_size, icm_buf_slice(&sealed), &opened);
    if (is_whole && !icm_slice_equal(icm_buf_slice(&opened), icm_buf_slice(&message)))
        gss_peer_die("another message came out");
    icm_buf_reset(&message);
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
    return is_whole;
}

/* A side that is done may still have a token to give, and the other may still want none. */
static bool shake_hands(struct gss_side *client, struct gss_side *server)
{
    struct icm_buf from_client = {0}, from_server = {0};
    bool goes_on = gss_side_step(client, icm_slice_text(""), &from_client);

    while (goes_on && from_client.size > 0 && tokens < 20) {
        tokens++;
        goes_on = gss_side_step(server, icm_buf_slice(&from_client), &from_server);
        icm_buf_clear(&from_client);
        if (from_server.size == 0)
            break;
        tokens++;
        goes_on = gss_side_step(client, icm_buf_slice(&from_server), &from_client) && goes_on;
        icm_buf_clear(&from_server);
    }
    icm_buf_reset(&from_client);
    icm_buf_reset(&from_server);
    return goes_on && client->is_done && server->is_done;
}

static bool converse(struct gss_side *client, struct gss_side *server)
{
    static const size_t sizes[] = {1, 16, 2048, 500000};

    for (size_t i = 0; i < ICM_COUNT(sizes); i++)
        if (!say(client, server, sizes[i]) || !say(server, client, sizes[i]))
            return false;
    return true;
}

/* ---- what is asked for */

static bool talk(struct gss_side *client, struct gss_side *server, struct auth_credential *credential,
                 struct auth_credential *account)
{
    struct auth_initiator_options i = {.credential = user ? credential : NULL,
                                       .host = host,
                                       .spn_host = spn_host,
                                       .channel_binding = icm_slice_text(binding),
                                       .needs_sealing = true,
                                       .delegates = delegate != NULL,
                                       .allows_ntlm = !no_ntlm};
    struct auth_acceptor_options a = {.accounts = account,
                                      .account_count = account_user ? 1 : 0,
                                      .keytab = acceptor_keytab,
                                      .channel_binding = icm_slice_text(acceptor_binding),
                                      .needs_sealing = true};

    if (client->is_bare)
        prepare_bare(client);
    else if (auth_initiator_new(&client->ours, auth_mechanism_find(mechanism ? mechanism : "Negotiate"), &i, NULL) !=
             ICM_OK)
        gss_peer_die("memory");
    if (server->is_bare)
        prepare_bare(server);
    else if (auth_acceptor_new(&server->ours, auth_mechanism_find("Negotiate"), &a, NULL) != ICM_OK)
        gss_peer_die("memory");
    if (!shake_hands(client, server) || !converse(client, server))
        return false;
    if (!client->is_bare)
        printf("initiator: %s\n", auth_describe(client->ours));
    if (!server->is_bare)
        printf("acceptor: %s\nuser: %s\n", auth_describe(server->ours), auth_user(server->ours));
    printf("tokens: %d\ndone\n", tokens);
    return true;
}

int main(int argc, char **argv)
{
    gss_peer_read_options(options, ICM_COUNT(options), argc, argv);
    host = host ? host : "srv1.icm.test";
    struct gss_side client = {.name = "initiator",
                              .is_bare = initiator != NULL,
                              .config = initiator_config,
                              .mechanism = &spnego,
                              .step_bare = step_bare};
    struct gss_side server = {.name = "acceptor",
                              .is_acceptor = true,
                              .is_bare = acceptor != NULL,
                              .config = acceptor_config,
                              .mechanism = &spnego,
                              .step_bare = step_bare};
    struct auth_credential credential = {0}, account = {0};

    if ((client.is_bare || server.is_bare) && !gss_peer_has(&gss_peer_ntlm)) {
        puts("no NTLM mechanism for GSSAPI (package: gss-ntlmssp)");
        return 77;
    }
    gss_peer_read_password(password_file, &password);
    icm_set_text(&credential.user, user);
    icm_buf_add(&credential.password, icm_buf_slice(&password));
    icm_set_text(&account.user, account_user);
    gss_peer_read_password(account_password_file, &account.password);
    bool is_good = talk(&client, &server, &credential, &account);
    gss_side_reset(&client);
    gss_side_reset(&server);
    auth_credential_reset(&credential);
    auth_credential_reset(&account);
    icm_buf_reset(&password);
    return is_good ? 0 : 1;
}
