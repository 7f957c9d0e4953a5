#include "tests/replay/capture.h"

#include "base/json.h"
#include "base/text.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#ifndef ICM_CAPTURES
#define ICM_CAPTURES "../shared/captures"
#endif

enum { ROOT = 1, MEMBER = 2, LIST_ITEM = 3, ATTRIBUTES = 4, KEY_MAX = 64 }; /* how deep a value stands in its line */

/* ---- where a text goes ---- */

static const struct {
    const char *key;
    size_t offset;
} row_texts[] = {
    {"request", offsetof(struct replay_row, request)}, {"response", offsetof(struct replay_row, response)},
    {"url", offsetof(struct replay_row, url)},         {"request_line", offsetof(struct replay_row, request_line)},
    {"note", offsetof(struct replay_row, note)},       {"source", offsetof(struct replay_row, source)},
    {"server", offsetof(struct replay_row, server)},   {"head", offsetof(struct replay_row, head)},
};

static const struct {
    const char *key;
    size_t offset;
} meta_texts[] = {
    {"scenario", offsetof(struct replay_capture, scenario)},
    {"category", offsetof(struct replay_capture, category)},
    {"server", offsetof(struct replay_capture, server)},
    {"endpoint", offsetof(struct replay_capture, endpoint)},
    {"flow", offsetof(struct replay_capture, flow)},
    {"note", offsetof(struct replay_capture, note)},
    {"client", offsetof(struct replay_capture, client)},
    {"script", offsetof(struct replay_capture, script)},
    {"client_output", offsetof(struct replay_capture, client_output)},
};

/* one file on its way in */
struct reading {
    struct replay_capture *capture;
    int depth;
    bool is_meta;
    char member[KEY_MAX]; /* the member of the line that we are inside of */
    size_t capacity;
};

static struct icm_buf *text_at(void *base, size_t offset)
{
    return (struct icm_buf *)(void *)((char *)base + offset);
}

static struct replay_row *last_row(struct reading *r)
{
    return &r->capture->rows[r->capture->row_count - 1];
}

static enum icm_code begin_row(struct reading *r, struct icm_error *err)
{
    struct replay_capture *c = r->capture;

    if (c->row_count == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : 64;
        struct replay_row *rows = realloc(c->rows, capacity * sizeof *rows);
        if (!rows)
            return icm_nomem(err);
        c->rows = rows;
        r->capacity = capacity;
    }
    c->rows[c->row_count++] = (struct replay_row){0};
    return ICM_OK;
}

static enum icm_code begin_override(struct reading *r, struct icm_error *err)
{
    struct replay_row *row = last_row(r);
    struct replay_override *more = realloc(row->overrides, (row->override_count + 1) * sizeof *more);

    if (!more)
        return icm_nomem(err);
    row->overrides = more;
    row->overrides[row->override_count++] = (struct replay_override){0};
    return ICM_OK;
}

/* ---- values ---- */

static double number_of(const struct icm_json_event *e)
{
    return e->type == ICM_JSON_DOUBLE ? e->number : (double)e->integer;
}

static enum icm_code take_member(struct reading *r, const struct icm_json_event *e, struct icm_error *err)
{
    struct replay_row *row = last_row(r);

    for (size_t i = 0; i < ICM_COUNT(row_texts); i++)
        if (e->type == ICM_JSON_STRING && strcmp(e->key, row_texts[i].key) == 0)
            icm_buf_add(text_at(row, row_texts[i].offset), e->text);
    if (strcmp(e->key, "request") == 0)
        row->has_request = e->type == ICM_JSON_STRING;
    if (strcmp(e->key, "response") == 0)
        row->has_response = e->type == ICM_JSON_STRING;
    if (strcmp(e->key, "status") == 0 && e->type == ICM_JSON_INT)
        row->status = (unsigned)e->integer;
    if (strcmp(e->key, "conn") == 0)
        row->connection = (unsigned)e->integer;
    if (strcmp(e->key, "delay_s") == 0)
        row->delay_ms = (uint32_t)(number_of(e) * 1000);
    if (strcmp(e->key, "t") == 0)
        row->begun_s = number_of(e);
    if (strcmp(e->key, "dt") == 0) {
        row->took_s = number_of(e);
        r->capture->is_timed = true;
    }
    if (strcmp(e->key, "dir") == 0)
        row->is_from_server = icm_slice_is(e->text, "s2c");
    if (strcmp(e->key, "truncated") == 0)
        row->is_truncated = e->boolean;
    if (strcmp(e->key, "body_b64") == 0)
        return icm_base64_read(e->text, &row->body, err);
    return ICM_OK;
}

static void take_meta(struct reading *r, const struct icm_json_event *e)
{
    for (size_t i = 0; i < ICM_COUNT(meta_texts); i++)
        if (e->type == ICM_JSON_STRING && strcmp(e->key, meta_texts[i].key) == 0)
            icm_buf_add(text_at(r->capture, meta_texts[i].offset), e->text);
}

/* A header's value, or what stands in an override. */
static void take_nested(struct reading *r, const struct icm_json_event *e)
{
    struct replay_row *row = last_row(r);
    struct icm_buf *to = strcmp(r->member, "headers") == 0           ? &row->headers
                         : strcmp(r->member, "request_headers") == 0 ? &row->request_headers
                                                                     : NULL;

    if (to && e->key && e->type == ICM_JSON_STRING)
        icm_buf_add_format(to, "%s: %.*s\n", e->key, (int)e->text.size, (const char *)e->text.data);
    if (strcmp(r->member, "overrides") != 0 || e->type != ICM_JSON_STRING || row->override_count == 0)
        return;
    struct replay_override *o = &row->overrides[row->override_count - 1];
    if (r->depth == ATTRIBUTES) {
        icm_buf_add_text(&o->name, e->key);
        icm_buf_add(&o->value, e->text);
    } else if (strcmp(e->key, "path") == 0) {
        icm_buf_add(&o->path, e->text);
    } else if (strcmp(e->key, "text") == 0) {
        icm_buf_add(&o->value, e->text);
    }
}

