#include "cli/generate.h"

#include "cli/verbs.h"

#include <ctype.h>

/* ---- what all of them need ---- */

static bool is_listed(const struct cli_param *p)
{
    return !(p->traits & CLI_UNLISTED);
}

/* what to offer to somebody who types: what this version carries */
static bool is_offered(const struct cli_param *p, int verb)
{
    return is_listed(p) && cli_param_is_carried(p) && (p->verbs & (unsigned)verb);
}

static void add_small(struct icm_buf *out, const char *name)
{
    for (; *name; name++)
        icm_buf_add_u8(out, (uint8_t)tolower((unsigned char)*name));
}

/* ---- the manual: man(7) ---- */

static const struct {
    char character;
    const char *roff;
} roff_escapes[] = {{'\\', "\\e"}, {'-', "\\-"}, {'\'', "\\(aq"}, {'"', "\\(dq"}, {'~', "\\(ti"}, {'^', "\\(ha"}};

static void add_roff_character(struct icm_buf *out, char c)
{
    for (size_t i = 0; i < ICM_COUNT(roff_escapes); i++)
        if (c == roff_escapes[i].character) {
            icm_buf_add_text(out, roff_escapes[i].roff);
            return;
        }
    icm_buf_add_u8(out, (uint8_t)c);
}

/* `bold` and *italic*; inside bold a star is a star */
static void add_roff(struct icm_buf *out, const char *text)
{
    char font = 'R';

    icm_buf_add_text(out, text[0] == '.' || text[0] == '\'' ? "\\&" : "");
    for (; *text; text++) {
        char turns = *text == '`' ? 'B' : *text == '*' && font != 'B' ? 'I' : '\0';

        if (!turns) {
            add_roff_character(out, *text);
            continue;
        }
        font = font == turns ? 'R' : turns;
        icm_buf_add_format(out, "\\f%c", font);
    }
}

static void add_tag(struct icm_buf *out, const struct cli_param *p)
{
    icm_buf_add_format(out, ".TP\n\\fB\\-%s\\fR", p->name);
    for (size_t i = 0; i < ICM_COUNT(p->aliases) && p->aliases[i]; i++)
        icm_buf_add_format(out, ", \\fB\\-%s\\fR", p->aliases[i]);
    if (p->value_name) {
        icm_buf_add_text(out, " \\fI");
        for (const char *c = p->value_name; *c; c++)
            add_roff_character(out, *c);
        icm_buf_add_text(out, "\\fR");
    }
    icm_buf_add_u8(out, '\n');
}

static void add_text(struct icm_buf *out, const struct cli_param *p)
{
    char first[2] = {(char)toupper((unsigned char)p->help[0]), '\0'};

    if (p->manual) {
        add_roff(out, p->manual);
    } else if (!cli_param_is_carried(p)) {
        icm_buf_add_text(out, p->traits & CLI_LATER ? "Needs " : "Has no place here: ");
        add_roff(out, p->help);
        icm_buf_add_u8(out, '.');
    } else {
        add_roff(out, first);
        add_roff(out, p->help + 1);
        icm_buf_add_u8(out, '.');
    }
    icm_buf_add_u8(out, '\n');
}

static void write_manual(struct icm_buf *out)
{
    for (size_t i = 0; i < cli_param_count; i++) {
        const struct cli_param *p = &cli_params[i];

        if (!is_listed(p))
            continue;
        if (p->heading)
            icm_buf_add_format(out, ".SS %s\n", p->heading);
        add_tag(out, p);
        add_text(out, p);
    }
}

/* ---- completions: for each verb its parameters, for each parameter its values ---- */

static void add_names(struct icm_buf *out, int verb, const char *between)
{
    bool is_first = true;

    for (size_t i = 0; i < cli_param_count; i++) {
        if (!is_offered(&cli_params[i], verb))
            continue;
        icm_buf_add_format(out, "%s-%s", is_first ? "" : between, cli_params[i].name);
        is_first = false;
    }
}

