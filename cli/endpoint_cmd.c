/* Command shells: each command is a process of its own. `/bin/sh -c` stands for `cmd /c`. MS-WSMV 3.1.4.5, 3.1.4.11 to .14. */
#include "cli/endpoint_code_page.h"
#include "cli/endpoint_environment.h"
#include "cli/endpoint_job.h"
#include "cli/endpoint_log.h"
#include "cli/endpoint_shells_private.h"
#include "wsman/fault.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
    /* bytes of a command's input that wait to be read by it: over the mark a Send is not answered */
    INPUT_HIGH = 256 * 1024,
    STREAMS = 2,
    TERMINATED = 128 + SIGTERM, /* the exit code of a command that its client has terminated */
};

struct cmd_command;

struct cmd_shell {
    struct served_shell base;
    char **environment;
    char *directory;
    uint32_t code_page;
    struct cmd_command *commands;
};

struct cmd_command {
    struct cmd_shell *shell;
    char command_id[64];
    struct endpoint_job *job;
    struct endpoint_code_page in, out[STREAMS];
    uint64_t *tickets; /* Sends that are not answered yet */
    size_t ticket_count;
    struct cmd_command *next;
};

static struct cmd_shell *cmd_of(struct served_shell *shell)
{
    return (struct cmd_shell *)shell;
}

static struct cmd_command *find_command(struct cmd_shell *shell, const char *command_id)
{
    struct cmd_command *c = shell->commands;

    while (c && strcmp(c->command_id, command_id) != 0)
        c = c->next;
    return c;
}

static void answer_sends(struct cmd_command *c)
{
    for (size_t i = 0; i < c->ticket_count; i++)
        wsman_service_accept(c->shell->base.shells->service, c->tickets[i]);
    c->ticket_count = 0;
}

static void free_command(struct cmd_command *c)
{
    endpoint_code_page_close(&c->in);
    for (int i = 0; i < STREAMS; i++)
        endpoint_code_page_close(&c->out[i]);
    if (c->job)
        endpoint_job_end(c->job);
    free(c->tickets);
    free(c);
}

static void end_command(struct cmd_command *c)
{
    struct cmd_command **at = &c->shell->commands;

    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    answer_sends(c);
    free_command(c);
}

/* ---- news from a process ---- */

static void on_output(void *up, int stream, struct icm_slice bytes)
{
    struct cmd_command *c = up;
    struct served_shell *shell = &c->shell->base;
    ICM_OWN(icm_buf_reset) struct icm_buf converted = {0};

    endpoint_code_page_convert(&c->out[stream], bytes, &converted);
    if (converted.failed)
        wsman_service_shell_failed(shell->shells->service, shell->number, "out of memory",
                                   endpoint_shells_now_ms(shell->shells));
    else
        wsman_service_stream(shell->shells->service, shell->number, c->command_id, stream, icm_buf_slice(&converted),
                             endpoint_shells_now_ms(shell->shells));
    endpoint_shells_press(shell);
    endpoint_shells_stir(shell->shells);
}

static void on_drained(void *up)
{
    struct cmd_command *c = up;

    if (c->ticket_count == 0 || endpoint_job_queued(c->job) > INPUT_HIGH)
        return;
    answer_sends(c);
    endpoint_shells_stir(c->shell->base.shells);
}

static void on_exited(void *up, uint32_t status)
{
    struct cmd_command *c = up;
    struct served_shell *shell = &c->shell->base;
    struct endpoint_shells *s = shell->shells;

    wsman_service_command_exited(s->service, shell->number, c->command_id, status, endpoint_shells_now_ms(s));
    end_command(c);
    endpoint_shells_stir(s);
}

static const struct endpoint_job_sink job_sink = {.output = on_output, .drained = on_drained, .exited = on_exited};

/* ---- Create ---- */

static enum icm_code refuse(struct icm_error *err, uint32_t code, const char *text, struct icm_slice what)
{
    enum icm_code failed = icm_fail(err, ICM_USAGE, NULL, "%s: '%.*s'", text,
                                    (int)(what.size < 100 ? what.size : 100), (const char *)what.data);

    if (icm_error_fault(err))
        err->fault->wsman_code = code;
    return failed;
}

