#include "tests/psrp/clixml_form_private.h"

#include "base/digest.h"
#include "psrp/clixml_types.h"

#include <inttypes.h>
#include <math.h>

enum { LONGEST = 4000 }; /* units of a text, bytes of an array: more is told by its hash */

/* ---- JSON ---- */

static void quote_one(struct icm_buf *out, struct icm_slice *text)
{
    int32_t c = icm_utf8_next(text);

    if (c < 0) { /* no UTF-8: nothing of ours */
        *text = icm_slice_from(*text, 1);
        c = 0xFFFD;
    }
    if (c == '"' || c == '\\')
        icm_buf_add_format(out, "\\%c", (char)c);
    else if (c >= 0x10000)
        icm_buf_add_format(out, "\\u%04x\\u%04x", 0xD800 + ((unsigned)(c - 0x10000) >> 10),
                           0xDC00 + ((unsigned)(c - 0x10000) & 0x3FF));
    else
        icm_buf_add_format(out, "\\u%04x", (unsigned)c);
}

void clixml_form_quote(struct icm_buf *out, struct icm_slice text)
{
    icm_buf_add_u8(out, '"');
    while (text.size > 0) {
        size_t plain = icm_ascii_plain_size(text, '"', '\\');

        icm_buf_add(out, icm_slice_of(text.data, plain));
        text = icm_slice_from(text, plain);
        if (text.size > 0)
            quote_one(out, &text);
    }
    icm_buf_add_u8(out, '"');
}

void clixml_form_text(struct icm_buf *out, const char *key, struct icm_slice text)
{
    icm_buf_add_format(out, ",\"%s\":", key);
    clixml_form_quote(out, text);
}

static void add_digest(struct icm_buf *out, const char *key, struct icm_slice bytes)
{
    uint8_t digest[ICM_SHA256_SIZE];

    if (icm_digest(ICM_SHA256, &bytes, 1, digest, NULL) != ICM_OK)
        memset(digest, 0, sizeof digest);
    icm_buf_add_format(out, ",\"%s\":\"", key);
    icm_hex_write(out, icm_slice_of(digest, sizeof digest));
    icm_buf_add_u8(out, '"');
}

/* ---- texts and bytes ---- */

static void add_text(struct icm_buf *out, struct icm_slice text)
{
    struct icm_buf units = {0};

    if (text.size > LONGEST && icm_utf16_from_utf8(&units, text, NULL) == ICM_OK && units.size > 2 * LONGEST) {
        icm_buf_add_format(out, ",\"utf16_len\":%zu", units.size / 2);
        add_digest(out, "sha256_utf16le", icm_buf_slice(&units));
    } else {
        clixml_form_text(out, "v", text);
    }
    icm_buf_reset(&units);
}

static void add_bytes(struct icm_buf *out, struct icm_slice bytes)
{
    if (bytes.size > LONGEST) {
        icm_buf_add_format(out, ",\"len\":%zu", bytes.size);
        add_digest(out, "sha256", bytes);
        return;
    }
    icm_buf_add_text(out, ",\"hex\":\"");
    icm_hex_write(out, bytes);
    icm_buf_add_u8(out, '"');
}

static int hex_digit(uint8_t c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c ? strchr(digits, c | 0x20) : NULL;

    return found ? (int)(found - digits) : -1;
}

/* On Unix PSSerializer writes the UTF-16LE of a SecureString as hexadecimal digits, which the reader took for base64:
 * written in base64 again they are there again. */
static enum icm_code clear_of_digits(struct icm_slice sealed, struct icm_buf *out, struct icm_error *err)
{
    struct icm_buf digits = {0}, units = {0};
    enum icm_code code = ICM_OK;