static void add_choices(struct icm_buf *out, const struct cli_param *p)
{
    bool is_first = true;

    for (const struct cli_choice *c = p->choices; c->name; c++)
        if (c->value >= 0) {
            icm_buf_add_format(out, "%s%s", is_first ? "" : " ", c->name);
            is_first = false;
        }
}

static void add_session_options(struct icm_buf *out)
{
    const char *name;

    for (size_t i = 0; (name = cli_session_option_name(i)); i++)
        icm_buf_add_format(out, "%s%s", i ? " " : "", name);
}

/* the words for the value of @p; nothing where the shell has to look itself */
static void add_values(struct icm_buf *out, const struct cli_param *p)
{
    if (p->choices)
        add_choices(out, p);
    else if (p->completes == CLI_COMPLETE_SESSION_OPTION)
        add_session_options(out);
}

static const char *kind_of(const struct cli_param *p)
{
    static const char *const kinds[] = {[CLI_COMPLETE_NOTHING] = "none", [CLI_COMPLETE_FILE] = "file",
                                        [CLI_COMPLETE_HOST] = "host", [CLI_COMPLETE_SESSION_OPTION] = "words"};

    return p->choices ? "words" : kinds[p->completes];
}

/* "VERB/-name|VERB/-alias" in small letters, a pattern of a shell's case */
static void add_pattern(struct icm_buf *out, const char *verb, const struct cli_param *p)
{
    add_small(out, verb);
    icm_buf_add_text(out, "/-");
    add_small(out, p->name);
    for (size_t i = 0; i < ICM_COUNT(p->aliases) && p->aliases[i]; i++) {
        icm_buf_add_u8(out, '|');
        add_small(out, verb);
        icm_buf_add_text(out, "/-");
        add_small(out, strcmp(p->aliases[i], "?") == 0 ? "\\?" : p->aliases[i]);
    }
}

static void add_verb_pattern(struct icm_buf *out, const struct cli_verb_row *row)
{
    add_small(out, row->name);
    for (size_t i = 0; i < ICM_COUNT(row->aliases) && row->aliases[i]; i++) {
        icm_buf_add_u8(out, '|');
        add_small(out, row->aliases[i]);
    }
}

/* Of a name that has several rows, for other verbs, the first is what it is elsewhere. */
static bool has_row_before(size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(cli_params[i].name, cli_params[at].name) == 0)
            return true;
    return false;
}

static void add_row_of_values(struct icm_buf *out, const char *verb, const struct cli_param *p)
{
    icm_buf_add_text(out, "    ");
    add_pattern(out, verb, p);
    icm_buf_add_format(out, ") echo '%s ", kind_of(p));
    add_values(out, p);
    icm_buf_add_text(out, "' ;;\n");
}

/* what a name is for one verb, and then what it is for the others */
static void add_rows_of_values(struct icm_buf *out, bool is_for_one)
{
    for (size_t i = 0; i < cli_param_count; i++) {
        const struct cli_param *p = &cli_params[i];

        if (!is_listed(p) || p->kind == CLI_FLAG || has_row_before(i) != is_for_one)
            continue;
        for (size_t v = 0; v < cli_verb_count && is_for_one; v++)
            if (cli_verbs[v].verb && (p->verbs & (unsigned)cli_verbs[v].verb))
                add_row_of_values(out, cli_verbs[v].name, p);
        if (!is_for_one)
            add_row_of_values(out, "*", p);
    }
}

/* The functions that bash and zsh share: which names there are (_icm_names VERB), which values (_icm_values VERB/-NAME: a kind, and
 * words). @lower makes the first argument small. */
