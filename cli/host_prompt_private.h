/* What the kinds of prompts share. */
#ifndef CLI_HOST_PROMPT_PRIVATE_H
#define CLI_HOST_PROMPT_PRIVATE_H

#include "cli/host_prompt.h"

enum {
    CLI_PROMPT_ITEMS_MAX =
        4096 /* lines of one list, choices of one question: a peer may ask for more than a user types */
};

/** A kind of prompt: how it begins, and what it makes of a line. */
struct cli_prompt_kind {
    void (*begin)(struct cli_prompt *p);
    void (*take)(struct cli_prompt *p, struct icm_slice line);
};
extern const struct cli_prompt_kind cli_prompt_credential, cli_prompt_fields, cli_prompt_one_choice,
    cli_prompt_many_choices;

struct cli_prompt {
    const struct cli_prompt_kind *kind;
    const struct psrp_host_call *call;
    const char *computer;
    bool names_computer;
    enum cli_prompt_wants wants;
    struct icm_buf text;
    struct icm_buf question; /* the last line of it, behind which the user types */
    struct icm_arena arena; /* the answer's, and of what it is made */
    struct psrp_value *answer;
    const char *why; /* it is refused */

    const struct psrp_item *item; /* Prompt: the field under way */
    struct psrp_host_field field;
    struct psrp_value *answers; /* … and what was given for those before it */
    struct psrp_value *list;    /* lines of a field that is a list; numbers of choices; NULL: there is none */
    struct icm_buf user;        /* of a credential under way */
    bool has_user;
};

/** Show @text of the peer, or words of ours. */
void cli_prompt_show(struct cli_prompt *p, struct icm_slice text);
void cli_prompt_say(struct cli_prompt *p, const char *words);

/** Show the call's caption, behind @before, and its message, each on lines of its own where there is one. */
void cli_prompt_show_head(struct cli_prompt *p, const char *before);

/** Ask for a line: a question ends with this. Where computers are named, so is this one, in front of @question. */
void cli_prompt_ask(struct cli_prompt *p, enum cli_prompt_wants wants, const struct icm_buf *question);

/** The answer (NULL: memory is short), or a refusal. */
void cli_prompt_finish(struct cli_prompt *p, struct psrp_value *answer);
void cli_prompt_refuse(struct cli_prompt *p, const char *why);

/** What stands before a question for a credential (and in front of its caption), and before one for another secret.
 * psrp.md 8 */
#define CLI_PROMPT_CREDENTIAL_CAPTION "PowerShell Credential Request: "
void cli_prompt_warn_of_credential(struct cli_prompt *p);
void cli_prompt_warn_of_secret(struct cli_prompt *p);

/** Ask for a user name, where @user is empty, and a password. */
void cli_prompt_ask_credential(struct cli_prompt *p, struct icm_slice user);

/** A line for it. true: *@out is the credential (NULL: memory is short). false: there is another question. */
bool cli_prompt_take_credential(struct cli_prompt *p, struct icm_slice line, struct psrp_value **out);

#endif