    icm_base64_write(&digits, sealed);
    for (size_t i = 0; i + 1 < digits.size && code == ICM_OK; i += 2) {
        int high = hex_digit(digits.data[i]), low = hex_digit(digits.data[i + 1]);

        if (high < 0 || low < 0)
            code = icm_fail(err, ICM_SYNTAX, NULL, "SS in a document with a root is not hexadecimal digits");
        else
            icm_buf_add_u8(&units, (uint8_t)(high << 4 | low));
    }
    if (code == ICM_OK && units.size == 0)
        code = icm_fail(err, ICM_SYNTAX, NULL, "an empty SS in a document with a root");
    if (code == ICM_OK)
        code = icm_utf8_from_utf16(out, icm_buf_slice(&units), err);
    icm_buf_reset(&digits);
    icm_buf_reset(&units);
    return code;
}

enum icm_code clixml_form_clear(const struct psrp_value *value, const struct clixml_form_source *source,
                                struct icm_buf *out, struct icm_error *err)
{
    size_t before = out->size;
    enum icm_code code = source->has_root ? clear_of_digits(value->as.text, out, err)
                                          : psrp_secret_open(source->secret, value->as.text, out, err);
    /* the index has them as .NET gives them to who asks for a string: up to a NUL */
    const uint8_t *end =
        code == ICM_OK && out->size > before ? memchr(out->data + before, 0, out->size - before) : NULL;

    if (end)
        out->size = (size_t)(end - out->data);
    return code;
}

static enum icm_code add_secure(struct icm_buf *out, const struct psrp_value *value,
                                const struct clixml_form_source *source, struct icm_error *err)
{
    struct icm_buf clear = {0};
    enum icm_code code = clixml_form_clear(value, source, &clear, err);

    if (code == ICM_OK)
        add_text(out, icm_buf_slice(&clear));
    icm_buf_reset(&clear);
    return code;
}

/* ---- times ---- */

#define TICKS_OF_SECOND INT64_C(10000000)
#define TICKS_OF_DAY (86400 * TICKS_OF_SECOND)

static uint64_t take_number(struct icm_slice *text)
{
    uint64_t number = 0;

    for (; text->size > 0 && text->data[0] >= '0' && text->data[0] <= '9'; *text = icm_slice_from(*text, 1))
        number = number * 10 + (text->data[0] - '0');
    return number;
}

static bool take(struct icm_slice *text, char c)
{
    bool is_there = text->size > 0 && text->data[0] == (uint8_t)c;

    if (is_there)
        *text = icm_slice_from(*text, 1);
    return is_there;
}

/* The ticks behind a point, where there is one; digits past the seventh do not count. */
static int64_t take_fraction(struct icm_slice *text)
{
    int64_t ticks = 0, unit = TICKS_OF_SECOND / 10;

    if (!take(text, '.'))
        return 0;
    for (; text->size > 0 && text->data[0] >= '0' && text->data[0] <= '9'; *text = icm_slice_from(*text, 1)) {
        ticks += unit * (text->data[0] - '0');
        unit /= 10;
    }
    return ticks;
}

/* days from 0001-01-01 in the proleptic Gregorian calendar */
static int64_t days_before(int64_t year, int64_t month, int64_t day)
{
    static const int16_t before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int64_t last = year - 1;

    return last * 365 + last / 4 - last / 100 + last / 400 + before[(month - 1) % 12] + (month > 2 && is_leap ? 1 : 0) +
           day - 1;
}

struct moment {
    int64_t date[3], clock[3], fraction;
    const char *kind;
};

/* The text was checked by the reader. A local time keeps the clock that it was written with. */
static struct moment moment_of(struct icm_slice text)
{
    struct moment m;

    for (size_t i = 0; i < 3; i++, take(&text, '-'))
        m.date[i] = (int64_t)take_number(&text);
    take(&text, 'T');
    for (size_t i = 0; i < 3; i++, take(&text, ':'))
        m.clock[i] = (int64_t)take_number(&text);
    m.fraction = take_fraction(&text);
    m.kind = text.size == 0 ? "Unspecified" : text.data[0] == 'Z' ? "Utc" : "Local";
    return m;
}