/* ---- the shape of a line ---- */

static enum icm_code enter(struct reading *r, const struct icm_json_event *e, struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    if (r->depth == 0)
        code = begin_row(r, err);
    if (r->depth == ROOT) {
        snprintf(r->member, sizeof r->member, "%s", e->key ? e->key : "");
        r->is_meta = strcmp(r->member, "meta") == 0;
        last_row(r)->has_lost |= strcmp(r->member, "lost") == 0;
    }
    if (r->depth == MEMBER && strcmp(r->member, "overrides") == 0)
        code = begin_override(r, err);
    r->depth++;
    return code;
}

static void leave(struct reading *r)
{
    if (--r->depth == 0 && r->is_meta) /* the first line is none of the exchanges */
        r->capture->row_count--;
    if (r->depth == 0)
        r->is_meta = false;
}

static enum icm_code on_event(void *context, const struct icm_json_event *e, struct icm_error *err)
{
    struct reading *r = context;

    if (e->type == ICM_JSON_OBJECT || e->type == ICM_JSON_ARRAY)
        return enter(r, e, err);
    if (e->type == ICM_JSON_OBJECT_END || e->type == ICM_JSON_ARRAY_END) {
        leave(r);
        return ICM_OK;
    }
    if (r->depth == ROOT && e->key)
        return take_member(r, e, err);
    if (r->depth == MEMBER && r->is_meta && e->key)
        take_meta(r, e);
    else if (r->depth >= MEMBER && !r->is_meta)
        take_nested(r, e);
    return ICM_OK;
}

/* ---- a file ---- */

static enum icm_code read_text(struct icm_json_reader *json, const char *path, struct icm_error *err)
{
    static char piece[65536];
    FILE *file = fopen(path, "rb");
    enum icm_code code = ICM_OK;
    size_t size;

    if (!file)
        return icm_fail(err, ICM_IO, NULL, "%s cannot be read", path);
    while (code == ICM_OK && (size = fread(piece, 1, sizeof piece, file)) > 0)
        code = icm_json_feed(json, icm_slice_of(piece, size), err);
    fclose(file);
    return code == ICM_OK ? icm_json_finish(json, err) : code;
}

static char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strstr(base, ".jsonl");

    return dot ? strndup(base, (size_t)(dot - base)) : strdup(base);
}

enum icm_code replay_capture_read(struct replay_capture **out, const char *path, struct icm_error *err)
{
    struct reading r = {.capture = calloc(1, sizeof *r.capture)};
    struct icm_json_reader *json = NULL;

    if (!r.capture)
        return icm_nomem(err);
    r.capture->path = strdup(path);
    r.capture->name = name_of(path);
    enum icm_code code = icm_json_reader_new(&json, on_event, &r, err);
    if (code == ICM_OK)
        code = read_text(json, path, err);
    icm_json_reader_free(json);
    if (code != ICM_OK) {
        replay_capture_free(r.capture);
        return code;
    }
    *out = r.capture;
    return ICM_OK;
}

static void row_reset(struct replay_row *row)
{
    for (size_t i = 0; i < ICM_COUNT(row_texts); i++)
        icm_buf_reset(text_at(row, row_texts[i].offset));
    icm_buf_reset(&row->request_headers);
    icm_buf_reset(&row->headers);
    icm_buf_reset(&row->body);
    for (size_t i = 0; i < row->override_count; i++) {
        icm_buf_reset(&row->overrides[i].path);
        icm_buf_reset(&row->overrides[i].name);
        icm_buf_reset(&row->overrides[i].value);
    }
    free(row->overrides);
}

void replay_capture_free(struct replay_capture *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->row_count; i++)
        row_reset(&c->rows[i]);
    for (size_t i = 0; i < ICM_COUNT(meta_texts); i++)
        icm_buf_reset(text_at(c, meta_texts[i].offset));
    free(c->rows);
    free(c->path);
    free(c->name);
    free(c);
}

/* ---- a folder ---- */

const char *replay_capture_folder(void)
{
    const char *other = getenv("ICM_CAPTURES");

    return other ? other : ICM_CAPTURES;
}

char **replay_capture_list(const char *folder)
{
    static const char *const patterns[] = {"*.jsonl", "omi/*.jsonl", "wire/*.jsonl"};
    struct stat about;
    glob_t found = {0};
    char pattern[4096];

    if (stat(folder, &about) != 0)
        return NULL;
    for (size_t i = 0; i < ICM_COUNT(patterns); i++) {
        snprintf(pattern, sizeof pattern, "%s/%s", folder, patterns[i]);
        glob(pattern, i > 0 ? GLOB_APPEND : 0, NULL, &found);
    }
    char **paths = calloc(found.gl_pathc + 1, sizeof *paths);
    for (size_t i = 0; paths && i < found.gl_pathc; i++)
        paths[i] = strdup(found.gl_pathv[i]);
    globfree(&found);
    return paths;
}

void replay_capture_list_free(char **paths)
{
    for (size_t i = 0; paths && paths[i]; i++)
        free(paths[i]);
    free(paths);
}
