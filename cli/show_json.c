/* Lines of JSON: icm's own trace, recordings of packets, recordings of envelopes. */
#include "base/json.h"
#include "cli/show_private.h"

/* the members that say something, wherever they come from */
enum member {
    DIR, LINE, KIND, DIRECTION, COMPUTER, TYPE, TARGET, OBJECT_ID, FRAGMENT_ID, START, END, SIZE, POOL_ID, PIPELINE_ID,
    CLIXML, STATUS, ENVELOPE, REQUEST, RESPONSE, META, HEAD, MEMBER_COUNT
};
static const char *const names[MEMBER_COUNT] = {
    [DIR] = "dir",             [LINE] = "line",         [KIND] = "kind",           [DIRECTION] = "direction",
    [COMPUTER] = "computer",   [TYPE] = "type",         [TARGET] = "target",       [OBJECT_ID] = "object_id",
    [FRAGMENT_ID] = "fragment_id", [START] = "start",   [END] = "end",             [SIZE] = "size",
    [POOL_ID] = "pool_id",     [PIPELINE_ID] = "pipeline_id", [CLIXML] = "clixml", [STATUS] = "status",
    [ENVELOPE] = "envelope",   [REQUEST] = "request",   [RESPONSE] = "response",   [META] = "meta",
    [HEAD] = "head",
};

/* One line taken apart: the members of its outermost object. */
struct line {
    unsigned depth;
    bool has[MEMBER_COUNT];
    struct icm_buf texts[MEMBER_COUNT];
};

static void note(struct line *l, const struct icm_json_event *e)
{
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        if (strcmp(names[i], e->key) != 0 || l->has[i])
            continue;
        l->has[i] = e->type != ICM_JSON_NULL;
        if (e->type == ICM_JSON_BOOL)
            icm_buf_add_text(&l->texts[i], e->boolean ? "true" : "false");
        else if (e->type >= ICM_JSON_INT && e->type <= ICM_JSON_STRING)
            icm_buf_add(&l->texts[i], e->text);
    }
}

static enum icm_code visit(void *context, const struct icm_json_event *e, struct icm_error *err)
{
    struct line *l = context;

    if (l->depth == 1 && e->key)
        note(l, e);
    if (e->type == ICM_JSON_OBJECT || e->type == ICM_JSON_ARRAY)
        l->depth++;
    if (e->type == ICM_JSON_OBJECT_END || e->type == ICM_JSON_ARRAY_END)
        l->depth--;
    return ICM_OK;
}

static enum icm_code read_line(struct icm_slice text, struct line *l)
{
    struct icm_json_reader *reader;
    enum icm_code code = icm_json_reader_new(&reader, visit, l, NULL);

    if (code != ICM_OK)
        return code;
    code = icm_json_feed(reader, text, NULL);
    if (code == ICM_OK)
        code = icm_json_finish(reader, NULL);
    icm_json_reader_free(reader);
    return code;
}

static struct icm_slice get(const struct line *l, enum member m)
{
    return icm_buf_slice(&l->texts[m]);
}

static const char *text_of(struct line *l, enum member m)
{
    return icm_buf_text(&l->texts[m]);
}

static bool is(const struct line *l, enum member m, const char *text)
{
    return l->has[m] && icm_slice_is(get(l, m), text);
}

/* ---- icm's own trace; base/trace.h, psrp/trace.h, wsman/trace.h ---- */

static char trace_mark(const struct line *l)
{
    return is(l, DIRECTION, "sent") ? '>' : '<';
}

static bool show_trace_fragment(struct cli_show *s, struct line *l)
{
    cli_show_line(s, trace_mark(l), "[%s] fragment %s of object %s%s%s, %s bytes, %s", text_of(l, COMPUTER),
                  text_of(l, FRAGMENT_ID), text_of(l, OBJECT_ID), is(l, START, "true") ? ", start" : "",
                  is(l, END, "true") ? ", end" : "", text_of(l, SIZE), text_of(l, TARGET));
    return true;
}

static bool show_trace_message(struct cli_show *s, struct line *l)
{
    cli_show_line(s, trace_mark(l), "[%s] message %s, pool %s%s%s", text_of(l, COMPUTER), text_of(l, TYPE),
                  text_of(l, POOL_ID), l->has[PIPELINE_ID] ? ", pipeline " : "", text_of(l, PIPELINE_ID));
    cli_show_clixml(&s->out, get(l, CLIXML));
    return true;
}

static bool show_trace_envelope(struct cli_show *s, struct line *l)
{
    return cli_show_envelope(s, trace_mark(l), get(l, STATUS), get(l, ENVELOPE));
}

/* ---- recordings ---- */

static bool show_recorded_line(struct cli_show *s, struct line *l)
{
    char mark = is(l, DIR, "c2s") ? '>' : '<';
    bool is_packet_line = is(l, DIR, "c2s") || is(l, DIR, "s2c");

    if (!is_packet_line)
        cli_show_line(s, '#', "%s %.200s", text_of(l, DIR), text_of(l, LINE));
    else if (!cli_show_packet(s, mark, get(l, LINE)))
        cli_show_line(s, '!', "no packet: %.200s", text_of(l, LINE));
    return true;
}

static bool show_recorded_head(struct cli_show *s, struct line *l)
{
    const char *head = text_of(l, HEAD);

    cli_show_line(s, is(l, DIR, "c2s") ? '>' : '<', "HTTP %.*s", (int)strcspn(head, "\r\n"), head);
    return true;
}

static void show_body(struct cli_show *s, char mark, struct icm_slice status, struct line *l, enum member body)
{
    if (!l->has[body] || cli_show_envelope(s, mark, status, get(l, body)))
        return;
    cli_show_line(s, mark, "HTTP%s%.*s, %s", status.size > 0 ? " status " : "", (int)status.size,
                  (const char *)status.data, l->texts[body].size > 0 ? "a body that is no envelope:" : "no body");
    icm_buf_add_text(&s->out, "    ");
    cli_show_text(&s->out, get(l, body));
    icm_buf_add_u8(&s->out, '\n');
}

static bool show_exchange(struct cli_show *s, struct line *l)
{
    show_body(s, '>', icm_slice_of(NULL, 0), l, REQUEST);
    show_body(s, '<', get(l, STATUS), l, RESPONSE);
    return true;
}

static bool show_meta(struct cli_show *s, struct line *l)
{
    cli_show_line(s, '#', "a recording");
    return true;
}

/* the first row whose member is there (and says so) is the line's form */
static const struct {
    enum member member;
    const char *text;
    bool (*show)(struct cli_show *s, struct line *l);
} forms[] = {
    {KIND, "fragment", show_trace_fragment}, {KIND, "message", show_trace_message}, {KIND, "envelope", show_trace_envelope},
    {LINE, NULL, show_recorded_line},        {HEAD, NULL, show_recorded_head},      {META, NULL, show_meta},
    {REQUEST, NULL, show_exchange},          {RESPONSE, NULL, show_exchange},
};

static bool show(struct cli_show *s, struct line *l)
{
    for (size_t i = 0; i < ICM_COUNT(forms); i++)
        if (l->has[forms[i].member] && (!forms[i].text || is(l, forms[i].member, forms[i].text)))
            return forms[i].show(s, l);
    return false;
}

bool cli_show_json(struct cli_show *s, struct icm_slice line)
{
    struct line l = {0};
    bool is_known = read_line(line, &l) == ICM_OK && show(s, &l);

    s->has_understood = s->has_understood || is_known;
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        icm_buf_reset(&l.texts[i]);
    return is_known;
}
