#include "tests/replay/request.h"

#include "base/text.h"
#include "base/xml.h"
#include "wsman/names.h"

#include <stdio.h>
#include <stdlib.h>

enum { PATH_MAX_SIZE = 1024, DEPTH_MAX = 64 };

/* ---- paths ---- */

static const struct {
    const char *uri, *prefix;
} namespaces[] = {
    {WSMAN_NS_SOAP, "s"},
    {WSMAN_NS_ADDRESSING, "a"},
    {WSMAN_NS_WSMAN, "w"},
    {WSMAN_NS_WSMV, "p"},
    {WSMAN_NS_FAULT, "f"},
    {WSMAN_NS_SHELL, "rsp"},
    {WSMAN_NS_TRANSFER, "x"},
    {WSMAN_NS_IDENTITY, "wsmid"},
    {WSMAN_NS_POWERSHELL, "pwsh"},
    {"http://schemas.xmlsoap.org/ws/2004/09/enumeration", "n"},
    {"http://schemas.microsoft.com/wbem/wsman/1/config", "cfg"},
    {WSMAN_NS_XML, "xml"},
};

static const char *prefix_of(const char *uri)
{
    for (size_t i = 0; i < ICM_COUNT(namespaces); i++)
        if (strcmp(uri, namespaces[i].uri) == 0)
            return namespaces[i].prefix;
    return uri; /* one that is rare enough to be shown whole */
}

struct reading {
    struct replay_envelope *to;
    size_t capacity;
    char path[PATH_MAX_SIZE];
    size_t ends[DEPTH_MAX]; /* where the path of each open element ends */
    unsigned depth;
    struct icm_buf text;       /* of the innermost element */
    size_t element[DEPTH_MAX]; /* the index of its field */
};

static struct replay_field *add_field(struct reading *r, const char *path)
{
    struct replay_envelope *e = r->to;
    struct icm_slice copy;

    if (e->count == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : 32;
        struct replay_field *fields = realloc(e->fields, capacity * sizeof *fields);
        if (!fields)
            return NULL;
        e->fields = fields;
        r->capacity = capacity;
    }
    if (!icm_arena_copy(&e->arena, icm_slice_text(path), &copy))
        return NULL;
    e->fields[e->count] = (struct replay_field){.path = (const char *)copy.data};
    return &e->fields[e->count++];
}

static struct icm_slice attribute(const struct icm_xml_attribute *attributes, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(attributes[i].name, name) == 0)
            return attributes[i].value;
    return icm_slice_of(NULL, 0);
}

/* "[ShellId]" behind selectors, options and variables, which their names tell apart */
static void extend_path(struct reading *r, const char *uri, const char *name, struct icm_slice key)
{
    static const char *const keyed[] = {"Selector", "Option", "Variable"};
    size_t end = r->depth > 0 ? r->ends[r->depth - 1] : 0;

    bool has_key = false;
    for (size_t i = 0; i < ICM_COUNT(keyed); i++)
        has_key = has_key || (strcmp(name, keyed[i]) == 0 && key.size > 0);
    if (r->depth == 0)
        end = 0; /* the Envelope itself is in no path */
    else
        end +=
            (size_t)snprintf(r->path + end, sizeof r->path - end, "%s%s:%s", end > 0 ? "/" : "", prefix_of(uri), name);
    if (has_key && end < sizeof r->path)
        end += (size_t)snprintf(r->path + end, sizeof r->path - end, "[%.*s]", (int)key.size, (const char *)key.data);
    r->ends[r->depth] = end < sizeof r->path ? end : sizeof r->path - 1;
}

