/* What the service says of itself and of its shells. An enumeration's context says where it goes on, and the service
 * remembers nothing of it: shells and commands have numbers that rise. MS-WSMV 3.1.4.2, 3.1.4.4; DSP0226 7, 8. */
#include "base/xml.h"
#include "wsman/envelope.h"
#include "wsman/limits.h"
#include "wsman/names.h"
#include "wsman/service_state.h"

#include <stdio.h>

enum { MAX_BATCH_ITEMS = 32000, CONTEXT_SIZE = 64, AROUND = 2048 /* what stands around the items */ };

/* ---- Get ---- */

static void add_number(struct icm_buf *out, const char *name, uint64_t number)
{
    icm_buf_add_format(out, "<cfg:%s>%llu</cfg:%s>", name, (unsigned long long)number, name);
}

/* what there is of it, in the order of Windows: shared/captures/pypsrp_wsman_update_envelope_size_150 */
void wsman_service_handle_get_config(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    struct icm_buf *out = &p->body;

    (void)m;
    wsman_reply_open(p);
    icm_buf_add_text(out, "<cfg:Config xmlns:cfg=\"" WSMAN_NS_CONFIG "\">");
    add_number(out, "MaxEnvelopeSizekb", s->options.max_envelope_size / 1024);
    add_number(out, "MaxTimeoutms", WSMAN_RECEIVE_TIMEOUT_MS);
    add_number(out, "MaxBatchItems", MAX_BATCH_ITEMS);
    icm_buf_add_text(out, "<cfg:Winrs>");
    icm_buf_add_text(out, "<cfg:AllowRemoteShellAccess>true</cfg:AllowRemoteShellAccess>");
    add_number(out, "IdleTimeout", s->options.idle_timeout_ms);
    add_number(out, "MaxShellsPerUser", s->options.max_shells);
    icm_buf_add_text(out, "</cfg:Winrs></cfg:Config>");
    wsman_reply_close(s, p);
}

void wsman_service_handle_get_shell(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    (void)m;
    wsman_reply_open(p);
    wsman_reply_shell(&p->body, p->shell, NULL);
    wsman_reply_close(s, p);
}

/* ---- a walk over shells or commands ---- */

/* Where an enumeration stands: behind the shell or command of number @last. */
struct walk {
    bool is_commands;
    uint64_t last;
    uint64_t shell; /* the number of the only shell that is meant; 0: all of the user's */
};

static void write_context(char out[CONTEXT_SIZE], const struct walk *w)
{
    snprintf(out, CONTEXT_SIZE, "%c%llu.%llu", w->is_commands ? 'c' : 's', (unsigned long long)w->last,
             (unsigned long long)w->shell);
}

static bool read_context(struct icm_slice text, struct walk *out)
{
    const uint8_t *dot = text.size > 0 ? memchr(text.data, '.', text.size) : NULL;

    if (!dot || (text.data[0] != 's' && text.data[0] != 'c'))
        return false;
    out->is_commands = text.data[0] == 'c';
    return icm_parse_u64(icm_slice_of(text.data + 1, (size_t)(dot - text.data) - 1), UINT64_MAX, &out->last) &&
           icm_parse_u64(icm_slice_from(text, (size_t)(dot - text.data) + 1), UINT64_MAX, &out->shell) &&
           (!out->is_commands || out->shell > 0);
}

static bool is_listed(const struct wsman_served_shell *shell, const struct walk *w, const char *user)
{
    return shell->is_open && shell->number > w->last && (w->shell == 0 || shell->number == w->shell) &&
           strcmp(shell->user, user) == 0;
}

/* the lists have the newest in front */
static const struct wsman_served_shell *next_shell(const struct wsman_service *s, const struct walk *w,
                                                   const char *user)
{
    const struct wsman_served_shell *next = NULL;

    for (const struct wsman_served_shell *shell = s->shells; shell && shell->number > w->last; shell = shell->after)
        if (is_listed(shell, w, user))
            next = shell;
    return next;
}

static const struct wsman_outlet *next_command(const struct wsman_service *s, const struct walk *w, const char *user)
{
    const struct wsman_served_shell *shell = wsman_service_shell_by_number(s, w->shell);
    const struct wsman_outlet *next = NULL;

    if (!shell || strcmp(shell->user, user) != 0)
        return NULL;
    for (const struct wsman_outlet *o = shell->command_list; o && o->number > w->last; o = o->after)
        next = o;
    return next;
}

static void add_command(struct icm_buf *out, const struct wsman_outlet *o)
{
    icm_buf_add_text(out, "<rsp:Command>");
    wsman_reply_element(out, "rsp:CommandId", o->command_id);
    wsman_reply_element(out, "rsp:CommandState", o->is_done ? WSMAN_COMMAND_STATE_DONE : WSMAN_COMMAND_STATE_RUNNING);
    icm_buf_add_text(out, "</rsp:Command>");
}

/* Append the next item, and move on; false: there is none. */
static bool add_item(const struct wsman_service *s, const struct wsman_pending *p, struct walk *w, struct icm_buf *out)
{
    const struct wsman_outlet *command = w->is_commands ? next_command(s, w, p->user) : NULL;
    const struct wsman_served_shell *shell = w->is_commands ? NULL : next_shell(s, w, p->user);

    if (command)
        add_command(out, command);
    if (shell)
        wsman_reply_shell(out, shell, NULL);
    w->last = command ? command->number : shell ? shell->number : w->last;
    return command || shell;
}

