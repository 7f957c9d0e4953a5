#include "cli/command_line.h"

#include "cli/verbs.h"

#include <ctype.h>

enum { POSITIONALS_MAX = 2 };

/* The walk over the words. */
struct walk {
    struct cli_options *o;
    char *const *words;
    int count, at;
    bool is_past_end_mark; /* after --, all words are values */
    struct icm_slice positionals[POSITIONALS_MAX];
    size_t positional_count;
    struct icm_error *err;
};

/* A word of - and a letter, or of -- and a letter, is a parameter; -5, - and -- are not. design.md, Words. */
static bool is_parameter(const char *word)
{
    const char *name = word[0] == '-' && word[1] == '-' ? word + 2 : word + 1;

    return word[0] == '-' && (isalpha((unsigned char)name[0]) || strcmp(word, "-?") == 0);
}

static bool has_next(const struct walk *w)
{
    return w->at < w->count;
}

static bool next_is_value(const struct walk *w)
{
    return has_next(w) && (w->is_past_end_mark || !is_parameter(w->words[w->at]));
}

static bool ends_with_comma(struct icm_slice text)
{
    struct icm_slice trimmed = icm_slice_trim(text);

    return trimmed.size > 0 && trimmed.data[trimmed.size - 1] == ',';
}

static bool next_begins_with_comma(const struct walk *w)
{
    return has_next(w) && w->words[w->at][0] == ',';
}

/* A list goes on in the next word behind a comma at the end of one, or in front of the next. */
static enum icm_code take_list(struct walk *w, struct icm_slice first, struct icm_slice *out)
{
    struct icm_buf text = {0};
    enum icm_code code = ICM_OK;

    icm_buf_add(&text, first);
    while (ends_with_comma(icm_buf_slice(&text)) ? next_is_value(w) : next_begins_with_comma(w)) {
        icm_buf_add_u8(&text, ' ');
        icm_buf_add_text(&text, w->words[w->at++]);
    }
    if (text.failed || !icm_arena_copy(w->o->arena, icm_buf_slice(&text), out))
        code = icm_nomem(w->err);
    else if (out->size > 1 && ends_with_comma(*out))
        code = icm_fail(w->err, ICM_USAGE, NULL, "a value is missing behind the comma of '%.60s'",
                        (const char *)out->data);
    icm_buf_reset(&text);
    return code;
}

static enum icm_code missing_value(const struct walk *w, const struct cli_param *p)
{
    const char *hint = has_next(w) ? "; one that begins with - and a letter stands behind a colon, as -Name:value" : "";

    return icm_fail(w->err, ICM_USAGE, NULL, "-%s needs a value: %s%s", p->name, p->value_name, hint);
}

/* the value of @p: what stood behind its colon, or the next word */
static enum icm_code take_value(struct walk *w, const struct cli_param *p, const char *attached,
                                struct icm_slice *out)
{
    if (p->kind == CLI_FLAG) {
        *out = icm_slice_text(attached);
        return ICM_OK;
    }
    if (!attached || (attached[0] == '\0' && next_is_value(w))) {
        if (!next_is_value(w))
            return missing_value(w, p);
        attached = w->words[w->at++];
    }
    if (p->kind == CLI_LIST)
        return take_list(w, icm_slice_text(attached), out);
    *out = icm_slice_text(attached);
    return ICM_OK;
}

static enum icm_code set_once(struct walk *w, const struct cli_param *p, struct icm_slice value)
{
    bool *given = &w->o->given[cli_param_index(p)];

    if (*given)
        return icm_fail(w->err, ICM_USAGE, NULL, "-%s is given more than once", p->name);
    *given = true; /* for the sets, even where this version does not carry it */
    return p->set ? cli_param_set(w->o, p, value, w->err) : ICM_OK;
}

static enum icm_code take_parameter(struct walk *w)
{
    const char *word = w->words[w->at++];
    bool is_gnu = word[1] == '-';
    const char *name = word + (is_gnu ? 2 : 1);
    const char *end = strpbrk(name, is_gnu ? ":=" : ":");
    size_t size = end ? (size_t)(end - name) : strlen(name);
    const struct cli_param *p;
    struct icm_slice value;

    enum icm_code code = cli_param_find(w->o->verb, icm_slice_of(name, size), is_gnu, &p, w->err);
    if (code == ICM_OK)
        code = take_value(w, p, end ? end + 1 : NULL, &value);
    return code == ICM_OK ? set_once(w, p, value) : code;
}

