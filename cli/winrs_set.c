/* What winrs' own switches do with their values. */
#include "cli/bind.h"
#include "cli/computers.h"
#include "cli/param_set.h"

static bool take_start(struct icm_slice *text, const char *start)
{
    size_t size = strlen(start);

    if (text->size < size || !icm_slice_equal_nocase(icm_slice_of(text->data, size), icm_slice_text(start)))
        return false;
    *text = icm_slice_from(*text, size);
    return true;
}

/* HOST off the front of @text: up to a colon or slash, past the brackets of an IPv6 address. One without brackets has no port. */
static struct icm_slice take_host(struct icm_slice *text)
{
    size_t size = 0, colons = 0;

    if (text->size > 0 && text->data[0] == '[')
        while (size < text->size && text->data[size] != ']')
            size++;
    for (size_t i = size; i < text->size && text->data[i] != '/'; i++)
        colons += text->data[i] == ':';
    while (size < text->size && text->data[size] != '/' && (text->data[size] != ':' || colons > 1))
        size++;
    struct icm_slice host = icm_slice_of(text->data, size);
    *text = icm_slice_from(*text, size);
    return host;
}

static struct icm_slice take_port(struct icm_slice *text)
{
    struct icm_slice port = {0};
    size_t size = 0;

    if (text->size == 0 || text->data[0] != ':')
        return port;
    *text = icm_slice_from(*text, 1);
    while (size < text->size && text->data[size] != '/')
        size++;
    port = icm_slice_of(text->data, size);
    *text = icm_slice_from(*text, size);
    return port;
}

/* [TRANSPORT://]TARGET[:PORT][/PATH], as Windows' winrs has it */
enum icm_code cli_set_remote(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                             struct icm_error *err)
{
    struct icm_slice rest = icm_slice_trim(value);
    bool is_https = take_start(&rest, "https://");
    bool is_url = is_https || take_start(&rest, "http://");
    struct icm_slice host = take_host(&rest), port = take_port(&rest);
    enum icm_code code = ICM_OK;

    if (!cli_computer_name_is_valid(host) || (rest.size > 0 && rest.data[0] != '/'))
        return icm_fail(err, ICM_USAGE, NULL, "-%s: '%.*s' is no HOST, HOST:PORT or URL", p->name,
                        (int)(value.size < 60 ? value.size : 60), (const char *)value.data);
    if (is_url && !o->given[cli_param_index(cli_bind_named(CLI_WINRS, "UseSSL"))])
        code = cli_param_set(o, cli_bind_named(CLI_WINRS, "UseSSL"), icm_slice_text(is_https ? "true" : "false"), err);
    if (code == ICM_OK && port.size > 0)
        code = cli_param_set(o, cli_bind_named(CLI_WINRS, "Port"), port, err);
    if (code == ICM_OK && rest.size > 1)
        code = cli_param_set(o, cli_bind_named(CLI_WINRS, "ApplicationName"), rest, err);
    return code == ICM_OK ? cli_computers_read_lines(o, host, "-Remote", err) : code;
}

enum icm_code cli_set_variable(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                               struct icm_error *err)
{
    const uint8_t *sign = value.size > 0 ? memchr(value.data, '=', value.size) : NULL;

    if (!sign || sign == value.data)
        return icm_fail(err, ICM_USAGE, NULL, "-%s takes NAME=VALUE, not '%.*s'", p->name,
                        (int)(value.size < 60 ? value.size : 60), (const char *)value.data);
    return cli_set_name(o, p, value, err);
}

enum icm_code cli_set_code_page(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                                struct icm_error *err)
{
    int64_t number;

    if (!icm_parse_i64(icm_slice_trim(value), 1, 65535, &number))
        return icm_fail(err, ICM_USAGE, NULL, "-%s takes a code page's number (65001 is UTF-8), not '%.*s'", p->name,
                        (int)(value.size < 60 ? value.size : 60), (const char *)value.data);
    o->code_page = (uint32_t)number;
    return ICM_OK;
}

/* Other users of this computer can read the words of a command line. */
enum icm_code cli_refuse_password(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                                  struct icm_error *err)
{
    (void)o, (void)value;
    return icm_fail(err, ICM_USAGE, NULL,
                    "-%s is not taken from the command line, where others can read it: the password comes from -PasswordFile "
                    "FILE, -PasswordCommand CMD, the variable ICM_PASSWORD or a prompt",
                    p->name);
}