/* ---- answers ---- */

/* As many items as are wanted and fit, the first in any case. true: there are no more. */
static bool add_items(struct wsman_service *s, struct wsman_pending *p, struct walk *w, uint64_t wanted, size_t room,
                      const char *tag)
{
    ICM_OWN(icm_buf_reset) struct icm_buf item = {0};
    struct walk ahead = *w;
    uint64_t count = 0;

    for (; add_item(s, p, &ahead, &item); count++) {
        if (count == wanted || (count > 0 && p->body.size + item.size > room))
            break;
        if (count == 0)
            icm_buf_add_format(&p->body, "<%s>", tag);
        icm_buf_add(&p->body, icm_buf_slice(&item));
        icm_buf_clear(&item);
        *w = ahead;
    }
    if (count > 0)
        icm_buf_add_format(&p->body, "</%s>", tag);
    if (item.failed)
        p->body.failed = true;
    return item.size == 0;
}

static uint64_t wanted(const struct wsman_message *m)
{
    uint64_t said = m->max_elements > 0 ? m->max_elements : 1; /* WS-Enumeration 3.2: one where nothing is said */

    return said < WSMAN_ITEMS_MAX ? said : WSMAN_ITEMS_MAX;
}

static size_t room_of(const struct wsman_service *s, const struct wsman_message *m)
{
    size_t limit = s->options.max_envelope_size;

    if (m->max_envelope_size > 0 && m->max_envelope_size < limit)
        limit = m->max_envelope_size;
    return limit - AROUND;
}

static void add_context(struct icm_buf *out, const struct walk *w, bool is_end)
{
    char context[CONTEXT_SIZE] = "";

    if (!is_end)
        write_context(context, w);
    icm_buf_add_format(out, "<n:EnumerationContext>%s</n:EnumerationContext>", context);
}

/* The context stands in front of the items, and where they stop is known behind them: they are written aside. */
static void reply_items(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m, struct walk *w,
                        const char *name, const char *prefix)
{
    ICM_OWN(icm_buf_reset) struct icm_buf items = {0};
    char tag[8];

    snprintf(tag, sizeof tag, "%s:Items", prefix);
    bool is_end = add_items(s, p, w, wanted(m), room_of(s, m), tag);
    icm_buf_move(&items, &p->body);
    wsman_reply_open(p);
    icm_buf_add_format(&p->body, "<n:%s xmlns:n=\"" WSMAN_NS_ENUMERATION "\">", name);
    add_context(&p->body, w, is_end);
    icm_buf_add(&p->body, icm_buf_slice(&items));
    if (is_end)
        icm_buf_add_format(&p->body, "<%s:EndOfSequence/>", prefix);
    icm_buf_add_format(&p->body, "</n:%s>", name);
    if (items.failed)
        p->body.failed = true;
    wsman_reply_close(s, p);
}

/* ---- Enumerate ---- */

/* which items are meant; false: @p has its fault */
static bool begin_walk(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m, struct walk *w)
{
    struct icm_slice shell_id = wsman_pair_value(m->filter, "ShellId");
    bool is_selectors = icm_slice_is(m->filter_dialect, WSMAN_DIALECT_SELECTORS);

    *w = (struct walk){.is_commands = icm_slice_equal_nocase(m->resource_uri, icm_slice_text(WSMAN_RESOURCE_COMMANDS))};
    if (m->filter_dialect.size == 0 && !m->filter && !w->is_commands)
        return true;
    if (!is_selectors || shell_id.size == 0) {
        wsman_reply_fault(s, p, WSMAN_FAULT_BAD_FILTER, NULL);
        return false;
    }
    const struct wsman_served_shell *shell = wsman_service_shell_by_id(s, shell_id);
    if (!shell || !shell->is_open || strcmp(shell->user, p->user) != 0) {
        wsman_reply_fault(s, p, WSMAN_FAULT_NO_SUCH_SHELL, NULL);
        return false;
    }
    w->shell = shell->number;
    return true;
}

void wsman_service_handle_enumerate(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    struct walk w;

    if (!begin_walk(s, p, m, &w))
        return;
    if (m->is_optimized) {
        reply_items(s, p, m, &w, "EnumerateResponse", "w");
        return;
    }
    wsman_reply_open(p);
    icm_buf_add_text(&p->body, "<n:EnumerateResponse xmlns:n=\"" WSMAN_NS_ENUMERATION "\">");
    add_context(&p->body, &w, false);
    icm_buf_add_text(&p->body, "</n:EnumerateResponse>");
    wsman_reply_close(s, p);
}

static bool continue_walk(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m,
                          struct walk *w)
{
    if (read_context(m->enumeration_context, w))
        return true;
    wsman_reply_fault(s, p, WSMAN_FAULT_NO_SUCH_ENUMERATION, NULL);
    return false;
}

void wsman_service_handle_pull(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    struct walk w;

    if (continue_walk(s, p, m, &w))
        reply_items(s, p, m, &w, "PullResponse", "n");
}

void wsman_service_handle_release(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    struct walk w;

    if (continue_walk(s, p, m, &w))
        wsman_reply_accepted(s, p);
}
