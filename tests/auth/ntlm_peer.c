/* icm-ntlm-peer: both roles of our NTLM against gss-ntlmssp's, through GSSAPI; a line for each row. What it takes for
 * its own accounts is in the file that NTLM_USER_FILE names: "DOMAIN:ana:secret". */
#include "auth/ntlm_message.h"
#include "tests/interop/gss_peer.h"

#include <stdio.h>
#include <stdlib.h>

#define BINDING "tls-server-end-point:0123456789abcdef0123456789abcdef"
#define OTHER_BINDING "tls-server-end-point:fedcba9876543210fedcba9876543210"

enum ends { TALK, WE_REFUSE, THEY_REFUSE, OTHER_TOKEN };

static const struct row {
    const char *name;
    bool we_accept;
    const char *user, *password; /* the client's, whoever that is */
    const char *ours, *theirs;   /* channel bindings */
    bool requires_binding, sends_mic;
    enum ends ends;
} rows[] = {
    {"our client, their server", false, "DOMAIN\\ana", "secret", NULL, NULL, false, false, TALK},
    {"our client, with the right binding", false, "DOMAIN\\ana", "secret", BINDING, BINDING, false, false, TALK},
    {"our client, with a wrong binding", false, "DOMAIN\\ana", "secret", BINDING, OTHER_BINDING, false, false,
     THEY_REFUSE},
    {"our client, with a wrong password", false, "DOMAIN\\ana", "Secret", NULL, NULL, false, false, THEY_REFUSE},
    {"our client, without a password", false, "DOMAIN\\ana", "", NULL, NULL, false, false, THEY_REFUSE},
    {"our client, as nobody they know", false, "DOMAIN\\bob", "secret", NULL, NULL, false, false, THEY_REFUSE},
    {"their client, our server", true, "DOMAIN\\ana", "secret", NULL, NULL, false, false, TALK},
    {"their client, with a MIC", true, "DOMAIN\\ana", "secret", NULL, NULL, false, true, TALK},
    {"their client, with a MIC and a binding", true, "DOMAIN\\ana", "secret", BINDING, BINDING, true, true, TALK},
    {"their client, a name alone", true, "ana", "secret", NULL, NULL, false, false, TALK},
    {"their client, with the right binding", true, "DOMAIN\\ana", "secret", BINDING, BINDING, true, false, TALK},
    {"their client, with a wrong binding", true, "DOMAIN\\ana", "secret", BINDING, OTHER_BINDING, false, false,
     WE_REFUSE},
    {"their client, without a binding that is required", true, "DOMAIN\\ana", "secret", BINDING, NULL, true, false,
     WE_REFUSE},
    {"their client, with a wrong password", true, "DOMAIN\\ana", "Secret", NULL, NULL, false, false, WE_REFUSE},
    {"their client, as nobody we know", true, "DOMAIN\\bob", "secret", NULL, NULL, false, false, WE_REFUSE},
};

/* ---- theirs ---- */

static gss_OID_set_desc only_ntlm = {1, &gss_peer_ntlm};

struct theirs {
    gss_ctx_id_t context;
    gss_cred_id_t credential;
    gss_name_t target;
    struct gss_channel_bindings_struct bindings;
    bool has_bindings, sends_mic, is_established;
};

static bool theirs_init(struct theirs *t, const struct row *row)
{
    gss_buffer_desc user = gss_peer_buffer(icm_slice_text(row->user)),
                    password = gss_peer_buffer(icm_slice_text(row->password));
    gss_buffer_desc service = gss_peer_buffer(icm_slice_text("HTTP@srv1.corp.example"));
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 minor, major;

    if (row->theirs)
        t->bindings.application_data = gss_peer_buffer(icm_slice_text(row->theirs));
    t->has_bindings = row->theirs;
    t->sends_mic = row->sends_mic;
    major = gss_import_name(&minor, &service, GSS_C_NT_HOSTBASED_SERVICE, &t->target);
    if (major == GSS_S_COMPLETE && !row->we_accept)
        return gss_acquire_cred(&minor, t->target, GSS_C_INDEFINITE, &only_ntlm, GSS_C_ACCEPT, &t->credential, NULL,
                                NULL) == GSS_S_COMPLETE;
    if (major == GSS_S_COMPLETE)
        major = gss_import_name(&minor, &user, GSS_C_NT_USER_NAME, &name);
    if (major == GSS_S_COMPLETE)
        major = gss_acquire_cred_with_password(&minor, name, &password, GSS_C_INDEFINITE, &only_ntlm, GSS_C_INITIATE,
                                               &t->credential, NULL, NULL);
    gss_release_name(&minor, &name);
    return major == GSS_S_COMPLETE;
}

