#include "tests/interop/gss_peer.h"

#include <stdio.h>
#include <stdlib.h>

gss_OID_desc gss_peer_ntlm = {10, (void *)(uintptr_t) "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"};

/* ---- sides ---- */

void gss_side_reset(struct gss_side *s)
{
    OM_uint32 minor;

    auth_context_free(s->ours);
    gss_delete_sec_context(&minor, &s->gss, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &s->credential);
    gss_release_name(&minor, &s->target);
}

void gss_side_configure(const struct gss_side *s)
{
    if (s->config)
        setenv("KRB5_CONFIG", s->config, 1);
}

static bool fail(const struct gss_side *s, struct icm_error *err, enum icm_code code)
{
    printf("%s failed: %s: %s\n", s->name, icm_code_name(code), err->text);
    if (err->fault && err->fault->remedy)
        printf("remedy: %s\n", err->fault->remedy);
    icm_error_reset(err);
    return false;
}

bool gss_side_fail(const struct gss_side *s, OM_uint32 major, OM_uint32 minor)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 ignored, more = 0;

    gss_display_status(&ignored, minor, GSS_C_MECH_CODE, s->mechanism, &more, &text);
    printf("%s failed: gss %08x: %.*s\n", s->name, major, (int)text.length,
           text.length > 0 ? (const char *)text.value : "");
    gss_release_buffer(&ignored, &text);
    return false;
}

bool gss_side_step(struct gss_side *s, struct icm_slice in, struct icm_buf *out)
{
    struct icm_error err = {0};

    gss_side_configure(s);
    if (s->is_bare)
        return s->step_bare(s, in, out);
    enum icm_code code = auth_step(s->ours, in, out, &err);
    s->is_done = code == ICM_OK;
    return code == ICM_OK || code == ICM_AGAIN || fail(s, &err, code);
}

bool gss_side_seal(struct gss_side *s, struct icm_slice message, struct icm_buf *out, struct auth_sealed *sealed)
{
    gss_buffer_desc in = gss_peer_buffer(message), token = GSS_C_EMPTY_BUFFER;
    struct icm_error err = {0};
    OM_uint32 minor;

    if (!s->is_bare) {
        enum icm_code code = auth_wrap(s->ours, message, out, sealed, &err);
        return code == ICM_OK || fail(s, &err, code);
    }
    OM_uint32 major = gss_wrap(&minor, s->gss, !s->sends_clear, GSS_C_QOP_DEFAULT, &in, NULL, &token);
    bool is_ntlm = token.length == message.size + 16;
    *sealed = (struct auth_sealed){is_ntlm ? 16 : 0, 0}; /* Kerberos's header and data are one */
    icm_buf_add(out, icm_slice_of(token.value, token.length));
    gss_release_buffer(&minor, &token);
    return !GSS_ERROR(major) || gss_side_fail(s, major, minor);
}

bool gss_side_open(struct gss_side *s, uint32_t header_size, struct icm_slice bytes, struct icm_buf *out)
{
    gss_buffer_desc in = gss_peer_buffer(bytes), text = GSS_C_EMPTY_BUFFER;
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
    return !GSS_ERROR(major) || gss_side_fail(s, major, minor);
}

/* ---- what is asked for ---- */

void gss_peer_die(const char *why)
{
    printf("failed: %s\n", why);
    exit(2);
}

void gss_peer_read_options(const struct gss_peer_option *options, size_t count, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t size = strcspn(argv[i], "="), row = 0;

        for (; row < count; row++)
            if (strlen(options[row].name) == size && strncmp(options[row].name, argv[i], size) == 0)
                break;
        if (row == count || argv[i][size] == '\0')
            gss_peer_die(argv[i]);
        *options[row].value = argv[i] + size + 1;
    }
}

void gss_peer_read_password(const char *path, struct icm_buf *out)
{
    char line[200] = "";
    FILE *file = path ? fopen(path, "r") : NULL;

    if (path && (!file || !fgets(line, sizeof line, file)))
        gss_peer_die("no password");
    if (file)
        fclose(file);
    icm_buf_add(out, icm_slice_of(line, strcspn(line, "\n")));
}

bool gss_peer_has(gss_OID mechanism)
{
    gss_OID_set all = GSS_C_NO_OID_SET;
    OM_uint32 minor;
    int is_there = 0;

    if (gss_indicate_mechs(&minor, &all) != GSS_S_COMPLETE)
        return false;
    gss_test_oid_set_member(&minor, mechanism, all, &is_there);
    gss_release_oid_set(&minor, &all);
    return is_there;
}