static enum icm_code check_variables(const struct wsman_pair *v, struct icm_error *err)
{
    for (; v; v = v->next)
        if (!endpoint_environment_takes(v->name))
            return refuse(err, WSMAN_CODE_INVALID_PARAMETER, "no name of a variable", v->name);
    return ICM_OK;
}

static enum icm_code check_code_page(uint32_t code_page, struct icm_error *err)
{
    struct endpoint_code_page page;
    enum icm_code code = endpoint_code_page_open(&page, code_page, true, err);

    if (code != ICM_OK && icm_error_fault(err))
        err->fault->wsman_code = WSMAN_CODE_INVALID_OPTIONS;
    endpoint_code_page_close(&page);
    return code;
}

/* the user's home, where the client says nothing */
static enum icm_code set_directory(struct cmd_shell *shell, struct icm_slice wanted, struct icm_error *err)
{
    const char *home = getenv("HOME");
    struct stat about;

    shell->directory = strdup(wanted.size > 0 ? (const char *)wanted.data : home && *home ? home : "/");
    if (!shell->directory)
        return icm_nomem(err);
    if (stat(shell->directory, &about) == 0 && S_ISDIR(about.st_mode))
        return ICM_OK;
    return refuse(err, WSMAN_CODE_BAD_DIRECTORY, "no such directory", icm_slice_text(shell->directory));
}

static enum icm_code cmd_open(struct served_shell *base, struct wsman_service_event *event, struct icm_error *err)
{
    struct cmd_shell *shell = cmd_of(base);
    enum icm_code code = check_variables(event->start.environment, err);

    if (code == ICM_OK)
        code = check_code_page(event->start.code_page, err);
    if (code == ICM_OK)
        code = set_directory(shell, event->start.working_directory, err);
    if (code != ICM_OK)
        return code;
    shell->code_page = event->start.code_page;
    shell->environment = endpoint_environment_make(event->start.environment);
    if (!shell->environment)
        return icm_nomem(err);
    wsman_service_accept(base->shells->service, event->request);
    return ICM_OK;
}

/* ---- Command ---- */

/* Command and Arguments as one line for the shell: as cmd /c has them, with blanks between them and no quotes added. */
static bool add_line(struct icm_buf *out, const struct wsman_service_line *line)
{
    icm_buf_add(out, line->command);
    for (const struct wsman_pair *a = line->arguments; a; a = a->next) {
        icm_buf_add_u8(out, ' ');
        icm_buf_add(out, a->value);
    }
    icm_buf_add_u8(out, '\0');
    return !out->failed;
}

/* WINRS_SKIP_CMD_SHELL: the command is a program, the arguments are its words */
static char **plain_words(const struct wsman_service_line *line)
{
    size_t count = 1;

    for (const struct wsman_pair *a = line->arguments; a; a = a->next)
        count++;
    const char **words = calloc(count + 1, sizeof *words);
    if (!words)
        return NULL;
    words[0] = (const char *)line->command.data;
    count = 1;
    for (const struct wsman_pair *a = line->arguments; a; a = a->next)
        words[count++] = (const char *)a->value.data;
    return (char **)(uintptr_t)words;
}

static enum icm_code start_job(struct cmd_command *c, char *const *words, struct icm_error *err)
{
    struct cmd_shell *shell = c->shell;
    struct endpoint_job_start start = {
        .words = words, .environment = shell->environment, .directory = shell->directory};

    enum icm_code code = endpoint_job_new(&c->job, shell->base.shells->loop, &start, &job_sink, c, err);
    if (code == ICM_OK && shell->base.is_paused)
        endpoint_job_pause(c->job, true);
    return code;
}

static enum icm_code run_line(struct cmd_command *c, const struct wsman_service_line *line, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};
    char *const words[] = {(char[]){"/bin/sh"}, (char[]){"-c"}, add_line(&text, line) ? (char *)text.data : NULL, NULL};

    return words[2] ? start_job(c, words, err) : icm_nomem(err);
}

static enum icm_code run_program(struct cmd_command *c, const struct wsman_service_line *line, struct icm_error *err)
{
    char **words = plain_words(line);
    enum icm_code code = words ? start_job(c, words, err) : icm_nomem(err);

    free(words);
    return code;
}