static enum icm_code on_start(void *context, const char *uri, const char *name,
                              const struct icm_xml_attribute *attributes, size_t count, struct icm_error *err)
{
    struct reading *r = context;
    char path[PATH_MAX_SIZE + 64];

    if (r->depth == DEPTH_MAX)
        return icm_fail(err, ICM_LIMIT, NULL, "too deep");
    extend_path(r, uri, name, attribute(attributes, count, "Name"));
    icm_buf_clear(&r->text);
    r->element[r->depth] = r->to->count;
    if (!add_field(r, r->path))
        return icm_nomem(err);
    for (size_t i = 0; i < count && r->depth > 0; i++) {
        snprintf(path, sizeof path, "%s@%s", r->path, attributes[i].name);
        struct replay_field *f = add_field(r, path);
        if (!f || !icm_arena_copy(&r->to->arena, attributes[i].value, &f->value))
            return icm_nomem(err);
    }
    r->depth++;
    return ICM_OK;
}

static enum icm_code on_text(void *context, struct icm_slice text, struct icm_error *err)
{
    struct reading *r = context;

    (void)err;
    icm_buf_add(&r->text, text);
    return ICM_OK;
}

static enum icm_code on_end(void *context, struct icm_error *err)
{
    struct reading *r = context;
    struct replay_field *f = &r->to->fields[r->element[--r->depth]];

    if (!icm_arena_copy(&r->to->arena, icm_slice_trim(icm_buf_slice(&r->text)), &f->value))
        return icm_nomem(err);
    icm_buf_clear(&r->text);
    r->path[r->depth > 0 ? r->ends[r->depth - 1] : 0] = '\0';
    return ICM_OK;
}

enum icm_code replay_envelope_read(struct replay_envelope *out, struct icm_slice text, struct icm_error *err)
{
    static const struct icm_xml_handler handler = {on_start, on_end, on_text};
    static const struct icm_xml_limits limits = {64 * 1024 * 1024, DEPTH_MAX, 100000, 100};
    ICM_OWN(icm_xml_freep) struct icm_xml *xml = NULL;
    struct reading r = {.to = out};

    *out = (struct replay_envelope){0};
    enum icm_code code = icm_xml_new(&xml, &handler, &r, &limits, err);
    if (code != ICM_OK)
        return code;
    out->is_whole = icm_xml_read(xml, text, NULL) == ICM_OK;
    icm_buf_reset(&r.text);
    return ICM_OK;
}

void replay_envelope_reset(struct replay_envelope *e)
{
    icm_arena_reset(&e->arena);
    free(e->fields);
    *e = (struct replay_envelope){0};
}

struct icm_slice replay_envelope_nth(const struct replay_envelope *e, const char *path, size_t nth)
{
    for (size_t i = 0; i < e->count; i++)
        if (strcmp(e->fields[i].path, path) == 0 && nth-- == 0)
            return e->fields[i].value;
    return icm_slice_of(NULL, 0);
}

struct icm_slice replay_envelope_get(const struct replay_envelope *e, const char *path)
{
    return replay_envelope_nth(e, path, 0);
}

size_t replay_envelope_count(const struct replay_envelope *e, const char *path)
{
    size_t count = 0;

    for (size_t i = 0; i < e->count; i++)
        count += strcmp(e->fields[i].path, path) == 0;
    return count;
}

/* ---- what it is about ---- */

static const struct {
    const char *name, *action;
} operations[REPLAY_OPERATION_COUNT] = {
    [REPLAY_UNKNOWN] = {"?", NULL},
    [REPLAY_IDENTIFY] = {"Identify", NULL},
    [REPLAY_CREATE] = {"Create", WSMAN_NS_TRANSFER "/Create"},
    [REPLAY_COMMAND] = {"Command", WSMAN_NS_SHELL "/Command"},
    [REPLAY_SEND] = {"Send", WSMAN_NS_SHELL "/Send"},
    [REPLAY_RECEIVE] = {"Receive", WSMAN_NS_SHELL "/Receive"},
    [REPLAY_SIGNAL] = {"Signal", WSMAN_NS_SHELL "/Signal"},
    [REPLAY_DELETE] = {"Delete", WSMAN_NS_TRANSFER "/Delete"},
    [REPLAY_DISCONNECT] = {"Disconnect", WSMAN_NS_SHELL "/Disconnect"},
    [REPLAY_RECONNECT] = {"Reconnect", WSMAN_NS_SHELL "/Reconnect"},
    [REPLAY_CONNECT] = {"Connect", WSMAN_NS_SHELL "/Connect"},
    [REPLAY_ENUMERATE] = {"Enumerate", "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate"},
    [REPLAY_PULL] = {"Pull", "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Pull"},
    [REPLAY_GET] = {"Get", WSMAN_NS_TRANSFER "/Get"},
};

