#include "tests/psrp/recorded.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "tests/psrp/golden.h"
#include "tests/psrp/hex.h"

enum { NAME_COLUMN = 0, CATEGORY_COLUMN = 1, MESSAGES_COLUMN = 7 };     /* of index.tsv */
enum { KEYS_NAME_COLUMN = 0, PAIR_COLUMN = 1, SESSION_KEY_COLUMN = 2 }; /* of keys.tsv */

/* ---- the index ---- */

static void read_case(struct recorded_case *out, const char *row)
{
    struct icm_slice name = golden_cell(row, NAME_COLUMN);

    snprintf(out->name, sizeof out->name, "%.*s", (int)name.size, (const char *)name.data);
    out->is_bad = icm_slice_is(golden_cell(row, CATEGORY_COLUMN), "bad");
    icm_buf_add(&out->messages, golden_cell(row, MESSAGES_COLUMN));
}

int recorded_run(const char *group, CMUnitTestFunction replays)
{
    static struct recorded_case cases[RECORDED_CASES_MAX];
    static struct CMUnitTest tests[RECORDED_CASES_MAX];
    static char *rows[RECORDED_CASES_MAX];
    struct icm_buf lines = {0};
    size_t count = golden_rows(golden_folder("psrp"), &lines, rows, RECORDED_CASES_MAX);

    for (size_t i = 0; i < count; i++) {
        read_case(&cases[i], rows[i]);
        tests[i] = (struct CMUnitTest){cases[i].name, replays, NULL, NULL, &cases[i]};
    }
    icm_buf_reset(&lines);
    int failed = count > 0 ? _cmocka_run_group_tests(group, tests, count, NULL, NULL) : 1;
    for (size_t i = 0; i < count; i++)
        icm_buf_reset(&cases[i].messages);
    return failed;
}

/* ---- a dialogue's lines ---- */

struct reading {
    enum recorded_dir dir;
    void (*take)(void *context, enum recorded_dir dir, struct icm_slice line);
    void *context;
};

static const struct {
    const char *name;
    enum recorded_dir dir;
} dirs[] = {{"c2s", RECORDED_C2S}, {"s2c", RECORDED_S2C}, {"eof", RECORDED_EOF}};

static enum recorded_dir dir_of(struct icm_slice name)
{
    for (size_t i = 0; i < ICM_COUNT(dirs); i++)
        if (icm_slice_is(name, dirs[i].name))
            return dirs[i].dir;
    return RECORDED_OTHER;
}

static enum icm_code read_value(void *context, const struct icm_json_event *event, struct icm_error *err)
{
    struct reading *r = context;

    if (event->type != ICM_JSON_STRING)
        return ICM_OK;
    if (strcmp(event->key, "dir") == 0) {
        r->dir = dir_of(event->text);
        if (r->dir == RECORDED_EOF)
            r->take(r->context, r->dir, icm_slice_text(""));
    }
    if (strcmp(event->key, "line") == 0 && (r->dir == RECORDED_C2S || r->dir == RECORDED_S2C))
        r->take(r->context, r->dir, event->text);
    return ICM_OK;
}

void recorded_read(const char *name, void (*take)(void *context, enum recorded_dir dir, struct icm_slice line),
                   void *context)
{
    struct reading r = {RECORDED_OTHER, take, context};
    struct icm_json_reader *json = NULL;
    struct icm_buf text = {0};
    struct icm_error err = {0};
    char file[300];

    snprintf(file, sizeof file, "%s.jsonl", name);
    if (!golden_load(golden_folder("psrp"), file, &text))
        fail_msg("%s cannot be read", file);
    assert_int_equal(icm_json_reader_new(&json, read_value, &r, NULL), ICM_OK);
    if (icm_json_feed(json, icm_buf_slice(&text), &err) != ICM_OK || icm_json_finish(json, &err) != ICM_OK)
        fail_msg("%s: %s", file, err.text);
    icm_json_reader_free(json);
    icm_buf_reset(&text);
}

/* ---- its keys ---- */

void recorded_keys_read(struct recorded_keys *out, const char *name)
{
    struct icm_buf lines = {0};
    char *rest, digits[65] = "";

    if (!golden_load(golden_folder("psrp"), "keys.tsv", &lines))
        return;
    icm_buf_add_u8(&lines, '\0');
    for (char *row = strtok_r((char *)lines.data, "\r\n", &rest); row; row = strtok_r(NULL, "\r\n", &rest)) {
        struct icm_slice hex = golden_cell(row, SESSION_KEY_COLUMN);

        if (!icm_slice_is(golden_cell(row, KEYS_NAME_COLUMN), name) || out->pair.size > 0)
            continue;
        memcpy(digits, hex.data, hex.size < 64 ? hex.size : 64);
        hex_add(&out->session_key, digits);
        assert_int_equal(icm_base64_read(golden_cell(row, PAIR_COLUMN), &out->pair, NULL), ICM_OK);
    }
    icm_buf_reset(&lines);
}