static void add_tables(struct icm_buf *out, const char *lower)
{
    icm_buf_add_text(out, "_icm_verbs='");
    for (size_t i = 0; i < cli_verb_count; i++)
        if (cli_verbs[i].verb)
            icm_buf_add_format(out, "%s%s", i ? " " : "", cli_verbs[i].name);
    icm_buf_add_format(out, "'\n\n_icm_names()\n{\n    case %s in\n", lower);
    for (size_t i = 0; i < cli_verb_count; i++) {
        if (!cli_verbs[i].verb || cli_verbs[i].verb == CLI_INVOKE_COMMAND)
            continue;
        icm_buf_add_text(out, "    ");
        add_verb_pattern(out, &cli_verbs[i]);
        icm_buf_add_text(out, ") echo '");
        add_names(out, cli_verbs[i].verb, " ");
        icm_buf_add_text(out, "' ;;\n");
    }
    icm_buf_add_text(out, "    *) echo '");
    add_names(out, CLI_INVOKE_COMMAND, " ");
    icm_buf_add_format(out, "' ;;\n    esac\n}\n\n_icm_values()\n{\n    case %s in\n", lower);
    add_rows_of_values(out, true);
    add_rows_of_values(out, false);
    icm_buf_add_text(out, "    esac\n}\n\n");
}

static const char bash_text[] =
    "_icm()\n"
    "{\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]-} kind= words= word\n"
    "    ((COMP_CWORD > 1)) && read -r kind words < <(_icm_values \"$verb/${COMP_WORDS[COMP_CWORD - 1]}\")\n"
    "    COMPREPLY=()\n"
    "    # @FILE: bash makes two words of it, and replaces both\n"
    "    [[ $cur == @ ]] && kind=list cur=\n"
    "    [[ ${COMP_WORDS[COMP_CWORD - 1]} == @ ]] && kind=list\n"
    "    if [[ -z $kind && $cur == -* ]]; then\n"
    "        kind=words words=$(_icm_names \"$verb\")\n"
    "    elif [[ -z $kind && $COMP_CWORD == 1 ]]; then\n"
    "        kind=words words=$_icm_verbs\n"
    "    elif [[ -z $kind && $(_icm_names \"$verb\") == *-Path* ]]; then\n"
    "        kind=file\n"
    "    fi\n"
    "    case $kind in\n"
    "    file) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
    "    list) mapfile -t COMPREPLY < <(compgen -P @ -f -- \"$cur\") ;;\n"
    "    host) mapfile -t COMPREPLY < <(compgen -A hostname -- \"$cur\") ;;\n"
    "    words) # PowerShell's names have no case\n"
    "        local IFS=$' \\t\\n' had_nocase\n"
    "        had_nocase=$(shopt -p nocasematch)\n"
    "        shopt -s nocasematch\n"
    "        for word in $words; do\n"
    "            [[ $word == \"$cur\"* ]] && COMPREPLY+=(\"$word\")\n"
    "        done\n"
    "        $had_nocase\n"
    "        ;;\n"
    "    esac\n"
    "    return 0\n"
    "}\n"
    "complete -F _icm icm\n";

static const char zsh_text[] =
    "_icm()\n"
    "{\n"
    "    local kind= words_= verb=${words[2]-} previous=${words[CURRENT - 1]}\n"
    "    ((CURRENT > 2)) && read -r kind words_ <<<\"$(_icm_values $verb/$previous)\"\n"
    "    if [[ -z $kind && $PREFIX == -* ]]; then\n"
    "        kind=words words_=$(_icm_names $verb)\n"
    "    elif [[ -z $kind && $CURRENT == 2 ]]; then\n"
    "        kind=words words_=$_icm_verbs\n"
    "    elif [[ -z $kind && $(_icm_names $verb) == *-Path* ]]; then\n"
    "        kind=file\n"
    "    fi\n"
    "    case $kind in\n"
    "    file) _files ;;\n"
    "    host) compset -P @ && _files || _hosts ;;\n"
    "    words) compadd -M 'm:{a-zA-Z}={A-Za-z}' -- ${=words_} ;;\n"
    "    esac\n"
    "}\n"
    "_icm \"$@\"\n";

