#include "cli/config.h"

#include "cli/file.h"
#include "cli/near.h"
#include "cli/params.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

/* One line that sets something, for the hosts that @patterns match (NULL: for all). */
struct line {
    const struct cli_param *param;
    struct icm_slice value;
    const struct cli_names *patterns;
    size_t number;
    struct line *next;
};

struct cli_config {
    struct icm_arena arena;
    const char *path;
    struct line *first, **end;
    struct cli_names trusted;
};

/* Reading it. */
struct reading {
    struct cli_config *config;
    const struct cli_names *patterns; /* of the section */
    struct cli_options scratch;       /* what values are tried on */
    const char *variable;             /* of the environment; NULL: it is the file */
    size_t number;
    struct icm_error *err;
};

static enum icm_code fail(const struct reading *r, const char *text)
{
    struct icm_error why = {0};

    snprintf(why.text, sizeof why.text, "%s", text);
    if (r->variable)
        return icm_fail(r->err, ICM_USAGE, NULL, "%s in the environment: %s", r->variable, why.text);
    return icm_fail(r->err, ICM_USAGE, NULL, "%.120s, line %zu: %s", r->config->path, r->number, why.text);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* `Key value`, `Key=value`, `Key = value`; quotes around the whole value are taken off */
static void split(struct icm_slice line, struct icm_slice *key, struct icm_slice *value)
{
    size_t at = 0;

    while (at < line.size && !is_blank(line.data[at]) && line.data[at] != '=')
        at++;
    *key = icm_slice_of(line.data, at);
    *value = icm_slice_trim(icm_slice_from(line, at));
    if (value->size > 0 && value->data[0] == '=')
        *value = icm_slice_trim(icm_slice_from(*value, 1));
    if (value->size > 1 && value->data[0] == '"' && value->data[value->size - 1] == '"')
        *value = icm_slice_of(value->data + 1, value->size - 2);
}

/* words parted by blanks or commas */
static enum icm_code read_patterns(const struct reading *r, struct icm_slice value, struct cli_names *out)
{
    size_t at = 0;

    while (at < value.size) {
        size_t from = at;

        while (at < value.size && !is_blank(value.data[at]) && value.data[at] != ',')
            at++;
        struct icm_slice word = icm_slice_of(value.data + from, at - from);
        if (word.size > 0 && !cli_names_add(&r->config->arena, out, word))
            return icm_nomem(r->err);
        at++;
    }
    return out->count > 0 ? ICM_OK : fail(r, "a list of host patterns is missing");
}

static enum icm_code read_section(struct reading *r, struct icm_slice value)
{
    struct cli_names *patterns = icm_arena_take(&r->config->arena, sizeof *patterns);

    r->patterns = patterns;
    return patterns ? read_patterns(r, value, patterns) : icm_nomem(r->err);
}

/* PowerShell's preference variables, and which parameter each stands in for; about_Preference_Variables. They are keys of the file and
 * variables of the environment. */
static const struct {
    const char *variable, *key;
} preferences[] = {
    {"PSSessionApplicationName", "ApplicationName"},
    {"PSSessionConfigurationName", "ConfigurationName"},
    {"PSSessionOption", "SessionOption"},
    {"TrustedHosts", NULL}, /* of WSMan:\localhost\Client */
};

static const struct cli_param *find_key(struct icm_slice key)
{
    for (size_t i = 0; i < ICM_COUNT(preferences); i++)
        if (preferences[i].key && icm_slice_equal_nocase(key, icm_slice_text(preferences[i].variable)))
            key = icm_slice_text(preferences[i].key);
    for (size_t i = 0; i < cli_param_count; i++)
        if ((cli_params[i].traits & CLI_IN_CONFIG) && icm_slice_equal_nocase(key, icm_slice_text(cli_params[i].name)))
            return &cli_params[i];
    return NULL;
}

static bool is_parameter(struct icm_slice name)
{
    for (size_t i = 0; i < cli_param_count; i++)
        if (icm_slice_equal_nocase(name, icm_slice_text(cli_params[i].name)))
            return true;
    return false;
}

static enum icm_code unknown_key(const struct reading *r, struct icm_slice key)
{
    static const char *const own[] = {"Host", "TrustedHosts"};
    struct cli_near near = {.wanted = key};
    char names[160], text[300];

