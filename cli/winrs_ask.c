#include "cli/winrs_ask.h"

#include <stdlib.h>
#include <unistd.h>

/* NAME=VALUE: its name ends where its sign stood */
static enum icm_code make_environment(struct cli_winrs_ask *ask, const struct cli_names *given, struct icm_arena *arena,
                                      struct icm_error *err)
{
    size_t count = 0;

    ask->environment = calloc(given->count + 1, sizeof *ask->environment);
    if (!ask->environment)
        return icm_nomem(err);
    for (const struct cli_name *n = given->first; n; n = n->next) {
        struct icm_slice name = icm_slice_of(n->text, strcspn(n->text, "=")), copy;

        if (!icm_arena_copy(arena, name, &copy))
            return icm_nomem(err);
        ask->environment[count++] = (struct wsman_variable){(const char *)copy.data, n->text + name.size + 1};
    }
    return ICM_OK;
}

/* as Windows' winrs: the words with blanks between them are the line */
static enum icm_code make_line(struct cli_winrs_ask *ask, const struct cli_names *words, struct icm_error *err)
{
    for (const struct cli_name *n = words->first; n; n = n->next) {
        icm_buf_add_text(&ask->line, ask->line.size > 0 ? " " : "");
        icm_buf_add_text(&ask->line, n->text);
    }
    icm_buf_add_u8(&ask->line, '\0');
    return icm_buf_check(&ask->line, err);
}

static enum icm_code make_target(struct cli_winrs_ask *ask, const struct psrp_over_wsman_options *t,
                                 struct icm_error *err)
{
    enum icm_code code = psrp_over_wsman_target(t, &ask->target, err);

    if (code != ICM_OK || !t->user)
        return code;
    ask->credential.user = strdup(t->user);
    icm_buf_add(&ask->credential.password, t->password);
    ask->target.credential = &ask->credential;
    return ask->credential.user ? icm_buf_check(&ask->credential.password, err) : icm_nomem(err);
}

enum icm_code cli_winrs_ask_make(struct cli_winrs_ask *ask, const struct cli_options *o, const struct cli_target *to,
                                 struct icm_arena *arena, struct icm_error *err)
{
    const struct psrp_over_wsman_options *t = &to->transport;
    enum icm_code code = make_environment(ask, &o->environment, arena, err);

    if (code == ICM_OK)
        code = make_line(ask, &o->words, err);
    if (code == ICM_OK)
        code = make_target(ask, t, err);
    if (code != ICM_OK)
        return code;
    ask->options = (struct wsman_winrs_options){
        .shell = {.url = t->url,
                  .locale = t->locale,
                  .data_locale = t->data_locale,
                  .idle_timeout_ms = t->idle_timeout_ms,
                  .operation_timeout_ms = t->operation_timeout_ms,
                  .no_machine_profile = t->no_machine_profile,
                  .use_utf16 = t->use_utf16,
                  .environment = ask->environment,
                  .environment_count = o->environment.count,
                  .working_directory = o->directory,
                  .code_page = o->code_page},
        .line = {.command = (const char *)ask->line.data, .console_stdin = isatty(STDIN_FILENO) == 1},
        .cancel_timeout_ms = t->cancel_timeout_ms,
        .computer = to->computer,
    };
    return ICM_OK;
}

void cli_winrs_ask_reset(struct cli_winrs_ask *ask)
{
    auth_credential_reset(&ask->credential);
    icm_buf_reset(&ask->line);
    free(ask->environment);
    *ask = (struct cli_winrs_ask){0};
}