void recorded_keys_reset(struct recorded_keys *keys)
{
    icm_buf_reset(&keys->pair);
    icm_buf_reset(&keys->session_key);
}

/* ---- SecureStrings ---- */

struct walk {
    void (*visit)(void *context, struct psrp_value *secret);
    void *context;
};

static void walk_value(const struct walk *w, struct psrp_value *value, unsigned depth);

static void walk_members(const struct walk *w, struct psrp_member *m, unsigned depth)
{
    for (; m; m = m->next)
        walk_value(w, m->value, depth + 1);
}

static void walk_value(const struct walk *w, struct psrp_value *value, unsigned depth)
{
    if (!value || depth > RECORDED_DEPTH_MAX)
        return;
    if (value->kind == PSRP_SECURESTRING)
        w->visit(w->context, value);
    if (value->kind >= PSRP_LIST && value->kind < PSRP_DICTIONARY)
        for (struct psrp_item *i = value->as.list->first; i; i = i->next)
            walk_value(w, i->value, depth + 1);
    if (value->kind == PSRP_DICTIONARY)
        for (struct psrp_entry *e = value->as.dictionary->first; e; e = e->next)
            walk_value(w, e->value, depth + 1);
    if (value->object) {
        walk_members(w, value->object->adapted, depth);
        walk_members(w, value->object->extended, depth);
    }
}

void recorded_each_secret(struct psrp_value *value, void (*visit)(void *context, struct psrp_value *secret),
                          void *context)
{
    const struct walk w = {visit, context};

    walk_value(&w, value, 0);
}

struct opening {
    struct icm_arena *a;
    const struct psrp_secret *keys;
};

static void open_secret(void *context, struct psrp_value *secret)
{
    const struct opening *o = context;
    struct icm_buf text = {0};

    if (!secret->is_clear && psrp_secret_open(o->keys, secret->as.text, &text, NULL) == ICM_OK) {
        assert_true(icm_arena_copy(o->a, icm_buf_slice(&text), &secret->as.text));
        secret->is_clear = true;
    }
    icm_buf_reset(&text);
}

void recorded_open_secrets(struct icm_arena *a, struct psrp_value *value, const struct psrp_secret *keys)
{
    struct opening o = {a, keys};

    recorded_each_secret(value, open_secret, &o);
}

/* ---- streams ---- */

struct recorded_stream *recorded_stream_of(struct recorded_stream **all, const struct icm_guid *target,
                                           bool is_prompt_response)
{
    struct recorded_stream *s = *all;

    while (s && !(icm_guid_equal(&s->target, target) && s->is_prompt_response == is_prompt_response))
        s = s->next;
    if (s)
        return s;
    s = calloc(1, sizeof *s);
    assert_non_null(s);
    *s = (struct recorded_stream){.next = *all, .target = *target, .is_prompt_response = is_prompt_response};
    s->end = &s->first;
    assert_int_equal(psrp_defragmenter_new(&s->joined, PSRP_MESSAGE_MAX, NULL), ICM_OK);
    *all = s;
    return s;
}

void recorded_streams_reset(struct recorded_stream **all)
{
    for (struct recorded_stream *s; (s = *all);) {
        *all = s->next;
        for (struct recorded_message *m; (m = recorded_take(s));)
            recorded_message_free(m);
        psrp_defragmenter_free(s->joined);
        free(s);
    }
}

void recorded_join(struct recorded_stream *s, struct icm_slice fragments)
{
    struct icm_buf message = {0};

    psrp_defragmenter_feed(s->joined, fragments, NULL);
    while (psrp_defragmenter_next(s->joined, &message, NULL) == ICM_OK) {
        struct recorded_message *m = calloc(1, sizeof *m);
        assert_non_null(m);
        icm_buf_move(&m->bytes, &message);
        recorded_put(s, m);
    }
}

void recorded_put(struct recorded_stream *s, struct recorded_message *m)
{
    m->next = NULL;
    *s->end = m;
    s->end = &m->next;
}

struct recorded_message *recorded_take(struct recorded_stream *s)
{
    struct recorded_message *m = s->first;

    if (m)
        s->first = m->next;
    if (!s->first)
        s->end = &s->first;
    return m;
}

void recorded_message_free(struct recorded_message *m)
{
    icm_buf_reset(&m->bytes);
    free(m);
}