    for (size_t i = 0; i < ICM_COUNT(own); i++)
        cli_near_offer(&near, own[i]);
    for (size_t i = 0; i < cli_param_count; i++)
        if (cli_params[i].traits & CLI_IN_CONFIG)
            cli_near_offer(&near, cli_params[i].name);
    snprintf(text, sizeof text, "unknown key '%.*s'%s%s", (int)(key.size < 40 ? key.size : 40), (const char *)key.data,
             is_parameter(key) ? ", which only a command line can have" : cli_near_text(&near, "", names, sizeof names),
             near.count == 0 && !is_parameter(key) ? "; man icm has all keys" : "");
    return fail(r, text);
}

static enum icm_code add_line(struct reading *r, const struct cli_param *param, struct icm_slice value)
{
    struct cli_config *c = r->config;
    struct line *line = icm_arena_take(&c->arena, sizeof *line);

    if (!line || !icm_arena_copy(&c->arena, value, &value))
        return icm_nomem(r->err);
    *line = (struct line){.param = param, .value = value, .patterns = r->patterns, .number = r->number};
    *c->end = line;
    c->end = &line->next;
    return ICM_OK;
}

static enum icm_code read_key(struct reading *r, struct icm_slice key, struct icm_slice value)
{
    const struct cli_param *param = find_key(key);
    struct icm_error why = {0};

    if (icm_slice_equal_nocase(key, icm_slice_text("Host")))
        return read_section(r, value);
    bool is_trusted = icm_slice_equal_nocase(key, icm_slice_text("TrustedHosts"));
    if (!is_trusted && !param)
        return unknown_key(r, key);
    if ((is_trusted || (param->traits & CLI_FOR_ALL)) && r->patterns)
        return fail(r, "this key stands in front of the first Host: it is not one computer's");
    if (is_trusted)
        return read_patterns(r, value, &r->config->trusted);
    enum icm_code code = cli_param_set(&r->scratch, param, value, &why);
    if (code == ICM_OK)
        return add_line(r, param, value);
    code = code == ICM_USAGE ? fail(r, why.text) : icm_nomem(r->err);
    icm_error_reset(&why);
    return code;
}

static enum icm_code read_lines(struct reading *r, struct icm_slice text)
{
    enum icm_code code = ICM_OK;

    while (text.size > 0 && code == ICM_OK) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end ? (size_t)(end - text.data) : text.size;
        struct icm_slice line = icm_slice_trim(icm_slice_of(text.data, size)), key, value;

        text = icm_slice_from(text, end ? size + 1 : size);
        r->number++;
        if (line.size == 0 || line.data[0] == '#')
            continue;
        if (memchr(line.data, '\0', line.size) || icm_utf8_valid_size(line) < line.size)
            return fail(r, "this is no text");
        split(line, &key, &value);
        code = read_key(r, key, value);
    }
    return code;
}

/* Variables count in front of the file's lines. */
static enum icm_code read_environment(struct reading *r)
{
    enum icm_code code = ICM_OK;

    for (size_t i = 0; i < ICM_COUNT(preferences) && code == ICM_OK; i++) {
        const char *value = getenv(preferences[i].variable);

        r->variable = preferences[i].variable;
        if (value && value[0] != '\0')
            code = icm_utf8_valid_size(icm_slice_text(value)) == strlen(value)
                       ? read_key(r, icm_slice_text(r->variable), icm_slice_text(value))
                       : fail(r, "this is no UTF-8");
    }
    r->variable = NULL;
    return code;
}

static enum icm_code read_config(struct cli_config **out, struct icm_slice text, const char *path, bool has_environment,
                                 struct icm_error *err)
{
    struct cli_config *c = calloc(1, sizeof *c);
    struct icm_slice copy;