static enum icm_code too_many(const struct walk *w, struct icm_slice value)
{
    return icm_fail(w->err, ICM_USAGE, NULL,
                    "no parameter takes '%.*s' by its position (a script block is one word for the shell: '{ ... }' in quotes)",
                    (int)(value.size < 60 ? value.size : 60), (const char *)value.data);
}

static const struct cli_param *named(enum cli_verb verb, const char *name)
{
    const struct cli_param *p = NULL;

    cli_param_find(verb, icm_slice_text(name), false, &p, NULL); /* a literal of ours: it is there */
    return p;
}

/* A verb that reads files takes as many as there are, by their names as they stand. */
static enum icm_code take_file(struct walk *w)
{
    const struct cli_param *path = named(w->o->verb, "Path");

    w->o->given[cli_param_index(path)] = true;
    return cli_param_set(w->o, path, icm_slice_text(w->words[w->at++]), w->err);
}

static enum icm_code take_positional(struct walk *w)
{
    if (w->o->verb & CLI_FILE_VERBS)
        return take_file(w);
    struct icm_slice value = icm_slice_text(w->words[w->at++]);
    enum icm_code code = value.size > 0 && value.data[0] == '{' ? ICM_OK : take_list(w, value, &value);

    if (code != ICM_OK)
        return code;
    if (w->positional_count == POSITIONALS_MAX)
        return too_many(w, value);
    w->positionals[w->positional_count++] = value;
    return ICM_OK;
}

static enum icm_code take_word(struct walk *w)
{
    const char *word = w->words[w->at];

    if (!w->is_past_end_mark && strcmp(word, "--") == 0) {
        w->is_past_end_mark = true;
        w->at++;
        return ICM_OK;
    }
    return !w->is_past_end_mark && is_parameter(word) ? take_parameter(w) : take_positional(w);
}

static bool is_given(const struct walk *w, const char *name)
{
    return w->o->given[cli_param_index(named(w->o->verb, name))];
}

static bool has_script(const struct walk *w)
{
    return is_given(w, "ScriptBlock") || is_given(w, "FilePath");
}

/* Which parameter the positional at @index is: hosts stand at 0, the script at 1; a lone one that begins with { is the script, and so
 * is one whose hosts were named. */
static const char *positional_name(const struct walk *w, size_t index)
{
    struct icm_slice text = icm_slice_trim(w->positionals[index]);
    bool is_block = text.size > 0 && text.data[0] == '{';

    if (w->positional_count == 2)
        return index == 0 ? "ComputerName" : "ScriptBlock";
    if (!is_block && !is_given(w, "ComputerName"))
        return "ComputerName";
    return has_script(w) ? NULL : "ScriptBlock";
}

static enum icm_code bind_positionals(struct walk *w)
{
    const char *names[POSITIONALS_MAX];
    enum icm_code code = ICM_OK;

    for (size_t i = 0; i < w->positional_count; i++)
        names[i] = positional_name(w, i);
    for (size_t i = 0; i < w->positional_count && code == ICM_OK; i++)
        code = names[i] ? set_once(w, named(w->o->verb, names[i]), w->positionals[i])
                        : too_many(w, w->positionals[i]);
    return code;
}

/* Every parameter that was given must have a set in common with the others; PowerShell's AmbiguousParameterSet. */
static enum icm_code check_sets(const struct walk *w)
{
    uint32_t sets = CLI_ANY_SET;
    const struct cli_param *last = NULL;

    for (size_t i = 0; i < cli_param_count && sets; i++)
        if (w->o->given[i]) {
            last = &cli_params[i];
            sets &= last->sets;
        }
    if (sets)
        return ICM_OK;
    for (size_t i = 0; i < cli_param_count; i++)
        if (w->o->given[i] && !(cli_params[i].sets & last->sets))
            return icm_fail(w->err, ICM_USAGE, NULL,
                            "parameter set cannot be resolved: -%s and -%s cannot be used together",
                            cli_params[i].name, last->name);
    return icm_fail(w->err, ICM_USAGE, NULL,
                    "parameter set cannot be resolved: -%s cannot be used together with the other parameters",
                    last->name);
}

static enum icm_code check_carried(const struct walk *w)
{
    for (size_t i = 0; i < cli_param_count; i++)
        if (w->o->given[i] && !cli_params[i].set)
            return cli_param_set(w->o, &cli_params[i], icm_slice_text(""), w->err);
    return ICM_OK;
}

