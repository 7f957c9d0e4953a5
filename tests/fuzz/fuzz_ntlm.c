/* Laws: a message that reads, written and read again, says the same; what somebody changed on the way is never
 * established on the server's side (all that our client sends is under a MIC), and so never on both with different
 * keys; a CHALLENGE is either refused or answered with NTLMv2 and a MIC; who is let in has a name; nothing but the next
 * sealed message opens. The first byte chooses. MS-NLMP. */
#include "tests/auth/ntlm_pair.h"

#include <stdlib.h>

static void must(bool law)
{
    if (!law)
        abort();
}

/* ---- messages ---- */

static void read_negotiate(struct icm_slice bytes)
{
    struct auth_ntlm_negotiate m, again;
    struct icm_buf written = {0};

    if (auth_ntlm_read_negotiate(bytes, &m, NULL) != ICM_OK)
        return;
    auth_ntlm_write_negotiate(&written, &m);
    must(auth_ntlm_read_negotiate(icm_buf_slice(&written), &again, NULL) == ICM_OK && m.flags == again.flags);
    icm_buf_reset(&written);
}

static void read_challenge(struct icm_slice bytes)
{
    struct auth_ntlm_challenge m, again;
    struct icm_buf written = {0};

    if (auth_ntlm_read_challenge(bytes, &m, NULL) != ICM_OK)
        return;
    auth_ntlm_write_challenge(&written, &m);
    if (auth_ntlm_read_challenge(icm_buf_slice(&written), &again, NULL) == ICM_OK) {
        must(m.flags == again.flags &&
             memcmp(m.server_challenge, again.server_challenge, sizeof m.server_challenge) == 0);
        must(icm_slice_equal(m.target_name, again.target_name) && icm_slice_equal(m.target_info, again.target_info));
    } else { /* fields that lay one on the other no longer fit */
        must(written.size > AUTH_NTLM_MESSAGE_MAX);
    }
    icm_buf_reset(&written);
}

static void read_authenticate(struct icm_slice bytes)
{
    struct auth_ntlm_authenticate m, again;
    struct icm_buf written = {0};

    if (auth_ntlm_read_authenticate(bytes, &m, NULL) != ICM_OK)
        return;
    auth_ntlm_write_authenticate(&written, &m);
    if (auth_ntlm_read_authenticate(icm_buf_slice(&written), &again, NULL) == ICM_OK) {
        must(m.flags == again.flags && m.has_mic == again.has_mic && memcmp(m.mic, again.mic, sizeof m.mic) == 0);
        must(icm_slice_equal(m.user, again.user) && icm_slice_equal(m.domain, again.domain));
        must(icm_slice_equal(m.nt_response, again.nt_response) && icm_slice_equal(m.session_key, again.session_key));
    } else {
        must(written.size > AUTH_NTLM_MESSAGE_MAX);
    }
    icm_buf_reset(&written);
}

/* ---- both roles, always with the same clock and random numbers ---- */

static void pair_begin(struct ntlm_pair *p)
{
    ntlm_pair_init(p);
    must(ntlm_pair_new(p) == ICM_OK);
    auth_ntlm_of(p->client)->draw = (struct auth_ntlm_draw){
        .client_challenge = {1, 2, 3}, .session_key = {4, 5, 6}, .time = 7, .computer = "client"};
    auth_ntlm_of(p->server)->draw = (struct auth_ntlm_draw){.server_challenge = {8, 9}, .time = 10};
}

static bool they_talk(struct ntlm_pair *p)
{
    struct icm_buf opened = {0};
    bool is_said = ntlm_pair_say(p->client, p->server, icm_slice_text("hello"), &opened) == ICM_OK &&
                   ntlm_pair_say(p->server, p->client, icm_slice_text("there"), &opened) == ICM_OK;

    icm_buf_reset(&opened);
    return is_said;
}

