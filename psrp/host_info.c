/* What a client says of its host: HostInfo, both ways. MS-PSRP 2.2.3.14. */
#include "psrp/host.h"

#define SECTION "MS-PSRP 2.2.3.14"

/* the keys of _hostDefaultData's table */
enum {
    FOREGROUND,
    BACKGROUND,
    CURSOR_POSITION,
    WINDOW_POSITION,
    CURSOR_SIZE,
    BUFFER_SIZE,
    WINDOW_SIZE,
    MAX_WINDOW_SIZE,
    MAX_PHYSICAL_WINDOW_SIZE,
    WINDOW_TITLE,
};

enum form { NUMBER, COORDINATES, SIZE, TEXT };

/* each key's type, as it travels beside the value, and where it is kept */
static const struct {
    const char *type;
    enum form form;
    size_t offset;
} data[] = {
    [FOREGROUND] = {"System.ConsoleColor", NUMBER, offsetof(struct psrp_host_info, foreground)},
    [BACKGROUND] = {"System.ConsoleColor", NUMBER, offsetof(struct psrp_host_info, background)},
    [CURSOR_POSITION] = {"System.Management.Automation.Host.Coordinates", COORDINATES,
                         offsetof(struct psrp_host_info, cursor)},
    [WINDOW_POSITION] = {"System.Management.Automation.Host.Coordinates", COORDINATES,
                         offsetof(struct psrp_host_info, window_position)},
    [CURSOR_SIZE] = {"System.Int32", NUMBER, offsetof(struct psrp_host_info, cursor_size)},
    [BUFFER_SIZE] = {"System.Management.Automation.Host.Size", SIZE, offsetof(struct psrp_host_info, buffer_size)},
    [WINDOW_SIZE] = {"System.Management.Automation.Host.Size", SIZE, offsetof(struct psrp_host_info, window_size)},
    [MAX_WINDOW_SIZE] = {"System.Management.Automation.Host.Size", SIZE,
                         offsetof(struct psrp_host_info, max_window_size)},
    [MAX_PHYSICAL_WINDOW_SIZE] = {"System.Management.Automation.Host.Size", SIZE,
                                  offsetof(struct psrp_host_info, max_physical_window_size)},
    [WINDOW_TITLE] = {"System.String", TEXT, offsetof(struct psrp_host_info, window_title)},
};

/* ---- pairs of numbers ---- */

static struct psrp_value *pair(struct icm_arena *a, const char *first, int32_t one, const char *second, int32_t two)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && psrp_value_add_note(a, v, first, psrp_value_i32(a, one)) &&
                 psrp_value_add_note(a, v, second, psrp_value_i32(a, two));
    return whole ? v : NULL;
}

static bool read_i32(const struct psrp_value *value, int32_t *out)
{
    int64_t number;

    if (!psrp_value_integer(value, &number) || number < INT32_MIN || number > INT32_MAX)
        return false;
    *out = (int32_t)number;
    return true;
}

struct psrp_value *psrp_host_coordinates(struct icm_arena *a, struct psrp_coordinates c)
{
    return pair(a, "x", c.x, "y", c.y);
}

struct psrp_value *psrp_host_size(struct icm_arena *a, struct psrp_size s)
{
    return pair(a, "width", s.width, "height", s.height);
}

bool psrp_host_read_coordinates(const struct psrp_value *value, struct psrp_coordinates *out)
{
    struct psrp_coordinates c;

    if (!read_i32(psrp_value_member(value, "x"), &c.x) || !read_i32(psrp_value_member(value, "y"), &c.y))
        return false;
    *out = c;
    return true;
}

bool psrp_host_read_size(const struct psrp_value *value, struct psrp_size *out)
{
    struct psrp_size s;

    if (!read_i32(psrp_value_member(value, "width"), &s.width) ||
        !read_i32(psrp_value_member(value, "height"), &s.height))
        return false;
    *out = s;
    return true;
}

/* ---- the raw UI's state ---- */

static struct psrp_value *datum(struct icm_arena *a, const struct psrp_host_info *info, size_t key)
{
    const void *field = (const char *)info + data[key].offset;

    switch (data[key].form) {
    case NUMBER:
        return psrp_value_i32(a, *(const int32_t *)field);
    case COORDINATES:
        return psrp_host_coordinates(a, *(const struct psrp_coordinates *)field);
    case SIZE:
        return psrp_host_size(a, *(const struct psrp_size *)field);
    case TEXT:
        return psrp_value_text(a, PSRP_STRING, *(const struct icm_slice *)field);
    }
    return NULL;
}

