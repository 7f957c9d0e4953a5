#include "auth/digest_nonces.h"

#include "base/random.h"

#include <stdio.h>
#include <stdlib.h>

enum { NONCES_KEPT = 1024, WINDOW = 64 /* by how many counts requests may pass each other */ };

struct nonce {
    char text[AUTH_NONCE_TEXT + 1];
    uint32_t highest; /* count that was used */
    uint64_t used;    /* bit n: @highest - n was used */
};

struct auth_digest_nonces {
    struct nonce ring[NONCES_KEPT];
    size_t next;
};

enum icm_code auth_digest_nonces_new(struct auth_digest_nonces **out, struct icm_error *err)
{
    struct auth_digest_nonces *n = calloc(1, sizeof *n);

    if (!n)
        return icm_nomem(err);
    *out = n;
    return ICM_OK;
}

void auth_digest_nonces_free(struct auth_digest_nonces *n)
{
    free(n);
}

enum icm_code auth_digest_nonces_issue(struct auth_digest_nonces *n, char out[AUTH_NONCE_TEXT + 1],
                                       struct icm_error *err)
{
    uint8_t random[AUTH_NONCE_TEXT / 2];
    enum icm_code code = icm_random(random, sizeof random, err);

    if (code != ICM_OK)
        return code;
    struct nonce *slot = &n->ring[n->next++ % NONCES_KEPT];
    memset(slot, 0, sizeof *slot);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(slot->text + 2 * i, 3, "%02x", random[i]);
    memcpy(out, slot->text, AUTH_NONCE_TEXT + 1);
    return ICM_OK;
}

static enum auth_nonce_use use(struct nonce *slot, uint32_t count)
{
    if (count > slot->highest) {
        uint32_t ahead = count - slot->highest;

        slot->used = (ahead < WINDOW ? slot->used << ahead : 0) | 1;
        slot->highest = count;
        return AUTH_NONCE_FRESH;
    }
    uint32_t behind = slot->highest - count;
    if (count == 0 || behind >= WINDOW || slot->used >> behind & 1)
        return AUTH_NONCE_USED;
    slot->used |= (uint64_t)1 << behind;
    return AUTH_NONCE_FRESH;
}

enum auth_nonce_use auth_digest_nonces_use(struct auth_digest_nonces *n, struct icm_slice nonce, uint32_t count)
{
    if (nonce.size != AUTH_NONCE_TEXT)
        return AUTH_NONCE_UNKNOWN;
    for (size_t i = 0; i < NONCES_KEPT; i++)
        if (memcmp(n->ring[i].text, nonce.data, AUTH_NONCE_TEXT) == 0)
            return use(&n->ring[i], count);
    return AUTH_NONCE_UNKNOWN;
}