static void theirs_reset(struct theirs *t)
{
    OM_uint32 minor;

    gss_delete_sec_context(&minor, &t->context, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &t->credential);
    gss_release_name(&minor, &t->target);
}

/* What SPNEGO asks of it, and then it has a MIC in its AUTHENTICATE; alone it sends none. gssapi_ntlmssp.h, "SPNEGO
 * Require MIC OID" */
static void ask_for_mic(struct theirs *t)
{
    gss_OID_desc require_mic = {11, (void *)(uintptr_t) "\x2b\x06\x01\x04\x01\xb7\x7d\x85\x0f\x01\x02"};
    gss_buffer_set_t values = GSS_C_NO_BUFFER_SET;
    OM_uint32 minor;

    gss_inquire_sec_context_by_oid(&minor, t->context, &require_mic, &values);
    gss_release_buffer_set(&minor, &values);
}

/* into @out, in place of what was there; false: they refuse */
static bool theirs_step(struct theirs *t, bool is_client, struct icm_slice in, struct icm_buf *out)
{
    gss_channel_bindings_t bindings = t->has_bindings ? &t->bindings : GSS_C_NO_CHANNEL_BINDINGS;
    gss_buffer_desc token = gss_peer_buffer(in), answer = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, major, flags = GSS_C_INTEG_FLAG | GSS_C_CONF_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_REPLAY_FLAG;

    if (is_client)
        major = gss_init_sec_context(&minor, t->credential, &t->context, t->target, &gss_peer_ntlm, flags, 0, bindings,
                                     &token, NULL, &answer, NULL, NULL);
    else
        major = gss_accept_sec_context(&minor, &t->context, t->credential, &token, bindings, NULL, NULL, &answer, NULL,
                                       NULL, NULL);
    icm_buf_clear(out);
    icm_buf_add(out, icm_slice_of(answer.value, answer.length));
    gss_release_buffer(&minor, &answer);
    t->is_established = major == GSS_S_COMPLETE;
    if (t->sends_mic && is_client && major == GSS_S_CONTINUE_NEEDED)
        ask_for_mic(t);
    return !GSS_ERROR(major);
}

/* ---- ours ---- */

struct ours {
    struct auth_credential credential;
    struct auth_initiator_options initiates;
    struct auth_acceptor_options accepts;
    struct auth_context *context;
    struct icm_error err;
};

static bool ours_init(struct ours *o, const struct row *row)
{
    const struct auth_mechanism *mechanism = auth_mechanism_find("Ntlm");

    icm_set_text(&o->credential.user, row->we_accept ? "ana" : row->user);
    icm_buf_add_text(&o->credential.password, row->we_accept ? "secret" : row->password);
    o->initiates = (struct auth_initiator_options){.credential = &o->credential,
                                                   .host = "srv1.corp.example",
                                                   .channel_binding = icm_slice_text(row->ours),
                                                   .needs_sealing = true,
                                                   .allows_ntlm = true};
    o->accepts = (struct auth_acceptor_options){.accounts = &o->credential,
                                                .account_count = 1,
                                                .channel_binding = icm_slice_text(row->ours),
                                                .requires_binding = row->requires_binding,
                                                .needs_sealing = true};
    enum icm_code code = row->we_accept ? auth_acceptor_new(&o->context, mechanism, &o->accepts, &o->err)
                                        : auth_initiator_new(&o->context, mechanism, &o->initiates, &o->err);
    return code == ICM_OK;
}

static void ours_reset(struct ours *o)
{
    auth_context_free(o->context);
    auth_credential_reset(&o->credential);
    icm_error_reset(&o->err);
}

/* ---- an exchange ---- */

/* whether it is an AUTHENTICATE with the MIC that the row wants */
static bool is_as_wanted(struct icm_slice token, const struct row *row)
{
    struct auth_ntlm_authenticate m;

    return auth_ntlm_read_authenticate(token, &m, NULL) == ICM_OK && m.has_mic == (row->sends_mic || !row->we_accept);
}

static enum ends exchange(struct theirs *t, struct ours *o, const struct row *row)
{
    struct icm_buf from_us = {0}, from_them = {0};
    enum ends ends = TALK;

    for (bool is_ours = !row->we_accept; ends == TALK && !(t->is_established && auth_is_established(o->context));
         is_ours = !is_ours) {
        if (!is_ours) {
            ends = theirs_step(t, row->we_accept, icm_buf_slice(&from_us), &from_them) ? TALK : THEY_REFUSE;
            continue;
        }
        icm_buf_clear(&from_us);
        enum icm_code code = auth_step(o->context, icm_buf_slice(&from_them), &from_us, &o->err);
        if (code != ICM_OK && code != ICM_AGAIN)
            ends = WE_REFUSE;
    }
    if (ends == TALK && !is_as_wanted(icm_buf_slice(row->we_accept ? &from_them : &from_us), row))
        ends = OTHER_TOKEN;
    icm_buf_reset(&from_us);
    icm_buf_reset(&from_them);
    return ends;
}

