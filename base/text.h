/* Text in the forms that the protocols use: GUIDs, base64, UTF-16, numbers. */
#ifndef ICM_BASE_TEXT_H
#define ICM_BASE_TEXT_H

#include "base/buf.h"

/** A GUID as it is written: the first byte is the first pair of digits. All zeroes is "none". */
struct icm_guid {
    uint8_t bytes[16];
};

enum { ICM_GUID_TEXT = 36 }; /* characters of the written form */

/** A random (version 4) GUID. ICM_IO: the system gives no random bytes. */
enum icm_code icm_guid_random(struct icm_guid *out, struct icm_error *err);

/** Read 8-4-4-4-12 hexadecimal digits of either case, nothing before or behind. false: not that. */
bool icm_guid_parse(struct icm_slice text, struct icm_guid *out);

/** Write it in upper case (as Windows does for shells; shell ids are compared as text) or lower case, with an end. */
void icm_guid_format_upper(const struct icm_guid *guid, char out[ICM_GUID_TEXT + 1]);
void icm_guid_format_lower(const struct icm_guid *guid, char out[ICM_GUID_TEXT + 1]);

/** The .NET byte order of MS-PSRP 2.2.1 (the first three groups are little-endian), there and back: it is its own inverse. */
struct icm_guid icm_guid_swap(const struct icm_guid *guid);

bool icm_guid_is_zero(const struct icm_guid *guid);
static inline bool icm_guid_equal(const struct icm_guid *a, const struct icm_guid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/** Append the base64 form, with padding and without line breaks. */
void icm_base64_write(struct icm_buf *out, struct icm_slice bytes);

/** A base64 text that comes in pieces. A zeroed one is ready. */
struct icm_base64 {
    uint32_t bits;
    uint8_t digits;  /* of the group of four that is open */
    uint8_t padding; /* '=' seen in it */
};

/** Append what the next piece decodes to; ASCII white space is skipped. ICM_SYNTAX: another character, or text behind the
 *  padding. */
enum icm_code icm_base64_feed(struct icm_base64 *state, struct icm_slice text, struct icm_buf *out,
                              struct icm_error *err);

/** ICM_SYNTAX: the text ended inside a group. The state is ready for the next text. */
enum icm_code icm_base64_end(struct icm_base64 *state, struct icm_error *err);

/** Append a whole base64 text's bytes. */
enum icm_code icm_base64_read(struct icm_slice text, struct icm_buf *out, struct icm_error *err);

/** Append @bytes as hexadecimal digits, lower case. */
void icm_hex_write(struct icm_buf *out, struct icm_slice bytes);

/** One code point off the front of UTF-8, which moves past it. Lone surrogates in their three-byte form are let through
 *  (WTF-8): PowerShell strings may hold them. -1: not UTF-8; @text stays. */
int32_t icm_utf8_next(struct icm_slice *text);

/** Append a code point; surrogates in the three-byte form. */
void icm_utf8_add(struct icm_buf *out, uint32_t code_point);

/** How many bytes at the front of @text are printable ASCII (0x20 to 0x7e) and neither @a nor @b: what a writer copies as it is. */
size_t icm_ascii_plain_size(struct icm_slice text, char a, char b);

/** Where @text stops being UTF-8 (surrogates refused): its size when all of it is. */
size_t icm_utf8_valid_size(struct icm_slice text);

/** Append (W)UTF-8 as UTF-16LE. ICM_SYNTAX: not UTF-8; nothing was appended. */
enum icm_code icm_utf16_from_utf8(struct icm_buf *out, struct icm_slice utf8, struct icm_error *err);

/** Append UTF-16LE as UTF-8; a lone surrogate becomes its three-byte form. ICM_SYNTAX: an odd number of bytes. */
enum icm_code icm_utf8_from_utf16(struct icm_buf *out, struct icm_slice utf16, struct icm_error *err);

/** A whole decimal number, a minus sign allowed, nothing around it, between @min and @max. false: not that. */
bool icm_parse_i64(struct icm_slice text, int64_t min, int64_t max, int64_t *out);
bool icm_parse_u64(struct icm_slice text, uint64_t max, uint64_t *out);

/** A finite or special number as CLIXML writes it: digits, `NaN`, `INF`, `-INF`; never locale dependent. */
bool icm_parse_double(struct icm_slice text, double *out);

/** The shortest decimal text that reads back to @value, in the form that .NET Core writes (`1E+17`, `1E-05`, `-0`);
 *  `NaN`, `INF`, `-INF`. @out holds at least ICM_DOUBLE_TEXT bytes. */
enum { ICM_DOUBLE_TEXT = 32 };
void icm_format_double(double value, char *out);
void icm_format_float(float value, char *out);

#endif
