#include "cli/engine_command.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void engine_command_reset(struct engine_command *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->words[i]);
    memset(c, 0, sizeof *c);
}

static enum icm_code add_word(struct engine_command *c, const char *word, struct icm_error *err)
{
    if (c->count == ENGINE_WORDS_MAX)
        return icm_fail(err, ICM_USAGE, NULL, "the engine command has more than %d words", ENGINE_WORDS_MAX);
    c->words[c->count] = strdup(word);
    if (!c->words[c->count])
        return icm_nomem(err);
    c->count++;
    return ICM_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

/* a backslash keeps the next character: any outside of quotes, only these two inside double ones (POSIX 2.2.1, 2.2.3) */
static bool is_escape(const char *at, char quote)
{
    if (at[0] != '\\' || at[1] == '\0' || quote == '\'')
        return false;
    return quote == '\0' || at[1] == '"' || at[1] == '\\';
}

/* One word off *@at into @word, the quotes gone. false: a quote was left open. */
static bool next_word(const char **at, struct icm_buf *word)
{
    char quote = '\0';

    for (; **at && (quote || !is_blank(**at)); (*at)++) {
        if (is_escape(*at, quote))
            icm_buf_add_u8(word, (uint8_t) * ++*at);
        else if (quote ? **at == quote : **at == '\'' || **at == '"')
            quote = quote ? '\0' : **at;
        else
            icm_buf_add_u8(word, (uint8_t)**at);
    }
    return quote == '\0';
}

static void skip_blanks(const char **at)
{
    while (is_blank(**at))
        (*at)++;
}

enum icm_code engine_command_split(struct engine_command *out, const char *text, struct icm_error *err)
{
    ICM_OWN(engine_command_reset) struct engine_command made = {0};
    ICM_OWN(icm_buf_reset) struct icm_buf word = {0};
    enum icm_code code = ICM_OK;

    for (skip_blanks(&text); *text && code == ICM_OK; skip_blanks(&text)) {
        icm_buf_clear(&word);
        if (!next_word(&text, &word))
            return icm_fail(err, ICM_USAGE, NULL, "the engine command leaves a quote open");
        code = add_word(&made, icm_buf_text(&word), err);
        if (code == ICM_OK)
            code = icm_buf_check(&word, err);
    }
    if (code != ICM_OK)
        return code;
    if (made.count == 0)
        return icm_fail(err, ICM_USAGE, NULL, "the engine command is empty");
    *out = made;
    memset(&made, 0, sizeof made);
    return ICM_OK;
}

static bool is_program(const char *file)
{
    struct stat info;

    return stat(file, &info) == 0 && S_ISREG(info.st_mode) && access(file, X_OK) == 0;
}

static bool find_in(const char *folder, size_t folder_size, const char *below, const char *name, char file[PATH_MAX])
{
    int size = snprintf(file, PATH_MAX, "%.*s/%s%s", (int)folder_size, folder, below, name);

    return folder_size > 0 && size > 0 && size < PATH_MAX && is_program(file);
}

static bool find_on_path(const char *path, const char *name, char file[PATH_MAX])
{
    while (path && *path) {
        size_t size = strcspn(path, ":");
        if (find_in(path, size, "", name, file))
            return true;
        path += size + (path[size] == ':');
    }
    return false;
}

/* where a real engine may be, the first that is there counts */
static const struct {
    const char *program, *below; /* @below: in the program's own folder; NULL: on PATH */
    const char *arguments[2];
} places[] = {
    {"pwsh", NULL, {"-NoProfile", "-s"}},
    {"icm-engine-host", "", {"-s"}},
    {"icm-engine-host", "engine/", {"-s"}},
    {"icm-engine-host", NULL, {"-s"}},
};

static bool find_program(size_t place, const char *own_folder, const char *path, char file[PATH_MAX])
{
    if (!places[place].below)
        return find_on_path(path, places[place].program, file);
    return own_folder && find_in(own_folder, strlen(own_folder), places[place].below, places[place].program, file);
}

static enum icm_code add_words(struct engine_command *c, const char *file, const char *const arguments[2],
                               struct icm_error *err)
{
    enum icm_code code = add_word(c, file, err);

    for (size_t i = 0; i < 2 && arguments[i] && code == ICM_OK; i++)
        code = add_word(c, arguments[i], err);
    return code;
}

static enum icm_code find_engine(struct engine_command *out, const char *own_folder, const char *path,
                                 struct icm_error *err)
{
    ICM_OWN(engine_command_reset) struct engine_command made = {0};
    char file[PATH_MAX];

    for (size_t i = 0; i < ICM_COUNT(places); i++) {
        if (!find_program(i, own_folder, path, file))
            continue;
        enum icm_code code = add_words(&made, file, places[i].arguments, err);
        if (code != ICM_OK)
            return code;
        break;
    }
    *out = made;
    memset(&made, 0, sizeof made);
    return ICM_OK;
}

enum icm_code engine_command_choose(struct engine_command *out, enum engine_kind kind, const char *given,
                                      const char *own_folder, const char *path, struct icm_error *err)
{
    struct engine_command none = {0};

    if (kind == ENGINE_SYNTHETIC) {
        *out = none;
        return ICM_OK;
    }
    if (given)
        return engine_command_split(out, given, err);
    enum icm_code code = find_engine(out, own_folder, path, err);
    if (code == ICM_OK && out->count == 0 && kind == ENGINE_PWSH)
        return icm_fail(err, ICM_USAGE, NULL, "no pwsh and no icm-engine-host was found: give --engine-command");
    return code;
}

void engine_command_write(const struct engine_command *c, struct icm_buf *out)
{
    for (size_t i = 0; i < c->count; i++)
        icm_buf_add_format(out, "%s%s", i > 0 ? " " : "", c->words[i]);
}
