/* $Using: expressions in a script's text, as PowerShell's tokenizer finds them: about_Remote_Variables. No value is looked at here. */
#ifndef CLI_USING_SCAN_H
#define CLI_USING_SCAN_H

#include "base/arena.h"
#include "base/error.h"

/** One expression, in the order of the text. All slices borrow from it. */
struct cli_using {
    struct icm_slice text;     /* $using:a.b[0], ${using:a b}, @using:a; what the server's key is made of */
    struct icm_slice variable; /* $using:a alone */
    struct icm_slice name;     /* a, env:HOME; with the backticks of ${...} where there are any */
    struct icm_slice members;  /* .b[0]; empty where the variable is all */
    bool is_splat, has_braces;
    bool is_nested;   /* in braces inside the script: maybe a block of its own */
    bool may_be_bare; /* glued to the word in front of it: the server may take no more than the variable */
    struct cli_using *next;
};

struct cli_usings {
    struct cli_using *first, **end;
    size_t count;
};

/** Find them all in @script, which is UTF-8. Strings in single quotes, here-strings of that kind, comments, and what stands behind --%
 *  hold none. ICM_NOMEM. */
enum icm_code cli_using_scan(struct icm_arena *a, struct icm_slice script, struct cli_usings *out, struct icm_error *err);

/** Where the text inside the parameters' parentheses of the script's own param block begins; 0: it has none. */
size_t cli_using_param_block(struct icm_slice script);

#endif
