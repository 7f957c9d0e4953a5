/* A command in a command shell, as a recorded client ran it, by wsman/winrs.h. */
#include "tests/replay/driver_private.h"
#include "wsman/names.h"
#include "wsman/winrs.h"

#include <stdlib.h>

enum { WORDS_MAX = 256 };

/* one shell with its command, from Create to Delete */
struct replay_winrs {
    struct replay_driver *driver;
    struct wsman_winrs *winrs;
    size_t shell, command; /* targets; the same where there is no command */
    char *texts[WORDS_MAX];
    size_t text_count;
    const char *arguments[WORDS_MAX];
    struct wsman_variable variables[WORDS_MAX];
    struct wsman_target target;
    struct wsman_winrs_options options;
    struct icm_buf streams[2];
    bool has_ended, is_closed;
};

static const struct auth_credential credential = {
    .user = (char *)(uintptr_t)REPLAY_USER,
    .password = {(uint8_t *)(uintptr_t)REPLAY_PASSWORD, sizeof REPLAY_PASSWORD - 1, 0, false}};

/* ---- what comes ---- */

static void tell_text(struct icm_buf *out, const char *name, struct icm_slice text)
{
    icm_buf_add_format(out, "  %s: ", name);
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '\n')
            icm_buf_add_text(out, "\\n");
        else if (text.data[i] != '\r')
            icm_buf_add_u8(out, text.data[i]);
    icm_buf_add_text(out, "\n");
}

static struct icm_buf *told_of(struct replay_winrs *w)
{
    w->driver->progress++;
    psrp_drive_wake(w->driver->drive);
    return &w->driver->lives[w->command].told;
}

static void on_output(void *up, int stream, struct icm_slice bytes)
{
    struct replay_winrs *w = up;

    w->driver->progress++;
    icm_buf_add(&w->streams[stream], bytes);
}

static void on_hungry(void *up)
{
    (void)up;
}

static void tell_streams(struct replay_winrs *w, struct icm_buf *told)
{
    static const char *const names[] = {"stdout", "stderr"};

    for (int i = 0; i < 2; i++)
        if (w->streams[i].size > 0)
            tell_text(told, names[i], icm_buf_slice(&w->streams[i]));
}

static void on_ended(void *up, int64_t exit_code)
{
    struct replay_winrs *w = up;
    struct icm_buf *told = told_of(w);

    tell_streams(w, told);
    icm_buf_add_format(told, "  exit %lld\n", (long long)exit_code);
    w->has_ended = true;
}

static void on_failed(void *up, const struct icm_error *why)
{
    struct replay_winrs *w = up;
    struct icm_buf *told = told_of(w);

    tell_streams(w, told);
    icm_buf_add_format(told, "  failed: %s: %s\n", icm_code_name(why->code), why->text);
    w->has_ended = true;
}

static void on_closed(void *up)
{
    struct replay_winrs *w = up;

    icm_buf_add_text(&w->driver->lives[w->shell].told, "  closed\n");
    told_of(w);
    w->is_closed = true;
}

static const struct wsman_winrs_sink sink = {on_output, on_hungry, on_ended, on_failed, on_closed};

/* ---- what was asked for ---- */

static const char *keep(struct replay_winrs *w, struct icm_slice text)
{
    if (w->text_count == WORDS_MAX)
        return NULL;
    w->texts[w->text_count] = strndup(text.size ? (const char *)text.data : "", text.size);
    return w->texts[w->text_count++];
}

/* A name may have any character in it, so it is taken from its attribute, which stands behind the value. */
static void read_variables(struct replay_winrs *w, const struct replay_envelope *e)
{
    static const char head[] = "s:Body/rsp:Shell/rsp:Environment/rsp:Variable[", tail[] = "]@Name";
    size_t count = 0;

    for (size_t i = 1; i < e->count && count < WORDS_MAX; i++) {
        const char *path = e->fields[i].path;
        size_t size = strlen(path);
        if (strncmp(path, head, strlen(head)) != 0 || size < strlen(tail) ||
            strcmp(path + size - strlen(tail), tail) != 0)
            continue;
        w->variables[count].name = keep(w, e->fields[i].value);
        w->variables[count++].value = keep(w, e->fields[i - 1].value);
    }
    w->options.shell.environment = w->variables;
    w->options.shell.environment_count = count;
}

static bool is_true(const struct replay_envelope *e, const char *option)
{
    char path[128];

    snprintf(path, sizeof path, "s:Header/w:OptionSet/w:Option[%s]", option);
    return icm_slice_equal_nocase(replay_envelope_get(e, path), icm_slice_text("true"));
}

static void read_shell(struct replay_winrs *w, const struct replay_envelope *e)
{
    struct wsman_shell_options *o = &w->options.shell;
    int64_t code_page = 0;
    struct icm_slice directory = replay_envelope_get(e, "s:Body/rsp:Shell/rsp:WorkingDirectory");

    o->url = replay_server_url(w->driver->server);
    o->working_directory = directory.size > 0 ? keep(w, directory) : NULL;
    o->no_machine_profile = is_true(e, "WINRS_NOPROFILE");
    if (icm_parse_i64(replay_envelope_get(e, "s:Header/w:OptionSet/w:Option[WINRS_CODEPAGE]"), 1, 65535, &code_page))
        o->code_page = (uint32_t)code_page;
    wsman_duration_read(replay_envelope_get(e, "s:Body/rsp:Shell/rsp:IdleTimeOut"), &o->idle_timeout_ms);
    read_variables(w, e);
}