static enum icm_code check_stdin(const struct walk *w)
{
    const struct cli_options *o = w->o;
    int readers = (o->computers_from_stdin ? 1 : 0) + (o->input_from_stdin ? 1 : 0) +
                  (o->file_path && strcmp(o->file_path, "-") == 0 ? 1 : 0);

    if (readers > 1)
        return icm_fail(w->err, ICM_USAGE, NULL, "standard input cannot be read for two purposes");
    if (is_given(w, "InputFormat") && !o->input_from_stdin)
        return icm_fail(w->err, ICM_USAGE, NULL, "-InputFormat says what standard input is: it goes with -InputObject -");
    return ICM_OK;
}

static enum icm_code check_invoke(const struct walk *w)
{
    if (!has_script(w))
        return icm_fail(w->err, ICM_USAGE, NULL,
                        "nothing to run: give -ScriptBlock '{ ... }' or -FilePath FILE (icm --help shows how)");
    if (w->o->computers.count == 0)
        return icm_fail(w->err, ICM_USAGE, NULL,
                        "nowhere to run: give -ComputerName NAME (icm has no PowerShell of its own to run a script in)");
    return check_stdin(w);
}

static enum icm_code check_files(const struct walk *w)
{
    const struct cli_options *o = w->o;
    size_t readers = 0;

    if (o->files.count == 0 && o->verb != CLI_CONVERT_TO_CLIXML)
        return icm_fail(w->err, ICM_USAGE, NULL, "%s needs a FILE, or - for standard input", cli_verb_name(o->verb));
    for (const struct cli_name *n = o->files.first; n; n = n->next)
        readers += strcmp(n->text, "-") == 0;
    if (readers > 1)
        return icm_fail(w->err, ICM_USAGE, NULL, "standard input cannot be read twice");
    if (o->verb == CLI_SHOW_PSRP && o->output_format > CLI_OUTPUT_JSON)
        return icm_fail(w->err, ICM_USAGE, NULL, "Show-Psrp writes Text or Json");
    return ICM_OK;
}

static enum icm_code check(const struct walk *w)
{
    enum icm_code code = check_sets(w);

    if (code == ICM_OK)
        code = check_carried(w);
    if (code != ICM_OK)
        return code;
    if (w->o->verb == CLI_INVOKE_COMMAND)
        return check_invoke(w);
    return check_files(w);
}

static enum icm_code take_verb(struct walk *w)
{
    const struct cli_verb_row *row = has_next(w) ? cli_verb_find(w->words[w->at]) : NULL;

    if (!row)
        return ICM_OK;
    if (!row->verb)
        return icm_fail(w->err, ICM_USAGE, NULL, "%s is not in this version of icm", row->name);
    w->o->verb = (enum cli_verb)row->verb;
    w->at++;
    return ICM_OK;
}

static enum icm_code read_words(struct walk *w)
{
    enum icm_code code = ICM_OK;

    while (code == ICM_OK && has_next(w) && !w->o->help && !w->o->version)
        code = take_word(w);
    if (code != ICM_OK || w->o->help || w->o->version)
        return code;
    code = bind_positionals(w);
    return code == ICM_OK ? check(w) : code;
}

/* two words, as "Verb-Noun FILE": a host and a script without braces, where people mostly mean the first to be a verb */
static bool is_bare(const struct walk *w)
{
    return w->count > 2 && w->positional_count == 2 && w->positionals[1].size > 0 && w->positionals[1].data[0] != '{';
}

enum icm_code cli_command_line_read(struct cli_options *o, int argc, char *const *argv, struct icm_error *err)
{
    struct icm_error own = {0};
    struct walk w = {.o = o, .words = argv, .count = argc, .at = 1, .err = err ? err : &own};
    enum icm_code code = take_verb(&w);
    bool has_verb = w.at > 1;

    if (code == ICM_OK)
        code = read_words(&w);
    if (code == ICM_OK && !has_verb && is_bare(&w))
        code = cli_verb_suggest(argv[1], "a computer's name goes behind -ComputerName", w.err) ? ICM_USAGE : code;
    else if (code == ICM_USAGE && !has_verb && argc > 1)
        cli_verb_suggest(argv[1], NULL, w.err);
    icm_error_reset(&own);
    return code;
}