static void add_datetime(struct icm_buf *out, struct icm_slice text)
{
    struct moment m = moment_of(text);
    int64_t ticks = days_before(m.date[0], m.date[1], m.date[2]) * TICKS_OF_DAY +
                    ((m.clock[0] * 60 + m.clock[1]) * 60 + m.clock[2]) * TICKS_OF_SECOND + m.fraction;

    icm_buf_add_format(out, ",\"v\":\"%04d-%02d-%02dT%02d:%02d:%02d.%07d\",\"ticks\":\"%" PRId64 "\",\"kind\":\"%s\"",
                       (int)m.date[0], (int)m.date[1], (int)m.date[2], (int)m.clock[0], (int)m.clock[1],
                       (int)m.clock[2], (int)m.fraction, ticks, m.kind);
}

static int64_t ticks_of(char unit)
{
    return unit == 'D'   ? TICKS_OF_DAY
           : unit == 'H' ? 3600 * TICKS_OF_SECOND
           : unit == 'M' ? 60 * TICKS_OF_SECOND
                         : TICKS_OF_SECOND;
}

/* The size of a duration, whose text was checked: the most negative one has no positive. */
static uint64_t duration_size(struct icm_slice text)
{
    uint64_t total = 0;

    while (text.size > 0) {
        uint64_t number = take_number(&text);
        int64_t fraction = take_fraction(&text);

        if (text.size == 0)
            break;
        if (text.data[0] != 'P' && text.data[0] != 'T')
            total += number * (uint64_t)ticks_of((char)text.data[0]) + (uint64_t)fraction;
        text = icm_slice_from(text, 1);
    }
    return total;
}

/* .NET's constant form, [-][d.]hh:mm:ss[.fffffff] */
static void add_duration_text(struct icm_buf *out, struct icm_slice text)
{
    bool is_negative = take(&text, '-');
    uint64_t size = duration_size(text), seconds = size / TICKS_OF_SECOND;

    if (is_negative && size > 0)
        icm_buf_add_u8(out, '-');
    if (seconds >= 86400)
        icm_buf_add_format(out, "%" PRIu64 ".", seconds / 86400);
    icm_buf_add_format(out, "%02d:%02d:%02d", (int)(seconds / 3600 % 24), (int)(seconds / 60 % 60),
                       (int)(seconds % 60));
    if (size % TICKS_OF_SECOND)
        icm_buf_add_format(out, ".%07d", (int)(size % TICKS_OF_SECOND));
}

static void add_duration(struct icm_buf *out, struct icm_slice text)
{
    struct icm_slice rest = text;
    const char *sign = take(&rest, '-') ? "-" : "";
    uint64_t size = duration_size(rest);

    icm_buf_add_text(out, ",\"v\":\"");
    add_duration_text(out, text);
    icm_buf_add_format(out, "\",\"ticks\":\"%s%" PRIu64 "\"", size ? sign : "", size);
}

/* ---- numbers ---- */

/* The one NaN of .NET has its sign set. */
static void add_bits(struct icm_buf *out, const struct psrp_value *value)
{
    double number = value->as.number;
    float single = (float)number;
    uint64_t bits = UINT64_C(0xFFF8000000000000);
    uint32_t single_bits = UINT32_C(0xFFC00000);

    if (!isnan(number)) {
        memcpy(&bits, &number, sizeof bits);
        memcpy(&single_bits, &single, sizeof single_bits);
    }
    if (value->kind == PSRP_FLOAT)
        icm_buf_add_format(out, ",\"bits\":\"%08" PRIx32 "\"", single_bits);
    else
        icm_buf_add_format(out, ",\"bits\":\"%016" PRIx64 "\"", bits);
}

/* System.Decimal knows no zeroes in front and no negative zero, and keeps those behind the point. */
static void add_decimal(struct icm_buf *out, struct icm_slice text)
{
    bool is_negative = take(&text, '-'), is_zero = true;

    while (text.size > 1 && text.data[0] == '0' && text.data[1] != '.')
        text = icm_slice_from(text, 1);
    for (size_t i = 0; i < text.size; i++)
        is_zero = is_zero && (text.data[i] == '0' || text.data[i] == '.');
    if (is_negative && !is_zero)
        icm_buf_add_u8(out, '-');
    icm_buf_add(out, text);
}