static bool we_say(struct theirs *t, struct ours *o, struct icm_slice text)
{
    struct icm_buf sealed = {0};
    struct auth_sealed how;
    gss_buffer_desc opened = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;
    int is_sealed = 0;

    bool is_said = auth_wrap(o->context, text, &sealed, &how, &o->err) == ICM_OK;
    gss_buffer_desc token = gss_peer_buffer(icm_buf_slice(&sealed));
    is_said =
        is_said && gss_unwrap(&minor, t->context, &token, &opened, &is_sealed, NULL) == GSS_S_COMPLETE && is_sealed;
    is_said = is_said && icm_slice_equal(text, icm_slice_of(opened.value, opened.length));
    gss_release_buffer(&minor, &opened);
    icm_buf_reset(&sealed);
    return is_said;
}

static bool they_say(struct theirs *t, struct ours *o, struct icm_slice text)
{
    gss_buffer_desc message = gss_peer_buffer(text), token = GSS_C_EMPTY_BUFFER;
    struct icm_buf opened = {0};
    OM_uint32 minor;

    bool is_said = gss_wrap(&minor, t->context, 1, GSS_C_QOP_DEFAULT, &message, NULL, &token) == GSS_S_COMPLETE;
    is_said =
        is_said && auth_unwrap(o->context, 16, icm_slice_of(token.value, token.length), &opened, &o->err) == ICM_OK;
    is_said = is_said && icm_slice_equal(text, icm_buf_slice(&opened));
    gss_release_buffer(&minor, &token);
    icm_buf_reset(&opened);
    return is_said;
}

static bool signatures_hold(struct theirs *t, struct ours *o)
{
    gss_buffer_desc text = gss_peer_buffer(icm_slice_text("signed, in clear")), mic = GSS_C_EMPTY_BUFFER;
    struct icm_slice message = icm_slice_text("signed, in clear");
    struct icm_buf our_mic = {0};
    OM_uint32 minor;

    bool they_hold = gss_get_mic(&minor, t->context, GSS_C_QOP_DEFAULT, &text, &mic) == GSS_S_COMPLETE;
    they_hold = they_hold &&
                o->context->ops->check_mic(o->context, message, icm_slice_of(mic.value, mic.length), &o->err) == ICM_OK;
    gss_release_buffer(&minor, &mic);
    bool ours_hold = o->context->ops->add_mic(o->context, message, &our_mic, &o->err) == ICM_OK;
    mic = gss_peer_buffer(icm_buf_slice(&our_mic));
    ours_hold = ours_hold && gss_verify_mic(&minor, t->context, &text, &mic, NULL) == GSS_S_COMPLETE;
    icm_buf_reset(&our_mic);
    return they_hold && ours_hold;
}

/* the streams run on from message to message, and from those to signatures */
static bool they_talk(struct theirs *t, struct ours *o)
{
    static const size_t sizes[] = {1, 16, 2000, 500000};
    uint8_t *bytes = calloc(1, 500000);
    bool holds = bytes;

    for (size_t i = 0; holds && i < ICM_COUNT(sizes); i++) {
        memset(bytes, (int)('a' + i), sizes[i]);
        holds = we_say(t, o, icm_slice_of(bytes, sizes[i])) && they_say(t, o, icm_slice_of(bytes, sizes[i])) &&
                signatures_hold(t, o);
    }
    free(bytes);
    return holds;
}

static bool holds(const struct row *row)
{
    struct theirs t = {0};
    struct ours o = {0};
    bool is_ready = theirs_init(&t, row) && ours_init(&o, row);
    enum ends ends = is_ready ? exchange(&t, &o, row) : TALK;
    bool is_right = is_ready && ends == row->ends && (ends != TALK || they_talk(&t, &o));

    printf("%s %s\n", is_right ? "ok" : "not ok", row->name);
    if (!is_right)
        printf("    ended as %d, expected %d; %s\n", (int)ends, (int)row->ends, o.err.text);
    theirs_reset(&t);
    ours_reset(&o);
    return is_right;
}

int main(void)
{
    bool all_hold = true;

    if (!gss_peer_has(&gss_peer_ntlm)) {
        puts("skip ntlm: no NTLM mechanism for GSSAPI (package: gss-ntlmssp)");
        return 77;
    }
    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        all_hold = holds(&rows[i]) && all_hold;
    return all_hold ? 0 : 1;
}
