/* Kerberos's sealing, and gss_wrap_iov and gss_unwrap_iov bare, over the same recorded ticket: AES-256 with HMAC-SHA1.
 */
#include "tests/auth/kerberos_recorded.h"
#include "tests/bench/auth_bench.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <stdlib.h>

enum { HEADER_SIZE = 60, KEY_TYPE = 18 };

/* ---- icm ---- */

struct own {
    struct auth_initiator_options initiator;
    struct auth_acceptor_options acceptor;
    struct auth_context *client, *server;
};

static void *open_own(void)
{
    struct own *o = calloc(1, sizeof *o);

    auth_bench_must(o && kerberos_recorded(KEY_TYPE), "the recorded tickets");
    auth_bench_must(kerberos_pair(&o->initiator, &o->acceptor, &o->client, &o->server, NULL), "Kerberos's handshake");
    return o;
}

static void close_own(void *state)
{
    struct own *o = state;

    auth_context_free(o->client);
    auth_context_free(o->server);
    free(o);
}

static void seal_own(void *state, struct icm_slice message, struct icm_buf *out)
{
    struct auth_sealed how;

    auth_bench_must(auth_wrap(((struct own *)state)->client, message, out, &how, NULL) == ICM_OK, "sealing");
}

static void unseal_own(void *state, uint32_t header_size, struct icm_slice sealed, struct icm_buf *out)
{
    auth_bench_must(auth_unwrap(((struct own *)state)->server, header_size, sealed, out, NULL) == ICM_OK, "opening");
}

const struct auth_bench_side auth_bench_kerberos = {"icm", open_own, close_own, seal_own, unseal_own, HEADER_SIZE};

/* ---- the bare calls ---- */

struct bare {
    gss_ctx_id_t client, server;
};

static void *open_bare(void)
{
    struct bare *b = calloc(1, sizeof *b);
    gss_buffer_desc name = {14, "HTTP@localhost"}, request = GSS_C_EMPTY_BUFFER, answer = GSS_C_EMPTY_BUFFER,
                    last = GSS_C_EMPTY_BUFFER;
    const OM_uint32 flags =
        GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG;
    gss_name_t target = GSS_C_NO_NAME;
    OM_uint32 minor;

    auth_bench_must(b && kerberos_recorded(KEY_TYPE), "the recorded tickets");
    gss_import_name(&minor, &name, GSS_C_NT_HOSTBASED_SERVICE, &target);
    gss_init_sec_context(&minor, NULL, &b->client, target, gss_mech_krb5, flags, 0, NULL, NULL, NULL, &request, NULL,
                         NULL);
    gss_accept_sec_context(&minor, &b->server, NULL, &request, NULL, NULL, NULL, &answer, NULL, NULL, NULL);
    OM_uint32 major = gss_init_sec_context(&minor, NULL, &b->client, target, gss_mech_krb5, flags, 0, NULL, &answer,
                                           NULL, &last, NULL, NULL);
    auth_bench_must(major == GSS_S_COMPLETE, "GSSAPI's handshake");
    gss_release_buffer(&minor, &request);
    gss_release_buffer(&minor, &answer);
    gss_release_name(&minor, &target);
    return b;
}

static void close_bare(void *state)
{
    struct bare *b = state;
    OM_uint32 minor;

    gss_delete_sec_context(&minor, &b->client, GSS_C_NO_BUFFER);
    gss_delete_sec_context(&minor, &b->server, GSS_C_NO_BUFFER);
    free(b);
}

static void seal_bare(void *state, struct icm_slice message, struct icm_buf *out)
{
    uint8_t *room = icm_buf_room(out, HEADER_SIZE + message.size);
    gss_iov_buffer_desc parts[] = {{GSS_IOV_BUFFER_TYPE_HEADER, {HEADER_SIZE, room}},
                                   {GSS_IOV_BUFFER_TYPE_DATA, {message.size, room + HEADER_SIZE}}};
    OM_uint32 minor;

    memcpy(room + HEADER_SIZE, message.data, message.size);
    auth_bench_must(gss_wrap_iov(&minor, ((struct bare *)state)->client, 1, GSS_C_QOP_DEFAULT, NULL, parts, 2) == 0,
                    "gss_wrap_iov");
    out->size += HEADER_SIZE + message.size;
}

static void unseal_bare(void *state, uint32_t header_size, struct icm_slice sealed, struct icm_buf *out)
{
    uint8_t *room = icm_buf_room(out, sealed.size);
    size_t size = sealed.size - header_size;
    gss_iov_buffer_desc parts[] = {{GSS_IOV_BUFFER_TYPE_HEADER, {header_size, room + size}},
                                   {GSS_IOV_BUFFER_TYPE_DATA, {size, room}}};
    OM_uint32 minor;

    memcpy(room, sealed.data + header_size, size);
    memcpy(room + size, sealed.data, header_size);
    auth_bench_must(gss_unwrap_iov(&minor, ((struct bare *)state)->server, NULL, NULL, parts, 2) == 0,
                    "gss_unwrap_iov");
    out->size += size;
}

const struct auth_bench_side auth_bench_gss = {"GSSAPI", open_bare, close_bare, seal_bare, unseal_bare, HEADER_SIZE};
