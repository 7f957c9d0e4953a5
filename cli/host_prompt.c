#include "cli/host_prompt_private.h"

#include "cli/visible.h"

#include <stdlib.h>

/* ---- what the kinds share ---- */

void cli_prompt_show(struct cli_prompt *p, struct icm_slice text)
{
    cli_visible_add(&p->text, text, true);
}

void cli_prompt_say(struct cli_prompt *p, const char *words)
{
    icm_buf_add_text(&p->text, words);
}

static void show_line(struct cli_prompt *p, const char *before, struct icm_slice text)
{
    if (text.size == 0 && !before)
        return;
    cli_prompt_say(p, before ? before : "");
    cli_prompt_show(p, text);
    cli_prompt_say(p, "\n");
}

void cli_prompt_show_head(struct cli_prompt *p, const char *before)
{
    show_line(p, before, psrp_value_text_of(psrp_host_parameter(p->call, 0)));
    show_line(p, NULL, psrp_value_text_of(psrp_host_parameter(p->call, 1)));
}

void cli_prompt_ask(struct cli_prompt *p, enum cli_prompt_wants wants, const struct icm_buf *question)
{
    icm_buf_clear(&p->question);
    if (p->names_computer)
        icm_buf_add_format(&p->question, "[%s] ", p->computer);
    icm_buf_add(&p->question, icm_buf_slice(question));
    icm_buf_add(&p->text, icm_buf_slice(&p->question));
    p->wants = wants;
    if (p->text.failed || p->question.failed || question->failed)
        cli_prompt_finish(p, NULL);
}

void cli_prompt_finish(struct cli_prompt *p, struct psrp_value *answer)
{
    p->answer = answer;
    p->wants = CLI_PROMPT_WANTS_NOTHING;
    p->why = answer ? NULL : "the host is short of memory";
}

void cli_prompt_refuse(struct cli_prompt *p, const char *why)
{
    p->answer = NULL;
    p->wants = CLI_PROMPT_WANTS_NOTHING;
    p->why = why;
}

void cli_prompt_warn_of_credential(struct cli_prompt *p)
{
    icm_buf_add_format(&p->text,
                       "WARNING: a script on the remote computer %s asks for your credentials. Type them only if you "
                       "trust that computer and the script.\n",
                       p->computer);
}

void cli_prompt_warn_of_secret(struct cli_prompt *p)
{
    icm_buf_add_format(&p->text,
                       "WARNING: a script on the remote computer %s asks for a line that is not shown while you type "
                       "it. Type a password or another secret only if you trust that computer and the script.\n",
                       p->computer);
}

/* ---- ReadLine, ReadLineAsSecureString ---- */

static void ask_nothing(struct cli_prompt *p, enum cli_prompt_wants wants)
{
    const struct icm_buf nothing = {0};

    cli_prompt_ask(p, wants, &nothing);
}

static void begin_line(struct cli_prompt *p)
{
    ask_nothing(p, CLI_PROMPT_WANTS_LINE);
}

static void take_line(struct cli_prompt *p, struct icm_slice line)
{
    cli_prompt_finish(p, psrp_value_text(&p->arena, PSRP_STRING, line));
}

static void begin_secret(struct cli_prompt *p)
{
    cli_prompt_warn_of_secret(p);
    ask_nothing(p, CLI_PROMPT_WANTS_SECRET);
}

static void take_secret(struct cli_prompt *p, struct icm_slice line)
{
    cli_prompt_finish(p, psrp_value_secure(&p->arena, line));
}

static const struct cli_prompt_kind prompt_line = {begin_line, take_line}, prompt_secret = {begin_secret, take_secret};

/* ---- the machine ---- */

static const struct {
    enum psrp_host_method method;
    const struct cli_prompt_kind *kind;
} kinds[] = {
    {PSRP_HOST_READ_LINE, &prompt_line},
    {PSRP_HOST_READ_LINE_AS_SECURE_STRING, &prompt_secret},
    {PSRP_HOST_PROMPT, &cli_prompt_fields},
    {PSRP_HOST_PROMPT_FOR_CREDENTIAL1, &cli_prompt_credential},
    {PSRP_HOST_PROMPT_FOR_CREDENTIAL2, &cli_prompt_credential},
    {PSRP_HOST_PROMPT_FOR_CHOICE, &cli_prompt_one_choice},
    {PSRP_HOST_PROMPT_FOR_CHOICE_MULTIPLE_SELECTION, &cli_prompt_many_choices},
};

static const struct cli_prompt_kind *kind_of(int64_t method)
{
    for (size_t i = 0; i < ICM_COUNT(kinds); i++)
        if ((int64_t)kinds[i].method == method)
            return kinds[i].kind;
    return NULL;
}

bool cli_prompt_is_for(int64_t method)
{
    return kind_of(method) != NULL;
}

enum icm_code cli_prompt_new(struct cli_prompt **out, const struct psrp_host_call *call, const char *computer,
                             bool names_computer, struct icm_error *err)
{
    struct cli_prompt *p = calloc(1, sizeof *p);

    if (!p)
        return icm_nomem(err);
    p->kind = kind_of(call->method);
    p->call = call;
    p->computer = computer;
    p->names_computer = names_computer;
    p->kind->begin(p);
    *out = p;
    return ICM_OK;
}

enum icm_code cli_prompt_new_line(struct cli_prompt **out, struct icm_slice head, struct icm_slice question,
                                  struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf visible = {0};
    struct cli_prompt *p = calloc(1, sizeof *p);

    if (!p)
        return icm_nomem(err);
    p->kind = &prompt_line;
    cli_prompt_show(p, head);
    cli_visible_add(&visible, question, true);
    cli_prompt_ask(p, CLI_PROMPT_WANTS_LINE, &visible);
    *out = p;
    return ICM_OK;
}

void cli_prompt_free(struct cli_prompt *p)
{
    if (!p)
        return;
    icm_arena_reset(&p->arena);
    icm_buf_reset(&p->text);
    icm_buf_reset(&p->question);
    icm_buf_reset(&p->user);
    free(p);
}

enum cli_prompt_wants cli_prompt_wants(const struct cli_prompt *p)
{
    return p->wants;
}

struct icm_slice cli_prompt_text(const struct cli_prompt *p)
{
    return icm_buf_slice(&p->text);
}

struct icm_slice cli_prompt_question(const struct cli_prompt *p)
{
    return icm_buf_slice(&p->question);
}

void cli_prompt_take(struct cli_prompt *p, struct icm_slice line)
{
    icm_buf_clear(&p->text);
    if (icm_utf8_valid_size(line) == line.size) {
        p->kind->take(p, line);
        return;
    }
    cli_prompt_say(p, "That is no UTF-8.\n");
    icm_buf_add(&p->text, icm_buf_slice(&p->question));
}

void cli_prompt_end(struct cli_prompt *p)
{
    icm_buf_clear(&p->text);
    cli_prompt_refuse(p, "the user ended the input without an answer");
}

const struct psrp_value *cli_prompt_answer(const struct cli_prompt *p, const char **why)
{
    *why = p->why;
    return p->answer;
}
