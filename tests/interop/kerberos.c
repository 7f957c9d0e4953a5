/* One handshake of Kerberos in one process, and messages both ways: each side is ours or GSSAPI's own calls, with a
 * configuration of its own. Prints what came of it, a fact a line, for kerberos.sh; what failed is "SIDE failed: CODE:
 * SENTENCE" and "remedy: ...".
 *
 *     icm-kerberos [NAME=VALUE]...   see options[] */
#include "auth/context.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <stdio.h>
#include <stdlib.h>

static const char *initiator, *acceptor, *user, *password_file, *keytab, *ccache, *host, *service, *spn_host, *port,
    *binding, *acceptor_binding, *requires_binding, *delegate, *initiator_config, *acceptor_config, *acceptor_keytab,
    *tamper;

static const struct {
    const char *name;
    const char **value;
} options[] = {
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

/* ---- sides: ours behind auth.h, or the bare calls */

struct side {
    const char *name;
    bool is_acceptor, is_bare;
    const char *config;
    struct auth_context *ours;
    gss_ctx_id_t gss;
    gss_name_t target;
    bool is_done, has_delegated, is_bound;
};

static void die(const char *why)
{
    printf("failed: %s\n", why);
    exit(2);
}

static void configure(const struct side *s)
{
    if (s->config)
        setenv("KRB5_CONFIG", s->config, 1);
}

static bool fail(const struct side *s, struct icm_error *err, enum icm_code code)
{
    printf("%s failed: %s: %s\n", s->name, icm_code_name(code), err->text);
    if (err->fault && err->fault->remedy)
        printf("remedy: %s\n", err->fault->remedy);
    icm_error_reset(err);
    return false;
}

static bool fail_gss(const struct side *s, OM_uint32 major, OM_uint32 minor)
{
    gss_buffer_desc text;
    OM_uint32 ignored, more = 0;

    gss_display_status(&ignored, minor, GSS_C_MECH_CODE, gss_mech_krb5, &more, &text);
    printf("%s failed: gss %08x: %.*s\n", s->name, major, (int)text.length, (const char *)text.value);
    gss_release_buffer(&ignored, &text);
    return false;
}

static gss_channel_bindings_t bind_to(const char *text, struct gss_channel_bindings_struct *room)
{
    *room = (struct gss_channel_bindings_struct){0};
    if (!text)
        return GSS_C_NO_CHANNEL_BINDINGS;
    room->application_data = (gss_buffer_desc){strlen(text), strdup(text)};
    return room;
}

static bool step_bare(struct side *s, struct icm_slice in, struct icm_buf *out)
{
    struct gss_channel_bindings_struct room;
    gss_channel_bindings_t bound = bind_to(s->is_acceptor ? acceptor_binding : binding, &room);
    gss_buffer_desc given = {in.size, (void *)(uintptr_t)in.data}, token = GSS_C_EMPTY_BUFFER;
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
    free(room.application_data.value);
    return !GSS_ERROR(major) || fail_gss(s, major, minor);
}

static bool step(struct side *s, struct icm_slice in, struct icm_buf *out)
{
    struct icm_error err = {0};

    configure(s);
    if (s->is_bare)
        return step_bare(s, in, out);
    enum icm_code code = auth_step(s->ours, in, out, &err);
    s->is_done = code == ICM_OK;
    return code == ICM_OK || code == ICM_AGAIN || fail(s, &err, code);
}

static bool seal(struct side *s, struct icm_slice message, struct icm_buf *out, struct auth_sealed *sealed)
{
    gss_buffer_desc in = {message.size, (void *)(uintptr_t)message.data}, token = GSS_C_EMPTY_BUFFER;
    struct icm_error err = {0};
    OM_uint32 minor;

    if (!s->is_bare) {
        enum icm_code code = auth_wrap(s->ours, message, out, sealed, &err);
        return code == ICM_OK || fail(s, &err, code);
    }
    OM_uint32 major = gss_wrap(&minor, s->gss, tamper && strcmp(tamper, "clear") == 0 ? 0 : 1, 0, &in, NULL, &token);
    *sealed = (struct auth_sealed){0}; /* header and data are one */
    icm_buf_add(out, icm_slice_of(token.value, token.length));
    gss_release_buffer(&minor, &token);
    return !GSS_ERROR(major) || fail_gss(s, major, minor);
}

static bool open_sealed(struct side *s, uint32_t header_size, struct icm_slice bytes, struct icm_buf *out)
{
    gss_buffer_desc in = {bytes.size, (void *)(uintptr_t)bytes.data}, text = GSS_C_EMPTY_BUFFER;
    struct icm_error err = {0};
    OM_uint32 minor;

    if (!s->is_bare) {
        enum icm_code code = header_size > 0 ? auth_unwrap(s->ours, header_size, bytes, out, &err)
                                             : auth_inner_unseal(s->ours, bytes, out, &err);

        return code == ICM_OK || fail(s, &err, code);
    }
    OM_uint32 major = gss_unwrap(&minor, s->gss, &in, &text, NULL, NULL);
    icm_buf_add(out, icm_slice_of(text.value, text.length));
    gss_release_buffer(&minor, &text);
    return !GSS_ERROR(major) || fail_gss(s, major, minor);
}

/* ---- the conversation */

static bool shake_hands(struct side *client, struct side *server)
{
    struct icm_buf from_client = {0}, from_server = {0};
    bool goes_on = step(client, icm_slice_text(""), &from_client);

    for (int i = 0; goes_on && i < 5 && !(client->is_done && server->is_done); i++) {
        goes_on = step(server, icm_buf_slice(&from_client), &from_server);
        icm_buf_clear(&from_client);
        if (!client->is_done && from_server.size > 0) /* a refusal, too, has its token */
            goes_on = step(client, icm_buf_slice(&from_server), &from_client) && goes_on;
        icm_buf_clear(&from_server);
    }
    icm_buf_reset(&from_client);
    icm_buf_reset(&from_server);
    return goes_on && client->is_done && server->is_done;
}

static void spoil(struct icm_buf *sealed, struct side *from)
{
    struct icm_buf next = {0};
    struct auth_sealed how;

    if (strcmp(tamper, "flip") == 0)
        sealed->data[sealed->size - 1] ^= 1;
    if (strcmp(tamper, "cut") == 0)
        sealed->size--;
    if (strcmp(tamper, "gap") == 0 && seal(from, icm_slice_text("the second"), &next, &how))
        icm_buf_move(sealed, &next);
}

static bool say(struct side *from, struct side *to, size_t size, bool tells)
{
    struct icm_buf message = {0}, sealed = {0}, opened = {0};
    struct auth_sealed how;
    uint8_t *room = icm_buf_room(&message, size > 0 ? size : 1);

    for (size_t i = 0; i < size; i++)
        room[i] = (uint8_t)(i * 7 + size);
    message.size = size;
    bool is_whole = seal(from, icm_buf_slice(&message), &sealed, &how);
    if (tells)
        printf("%s seals %zu: header %u, padding %u, in all %zu\n", from->name, size, how.header_size, how.padding,
               sealed.size);
    if (is_whole && tamper && from->is_acceptor == to->is_acceptor)
        die("sides");
    if (is_whole && tamper)
        spoil(&sealed, from);
    is_whole = is_whole && open_sealed(to, how.header_size, icm_buf_slice(&sealed), &opened);
    if (is_whole && tamper && strcmp(tamper, "replay") == 0) {
        icm_buf_clear(&opened);
        is_whole = open_sealed(to, how.header_size, icm_buf_slice(&sealed), &opened);
    }
    if (is_whole && !icm_slice_equal(icm_buf_slice(&opened), icm_buf_slice(&message)))
        die("another message came out");
    icm_buf_reset(&message);
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
    return is_whole;
}

static bool sign(struct side *from, struct side *to)
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

static bool converse(struct side *client, struct side *server)
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

static void read_options(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t size = strcspn(argv[i], "="), row = 0;

        for (; row < ICM_COUNT(options); row++)
            if (strlen(options[row].name) == size && strncmp(options[row].name, argv[i], size) == 0)
                break;
        if (row == ICM_COUNT(options) || argv[i][size] == '\0')
            die(argv[i]);
        *options[row].value = argv[i] + size + 1;
    }
}

