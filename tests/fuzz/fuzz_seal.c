/* Laws: how a body is split changes neither what it opens to nor the verdict; and what was sealed opens to itself. The
 * first byte says which mechanism, and whether the rest is a body or a text. */
#include "tests/wsman/toy_seal.h"
#include "wsman/seal.h"

#include <stdio.h>

enum { PLAIN_MAX = 1 << 20 };

static void must(bool law)
{
    if (!law)
        abort();
}

static enum icm_code feed_piece(struct wsman_unsealer *u, struct icm_slice piece, struct icm_buf *out, size_t *messages)
{
    enum icm_code code = ICM_OK;

    while (code == ICM_OK && piece.size > 0) {
        size_t taken;
        bool ended;

        code = wsman_unsealer_feed(u, piece, &taken, &ended, out, NULL);
        must(taken <= piece.size && (code != ICM_OK || taken == piece.size || ended));
        *messages += ended;
        if (ended)
            icm_buf_add_text(out, "|");
        piece = icm_slice_from(piece, taken);
    }
    return code;
}

static enum icm_code open_body(size_t kind, const char *content_type, struct icm_slice body, size_t piece,
                               struct icm_buf *out)
{
    static struct wsman_unsealer *u;
    struct auth_context *c = toy_new(kind);
    size_t messages = 0;

    if (!u)
        must(wsman_unsealer_new(&u, NULL) == ICM_OK);
    enum icm_code code = wsman_unsealer_restart(u, c, content_type, PLAIN_MAX, NULL);
    while (code == ICM_OK && body.size > 0) {
        size_t size = body.size < piece ? body.size : piece;
        code = feed_piece(u, icm_slice_of(body.data, size), out, &messages);
        body = icm_slice_from(body, size);
    }
    if (code == ICM_OK)
        code = wsman_unsealer_finish(u, NULL);
    must(out->size <= PLAIN_MAX + messages);
    auth_context_free(c);
    return code;
}

static void split_changes_nothing(size_t kind, struct icm_slice body)
{
    char content_type[160];
    struct icm_buf whole = {0}, split = {0};

    snprintf(content_type, sizeof content_type, "multipart/encrypted;protocol=\"%s\"", toy_mechanisms[kind].protocol);
    enum icm_code code = open_body(kind, content_type, body, body.size, &whole);
    must(open_body(kind, content_type, body, 1 + body.size % 7, &split) == code);
    must(icm_slice_equal(icm_buf_slice(&whole), icm_buf_slice(&split)));
    icm_buf_reset(&whole);
    icm_buf_reset(&split);
}

static void opens_to_itself(size_t kind, struct icm_slice text)
{
    struct auth_context *c = toy_new(kind);
    struct icm_buf body = {0}, content_type = {0}, opened = {0};

    must((text.size % 2 ? wsman_seal_with_tabs : wsman_seal)(c, text, &body, &content_type, NULL) == ICM_OK);
    must(open_body(kind, icm_buf_text(&content_type), icm_buf_slice(&body), 1 + text.size % 61, &opened) == ICM_OK);
    must(opened.size == text.size + 1 && memcmp(opened.data, text.size > 0 ? text.data : opened.data, text.size) == 0);
    icm_buf_reset(&body);
    icm_buf_reset(&content_type);
    icm_buf_reset(&opened);
    auth_context_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > PLAIN_MAX)
        return 0;
    struct icm_slice rest = icm_slice_of(data + 1, size - 1);
    if (data[0] & 4)
        opens_to_itself((data[0] & 3) % TOY_COUNT, rest);
    else
        split_changes_nothing((data[0] & 3) % TOY_COUNT, rest);
    return 0;
}
