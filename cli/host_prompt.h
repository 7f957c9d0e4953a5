/* Questions that a remote side asks the user through its host: what to show, and what the lines that come back mean. It
 * owns no terminal: lines go in, text and at last an answer come out. MS-PSRP 2.2.3.17, 2.2.6. */
#ifndef CLI_HOST_PROMPT_H
#define CLI_HOST_PROMPT_H

#include "psrp/host.h"

struct cli_prompt;

enum cli_prompt_wants {
    CLI_PROMPT_WANTS_LINE,
    CLI_PROMPT_WANTS_SECRET,  /* a line that is not shown while it is typed */
    CLI_PROMPT_WANTS_NOTHING, /* it has its answer */
};

/** Whether a method asks for lines. */
bool cli_prompt_is_for(int64_t method);

/** Begin with @call, of such a method, which is borrowed with its values; @computer (borrowed) asks, and is named where
 * @names_computer, or where a secret is asked for. */
enum icm_code cli_prompt_new(struct cli_prompt **out, const struct psrp_host_call *call, const char *computer,
                             bool names_computer, struct icm_error *err);

/** Begin with a question of our own for a line: @question, below @head, of which the peer may have made a part. Both are copied. */
enum icm_code cli_prompt_new_line(struct cli_prompt **out, struct icm_slice head, struct icm_slice question,
                                  struct icm_error *err);
void cli_prompt_free(struct cli_prompt *p); /* NULL is fine */

enum cli_prompt_wants cli_prompt_wants(const struct cli_prompt *p);

/** What is to be shown before the next line is read, for a terminal: a peer's text is made harmless. Valid until the
 * next line. */
struct icm_slice cli_prompt_text(const struct cli_prompt *p);

/** The last line of it: what stands in front of what is typed, for whoever wrote something in between. */
struct icm_slice cli_prompt_question(const struct cli_prompt *p);

/** The line that was asked for, without its end. One that is no UTF-8 is asked for again. */
void cli_prompt_take(struct cli_prompt *p, struct icm_slice line);

/** There are no more lines: the answer is a refusal. */
void cli_prompt_end(struct cli_prompt *p);

/** The answer's value, where @why is NULL afterwards; else the words of a refusal. */
const struct psrp_value *cli_prompt_answer(const struct cli_prompt *p, const char **why);

#endif
