#include "cli/options.h"

#include "cli/format_value.h"

void cli_options_init(struct cli_options *o, struct icm_arena *arena)
{
    *o = (struct cli_options){.arena = arena, .verb = CLI_INVOKE_COMMAND, .throttle_limit = CLI_THROTTLE_DEFAULT,
                              .code_page = CLI_CODE_PAGE_UTF8,
                              .enumeration_limit = CLI_ENUMERATION_LIMIT};
    cli_session_options_init(&o->session);
}

bool cli_names_add(struct icm_arena *a, struct cli_names *names, struct icm_slice name)
{
    struct cli_name *n = icm_arena_take(a, sizeof *n);
    struct icm_slice copy;

    if (!n || !icm_arena_copy(a, name, &copy))
        return false;
    n->text = (const char *)copy.data;
    if (names->last)
        names->last->next = n;
    else
        names->first = n;
    names->last = n;
    names->count++;
    return true;
}

const char *cli_options_keep(struct cli_options *o, struct icm_slice text)
{
    struct icm_slice copy;

    return icm_arena_copy(o->arena, text, &copy) ? (const char *)copy.data : NULL;
}
