#include "cli/command_line.h"

#include "cli/bind.h"
#include "cli/param_set.h"
#include "cli/script.h"
#include "cli/verbs.h"

#include <ctype.h>

enum { POSITIONALS_MAX = 2, BLOCK_WORDS_MAX = 1024 };

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

/* Windows' spelling, for winrs: /r:HOST, /?; a path has more slashes. */
static bool is_switch(const char *word)
{
    return word[0] == '/' && (isalpha((unsigned char)word[1]) || strcmp(word, "/?") == 0) &&
           !memchr(word + 1, '/', strcspn(word + 1, ":"));
}

/* A word of - and a letter, or of -- and a letter, is a parameter; -5, - and -- are not. design.md, Words. */
static bool is_parameter(const struct walk *w, const char *word)
{
    if (w->o->verb == CLI_WINRS && is_switch(word))
        return true;
    const char *name = word[0] == '-' && word[1] == '-' ? word + 2 : word + 1;

    return word[0] == '-' && (isalpha((unsigned char)name[0]) || strcmp(word, "-?") == 0);
}

static bool has_next(const struct walk *w)
{
    return w->at < w->count;
}

static bool next_is_value(const struct walk *w)
{
    return has_next(w) && (w->is_past_end_mark || !is_parameter(w, w->words[w->at]));
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

/* A script block that came as words of the shell: those up to the one that closes it belong to it. One that nothing closes is left as it is. */
static enum icm_code take_block(struct walk *w, struct icm_slice first, struct icm_slice *out)
{
    struct icm_buf text = {0};
    int at = w->at, end = w->count - at > BLOCK_WORDS_MAX ? at + BLOCK_WORDS_MAX : w->count;
    enum icm_code code = ICM_OK;

    *out = first;
    icm_buf_add(&text, first);
    while (cli_script_is_open(icm_buf_slice(&text)) && at < end)
        icm_buf_add_format(&text, " %s", w->words[at++]);
    if (at > w->at && !cli_script_is_open(icm_buf_slice(&text))) {
        w->at = at;
        if (text.failed || !icm_arena_copy(w->o->arena, icm_buf_slice(&text), out))
            code = icm_nomem(w->err);
    } else if (at > w->at && icm_slice_is(icm_slice_trim(first), "{"))
        code = icm_fail(w->err, ICM_USAGE, NULL, "the script block that begins with { is never closed");
    icm_buf_reset(&text);
    return code;
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
    if (p->set == cli_set_script)
        return take_block(w, icm_slice_text(attached), out);
    *out = icm_slice_text(attached);
    return ICM_OK;
}

static enum icm_code set_once(struct walk *w, const struct cli_param *p, struct icm_slice value)
{
    if (w->o->given[cli_param_index(p)] && !(p->traits & CLI_REPEATS))
        return icm_fail(w->err, ICM_USAGE, NULL, "-%s is given more than once", p->name);
    return cli_param_set(w->o, p, value, w->err);
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

/* A verb that reads files takes as many as there are, by their names as they stand. */
static enum icm_code take_file(struct walk *w)
{
    return cli_param_set(w->o, cli_bind_named(w->o->verb, "Path"), icm_slice_text(w->words[w->at++]), w->err);
}

/* The first word that is no switch begins the command: all that follows is its. */
static enum icm_code take_command(struct walk *w)
{
    for (; has_next(w); w->at++)
        if (!cli_names_add(w->o->arena, &w->o->words, icm_slice_text(w->words[w->at])))
            return icm_nomem(w->err);
    return ICM_OK;
}

static enum icm_code take_positional(struct walk *w)
{
    if (w->o->verb & CLI_FILE_VERBS)
        return take_file(w);
    if (w->o->verb == CLI_WINRS)
        return take_command(w);
    struct icm_slice value = icm_slice_text(w->words[w->at++]);
    enum icm_code code = value.size > 0 && value.data[0] == '{' ? take_block(w, value, &value) : take_list(w, value, &value);

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
    return !w->is_past_end_mark && is_parameter(w, word) ? take_parameter(w) : take_positional(w);
}

static bool is_block(struct icm_slice word)
{
    struct icm_slice text = icm_slice_trim(word);

    return text.size > 0 && text.data[0] == '{';
}

static enum icm_code bind_positional(struct walk *w, struct icm_slice word)
{
    const struct cli_param *p = cli_bind_position(w->o, word);

    return p ? cli_param_set(w->o, p, word, w->err) : too_many(w, word);
}

/* Only now: what has a name may stand behind what has none. What can be but one thing comes first. */
static enum icm_code bind_positionals(struct walk *w)
{
    enum icm_code code = ICM_OK;

    for (size_t i = 0; i < w->positional_count && code == ICM_OK; i++)
        if (is_block(w->positionals[i]))
            code = bind_positional(w, w->positionals[i]);
    for (size_t i = 0; i < w->positional_count && code == ICM_OK; i++)
        if (!is_block(w->positionals[i]))
            code = bind_positional(w, w->positionals[i]);
    return code;
}

static bool is_given(const struct walk *w, const char *name)
{
    return w->o->given[cli_param_index(cli_bind_named(w->o->verb, name))];
}

static bool is_on(const struct walk *w, const char *name)
{
    return cli_bind_is_on(w->o, cli_bind_named(w->o->verb, name));
}

/* What PowerShell refuses before it looks at anything else; RemotingErrorIdStrings. */
static enum icm_code check_pairs(const struct walk *w)
{
    if (is_on(w, "InDisconnectedSession") && (is_on(w, "AsJob") || is_given(w, "JobName")))
        return icm_fail(w->err, ICM_USAGE, NULL, "-AsJob and -InDisconnectedSession cannot be used together");
    if (is_given(w, "SessionName") && !is_on(w, "InDisconnectedSession"))
        return icm_fail(w->err, ICM_USAGE, NULL, "-SessionName goes with -InDisconnectedSession");
    return ICM_OK;
}

static enum icm_code check_carried(const struct walk *w)
{
    enum icm_code code = ICM_OK;

    for (size_t i = 0; i < cli_param_count && code == ICM_OK; i++)
        if (cli_bind_is_on(w->o, &cli_params[i]))
            code = cli_param_check_carried(&cli_params[i], w->err);
    return code;
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

/* Without a computer the script runs here, which some parameters say nothing of. */
static enum icm_code check_place(const struct walk *w)
{
    const struct cli_param *remote = cli_bind_remote(w->o);

    if (w->o->computers.count > 0 || w->o->uris.count > 0 || !remote)
        return ICM_OK;
    return icm_fail(w->err, ICM_USAGE, NULL, "nowhere to run: give -ComputerName NAME, which -%s goes with", remote->name);
}

static enum icm_code check_invoke(const struct walk *w)
{
    bool has_script = is_given(w, "ScriptBlock") || is_given(w, "FilePath");
    enum icm_code code = has_script ? cli_bind_check(w->o, w->err)
                                    : icm_fail(w->err, ICM_USAGE, NULL,
                                               "nothing to run: give -ScriptBlock '{ ... }' or -FilePath FILE (icm --help "
                                               "shows how)");

    if (code == ICM_OK)
        code = check_pairs(w);
    if (code == ICM_OK)
        code = check_carried(w);
    if (code == ICM_OK)
        code = check_place(w);
    return code == ICM_OK ? check_stdin(w) : code;
}

static enum icm_code check_winrs(const struct walk *w)
{
    if (w->o->words.count == 0)
        return icm_fail(w->err, ICM_USAGE, NULL,
                        "nothing to run: give a command behind the switches (icm winrs -? shows how)");
    if (w->o->computers.count == 0)
        return cli_param_set(w->o, cli_bind_named(CLI_WINRS, "Remote"), icm_slice_text("localhost"), w->err);
    return ICM_OK;
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
    return ICM_OK;
}

static enum icm_code check(const struct walk *w)
{
    if (w->o->verb == CLI_INVOKE_COMMAND)
        return check_invoke(w);
    return w->o->verb == CLI_WINRS ? check_winrs(w) : check_files(w);
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

/* asked for something about icm itself: nothing else counts */
static bool is_told(const struct cli_options *o)
{
    return o->help || o->version || o->generated != CLI_GENERATED_NOTHING;
}

static enum icm_code read_words(struct walk *w)
{
    enum icm_code code = ICM_OK;

    while (code == ICM_OK && has_next(w) && !is_told(w->o))
        code = take_word(w);
    if (code != ICM_OK || is_told(w->o))
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
