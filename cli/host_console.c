#include "cli/host_console.h"

#include "cli/host_about.h"
#include "cli/host_key.h"
#include "cli/host_prompt.h"
#include "cli/host_raw.h"
#include "cli/host_terminal.h"

#include <stdlib.h>

/* A question that waits for its turn, or for the user. */
struct question {
    struct question *next;
    struct psrp_event event; /* the call, and its values */
    void *caller;
    const char *computer;
    struct icm_buf head, text; /* of a question that is no call's */
};

static void free_question(struct question *q)
{
    psrp_event_reset(&q->event);
    icm_buf_reset(&q->head);
    icm_buf_reset(&q->text);
    free(q);
}

struct cli_console {
    struct cli_console_owner owner;
    struct cli_terminal *terminal;
    struct cli_raw raw;
    struct question *first, **end; /* the first has its turn */
    struct cli_prompt *prompt;     /* the first's; NULL: it waits for a key, or there is none */
    bool is_asking;
    bool is_asking_on; /* ask() is under way: what it does it does once */
    bool is_shown;     /* the prompt's question stands on the terminal, and the user may be typing behind it */
};

static void answer(struct cli_console *c, void *caller, const struct psrp_event *event, const struct psrp_value *result,
                   const char *why)
{
    if (event->needs_answer)
        c->owner.answer(caller, event, result, why);
}

/* ---- the question whose turn it is ---- */

static void drop_first(struct cli_console *c)
{
    struct question *q = c->first;

    c->first = q->next;
    if (!c->first)
        c->end = &c->first;
    cli_prompt_free(c->prompt);
    c->prompt = NULL;
    c->is_asking = c->is_shown = false;
    free_question(q);
    cli_terminal_set_mode(c->terminal, CLI_TERMINAL_REST);
}

static void settle_first(struct cli_console *c, const struct psrp_value *result, const char *why)
{
    answer(c, c->first->caller, &c->first->event, result, why);
    drop_first(c);
}

/* ReadKeyOptions: AllowCtrlC 1, NoEcho 2 */
static void begin_key(struct cli_console *c)
{
    int64_t options = 0;

    psrp_value_integer(psrp_host_parameter(&c->first->event.call, 0), &options);
    cli_terminal_set_keys(c->terminal, options & 1, !(options & 2));
    cli_terminal_set_mode(c->terminal, CLI_TERMINAL_KEY);
}

static void take_key(struct cli_console *c, struct icm_slice bytes)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct cli_key key;

    cli_key_read(&bytes, &key);
    struct psrp_value *result = psrp_host_key(&a, key.virtual_key, key.character, key.control_state, true);
    settle_first(c, result, result ? NULL : "the host is short of memory");
}

static void show_prompt(struct cli_console *c)
{
    bool is_secret = cli_prompt_wants(c->prompt) == CLI_PROMPT_WANTS_SECRET;

    cli_terminal_set_mode(c->terminal, is_secret ? CLI_TERMINAL_SECRET : CLI_TERMINAL_LINE);
    cli_terminal_write(c->terminal, cli_prompt_text(c->prompt));
    c->is_shown = true;
}

static void go_on_with_prompt(struct cli_console *c)
{
    const char *why;

    if (cli_prompt_wants(c->prompt) != CLI_PROMPT_WANTS_NOTHING) {
        show_prompt(c);
        return;
    }
    const struct psrp_value *result = cli_prompt_answer(c->prompt, &why);
    settle_first(c, result, why);
}

static enum icm_code make_prompt(struct cli_console *c, struct icm_error *err)
{
    const struct question *q = c->first;

    if (q->event.type == PSRP_EVENT_HOST_CALL)
        return cli_prompt_new(&c->prompt, &q->event.call, q->computer, c->owner.names_computers, err);
    return cli_prompt_new_line(&c->prompt, icm_buf_slice(&q->head), icm_buf_slice(&q->text), err);
}

