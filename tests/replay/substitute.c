#include "tests/replay/substitute.h"

#include "psrp/fragment.h"
#include "psrp/message.h"

#include <stdlib.h>

enum { HEADER_POOL = 8, HEADER_PIPELINE = 24 }; /* where ids lie in a message */

void replay_ids_reset(struct replay_ids *ids)
{
    for (size_t i = 0; i < ids->text_count; i++) {
        free(ids->texts[i].recorded);
        free(ids->texts[i].live);
    }
    free(ids->texts);
    free(ids->ids);
    psrp_secret_free(ids->secret);
    icm_buf_reset(&ids->session_key);
    *ids = (struct replay_ids){0};
}

/* ---- learning ---- */

static char *copy_of(struct icm_slice text)
{
    return strndup((const char *)text.data, text.size);
}

void replay_ids_add_text(struct replay_ids *ids, struct icm_slice recorded, struct icm_slice live)
{
    if (recorded.size == 0 || live.size == 0)
        return;
    struct replay_text_pair *texts = realloc(ids->texts, (ids->text_count + 1) * sizeof *texts);
    if (!texts) {
        ids->is_short_of_memory = true;
        return;
    }
    ids->texts = texts;
    texts[ids->text_count++] = (struct replay_text_pair){copy_of(recorded), copy_of(live)};
}

static bool is_zero(const uint8_t *id)
{
    static const uint8_t zero[16];

    return memcmp(id, zero, sizeof zero) == 0;
}

static const uint8_t *live_bytes(const struct replay_ids *ids, const uint8_t *recorded)
{
    for (size_t i = ids->id_count; i-- > 0;) /* the newest counts */
        if (memcmp(ids->ids[i].recorded, recorded, 16) == 0)
            return ids->ids[i].live;
    return NULL;
}

static void add_bytes(struct replay_ids *ids, const uint8_t *recorded, const uint8_t *live)
{
    const uint8_t *known = is_zero(recorded) ? recorded : live_bytes(ids, recorded);

    if (is_zero(recorded) || (known && memcmp(known, live, 16) == 0))
        return;
    struct replay_id_pair *all = realloc(ids->ids, (ids->id_count + 1) * sizeof *all);
    if (!all) {
        ids->is_short_of_memory = true;
        return;
    }
    ids->ids = all;
    memcpy(all[ids->id_count].recorded, recorded, 16);
    memcpy(all[ids->id_count++].live, live, 16);
}

void replay_each_message(struct icm_slice fragments,
                         void (*visit)(void *context, uint32_t type, const uint8_t *message, size_t size),
                         void *context)
{
    struct psrp_fragment f;

    while (psrp_fragment_read(&fragments, &f, NULL) == ICM_OK)
        if (f.flags & PSRP_FRAGMENT_START && f.blob.size >= PSRP_MESSAGE_HEADER) {
            struct icm_reader r = icm_reader_on(icm_slice_from(f.blob, 4));
            visit(context, icm_read_le32(&r), f.blob.data, f.blob.size);
        }
}

static void take_first(void *context, uint32_t type, const uint8_t *message, size_t size)
{
    const uint8_t **first = context;

    (void)type, (void)size;
    if (!*first)
        *first = message;
}

void replay_ids_add_payload(struct replay_ids *ids, struct icm_slice recorded, struct icm_slice live)
{
    const uint8_t *theirs = NULL, *ours = NULL;

    replay_each_message(recorded, take_first, &theirs);
    replay_each_message(live, take_first, &ours);
    if (!theirs || !ours)
        return;
    add_bytes(ids, theirs + HEADER_POOL, ours + HEADER_POOL);
    add_bytes(ids, theirs + HEADER_PIPELINE, ours + HEADER_PIPELINE);
}

struct icm_slice replay_ids_live(const struct replay_ids *ids, struct icm_slice id)
{
    for (size_t i = ids->text_count; i-- > 0;)
        if (icm_slice_equal_nocase(id, icm_slice_text(ids->texts[i].recorded)))
            return icm_slice_text(ids->texts[i].live);
    return id;
}

/* ---- keys ---- */

/* what stands between @from and @to in @text; no data: it is not there */
static struct icm_slice between(struct icm_slice text, const char *from, const char *to)
{
    const uint8_t *begin = memmem(text.data, text.size, from, strlen(from));

    if (!begin)
        return icm_slice_of(NULL, 0);
    begin += strlen(from);
    struct icm_slice rest = icm_slice_from(text, (size_t)(begin - text.data));
    const uint8_t *end = memmem(rest.data, rest.size, to, strlen(to));
    return end ? icm_slice_of(begin, (size_t)(end - begin)) : icm_slice_of(NULL, 0);
}

static void take_key(void *context, uint32_t type, const uint8_t *message, size_t size)
{
    struct replay_ids *ids = context;

    if (type != PSRP_PUBLIC_KEY || (!ids->secret && psrp_secret_new(&ids->secret, NULL) != ICM_OK))
        return;
    icm_buf_clear(&ids->session_key);
    psrp_secret_answer(ids->secret, between(icm_slice_of(message, size), "N=\"PublicKey\">", "<"), &ids->session_key,
                       NULL);
}

void replay_ids_learn_key(struct replay_ids *ids, struct icm_slice payload)
{
    replay_each_message(payload, take_key, ids);
}