const char *replay_operation_name(enum replay_operation operation)
{
    return operations[operation].name;
}

static enum replay_operation operation_of(const struct replay_request *r)
{
    if (replay_envelope_count(&r->envelope, "s:Body/wsmid:Identify") > 0)
        return REPLAY_IDENTIFY;
    for (size_t i = 0; i < REPLAY_OPERATION_COUNT; i++)
        if (operations[i].action && icm_slice_is(r->action, operations[i].action))
            return (enum replay_operation)i;
    return REPLAY_UNKNOWN;
}

static struct icm_slice first_of(const struct replay_envelope *e, const char *const *paths)
{
    for (; *paths; paths++)
        if (replay_envelope_count(e, *paths) > 0)
            return replay_envelope_get(e, *paths);
    return icm_slice_of(NULL, 0);
}

static const char *const command_ids[] = {
    "s:Body/rsp:CommandLine@CommandId",     "s:Body/rsp:Receive/rsp:DesiredStream@CommandId",
    "s:Body/rsp:Send/rsp:Stream@CommandId", "s:Body/rsp:Signal@CommandId",
    "s:Body/rsp:Connect@CommandId",         NULL};
static const char *const payloads[] = {"s:Body/rsp:Shell/pwsh:creationXml", "s:Body/rsp:Connect/pwsh:connectXml", NULL};

/* What several elements carry comes one after another. */
static void join(struct replay_request *r, const char *path)
{
    for (size_t i = 0; i < replay_envelope_count(&r->envelope, path); i++)
        icm_base64_read(replay_envelope_nth(&r->envelope, path, i), &r->payload, NULL);
}

enum icm_code replay_request_read(struct replay_request *out, struct icm_slice text, struct icm_error *err)
{
    struct replay_request r = {0};

    enum icm_code code = replay_envelope_read(&r.envelope, text, err);
    if (code != ICM_OK)
        return code;
    r.action = replay_envelope_get(&r.envelope, "s:Header/a:Action");
    r.resource_uri = replay_envelope_get(&r.envelope, "s:Header/w:ResourceURI");
    r.message_id = replay_envelope_get(&r.envelope, "s:Header/a:MessageID");
    r.shell_id = replay_envelope_get(&r.envelope, "s:Header/w:SelectorSet/w:Selector[ShellId]");
    r.asked_id = replay_envelope_get(&r.envelope, "s:Body/rsp:Shell@ShellId");
    r.command_id = first_of(&r.envelope, command_ids);
    r.signal = replay_envelope_get(&r.envelope, "s:Body/rsp:Signal/rsp:Code");
    r.operation = operation_of(&r);
    r.is_powershell = r.resource_uri.size > strlen(WSMAN_NS_POWERSHELL) &&
                      memcmp(r.resource_uri.data, WSMAN_NS_POWERSHELL, strlen(WSMAN_NS_POWERSHELL)) == 0;
    for (const char *const *path = payloads; *path; path++)
        join(&r, *path);
    if (r.is_powershell)
        join(&r, "s:Body/rsp:CommandLine/rsp:Arguments");
    join(&r, "s:Body/rsp:Send/rsp:Stream");
    *out = r;
    return ICM_OK;
}

void replay_request_reset(struct replay_request *r)
{
    replay_envelope_reset(&r->envelope);
    icm_buf_reset(&r->payload);
    *r = (struct replay_request){0};
}

bool replay_signal_is_stop(struct icm_slice code)
{
    static const char *const ends[] = {"/ctrl_c", "/crtl_c", "/ctrl_break"};

    for (size_t i = 0; i < ICM_COUNT(ends); i++) {
        size_t size = strlen(ends[i]);
        if (code.size >= size && memcmp(code.data + code.size - size, ends[i], size) == 0)
            return true;
    }
    return false;
}
