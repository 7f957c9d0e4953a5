/* Laws: what reads, written again, reads as the same; every slice lies inside the token; a list of mechanisms ends; and
 * what fails says so. RFC 4178 4.2. */
#include "auth/spnego_token.h"

#include <stdlib.h>

static void must(bool law)
{
    if (!law)
        abort();
}

static bool is_inside(struct icm_slice part, struct icm_slice whole)
{
    return !part.data || part.size == 0 ||
           (part.data >= whole.data && part.data + part.size <= whole.data + whole.size);
}

static bool is_same(struct icm_slice a, struct icm_slice b)
{
    return icm_slice_equal(a, b) && !a.data == !b.data;
}

static void check_mechs(struct icm_slice mechs)
{
    struct icm_buf text = {0};
    struct icm_slice oid;
    size_t count = 0;

    for (struct icm_slice rest = mechs; auth_spnego_next_mech(&rest, &oid); count++) {
        must(is_inside(oid, mechs));
        auth_oid_add_name(&text, oid);
    }
    must(count <= AUTH_SPNEGO_MECHS_MAX && text.size >= count);
    icm_buf_reset(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_slice bytes = icm_slice_of(data, size);
    struct auth_spnego_token t, u;
    struct icm_error err = {0};
    struct icm_buf again = {0};
    enum icm_code code = auth_spnego_read(bytes, &t, &err);

    must(code == ICM_OK || ((code == ICM_SYNTAX || code == ICM_LIMIT) && err.code == code));
    if (code == ICM_OK) {
        must(is_inside(t.mechs, bytes) && is_inside(t.hint, bytes) && is_inside(t.token, bytes) &&
             is_inside(t.mic, bytes));
        check_mechs(t.mechs);
        auth_spnego_write(&again, &t);
        must(auth_spnego_read(icm_buf_slice(&again), &u, NULL) == ICM_OK && u.kind == t.kind && u.state == t.state);
        must(is_same(t.mechs, u.mechs) && is_same(t.hint, u.hint) && is_same(t.mech, u.mech) &&
             is_same(t.token, u.token) && is_same(t.mic, u.mic));
    }
    icm_buf_reset(&again);
    icm_error_reset(&err);
    return 0;
}
