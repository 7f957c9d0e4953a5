#include "cli/bind.h"

#include <stdio.h>

enum { FIRST = 1, SECOND = 2 };

const struct cli_param *cli_bind_named(enum cli_verb verb, const char *name)
{
    const struct cli_param *p = NULL;

    cli_param_find(verb, icm_slice_text(name), false, &p, NULL); /* a literal of ours: it is there */
    return p;
}

bool cli_bind_is_on(const struct cli_options *o, const struct cli_param *p)
{
    return o->given[cli_param_index(p)] && !o->off[cli_param_index(p)];
}

/* The sets that all parameters so far have in common. */
static uint32_t sets_left(const struct cli_options *o)
{
    uint32_t sets = CLI_ANY_SET;

    for (size_t i = 0; i < cli_param_count; i++)
        if (o->given[i])
            sets &= cli_params[i].sets;
    return sets;
}

const struct cli_param *cli_bind_remote(const struct cli_options *o)
{
    for (size_t i = 0; i < cli_param_count; i++)
        if (o->given[i] && !(cli_params[i].sets & CLI_WITH_BLOCK(CLI_IN_PROCESS)))
            return &cli_params[i];
    return NULL;
}

/* ---- positions ---- */

static const struct cli_param *first_free(const struct cli_options *o, unsigned position)
{
    uint32_t sets = sets_left(o);

    for (size_t i = 0; i < cli_param_count; i++) {
        const struct cli_param *p = &cli_params[i];

        if (p->position == position && (p->verbs & o->verb) && !o->given[i] && (p->sets & sets))
            return p;
    }
    return NULL;
}

static bool is_given(const struct cli_options *o, unsigned position)
{
    for (size_t i = 0; i < cli_param_count; i++)
        if (o->given[i] && cli_params[i].position == position)
            return true;
    return false;
}

static bool is_script_file(struct icm_slice word)
{
    static const char end[] = ".ps1";
    size_t size = sizeof end - 1;

    return word.size > size && !memchr(word.data, '\n', word.size) &&
           icm_slice_equal_nocase(icm_slice_from(word, word.size - size), icm_slice_text(end));
}

const struct cli_param *cli_bind_position(const struct cli_options *o, struct icm_slice word)
{
    const struct cli_param *block = cli_bind_named(o->verb, "ScriptBlock"), *file = cli_bind_named(o->verb, "FilePath");
    const struct cli_param *p = NULL;
    struct icm_slice text = icm_slice_trim(word);
    bool is_block = text.size > 0 && text.data[0] == '{';

    if (!is_block && !is_given(o, FIRST))
        p = first_free(o, FIRST);
    if (p || (is_block && !o->given[cli_param_index(block)]))
        return p ? p : block;
    if (is_given(o, SECOND)) /* hosts, beside what has no hosts: the sets say so */
        return is_block || is_given(o, FIRST) ? NULL : cli_bind_named(o->verb, "ComputerName");
    return is_script_file(text) && (file->sets & sets_left(o)) ? file : block;
}

/* ---- sets ---- */

static enum icm_code not_together(const struct cli_options *o, struct icm_error *err)
{
    uint32_t sets = CLI_ANY_SET;
    const struct cli_param *last = NULL;

    for (size_t i = 0; i < cli_param_count && sets; i++)
        if (o->given[i]) {
            last = &cli_params[i];
            sets &= last->sets;
        }
    for (size_t i = 0; i < cli_param_count; i++)
        if (o->given[i] && !(cli_params[i].sets & last->sets))
            return icm_fail(err, ICM_USAGE, NULL,
                            "parameter set cannot be resolved: -%s and -%s cannot be used together",
                            cli_params[i].name, last->name);
    return icm_fail(err, ICM_USAGE, NULL,
                    "parameter set cannot be resolved: -%s cannot be used together with the other parameters",
                    last->name);
}

/* the row that @set needs and has not; NULL: nothing is missing */
static const struct cli_param *missing_in(const struct cli_options *o, uint32_t set)
{
    for (size_t i = 0; i < cli_param_count; i++)
        if ((cli_params[i].required & set) && !o->given[i])
            return &cli_params[i];
    return NULL;
}

/* of what was given, the one of the fewest sets: why it is this set at all */
static const struct cli_param *narrowest(const struct cli_options *o)
{
    const struct cli_param *best = NULL;

    for (size_t i = 0; i < cli_param_count; i++)
        if (o->given[i] &&
            (!best || __builtin_popcount(cli_params[i].sets) < __builtin_popcount(best->sets)))
            best = &cli_params[i];
    return best;
}

enum icm_code cli_bind_check(const struct cli_options *o, struct icm_error *err)
{
    uint32_t sets = sets_left(o);
    const struct cli_param *missing = NULL;

    if (!sets)
        return not_together(o, err);
    for (uint32_t set = 1; set && set <= sets; set <<= 1) {
        if (!(sets & set))
            continue;
        const struct cli_param *here = missing_in(o, set);
        if (!here)
            return ICM_OK;
        missing = missing ? missing : here;
    }
    const struct cli_param *wants = narrowest(o);
    return icm_fail(err, ICM_USAGE, NULL, "-%s %s is missing: -%s needs it", missing->name,
                    missing->value_name ? missing->value_name : "", wants ? wants->name : "");
}
