#include "base/text.h"

#include "base/random.h"

enum icm_code icm_guid_random(struct icm_guid *out, struct icm_error *err)
{
    struct icm_guid guid;

    enum icm_code code = icm_random(guid.bytes, sizeof guid.bytes, err);
    if (code != ICM_OK)
        return code;
    guid.bytes[6] = (uint8_t)((guid.bytes[6] & 0x0f) | 0x40); /* version 4, RFC 4122 4.4 */
    guid.bytes[8] = (uint8_t)((guid.bytes[8] & 0x3f) | 0x80);
    *out = guid;
    return ICM_OK;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool is_dash_place(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

bool icm_guid_parse(struct icm_slice text, struct icm_guid *out)
{
    struct icm_guid guid = {{0}};
    size_t nibble = 0;

    if (text.size != ICM_GUID_TEXT)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (is_dash_place(i)) {
            if (text.data[i] != '-')
                return false;
            continue;
        }
        int digit = hex_digit(text.data[i]);
        if (digit < 0)
            return false;
        guid.bytes[nibble / 2] = (uint8_t)(guid.bytes[nibble / 2] << 4 | digit);
        nibble++;
    }
    *out = guid;
    return true;
}

static void guid_format(const struct icm_guid *guid, const char *digits, char *out)
{
    size_t nibble = 0;

    for (size_t i = 0; i < ICM_GUID_TEXT; i++) {
        if (is_dash_place(i)) {
            out[i] = '-';
            continue;
        }
        uint8_t byte = guid->bytes[nibble / 2];
        out[i] = digits[nibble % 2 == 0 ? byte >> 4 : byte & 15];
        nibble++;
    }
    out[ICM_GUID_TEXT] = '\0';
}

void icm_guid_format_upper(const struct icm_guid *guid, char out[ICM_GUID_TEXT + 1])
{
    guid_format(guid, "0123456789ABCDEF", out);
}

void icm_guid_format_lower(const struct icm_guid *guid, char out[ICM_GUID_TEXT + 1])
{
    guid_format(guid, "0123456789abcdef", out);
}

struct icm_guid icm_guid_swap(const struct icm_guid *guid)
{
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    struct icm_guid swapped;

    for (size_t i = 0; i < sizeof order; i++)
        swapped.bytes[i] = guid->bytes[order[i]];
    return swapped;
}

bool icm_guid_is_zero(const struct icm_guid *guid)
{
    static const struct icm_guid zero;

    return icm_guid_equal(guid, &zero);
}

void icm_hex_write(struct icm_buf *out, struct icm_slice bytes)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes.size; i++) {
        icm_buf_add_u8(out, (uint8_t)digits[bytes.data[i] >> 4]);
        icm_buf_add_u8(out, (uint8_t)digits[bytes.data[i] & 15]);
    }
}
