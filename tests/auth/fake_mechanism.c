#include "tests/auth/fake_mechanism.h"

#include <stdio.h>
#include <stdlib.h>

struct fake {
    struct auth_context context;
    int kind;
    bool is_client;
    int next; /* the leg that comes next */
    uint32_t sent, received;
};

struct fake_kind fake_kinds[2];
int fake_rewinds;

const struct icm_slice fake_oid_x = {(const uint8_t *)"\x2a\x01", 2}, fake_oid_x2 = {(const uint8_t *)"\x2a\x02", 2},
                       fake_oid_y = {(const uint8_t *)"\x2a\x03", 2}, fake_oid_none = {(const uint8_t *)"\x2a\x04", 2};

static struct fake *of(struct auth_context *c)
{
    return (struct fake *)c;
}

static const struct fake_kind *kind_of(struct auth_context *c)
{
    return &fake_kinds[of(c)->kind];
}

/* "X3" */
static bool is_leg(const struct fake *f, struct icm_slice token, int leg)
{
    char text[16];

    snprintf(text, sizeof text, "%c%d", 'X' + f->kind, leg);
    return icm_slice_is(token, text);
}

static enum icm_code step(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    struct fake *f = of(c);
    bool is_first = f->is_client && f->next == 1;

    if (is_first && kind_of(c)->first_step != ICM_OK)
        return icm_fail(err, kind_of(c)->first_step, NULL, "fake %c has no ticket", 'X' + f->kind);
    if (!is_first && in.size == 0)
        return f->is_client ? icm_fail(err, ICM_DENIED, NULL, "fake %c got no token", 'X' + f->kind) : ICM_AGAIN;
    if (!is_first && !is_leg(f, in, f->next++))
        return icm_fail(err, ICM_DENIED, NULL, "fake %c got another token", 'X' + f->kind);
    if (f->next <= kind_of(c)->legs)
        icm_buf_add_format(out, "%c%d", 'X' + f->kind, f->next++);
    enum icm_code code = icm_buf_check(out, err);
    if (code == ICM_OK && !f->is_client)
        icm_set_text(&c->user, "ana");
    return code == ICM_OK && f->next <= kind_of(c)->legs ? ICM_AGAIN : code;
}

/* a text that a change of the message, the direction or the order changes */
static void make_mic(const struct fake *f, bool by_client, uint32_t number, struct icm_slice message,
                     struct icm_buf *out)
{
    uint32_t sum = 5381;

    for (size_t i = 0; i < message.size; i++)
        sum = sum * 33 + message.data[i];
    icm_buf_add_format(out, "MIC %c %d %u %08x", 'X' + f->kind, by_client, number, sum);
}

static enum icm_code add_mic(struct auth_context *c, struct icm_slice message, struct icm_buf *out,
                             struct icm_error *err)
{
    make_mic(of(c), of(c)->is_client, of(c)->sent++, message, out);
    if (kind_of(c)->makes_wrong_mics)
        icm_buf_add_u8(out, '?');
    return icm_buf_check(out, err);
}

static enum icm_code check_mic(struct auth_context *c, struct icm_slice message, struct icm_slice mic,
                               struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf expected = {0};

    make_mic(of(c), !of(c)->is_client, of(c)->received++, message, &expected);
    if (expected.failed)
        return icm_nomem(err);
    return icm_slice_equal(icm_buf_slice(&expected), mic) ? ICM_OK
                                                          : icm_fail(err, ICM_DENIED, NULL, "fake: another MIC");
}

static enum icm_code wrap(struct auth_context *c, struct icm_slice message, struct icm_buf *out,
                          struct auth_sealed *sealed, struct icm_error *err)
{
    icm_buf_add_format(out, "%u:", of(c)->sent++);
    icm_buf_add(out, message);
    sealed->header_size = 2;
    return icm_buf_check(out, err);
}

static enum icm_code unwrap(struct auth_context *c, uint32_t header_size, struct icm_slice bytes, struct icm_buf *out,
                            struct icm_error *err)
{
    if (header_size != 2 || bytes.size < 2 || bytes.data[0] != (uint8_t)('0' + of(c)->received++))
        return icm_fail(err, ICM_DENIED, NULL, "fake: out of order");
    icm_buf_add(out, icm_slice_from(bytes, 2));
    return icm_buf_check(out, err);
}

static void rewind_stream(struct auth_context *c, bool sends)
{
    (void)c;
    fake_rewinds += sends ? 1 : 10;
}

static void free_fake(struct auth_context *c)
{
    free(of(c));
}

static const struct auth_ops ops = {.step = step,
                                    .wrap = wrap,
                                    .unwrap = unwrap,
                                    .add_mic = add_mic,
                                    .check_mic = check_mic,
                                    .rewind = rewind_stream,
                                    .free = free_fake};
static const struct auth_ops ops_without_mic = {.step = step, .wrap = wrap, .unwrap = unwrap, .free = free_fake};

static enum icm_code make(struct auth_context **out, int kind, bool is_client, struct icm_error *err)
{
    enum icm_code code = is_client ? fake_kinds[kind].make : fake_kinds[kind].serve;
    struct fake *f = code == ICM_OK ? calloc(1, sizeof *f) : NULL;

    if (code != ICM_OK)
        return icm_fail(err, code, NULL, "fake %c cannot be made", 'X' + kind);
    if (!f)
        return icm_nomem(err);
    f->context.ops = fake_kinds[kind].has_no_mic ? &ops_without_mic : &ops;
    f->kind = kind;
    f->is_client = is_client;
    f->next = 1;
    *out = &f->context;
    return ICM_OK;
}

static enum icm_code check(int kind, struct icm_error *err)
{
    if (fake_kinds[kind].check == ICM_OK)
        return ICM_OK;
    return auth_remedy(err, icm_fail(err, fake_kinds[kind].check, NULL, "it may not be used"),
                       kind == FAKE_X ? "allow X" : "allow Y");
}

static enum icm_code check_x(const struct auth_initiator_options *o, struct icm_error *err)
{
    (void)o;
    return check(FAKE_X, err);
}

static enum icm_code check_y(const struct auth_initiator_options *o, struct icm_error *err)
{
    (void)o;
    return check(FAKE_Y, err);
}

static enum icm_code client_x(struct auth_context **out, const struct auth_initiator_options *o, struct icm_error *err)
{
    (void)o;
    return make(out, FAKE_X, true, err);
}

static enum icm_code client_y(struct auth_context **out, const struct auth_initiator_options *o, struct icm_error *err)
{
    (void)o;
    return make(out, FAKE_Y, true, err);
}

static enum icm_code server_x(struct auth_context **out, const struct auth_acceptor_options *o, struct icm_error *err)
{
    (void)o;
    return make(out, FAKE_X, false, err);
}

static enum icm_code server_y(struct auth_context **out, const struct auth_acceptor_options *o, struct icm_error *err)
{
    (void)o;
    return make(out, FAKE_Y, false, err);
}

static bool has_own_mic(struct icm_slice token)
{
    return token.size == 2 && token.data[1] == '3' && fake_kinds[token.data[0] - 'X'].has_own_mic;
}

#define ROW_X                                                                                                          \
    {                                                                                                                  \
        "X", {&fake_oid_x, &fake_oid_x2}, check_x, client_x, server_x, has_own_mic, false, true                        \
    }
#define ROW_Y                                                                                                          \
    {                                                                                                                  \
        "Y", {&fake_oid_y}, check_y, client_y, server_y, has_own_mic, false, false                                     \
    }

const struct auth_negotiable fake_rows[4] = {ROW_X, ROW_Y, ROW_X, ROW_Y};