static void add_version(struct icm_buf *out, struct icm_slice text)
{
    do
        icm_buf_add_format(out, "%" PRIu64, take_number(&text));
    while (take(&text, '.') && (icm_buf_add_u8(out, '.'), true));
}

static void add_guid(struct icm_buf *out, struct icm_slice text)
{
    struct icm_guid guid = {0};
    char lower[ICM_GUID_TEXT + 1];

    icm_guid_parse(text, &guid);
    icm_guid_format_lower(&guid, lower);
    icm_buf_add_text(out, lower);
}

/* ---- the scalars ---- */

/* What .NET's ToString gives, as far as psrp_value_write_text has it otherwise. */
static void add_dotnet_text(struct icm_buf *out, const struct psrp_value *value)
{
    struct moment m;

    switch (value->kind) {
    case PSRP_DATETIME:
        m = moment_of(value->as.text);
        icm_buf_add_format(out, "%02d/%02d/%04d %02d:%02d:%02d", (int)m.date[1], (int)m.date[2], (int)m.date[0],
                           (int)m.clock[0], (int)m.clock[1], (int)m.clock[2]);
        break;
    case PSRP_TIMESPAN:
        add_duration_text(out, value->as.text);
        break;
    case PSRP_DECIMAL:
        add_decimal(out, value->as.text);
        break;
    case PSRP_VERSION:
        add_version(out, value->as.text);
        break;
    case PSRP_GUID:
        add_guid(out, value->as.text);
        break;
    case PSRP_BYTES:
    case PSRP_XML:
    case PSRP_SECURESTRING:
        icm_buf_add_text(out, clixml_form_classes(value->kind)[0]);
        break;
    default:
        psrp_value_write_text(value, out);
    }
}

void clixml_form_key_text(struct icm_buf *out, const struct psrp_value *key)
{
    if (key->object)
        psrp_value_write_text(key, out);
    else
        add_dotnet_text(out, key);
}

static void add_ascii(struct icm_buf *out, const struct psrp_value *value)
{
    struct psrp_value bare = *value;

    bare.object = NULL;
    icm_buf_add_text(out, ",\"v\":\"");
    add_dotnet_text(out, &bare);
    icm_buf_add_u8(out, '"');
}

static enum icm_code add_content(struct icm_buf *out, const struct psrp_value *value,
                                 const struct clixml_form_source *source, struct icm_error *err)
{
    switch (value->kind) {
    case PSRP_NIL:
        break;
    case PSRP_STRING:
    case PSRP_SCRIPTBLOCK:
    case PSRP_URI:
    case PSRP_XML:
        add_text(out, value->as.text);
        break;
    case PSRP_CHAR:
        icm_buf_add_format(out, ",\"v\":%" PRIu64, value->as.u64);
        break;
    case PSRP_BOOL:
        icm_buf_add_format(out, ",\"v\":%s", value->as.boolean ? "true" : "false");
        break;
    case PSRP_DATETIME:
        add_datetime(out, value->as.text);
        break;
    case PSRP_TIMESPAN:
        add_duration(out, value->as.text);
        break;
    case PSRP_FLOAT:
    case PSRP_DOUBLE:
        add_ascii(out, value);
        add_bits(out, value);
        break;
    case PSRP_BYTES:
        add_bytes(out, value->as.text);
        break;
    case PSRP_SECURESTRING:
        return add_secure(out, value, source, err);
    default:
        add_ascii(out, value);
    }
    return ICM_OK;
}

enum icm_code clixml_form_scalar(struct icm_buf *out, const struct psrp_value *value,
                                 const struct clixml_form_source *source, struct icm_error *err)
{
    /* a script block is read as a string */
    enum psrp_kind kind = value->kind == PSRP_SCRIPTBLOCK ? PSRP_STRING : value->kind;

    icm_buf_add_format(out, "{\"k\":\"%s\"", psrp_clixml_types[kind].name);
    enum icm_code code = add_content(out, value, source, err);
    icm_buf_add_u8(out, '}');
    return code;
}
