#include "wsman/challenge.h"

#include "auth/auth.h"

enum { LIST_MAX = 120, NAME_MAX_SIZE = 80 };

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool ends_word(uint8_t c)
{
    return is_space(c) || c == ',' || c == '\n';
}

/* @at the first byte from @from on that is neither white space nor a comma */
static size_t skip_separators(struct icm_slice text, size_t from)
{
    while (from < text.size && (is_space(text.data[from]) || text.data[from] == ','))
        from++;
    return from;
}

/* Whether what begins at @at is "name = value", so that it belongs to the challenge in front of it. */
static bool is_parameter(struct icm_slice text, size_t at)
{
    size_t begin = at;

    while (at < text.size && !ends_word(text.data[at]) && text.data[at] != '=')
        at++;
    if (at == begin)
        return false;
    while (at < text.size && is_space(text.data[at]))
        at++;
    return at < text.size && text.data[at] == '=';
}

/* Behind a quoted text that begins at @at; a backslash takes the next byte with it. */
static size_t skip_quoted(struct icm_slice text, size_t at)
{
    for (at++; at < text.size && text.data[at] != '"' && text.data[at] != '\n'; at++)
        if (text.data[at] == '\\' && at + 1 < text.size && text.data[at + 1] != '\n')
            at++;
    return at < text.size && text.data[at] == '"' ? at + 1 : at;
}

/* Where the challenge ends whose token or parameters begin at @at: at its line's end, or at the comma in front of
 * another scheme. */
static size_t find_end(struct icm_slice text, size_t at)
{
    while (at < text.size && text.data[at] != '\n') {
        if (text.data[at] == '"') {
            at = skip_quoted(text, at);
            continue;
        }
        if (text.data[at] != ',') {
            at++;
            continue;
        }
        size_t next = skip_separators(text, at);
        if (next < text.size && text.data[next] != '\n' && !is_parameter(text, next))
            return at;
        at = next;
    }
    return at;
}

bool wsman_challenge_next(struct icm_slice *headers, struct wsman_challenge *out)
{
    struct icm_slice text = *headers;
    size_t begin = 0, behind;

    while (begin < text.size && ends_word(text.data[begin]))
        begin++;
    if (begin == text.size)
        return false;
    for (behind = begin; behind < text.size && !ends_word(text.data[behind]);)
        behind++;
    size_t end = behind < text.size && is_space(text.data[behind]) ? find_end(text, behind) : behind;
    out->scheme = icm_slice_of(text.data + begin, behind - begin);
    out->rest = icm_slice_trim(icm_slice_of(text.data + behind, end - behind));
    while (out->rest.size > 0 && out->rest.data[out->rest.size - 1] == ',')
        out->rest = icm_slice_trim(icm_slice_of(out->rest.data, out->rest.size - 1));
    *headers = icm_slice_from(text, end);
    return true;
}

bool wsman_challenge_find(struct icm_slice headers, const char *scheme, struct icm_buf *rests)
{
    struct wsman_challenge c;
    bool is_there = false;

    while (wsman_challenge_next(&headers, &c)) {
        if (!icm_slice_equal_nocase(c.scheme, icm_slice_text(scheme)))
            continue;
        is_there = true;
        if (c.rest.size > 0 && rests->size > 0)
            icm_buf_add_u8(rests, '\n');
        icm_buf_add(rests, c.rest);
    }
    return is_there;
}

static bool is_name(struct icm_slice scheme)
{
    for (size_t i = 0; i < scheme.size; i++)
        if (scheme.data[i] <= ' ' || scheme.data[i] >= 0x7F || scheme.data[i] == '"')
            return false;
    return scheme.size <= NAME_MAX_SIZE;
}

/* Certificates have an address for a scheme, which nobody would know by sight (MS-WSMV 2.2.9.1). */
static struct icm_slice name_of(struct icm_slice scheme)
{
    const struct auth_mechanism *certificate = auth_mechanism_find("Certificate");

    return icm_slice_equal_nocase(scheme, icm_slice_text(certificate->scheme)) ? icm_slice_text(certificate->name)
                                                                               : scheme;
}

/* Digest comes once for each algorithm, and is said once. */
void wsman_challenge_list(struct icm_slice headers, struct icm_buf *out)
{
    struct icm_slice last = {0};
    size_t before = out->size;
    struct wsman_challenge c;

    while (wsman_challenge_next(&headers, &c)) {
        if (!is_name(c.scheme) || icm_slice_equal_nocase(c.scheme, last))
            continue;
        if (out->size - before > LIST_MAX) {
            icm_buf_add_text(out, " …");
            return;
        }
        if (out->size > before)
            icm_buf_add_text(out, ", ");
        icm_buf_add(out, name_of(c.scheme));
        last = c.scheme;
    }
}