static void begin_first(struct cli_console *c)
{
    const struct psrp_event *event = &c->first->event;
    struct icm_error err = {0};

    c->is_asking = true;
    c->owner.make_room(c->owner.context);
    if (event->type == PSRP_EVENT_HOST_CALL && event->call.method == PSRP_HOST_READ_KEY) {
        begin_key(c);
        return;
    }
    if (make_prompt(c, &err) == ICM_OK)
        go_on_with_prompt(c);
    else
        settle_first(c, NULL, err.text);
    icm_error_reset(&err);
}

static void take_typed(struct cli_console *c, struct icm_slice typed, bool is_over)
{
    if (!c->prompt && is_over) {
        settle_first(c, NULL, "the user ended the input without a key");
        return;
    }
    if (!c->prompt) {
        take_key(c, typed);
        return;
    }
    c->is_shown = false;
    if (is_over && c->first->event.type == PSRP_EVENT_USER_EVENT)
        cli_terminal_write(c->terminal, icm_slice_text("\n"));
    if (is_over)
        cli_prompt_end(c->prompt);
    else
        cli_prompt_take(c->prompt, typed);
    go_on_with_prompt(c);
}

/* Take what was typed for the first question, and begin with the next, as far as both go without waiting. */
static void ask(struct cli_console *c)
{
    bool is_over;

    if (c->is_asking_on)
        return;
    c->is_asking_on = true;
    while (c->first) {
        ICM_OWN(icm_buf_reset) struct icm_buf typed = {0};

        if (!c->is_asking)
            begin_first(c);
        else if (cli_terminal_next(c->terminal, &typed, &is_over))
            take_typed(c, icm_buf_slice(&typed), is_over);
        else
            break;
    }
    c->is_asking_on = false;
}

static void on_ready(void *context)
{
    ask(context);
}

void cli_console_step_aside(struct cli_console *c)
{
    if (c->is_shown)
        cli_terminal_write(c->terminal, icm_slice_text("\n"));
}

void cli_console_step_back(struct cli_console *c)
{
    if (c->is_shown)
        cli_terminal_write(c->terminal, cli_prompt_question(c->prompt));
}

/* ---- calls ---- */

static void append(struct cli_console *c, struct question *q)
{
    *c->end = q;
    c->end = &q->next;
    ask(c);
}

static void queue(struct cli_console *c, void *caller, const char *computer, struct psrp_event *event)
{
    struct question *q = calloc(1, sizeof *q);

    if (!q) {
        answer(c, caller, event, NULL, "the host is short of memory");
        return;
    }
    *q = (struct question){.event = *event, .caller = caller, .computer = computer};
    *event = (struct psrp_event){.type = PSRP_EVENT_HOST_CALL};
    append(c, q);
}

void cli_console_ask(struct cli_console *c, void *caller, struct icm_buf *head, const char *question)
{
    const struct psrp_event own = {.type = PSRP_EVENT_USER_EVENT, .needs_answer = true};
    struct question *q = calloc(1, sizeof *q);

    if (!q) {
        answer(c, caller, &own, NULL, "the host is short of memory");
        return;
    }
    *q = (struct question){.event = own, .caller = caller, .head = *head};
    *head = (struct icm_buf){0};
    icm_buf_add_text(&q->text, question);
    append(c, q);
}

/* What needs no user: the raw side, and what the host is. false: it does. */
static bool take_at_once(struct cli_console *c, const struct psrp_host_call *call, struct icm_arena *a,
                         struct psrp_value **result)
{
    ICM_OWN(icm_buf_reset) struct icm_buf screen = {0};

    cli_raw_resize(&c->raw, cli_terminal_size(c->terminal));
    if (cli_raw_take(&c->raw, call, a, result, &screen)) {
        if (screen.size > 0)
            c->owner.make_room(c->owner.context);
        cli_terminal_write(c->terminal, icm_buf_slice(&screen));
        return true;
    }
    if (call->method == PSRP_HOST_GET_KEY_AVAILABLE) {
        *result = psrp_value_bool(a, cli_terminal_has_key(c->terminal));
        return true;
    }
    if (call->method == PSRP_HOST_FLUSH_INPUT_BUFFER)
        cli_terminal_flush(c->terminal);
    return cli_about_take(call, a, result);
}