static void write_bash(struct icm_buf *out)
{
    icm_buf_add_text(out, "# bash completion for icm, made by icm -Generate Bash\n");
    add_tables(out, "${1,,}");
    icm_buf_add_text(out, bash_text);
}

static void write_zsh(struct icm_buf *out)
{
    icm_buf_add_text(out, "#compdef icm\n# zsh completion for icm, made by icm -Generate Zsh\n");
    add_tables(out, "${1:l}");
    icm_buf_add_text(out, zsh_text);
}

/* ---- fish: a line for each parameter, with its help ---- */

/* in single quotes */
static void add_fish_text(struct icm_buf *out, const char *text)
{
    icm_buf_add_u8(out, '\'');
    for (; *text; text++)
        icm_buf_add_format(out, "%s%c", *text == '\'' || *text == '\\' ? "\\" : "", *text);
    icm_buf_add_u8(out, '\'');
}

/* Invoke-Command goes without a verb: what it has is there unless a verb stands there that has not. */
static void add_fish_condition(struct icm_buf *out, unsigned verbs)
{
    bool is_default = verbs & CLI_INVOKE_COMMAND;
    size_t count = 0;

    for (size_t i = 0; i < cli_verb_count; i++) {
        if (!cli_verbs[i].verb || cli_verbs[i].verb == CLI_INVOKE_COMMAND ||
            ((verbs & (unsigned)cli_verbs[i].verb) != 0) == is_default)
            continue;
        if (count++ == 0)
            icm_buf_add_format(out, " -n '%s__fish_seen_subcommand_from", is_default ? "not " : "");
        icm_buf_add_format(out, " %s", cli_verbs[i].name);
    }
    icm_buf_add_text(out, count > 0 ? "'" : "");
}

static void add_fish_param(struct icm_buf *out, const struct cli_param *p)
{
    icm_buf_add_text(out, "complete -c icm");
    add_fish_condition(out, p->verbs);
    icm_buf_add_format(out, " -o %s", p->name);
    if (p->kind != CLI_FLAG)
        icm_buf_add_text(out, p->completes == CLI_COMPLETE_FILE ? " -rF" : " -x");
    if (p->completes == CLI_COMPLETE_HOST)
        icm_buf_add_text(out, " -a '(__fish_print_hostnames)'");
    else if (p->choices || p->completes == CLI_COMPLETE_SESSION_OPTION) {
        icm_buf_add_text(out, " -a '");
        add_values(out, p);
        icm_buf_add_u8(out, '\'');
    }
    icm_buf_add_text(out, " -d ");
    add_fish_text(out, p->help);
    icm_buf_add_u8(out, '\n');
}

static void write_fish(struct icm_buf *out)
{
    icm_buf_add_text(out, "# fish completion for icm, made by icm -Generate Fish\n");
    for (size_t i = 0; i < cli_verb_count; i++) {
        if (!cli_verbs[i].verb)
            continue;
        icm_buf_add_format(out, "complete -c icm -n __fish_use_subcommand -a %s -d ", cli_verbs[i].name);
        add_fish_text(out, cli_verbs[i].help);
        icm_buf_add_u8(out, '\n');
    }
    for (size_t i = 0; i < cli_param_count; i++)
        if (is_listed(&cli_params[i]) && cli_param_is_carried(&cli_params[i]))
            add_fish_param(out, &cli_params[i]);
}

void cli_generate(struct icm_buf *out, enum cli_generated what)
{
    static void (*const writers[])(struct icm_buf *out) = {[CLI_GENERATED_MANUAL] = write_manual,
                                                          [CLI_GENERATED_BASH] = write_bash,
                                                          [CLI_GENERATED_ZSH] = write_zsh,
                                                          [CLI_GENERATED_FISH] = write_fish};

    if (what != CLI_GENERATED_NOTHING)
        writers[what](out);
}