    if (!c)
        return icm_nomem(err);
    c->end = &c->first;
    if (!icm_arena_copy(&c->arena, icm_slice_text(path), &copy)) {
        cli_config_free(c);
        return icm_nomem(err);
    }
    c->path = (const char *)copy.data;
    struct reading r = {.config = c, .err = err};
    cli_options_init(&r.scratch, &c->arena);
    enum icm_code code = has_environment ? read_environment(&r) : ICM_OK;
    if (code == ICM_OK)
        code = read_lines(&r, text);
    if (code != ICM_OK) {
        cli_config_free(c);
        return code;
    }
    *out = c;
    return ICM_OK;
}

enum icm_code cli_config_read(struct cli_config **out, struct icm_slice text, const char *path, struct icm_error *err)
{
    return read_config(out, text, path, false, err);
}

void cli_config_free(struct cli_config *c)
{
    if (!c)
        return;
    icm_arena_reset(&c->arena);
    free(c);
}

bool cli_config_path(const char *name, struct icm_buf *out)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    bool has_config = config && config[0] == '/'; /* the specification: a relative one is to be ignored */

    if (!has_config && !(home && home[0] == '/'))
        return false;
    icm_buf_add_format(out, "%s%s/icm/%s", has_config ? config : home, has_config ? "" : "/.config", name);
    return !out->failed;
}

/* one that may not be read is there: an error, not silence */
static bool exists(const char *path)
{
    return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

enum icm_code cli_config_load(struct cli_config **out, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf where = {0};
    char what[160];
    struct icm_buf text = {0};
    enum icm_code code = ICM_OK;

    bool has_path = cli_config_path("config", &where);
    const char *path = icm_buf_text(&where);
    bool is_there = has_path && exists(path);
    if (is_there) {
        snprintf(what, sizeof what, "the configuration '%.120s'", path);
        code = cli_file_read(path, CLI_CONFIG_BYTES_MAX, what, &text, err);
    }
    if (code == ICM_OK)
        code = read_config(out, icm_buf_slice(&text), is_there ? path : "", true, err);
    icm_buf_reset(&text);
    return code;
}

static bool matches_pattern(const char *pattern, const char *computer)
{
    return fnmatch(pattern, computer, FNM_CASEFOLD | FNM_NOESCAPE) == 0;
}

/* As in ssh_config: one pattern must match, and none behind an exclamation mark may. */
static bool matches(const struct cli_names *patterns, const char *computer)
{
    bool is_match = false;

    for (const struct cli_name *n = patterns->first; n; n = n->next) {
        bool is_negated = n->text[0] == '!';

        if (!matches_pattern(n->text + (is_negated ? 1 : 0), computer))
            continue;
        if (is_negated)
            return false;
        is_match = true;
    }
    return is_match;
}

static bool has_password_source(const struct cli_options *o)
{
    for (size_t i = 0; i < cli_param_count; i++)
        if (o->given[i] && (cli_params[i].traits & CLI_PASSWORD_SOURCE))
            return true;
    return false;
}

static bool counts(const struct line *line, const struct cli_options *o, const char *computer)
{
    if (o->given[cli_param_index(line->param)])
        return false;
    if ((line->param->traits & CLI_PASSWORD_SOURCE) && has_password_source(o))
        return false;
    return !line->patterns || (computer && matches(line->patterns, computer));
}

enum icm_code cli_config_apply(const struct cli_config *c, const struct cli_options *o, const char *computer,
                               struct cli_options *out, struct icm_error *err)
{
    struct cli_options copy = *o;

    for (const struct line *line = c->first; line; line = line->next) {
        if (!counts(line, &copy, computer))
            continue;
        enum icm_code code = cli_param_set(&copy, line->param, line->value, err);
        if (code != ICM_OK)
            return code;
    }
    *out = copy;
    return ICM_OK;
}

/* Addresses are compared as such: as a pattern, 127.* would let the name 127.0.0.1.example.com through. */
static bool is_loopback(const char *computer)
{
    static const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, computer, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
    if (inet_pton(AF_INET6, computer, &v6) == 1)
        return memcmp(&v6, &loopback, sizeof v6) == 0;
    return strcasecmp(computer, "localhost") == 0 || strcmp(computer, "[::1]") == 0;
}

bool cli_config_is_trusted(const struct cli_config *c, const char *computer)
{
    return is_loopback(computer) || matches(&c->trusted, computer);
}