static enum icm_code open_code_pages(struct cmd_command *c, struct icm_error *err)
{
    enum icm_code code = endpoint_code_page_open(&c->in, c->shell->code_page, false, err);

    for (int i = 0; i < STREAMS && code == ICM_OK; i++)
        code = endpoint_code_page_open(&c->out[i], c->shell->code_page, true, err);
    return code;
}

static enum icm_code cmd_command(struct served_shell *base, struct wsman_service_event *event, struct icm_error *err)
{
    struct cmd_shell *shell = cmd_of(base);
    struct cmd_command *c = calloc(1, sizeof *c);

    if (!c)
        return icm_nomem(err);
    c->shell = shell;
    memcpy(c->command_id, event->command_id, sizeof c->command_id);
    enum icm_code code = open_code_pages(c, err);
    if (code == ICM_OK)
        code = (event->line.skips_cmd_shell ? run_program : run_line)(c, &event->line, err);
    if (code != ICM_OK) {
        free_command(c);
        return code;
    }
    c->next = shell->commands;
    shell->commands = c;
    wsman_service_accept(base->shells->service, event->request);
    return ICM_OK;
}

/* ---- Send, Signal, and the rest ---- */

static enum icm_code hold_ticket(struct cmd_command *c, uint64_t ticket, struct icm_error *err)
{
    uint64_t *more = reallocarray(c->tickets, c->ticket_count + 1, sizeof *more);

    if (!more)
        return icm_nomem(err);
    c->tickets = more;
    c->tickets[c->ticket_count++] = ticket;
    return ICM_OK;
}

/* It is answered when the command has read most of it: so its client goes as fast as the command. */
static enum icm_code cmd_send(struct served_shell *base, struct wsman_service_event *event, struct icm_error *err)
{
    struct cmd_command *c = find_command(cmd_of(base), event->command_id);
    struct icm_buf converted = {0};

    if (!c) { /* it has ended meanwhile, and reads no more */
        wsman_service_accept(base->shells->service, event->request);
        return ICM_OK;
    }
    enum icm_code code = hold_ticket(c, event->request, err);
    endpoint_code_page_convert(&c->in, icm_buf_slice(&event->payload), &converted);
    if (code == ICM_OK)
        code = icm_buf_check(&converted, err);
    if (code == ICM_OK)
        endpoint_job_write(c->job, &converted, event->is_last);
    icm_buf_reset(&converted);
    if (code == ICM_OK && endpoint_job_queued(c->job) <= INPUT_HIGH)
        answer_sends(c);
    return code;
}

static void terminate(struct cmd_command *c)
{
    struct served_shell *shell = &c->shell->base;

    wsman_service_command_exited(shell->shells->service, shell->number, c->command_id, TERMINATED,
                                 endpoint_shells_now_ms(shell->shells));
    end_command(c);
}

static void cmd_signal(struct served_shell *base, struct wsman_service_event *event)
{
    static const int numbers[] = {[WSMAN_SERVICE_CTRL_C] = SIGINT, [WSMAN_SERVICE_CTRL_BREAK] = SIGQUIT};
    struct cmd_command *c = find_command(cmd_of(base), event->command_id);

    if (c && event->signal == WSMAN_SERVICE_TERMINATE)
        terminate(c);
    else if (c)
        endpoint_job_signal(c->job, numbers[event->signal]);
    wsman_service_accept(base->shells->service, event->request);
}

static void cmd_pause(struct served_shell *base, bool is_paused)
{
    for (struct cmd_command *c = cmd_of(base)->commands; c; c = c->next)
        endpoint_job_pause(c->job, is_paused);
}

static void cmd_close(struct served_shell *base)
{
    struct cmd_shell *shell = cmd_of(base);

    while (shell->commands) {
        struct cmd_command *c = shell->commands;
        shell->commands = c->next;
        free_command(c);
    }
    free(shell->environment);
    free(shell->directory);
}

const struct endpoint_shell_kind endpoint_cmd_kind = {
    .size = sizeof(struct cmd_shell),
    .open = cmd_open,
    .command = cmd_command,
    .send = cmd_send,
    .signal = cmd_signal,
    .pause = cmd_pause,
    .close = cmd_close,
};