/* Why a method is not for this host; NULL: it writes or notifies, and there is nothing to say. */
static const char *refusal_of(int64_t method)
{
    static const struct {
        enum psrp_host_method method;
        const char *why;
    } refused[] = {
        {PSRP_HOST_ENTER_NESTED_PROMPT, "this host has no nested prompt"},
        {PSRP_HOST_EXIT_NESTED_PROMPT, "this host has no nested prompt"},
        {PSRP_HOST_GET_BUFFER_CONTENTS, "for security this host does not let a remote side read what its screen shows"},
        {PSRP_HOST_PUSH_RUNSPACE, "this host enters no session for a remote side"},
        {PSRP_HOST_POP_RUNSPACE, "this host enters no session for a remote side"},
        {PSRP_HOST_GET_RUNSPACE, "this host has no runspace of its own"},
    };

    for (size_t i = 0; i < ICM_COUNT(refused); i++)
        if ((int64_t)refused[i].method == method)
            return refused[i].why;
    return psrp_host_method_is_void(method) ? NULL : "this host does not know the method";
}

/* A call that waits for no answer cannot be told: the user is. */
static void refuse(struct cli_console *c, void *caller, const char *computer, const struct psrp_event *event,
                   const char *why)
{
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};

    answer(c, caller, event, NULL, why);
    if (event->needs_answer || !why)
        return;
    const char *name = psrp_host_method_name(event->call.method);
    icm_buf_add_format(&text, "icm: %s called the host's %s: %s\n", computer, name ? name : "unknown method", why);
    c->owner.make_room(c->owner.context);
    cli_terminal_write(c->terminal, icm_buf_slice(&text));
}

void cli_console_take(struct cli_console *c, void *caller, const char *computer, struct psrp_event *event)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    const struct psrp_host_call *call = &event->call;
    struct psrp_value *result = NULL;
    bool asks = cli_prompt_is_for(call->method) || call->method == PSRP_HOST_READ_KEY;

    if (asks && event->needs_answer)
        queue(c, caller, computer, event);
    else if (!asks && take_at_once(c, call, &a, &result))
        answer(c, caller, event, result,
               psrp_host_may_give(call->method, result) ? NULL : "the host is short of memory");
    else if (!asks)
        refuse(c, caller, computer, event, refusal_of(call->method));
}

/* ---- life ---- */

enum icm_code cli_console_new(struct cli_console **out, struct uv_loop_s *loop, const struct cli_console_owner *owner,
                              struct icm_error *err)
{
    struct cli_console *c = calloc(1, sizeof *c);

    if (!c)
        return icm_nomem(err);
    c->owner = *owner;
    c->end = &c->first;
    enum icm_code code = cli_terminal_new(&c->terminal, loop, on_ready, c, err);
    if (code != ICM_OK) {
        free(c);
        return code;
    }
    cli_raw_init(&c->raw, cli_terminal_size(c->terminal));
    *out = c;
    return ICM_OK;
}

void cli_console_free(struct cli_console *c)
{
    if (!c)
        return;
    while (c->first)
        drop_first(c);
    cli_terminal_free(c->terminal);
    free(c);
}

const struct psrp_host_info *cli_console_info(const struct cli_console *c)
{
    return &c->raw.info;
}

bool cli_console_is_asking(const struct cli_console *c)
{
    return c->is_asking;
}

static bool has_the_terminal(const struct cli_console *c, const void *caller)
{
    return c->first && c->is_asking && c->first->caller == caller;
}

void cli_console_interrupt(struct cli_console *c, const void *caller)
{
    if (!has_the_terminal(c, caller))
        cli_terminal_write(c->terminal, icm_slice_text("\n"));
    cli_console_forget(c, caller);
}

/* The first of them is on the terminal, which goes on in a new line. */
void cli_console_forget(struct cli_console *c, const void *caller)
{
    if (has_the_terminal(c, caller)) {
        cli_terminal_write(c->terminal, icm_slice_text("\n"));
        drop_first(c);
    }
    for (struct question **at = &c->first; *at;) {
        struct question *q = *at;

        if (q->caller != caller) {
            at = &q->next;
            continue;
        }
        *at = q->next;
        free_question(q);
    }
    for (c->end = &c->first; *c->end;)
        c->end = &(*c->end)->next;
    ask(c);
}
