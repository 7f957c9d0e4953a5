#include "tests/auth/vectors.h"

#include "base/json.h"
#include "tests/psrp/hex.h"

#include <stdio.h>

enum { DEPTH_MAX = 12, PATH_MAX_SIZE = 200 };

struct entry {
    struct entry *next;
    char *path, *text;
};

struct level {
    bool is_array;
    size_t index;
    size_t path_size; /* of what is around it */
};

struct vectors {
    struct entry *first, **end;
    struct level levels[DEPTH_MAX];
    size_t depth, count;
    char path[PATH_MAX_SIZE];
};

static bool is_open(enum icm_json_event_type type)
{
    return type == ICM_JSON_OBJECT || type == ICM_JSON_ARRAY;
}

static bool is_end(enum icm_json_event_type type)
{
    return type == ICM_JSON_OBJECT_END || type == ICM_JSON_ARRAY_END;
}

/* where the value is that comes now; the list "vectors" itself has no name in paths */
static void name_value(struct vectors *v, const struct icm_json_event *event, char out[PATH_MAX_SIZE])
{
    struct level *around = v->depth > 0 ? &v->levels[v->depth - 1] : NULL;
    char part[64] = "";

    if (around && around->is_array)
        snprintf(part, sizeof part, "%zu", around->index++);
    else if (event->key && v->depth > 1)
        snprintf(part, sizeof part, "%s", event->key);
    snprintf(out, PATH_MAX_SIZE, "%.130s%s%s", v->path, *v->path && *part ? "." : "", part);
}

static void add(struct vectors *v, const char *path, const struct icm_json_event *event)
{
    struct entry *entry = calloc(1, sizeof *entry);

    if (!entry)
        abort();
    entry->path = strdup(path);
    entry->text = strndup(event->text.size > 0 ? (const char *)event->text.data : "", event->text.size);
    if (event->type == ICM_JSON_BOOL && event->boolean) {
        free(entry->text);
        entry->text = strdup("true");
    }
    *v->end = entry;
    v->end = &entry->next;
}

static enum icm_code visit(void *context, const struct icm_json_event *event, struct icm_error *err)
{
    struct vectors *v = context;
    char path[PATH_MAX_SIZE];

    if (is_end(event->type)) {
        v->path[v->levels[--v->depth].path_size] = '\0';
        return ICM_OK;
    }
    name_value(v, event, path);
    if (!is_open(event->type)) {
        add(v, path, event);
        return ICM_OK;
    }
    if (v->depth == DEPTH_MAX)
        return icm_fail(err, ICM_LIMIT, NULL, "a vector nested too deeply");
    if (v->depth == 2)
        v->count++;
    v->levels[v->depth++] = (struct level){event->type == ICM_JSON_ARRAY, 0, strlen(v->path)};
    snprintf(v->path, sizeof v->path, "%s", path);
    return ICM_OK;
}

static bool read_file(const char *file, struct icm_json_reader *reader)
{
    const char *other = getenv("ICM_DATA_DIR");
    char path[4096], piece[4096];
    bool is_read = true;
    size_t got;

    snprintf(path, sizeof path, "%s/vectors/%s", other ? other : ICM_FIXTURES, file);
    FILE *in = fopen(path, "rb");
    if (!in)
        return false;
    while (is_read && (got = fread(piece, 1, sizeof piece, in)) > 0)
        is_read = icm_json_feed(reader, icm_slice_of(piece, got), NULL) == ICM_OK;
    fclose(in);
    return is_read && icm_json_finish(reader, NULL) == ICM_OK;
}

struct vectors *vectors_load(const char *file)
{
    struct vectors *v = calloc(1, sizeof *v);
    struct icm_json_reader *reader = NULL;

    if (!v)
        return NULL;
    v->end = &v->first;
    bool is_read = icm_json_reader_new(&reader, visit, v, NULL) == ICM_OK && read_file(file, reader);
    icm_json_reader_free(reader);
    if (is_read)
        return v;
    vectors_free(v);
    return NULL;
}

void vectors_free(struct vectors *v)
{
    for (struct entry *e; v && (e = v->first);) {
        v->first = e->next;
        free(e->path);
        free(e->text);
        free(e);
    }
    free(v);
}

size_t vectors_count(const struct vectors *v)
{
    return v->count;
}

const char *vectors_text(const struct vectors *v, size_t index, const char *path)
{
    char whole[PATH_MAX_SIZE];

    snprintf(whole, sizeof whole, "%zu.%s", index, path);
    for (const struct entry *e = v->first; e; e = e->next)
        if (strcmp(e->path, whole) == 0)
            return e->text;
    return NULL;
}

bool vectors_bytes(const struct vectors *v, size_t index, const char *path, struct icm_buf *out)
{
    const char *text = vectors_text(v, index, path);

    if (text)
        hex_add(out, text);
    return text;
}
