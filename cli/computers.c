#include "cli/computers.h"

#include "cli/file.h"
#include "cli/literal.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>

/* @name without its brackets, when it is an IPv6 address (with or without a zone) */
static bool is_ipv6(struct icm_slice name)
{
    char text[INET6_ADDRSTRLEN] = "";
    struct in6_addr address;

    if (name.size > 2 && name.data[0] == '[' && name.data[name.size - 1] == ']')
        name = icm_slice_of(name.data + 1, name.size - 2);
    const uint8_t *zone = name.size > 0 ? memchr(name.data, '%', name.size) : NULL;
    size_t size = zone ? (size_t)(zone - name.data) : name.size;
    for (size_t i = size + 1; i < name.size; i++)
        if (!isalnum(name.data[i]) && (name.data[i] == '\0' || !strchr("-._", name.data[i])))
            return false;
    if (size >= sizeof text || (zone && size + 1 == name.size))
        return false;
    memcpy(text, name.data, size);
    return inet_pton(AF_INET6, text, &address) == 1;
}

/* letters, digits, hyphen, underscore, dot, and what is not ASCII (a domain name of other scripts) */
static bool is_host_byte(uint8_t c)
{
    return isalnum(c) || c == '-' || c == '_' || c == '.' || c >= 0x80;
}

bool cli_computer_name_is_valid(struct icm_slice name)
{
    if (name.size == 0 || name.size > CLI_COMPUTER_NAME_MAX || icm_utf8_valid_size(name) < name.size)
        return false;
    if (is_ipv6(name))
        return true;
    for (size_t i = 0; i < name.size; i++)
        if (!is_host_byte(name.data[i]))
            return false;
    return name.data[0] != '-' && name.data[0] != '.'; /* a hyphen could be taken for an option by other programs */
}

void cli_computer_write_host(const char *name, struct icm_buf *out)
{
    bool is_address = is_ipv6(icm_slice_text(name));

    if (is_address && name[0] != '[')
        icm_buf_add_u8(out, '[');
    for (const char *c = name; *c; c++)
        icm_buf_add_text(out, *c == '%' ? "%25" : (char[]){*c, '\0'});
    if (is_address && name[0] != '[')
        icm_buf_add_u8(out, ']');
}

static enum icm_code add(struct cli_options *o, struct icm_slice name, struct icm_error *err)
{
    if (name.size == 0 || icm_slice_is(name, ".") || icm_slice_equal_nocase(name, icm_slice_text("localhost")))
        name = icm_slice_text("localhost");
    if (!cli_computer_name_is_valid(name))
        return icm_fail(err, ICM_USAGE, NULL,
                        "'%.*s' is no computer name (a host name or an address alone: the port is -Port's, https is -UseSSL's; a whole address is -ConnectionUri's)",
                        (int)(name.size < 60 ? name.size : 60), (const char *)name.data);
    if (o->computers.count >= CLI_COMPUTERS_MAX)
        return icm_fail(err, ICM_USAGE, NULL, "more than %d computers", CLI_COMPUTERS_MAX);
    return cli_names_add(o->arena, &o->computers, name) ? ICM_OK : icm_nomem(err);
}

static struct icm_slice next_line(struct icm_slice *text)
{
    const uint8_t *end = memchr(text->data, '\n', text->size);
    size_t size = end ? (size_t)(end - text->data) : text->size;
    struct icm_slice line = icm_slice_of(text->data, size);

    *text = icm_slice_from(*text, end ? size + 1 : size);
    return line;
}

static struct icm_slice without_comment(struct icm_slice line)
{
    const uint8_t *mark = line.size > 0 ? memchr(line.data, '#', line.size) : NULL;

    return icm_slice_trim(icm_slice_of(line.data, mark ? (size_t)(mark - line.data) : line.size));
}

enum icm_code cli_computers_read_lines(struct cli_options *o, struct icm_slice text, const char *origin,
                                       struct icm_error *err)
{
    size_t before = o->computers.count;

    for (size_t number = 1; text.size > 0; number++) {
        struct icm_slice name = without_comment(next_line(&text));
        struct icm_error why = {0};

        if (name.size == 0 || add(o, name, &why) == ICM_OK)
            continue;
        enum icm_code code = icm_fail(err, why.code, NULL, "%s, line %zu: %s", origin, number, why.text);
        icm_error_reset(&why);
        return code;
    }
    return o->computers.count > before ? ICM_OK : icm_fail(err, ICM_USAGE, NULL, "%s names no computer", origin);
}

static enum icm_code read_file(struct cli_options *o, const char *path, struct icm_error *err)
{
    struct icm_buf text = {0};
    char origin[128];

    snprintf(origin, sizeof origin, "the list of computers '%.90s'", path);
    enum icm_code code = cli_file_read(path, CLI_COMPUTERS_BYTES_MAX, origin, &text, err);
    if (code == ICM_OK)
        code = cli_computers_read_lines(o, icm_buf_slice(&text), origin, err);
    icm_buf_reset(&text);
    return code;
}

/* One item of the list: a name, or where names are. */
static enum icm_code add_item(struct cli_options *o, struct icm_slice item, struct icm_error *err)
{
    if (icm_slice_is(item, "-")) {
        o->computers_from_stdin = true;
        return read_file(o, "-", err);
    }
    if (item.size < 2 || item.data[0] != '@')
        return add(o, item, err);
    const char *path = cli_options_keep(o, icm_slice_from(item, 1));
    return path ? read_file(o, path, err) : icm_nomem(err);
}

/* one word, whatever it has in it: a file's name may look like anything */
static bool is_file_alone(struct icm_slice value)
{
    return value.size > 1 && value.data[0] == '@' && value.data[1] != '(' && !memchr(value.data, ',', value.size);
}

enum icm_code cli_computers_read(struct cli_options *o, struct icm_slice value, struct icm_error *err)
{
    struct psrp_value *names;

    if (is_file_alone(value))
        return add_item(o, value, err);
    enum icm_code code = cli_literal_read_texts(o->arena, value, &names, err);
    if (code == ICM_OK && !names->as.list->first)
        return icm_fail(err, ICM_USAGE, NULL, "-ComputerName is an empty list");
    for (const struct psrp_item *i = code == ICM_OK ? names->as.list->first : NULL; i && code == ICM_OK; i = i->next)
        code = add_item(o, psrp_value_text_of(i->value), err);
    return code;
}
