/* Laws: elements lie inside what they were read from, one behind the other; each, written again, reads as the same;
 * what auth_der_size says is what is taken; integers survive; and behind a failure nothing is read. X.690. */
#include "auth/der.h"

#include <stdlib.h>

enum { DEPTH_MAX = 30 };

static void must(bool law)
{
    if (!law)
        abort();
}

static void check_again(unsigned tag, struct icm_slice contents)
{
    struct icm_buf again = {0};

    auth_der_add(&again, tag, contents);
    struct auth_der r = auth_der_on(icm_buf_slice(&again));
    must(icm_slice_equal(auth_der_take(&r, tag), contents) && !r.failed && r.rest.size == 0);
    icm_buf_reset(&again);
}

static void check_integer(struct icm_slice whole, unsigned tag)
{
    struct auth_der r = auth_der_on(whole);
    int64_t value = auth_der_take_integer(&r, tag);
    struct icm_buf again = {0};

    auth_der_add_integer(&again, tag, value);
    struct auth_der second = auth_der_on(icm_buf_slice(&again));
    must(auth_der_take_integer(&second, tag) == value && (r.failed || again.size <= whole.size));
    icm_buf_reset(&again);
}

/* what has an inside (bit 6 of the tag, X.690 8.1.2.5) is looked into; @outer learns of what is broken there */
static void look(struct auth_der *r, unsigned depth)
{
    while (r->rest.size > 0) {
        struct icm_slice before = r->rest;
        unsigned tag = before.data[0];
        size_t size = 0;
        enum icm_code code = auth_der_size(before, before.size, &size, NULL);
        struct icm_slice contents = auth_der_take(r, tag);

        if (r->failed) {
            must(code != ICM_OK && contents.size == 0 && r->rest.size == 0 && !auth_der_skip(r));
            return;
        }
        must(code == ICM_OK && r->rest.size == before.size - size &&
             contents.data + contents.size == before.data + size);
        check_again(tag, contents);
        check_integer(icm_slice_of(before.data, size), tag);
        struct auth_der inner = {contents, false, r};
        if (tag & 0x20 && depth < DEPTH_MAX)
            look(&inner, depth + 1);
        must(!inner.failed || r->failed);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct auth_der r = auth_der_on(icm_slice_of(data, size));

    look(&r, 0);
    return 0;
}
