/* PromptForCredential, and fields of that type. psrp.md 8: the caption says what it is, a warning says who asks. */
#include "cli/host_prompt_private.h"

#include "cli/visible.h"

static void ask_password(struct cli_prompt *p)
{
    struct icm_buf question = {0};

    icm_buf_add_text(&question, "Password for user ");
    cli_visible_add(&question, icm_buf_slice(&p->user), true);
    icm_buf_add_text(&question, ": ");
    p->has_user = true;
    cli_prompt_ask(p, CLI_PROMPT_WANTS_SECRET, &question);
    icm_buf_reset(&question);
}

static void ask_user(struct cli_prompt *p)
{
    struct icm_buf question = {0};

    icm_buf_add_text(&question, "User: ");
    cli_prompt_ask(p, CLI_PROMPT_WANTS_LINE, &question);
    icm_buf_reset(&question);
}

static void set_user(struct cli_prompt *p, struct icm_slice user)
{
    icm_buf_clear(&p->user);
    icm_buf_add(&p->user, user);
    p->has_user = false;
}

void cli_prompt_ask_credential(struct cli_prompt *p, struct icm_slice user)
{
    set_user(p, user);
    if (user.size > 0)
        ask_password(p);
    else
        ask_user(p);
}

bool cli_prompt_take_credential(struct cli_prompt *p, struct icm_slice line, struct psrp_value **out)
{
    if (!p->has_user) {
        cli_prompt_ask_credential(p, icm_slice_trim(line)); /* an empty one is asked for again */
        return false;
    }
    p->has_user = false;
    *out = p->user.failed ? NULL : psrp_value_credential(&p->arena, icm_buf_slice(&p->user), line);
    return true;
}

static void begin_credential(struct cli_prompt *p)
{
    cli_prompt_warn_of_credential(p);
    cli_prompt_show_head(p, CLI_PROMPT_CREDENTIAL_CAPTION);
    cli_prompt_ask_credential(p, psrp_value_text_of(psrp_host_parameter(p->call, 2)));
}

static void take_credential(struct cli_prompt *p, struct icm_slice line)
{
    struct psrp_value *credential;

    if (cli_prompt_take_credential(p, line, &credential))
        cli_prompt_finish(p, credential);
}

const struct cli_prompt_kind cli_prompt_credential = {begin_credential, take_credential};