/* Changes, four bytes each: in which message, where (16 bits), which bits; no bits: it is cut there. */
static void change(struct icm_buf *message, size_t number, struct icm_slice changes)
{
    struct icm_reader r = icm_reader_on(changes);

    for (;;) {
        uint8_t which = icm_read_u8(&r);
        uint16_t at = icm_read_le16(&r);
        uint8_t bits = icm_read_u8(&r);

        if (r.missing)
            return;
        if (which % 3 != number || message->size == 0)
            continue;
        if (bits)
            message->data[at % message->size] ^= bits;
        else
            message->size = at % message->size;
    }
}

static void exchange(struct icm_slice changes)
{
    struct ntlm_pair p;
    struct icm_buf before = {0};
    enum icm_code code = ICM_AGAIN;
    bool is_changed = false;

    pair_begin(&p);
    for (size_t step = 0; step < 3 && (code == ICM_AGAIN || code == ICM_OK); step++) {
        code = ntlm_pair_step(&p, step);
        icm_buf_clear(&before);
        icm_buf_add(&before, icm_buf_slice(&p.messages[step]));
        change(&p.messages[step], step, changes);
        is_changed = is_changed || !icm_slice_equal(icm_buf_slice(&before), icm_buf_slice(&p.messages[step]));
    }
    if (code == ICM_OK)
        code = ntlm_pair_step(&p, 3);
    must(auth_is_established(p.server) == (code == ICM_OK && !is_changed));
    must(code != ICM_OK || they_talk(&p));
    icm_buf_reset(&before);
    ntlm_pair_reset(&p);
}

static void answer(struct icm_slice challenge)
{
    struct ntlm_pair p;
    struct auth_ntlm_authenticate m;

    pair_begin(&p);
    must(ntlm_pair_step(&p, 0) == ICM_AGAIN);
    icm_buf_add(&p.messages[1], challenge);
    enum icm_code code = ntlm_pair_step(&p, 2);
    must((code == ICM_OK) == (p.messages[2].size > 0) && (code == ICM_OK || p.err.code == code));
    if (code == ICM_OK) {
        must(auth_ntlm_read_authenticate(icm_buf_slice(&p.messages[2]), &m, NULL) == ICM_OK);
        must(m.has_mic && m.nt_response.size > 44 && m.flags & AUTH_NTLM_SEAL && m.flags & AUTH_NTLM_128);
    }
    ntlm_pair_reset(&p);
}

static void check(struct icm_slice authenticate)
{
    struct ntlm_pair p;

    pair_begin(&p);
    must(ntlm_pair_step(&p, 0) == ICM_AGAIN && ntlm_pair_step(&p, 1) == ICM_AGAIN);
    icm_buf_add(&p.messages[2], authenticate);
    enum icm_code code = ntlm_pair_step(&p, 3);
    must(code != ICM_OK || auth_user(p.server));
    must(code == ICM_OK || code == ICM_DENIED || code == ICM_SYNTAX || code == ICM_LIMIT);
    must(auth_is_established(p.server) == (code == ICM_OK));
    ntlm_pair_reset(&p);
}

static void open_sealed(struct icm_slice bytes)
{
    struct ntlm_pair p;
    struct icm_buf sealed = {0}, opened = {0};
    struct auth_sealed how;

    pair_begin(&p);
    must(ntlm_pair_run(&p, 0) == ICM_OK);
    must(auth_wrap(p.client, icm_slice_text("hello"), &sealed, &how, NULL) == ICM_OK);
    bool is_it = icm_slice_equal(icm_buf_slice(&sealed), bytes);
    must((auth_unwrap(p.server, how.header_size, bytes, &opened, NULL) == ICM_OK) == is_it);
    must(opened.size == (is_it ? 5u : 0u));
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
    ntlm_pair_reset(&p);
}

static const struct {
    char letter;
    void (*run)(struct icm_slice bytes);
} modes[] = {
    {'n', read_negotiate}, {'c', read_challenge}, {'a', read_authenticate}, {'x', exchange},
    {'i', answer},         {'s', check},          {'u', open_sealed},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; size > 0 && i < ICM_COUNT(modes); i++)
        if ((char)data[0] == modes[i].letter)
            modes[i].run(icm_slice_of(data + 1, size - 1));
    return 0;
}