static void read_password(struct icm_buf *out)
{
    char line[200] = "";
    FILE *file = password_file ? fopen(password_file, "r") : NULL;

    if (password_file && (!file || !fgets(line, sizeof line, file)))
        die("no password");
    if (file)
        fclose(file);
    icm_buf_add(out, icm_slice_of(line, strcspn(line, "\n")));
}

static void import_target(struct side *s)
{
    char text[300];
    OM_uint32 minor;

    snprintf(text, sizeof text, "%s@%s", service ? service : "HTTP", host);
    gss_buffer_desc name = {strlen(text), text};
    if (gss_import_name(&minor, &name, GSS_C_NT_HOSTBASED_SERVICE, &s->target) != GSS_S_COMPLETE)
        die("the name");
}

static void tell(const struct side *client, const struct side *server)
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
    read_options(argc, argv);
    struct side client = {.name = "initiator", .is_bare = initiator != NULL, .config = initiator_config};
    struct side server = {
        .name = "acceptor", .is_acceptor = true, .is_bare = acceptor != NULL, .config = acceptor_config};
    struct auth_credential credential = {.user = user ? strdup(user) : NULL};
    const struct auth_mechanism *kerberos = auth_mechanism_find("Kerberos");
    OM_uint32 minor;

    host = host ? host : "srv1.icm.test";
    read_password(&credential.password);
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
        die("memory");
    if (!server.is_bare && auth_acceptor_new(&server.ours, kerberos, &a, NULL) != ICM_OK)
        die("memory");
    bool is_good = shake_hands(&client, &server) && converse(&client, &server);
    if (is_good)
        tell(&client, &server);
    auth_context_free(client.ours);
    auth_context_free(server.ours);
    gss_delete_sec_context(&minor, &client.gss, GSS_C_NO_BUFFER);
    gss_delete_sec_context(&minor, &server.gss, GSS_C_NO_BUFFER);
    gss_release_name(&minor, &client.target);
    auth_credential_reset(&credential);
    return is_good ? 0 : 1;
}