/* A SecureString under the recorded key, of which nobody knows the text any more: one of as many blocks under ours. */
static void seal_anew(const struct replay_ids *ids, uint8_t *text, size_t size)
{
    struct icm_buf old = {0}, clear = {0}, sealed = {0}, base64 = {0};

    if (icm_base64_read(icm_slice_of(text, size), &old, NULL) == ICM_OK && old.size >= 16) {
        for (size_t i = 0; i < old.size / 2 - 1; i++)
            icm_buf_add_u8(&clear, 'x');
        if (psrp_secret_seal(ids->secret, icm_buf_slice(&clear), &sealed, NULL) == ICM_OK)
            icm_base64_write(&base64, icm_buf_slice(&sealed));
    }
    if (base64.size == size)
        memcpy(text, base64.data, size);
    icm_buf_reset(&old);
    icm_buf_reset(&clear);
    icm_buf_reset(&sealed);
    icm_buf_reset(&base64);
}

static void renew_secrets(const struct replay_ids *ids, uint8_t *blob, size_t size)
{
    struct icm_slice rest = icm_slice_of(blob, size), key = between(rest, "N=\"EncryptedSessionKey\">", "<"), secret;

    if (!ids->secret)
        return;
    if (key.data && key.size == ids->session_key.size)
        memcpy(blob + (key.data - blob), ids->session_key.data, key.size);
    while ((secret = between(rest, "<SS", "</SS>")).data) {
        const uint8_t *text = memchr(secret.data, '>', secret.size);
        if (text)
            seal_anew(ids, blob + (text + 1 - blob), secret.size - (size_t)(text + 1 - secret.data));
        rest = icm_slice_from(icm_slice_of(blob, size), (size_t)(secret.data + secret.size - blob));
    }
}

/* ---- fragments ---- */

static void renew_id(const struct replay_ids *ids, uint8_t *id)
{
    const uint8_t *live = is_zero(id) ? NULL : live_bytes(ids, id);

    if (live)
        memcpy(id, live, 16);
}

/* in place: no fragment changes its size */
static void renew_fragments(const struct replay_ids *ids, struct icm_buf *bytes)
{
    struct icm_slice rest = icm_buf_slice(bytes);
    struct psrp_fragment f;

    while (psrp_fragment_read(&rest, &f, NULL) == ICM_OK) {
        uint8_t *blob = bytes->data + (f.blob.data - bytes->data);
        if (f.flags & PSRP_FRAGMENT_START && f.blob.size >= PSRP_MESSAGE_HEADER) {
            renew_id(ids, blob + HEADER_POOL);
            renew_id(ids, blob + HEADER_PIPELINE);
        }
        renew_secrets(ids, blob, f.blob.size);
    }
}

static void add_base64(const struct replay_ids *ids, struct icm_slice text, struct icm_buf *out)
{
    struct icm_buf bytes = {0};

    if (icm_base64_read(text, &bytes, NULL) == ICM_OK && bytes.size > PSRP_FRAGMENT_HEADER) {
        renew_fragments(ids, &bytes);
        icm_base64_write(out, icm_buf_slice(&bytes));
    } else {
        icm_buf_add(out, text);
    }
    icm_buf_reset(&bytes);
}

/* ---- the text around ---- */

/* "rsp:Stream", "connectResponseXml", "a:RelatesTo": the local name of a start tag's inside */
static bool is_tag(struct icm_slice tag, const char *local)
{
    size_t size = 0;

    while (size < tag.size && !strchr(" \t\r\n/>", tag.data[size]))
        size++;
    const uint8_t *colon = memchr(tag.data, ':', size);
    struct icm_slice name = icm_slice_of(tag.data, size);
    return icm_slice_is(colon ? icm_slice_from(name, (size_t)(colon + 1 - tag.data)) : name, local);
}

/* in answers and requests; a word that is none is no whole fragment, and stays as it is */
static bool carries_fragments(struct icm_slice tag)
{
    static const char *const names[] = {"Stream", "connectResponseXml", "creationXml", "connectXml", "Arguments"};

    for (size_t i = 0; i < ICM_COUNT(names); i++)
        if (is_tag(tag, names[i]))
            return true;
    return false;
}

static void add_with_ids(const struct replay_ids *ids, struct icm_slice text, struct icm_buf *out)
{
    while (text.size > 0) {
        const struct replay_text_pair *found = NULL;
        for (size_t i = ids->text_count; i-- > 0 && !found;) {
            size_t size = strlen(ids->texts[i].recorded);
            if (size <= text.size &&
                icm_slice_equal_nocase(icm_slice_of(text.data, size), icm_slice_text(ids->texts[i].recorded)))
                found = &ids->texts[i];
        }
        if (found)
            icm_buf_add_text(out, found->live);
        else
            icm_buf_add(out, icm_slice_of(text.data, 1));
        text = icm_slice_from(text, found ? strlen(found->recorded) : 1);
    }
}

void replay_substitute(const struct replay_ids *ids, struct icm_slice answer, struct icm_slice message_id,
                       struct icm_buf *out)
{
    while (answer.size > 0) {
        const uint8_t *open = memchr(answer.data, '<', answer.size);
        const uint8_t *close = open ? memchr(open, '>', answer.size - (size_t)(open - answer.data)) : NULL;
        if (!close)
            break;
        struct icm_slice tag = icm_slice_of(open + 1, (size_t)(close - open - 1));
        bool is_empty = tag.size > 0 && tag.data[tag.size - 1] == '/';

        add_with_ids(ids, icm_slice_of(answer.data, (size_t)(close + 1 - answer.data)), out);
        answer = icm_slice_from(answer, (size_t)(close + 1 - answer.data));
        const uint8_t *end = memchr(answer.data, '<', answer.size);
        if (!end || is_empty)
            continue;
        struct icm_slice text = icm_slice_of(answer.data, (size_t)(end - answer.data));
        if (is_tag(tag, "RelatesTo"))
            icm_buf_add(out, message_id);
        else if (carries_fragments(tag))
            add_base64(ids, text, out);
        else
            add_with_ids(ids, text, out);
        answer = icm_slice_from(answer, text.size);
    }
    icm_buf_add(out, answer);
}