static bool add_datum(struct icm_arena *a, struct psrp_value *table, const struct psrp_host_info *info, size_t key)
{
    struct psrp_value *typed = psrp_value_object(a, NULL);

    return typed && psrp_value_add_note(a, typed, "T", psrp_value_string(a, data[key].type)) &&
           psrp_value_add_note(a, typed, "V", datum(a, info, key)) &&
           psrp_value_add_entry(a, table, psrp_value_i32(a, (int32_t)key), typed);
}

static struct psrp_value *default_data(struct icm_arena *a, const struct psrp_host_info *info)
{
    struct psrp_value *v = psrp_value_object(a, NULL), *table = psrp_value_hashtable(a);
    bool whole = v && table;

    for (size_t key = 0; whole && key < ICM_COUNT(data); key++)
        whole = add_datum(a, table, info, key);
    return whole && psrp_value_add_note(a, v, "data", table) ? v : NULL;
}

static bool read_datum(const struct psrp_value *value, struct psrp_host_info *out, size_t key)
{
    void *field = (char *)out + data[key].offset;

    switch (data[key].form) {
    case NUMBER:
        return read_i32(value, field);
    case COORDINATES:
        return psrp_host_read_coordinates(value, field);
    case SIZE:
        return psrp_host_read_size(value, field);
    case TEXT:
        *(struct icm_slice *)field = psrp_value_text_of(value);
        return value && value->kind == PSRP_STRING;
    }
    return false;
}

/* What is missing stays zero: nulls are left out. */
static enum icm_code read_default_data(const struct psrp_value *value, struct psrp_host_info *out,
                                       struct icm_error *err)
{
    const struct psrp_value *table = psrp_value_member(value, "data");
    int64_t key;

    if (!table || table->kind != PSRP_DICTIONARY)
        return icm_fail(err, ICM_SYNTAX, SECTION, "a HostInfo whose _hostDefaultData has no table");
    for (const struct psrp_entry *e = table->as.dictionary->first; e; e = e->next) {
        if (!psrp_value_integer(e->key, &key) || key < 0 || key >= (int64_t)ICM_COUNT(data))
            return icm_fail(err, ICM_SYNTAX, SECTION, "a HostInfo with a datum that nobody knows, at most %zu",
                            ICM_COUNT(data) - 1);
        if (!read_datum(psrp_value_member(e->value, "V"), out, (size_t)key))
            return icm_fail(err, ICM_SYNTAX, SECTION, "a HostInfo whose datum %d is no %s", (int)key, data[key].type);
    }
    out->has_default_data = true;
    return ICM_OK;
}

/* ---- the whole ---- */

struct psrp_value *psrp_host_info_value(struct icm_arena *a, const struct psrp_host_info *info)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && psrp_value_add_note(a, v, "_isHostUINull", psrp_value_bool(a, !info->has_ui)) &&
                 psrp_value_add_note(a, v, "_isHostRawUINull", psrp_value_bool(a, !info->has_raw_ui)) &&
                 psrp_value_add_note(a, v, "_isHostNull", psrp_value_bool(a, !info->has_host));
    if (whole && info->has_default_data)
        whole = psrp_value_add_note(a, v, "_hostDefaultData", default_data(a, info));
    return whole && psrp_value_add_note(a, v, "_useRunspaceHost", psrp_value_bool(a, info->use_runspace_host)) ? v
                                                                                                               : NULL;
}

static enum icm_code read_flag(const struct psrp_value *value, const char *name, bool *out, struct icm_error *err)
{
    const struct psrp_value *flag = psrp_value_member(value, name);

    if (!flag || flag->kind != PSRP_BOOL)
        return icm_fail(err, ICM_SYNTAX, SECTION, "a HostInfo without %s", name);
    *out = flag->as.boolean;
    return ICM_OK;
}

enum icm_code psrp_host_info_read(const struct psrp_value *value, struct psrp_host_info *out, struct icm_error *err)
{
    struct psrp_host_info info = {0};
    bool no_host = true, no_ui = true, no_raw_ui = true;

    enum icm_code code = read_flag(value, "_isHostNull", &no_host, err);
    if (code == ICM_OK)
        code = read_flag(value, "_isHostUINull", &no_ui, err);
    if (code == ICM_OK)
        code = read_flag(value, "_isHostRawUINull", &no_raw_ui, err);
    if (code == ICM_OK)
        code = read_flag(value, "_useRunspaceHost", &info.use_runspace_host, err);
    const struct psrp_value *state = psrp_value_member(value, "_hostDefaultData");
    if (code == ICM_OK && state && state->kind != PSRP_NIL)
        code = read_default_data(state, &info, err);
    if (code != ICM_OK)
        return code;
    info.has_host = !no_host;
    info.has_ui = !no_ui;
    info.has_raw_ui = !no_raw_ui;
    *out = info;
    return ICM_OK;
}