static void read_line(struct replay_winrs *w, const struct replay_envelope *e)
{
    static const char path[] = "s:Body/rsp:CommandLine/rsp:Arguments";
    struct wsman_command_line *line = &w->options.line;

    line->command = keep(w, replay_envelope_get(e, "s:Body/rsp:CommandLine/rsp:Command"));
    for (size_t i = 0; i < replay_envelope_count(e, path) && line->argument_count < WORDS_MAX; i++)
        w->arguments[line->argument_count++] = keep(w, replay_envelope_nth(e, path, i));
    line->arguments = w->arguments;
    line->console_stdin = is_true(e, "WINRS_CONSOLEMODE_STDIN");
    line->skips_cmd_shell = is_true(e, "WINRS_SKIP_CMD_SHELL");
}

/* ---- whether it is a run as we make it ---- */

struct shape {
    size_t creates, commands, receives, deletes, others;
    bool ends, has_fault;
};

static bool is_timeout(const struct replay_step *s)
{
    return s->request.operation == REPLAY_RECEIVE &&
           icm_slice_is(replay_envelope_get(&s->answer, "s:Body/s:Fault/s:Detail/f:WSManFault@Code"), "2150858793");
}

static struct shape shape_of(const struct replay_driver *d, size_t shell)
{
    struct shape is = {0};

    for (size_t i = 0; i < d->dialogue->count; i++) {
        const struct replay_step *s = &d->dialogue->steps[i];
        if (replay_driver_shell_of(d, s) != shell)
            continue;
        is.creates += s->request.operation == REPLAY_CREATE;
        is.commands += s->request.operation == REPLAY_COMMAND;
        is.receives += s->request.operation == REPLAY_RECEIVE;
        is.deletes += s->request.operation == REPLAY_DELETE;
        is.others += s->request.operation > REPLAY_DELETE || s->request.operation < REPLAY_CREATE;
        is.ends = is.ends || s->ends_target;
        is.has_fault = is.has_fault || (s->row->status != 200 && !is_timeout(s));
    }
    return is;
}

/* Anything else goes as it was recorded. */
bool replay_winrs_can(const struct replay_driver *d, size_t index)
{
    struct shape is = shape_of(d, d->dialogue->steps[index].target);

    if (!icm_slice_is(d->dialogue->steps[index].request.resource_uri, WSMAN_RESOURCE_CMD) || is.creates != 1 ||
        is.others > 0 || is.has_fault)
        return false;
    return is.commands == 0 ? is.receives == 0 && is.deletes == 1 : is.commands == 1 && is.receives > 0 && is.ends;
}

/* ---- life ---- */

static void give_input(struct replay_winrs *w)
{
    const struct replay_target *t = &w->driver->dialogue->targets[w->command];

    if (t->recorded.plain.size == 0)
        return;
    wsman_winrs_input(w->winrs, icm_buf_slice(&t->recorded.plain));
    for (size_t i = 0; i < w->driver->dialogue->count; i++) {
        const struct replay_step *s = &w->driver->dialogue->steps[i];
        if (s->target == w->command &&
            icm_slice_equal_nocase(replay_envelope_get(&s->request.envelope, "s:Body/rsp:Send/rsp:Stream@End"),
                                   icm_slice_text("true")))
            wsman_winrs_input_end(w->winrs);
    }
}

enum icm_code replay_winrs_start(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_winrs *w = calloc(1, sizeof *w);
    struct replay_step *s = &d->dialogue->steps[index];

    if (!w)
        return icm_nomem(err);
    w->driver = d;
    w->shell = w->command = s->target;
    d->lives[s->target].winrs = w;
    read_shell(w, &s->request.envelope);
    for (size_t i = index + 1; i < d->dialogue->count; i++)
        if (d->dialogue->steps[i].request.operation == REPLAY_COMMAND &&
            replay_driver_shell_of(d, &d->dialogue->steps[i]) == w->shell) {
            w->command = d->dialogue->steps[i].target;
            read_line(w, &d->dialogue->steps[i].request.envelope);
        }
    w->target = (struct wsman_target){.url = w->options.shell.url,
                                      .computer = "server",
                                      .mechanism = auth_mechanism_find("Basic"),
                                      .credential = &credential,
                                      .allow_unencrypted = true};
    enum icm_code code = replay_driver_make_http(d, err);
    if (code == ICM_OK)
        code = wsman_winrs_new(&w->winrs, d->http, &w->target, &w->options, &sink, w, err);
    if (code != ICM_OK)
        return code;
    give_input(w);
    wsman_winrs_start(w->winrs);
    return ICM_OK;
}

bool replay_winrs_close(struct replay_winrs *w)
{
    if (!w->options.line.command || w->has_ended)
        wsman_winrs_close(w->winrs);
    return !w->options.line.command || w->has_ended;
}

bool replay_winrs_is_closed(const struct replay_winrs *w)
{
    return w->is_closed;
}

void replay_winrs_free(struct replay_winrs *w)
{
    if (!w)
        return;
    wsman_winrs_free(w->winrs);
    for (size_t i = 0; i < w->text_count; i++)
        free(w->texts[i]);
    icm_buf_reset(&w->streams[0]);
    icm_buf_reset(&w->streams[1]);
    free(w);
}
