#include "cli/host_key.h"

enum { ESCAPE = 27, VK_BACK = 8, VK_TAB = 9, VK_RETURN = 13, VK_ESCAPE = 27, VK_PACKET = 0xE7 };

/* What follows Escape. Source: ECMA-48 as xterm and the Linux console use it. */
static const struct {
    const char *sequence;
    int32_t virtual_key;
} sequences[] = {
    {"[A", 0x26},   {"[B", 0x28},   {"[C", 0x27},   {"[D", 0x25},   {"[H", 0x24},   {"[F", 0x23},
    {"[1~", 0x24},  {"[2~", 0x2D},  {"[3~", 0x2E},  {"[4~", 0x23},  {"[5~", 0x21},  {"[6~", 0x22},
    {"OA", 0x26},   {"OB", 0x28},   {"OC", 0x27},   {"OD", 0x25},   {"OH", 0x24},   {"OF", 0x23},
    {"OP", 0x70},   {"OQ", 0x71},   {"OR", 0x72},   {"OS", 0x73},   {"[15~", 0x74}, {"[17~", 0x75},
    {"[18~", 0x76}, {"[19~", 0x77}, {"[20~", 0x78}, {"[21~", 0x79}, {"[23~", 0x7A}, {"[24~", 0x7B},
};

static bool read_sequence(struct icm_slice *in, struct cli_key *out)
{
    struct icm_slice behind = icm_slice_from(*in, 1);

    for (size_t i = 0; i < ICM_COUNT(sequences); i++) {
        size_t size = strlen(sequences[i].sequence);

        if (behind.size < size || memcmp(behind.data, sequences[i].sequence, size) != 0)
            continue;
        *in = icm_slice_from(behind, size);
        *out = (struct cli_key){.virtual_key = sequences[i].virtual_key, .control_state = CLI_KEY_ENHANCED};
        return true;
    }
    return false;
}

/* the keys whose code is not that of the character in upper case */
static const struct {
    uint8_t byte;
    int32_t virtual_key;
    uint16_t character;
} special[] = {
    {'\r', VK_RETURN, '\r'}, {'\n', VK_RETURN, '\r'}, {'\t', VK_TAB, '\t'},
    {'\b', VK_BACK, '\b'},   {0x7F, VK_BACK, '\b'},   {ESCAPE, VK_ESCAPE, ESCAPE},
};

static bool read_special(uint8_t byte, struct cli_key *out)
{
    for (size_t i = 0; i < ICM_COUNT(special); i++)
        if (special[i].byte == byte) {
            *out = (struct cli_key){special[i].virtual_key, special[i].character, 0};
            return true;
        }
    return false;
}

static struct cli_key key_of(int32_t c)
{
    if (c >= 1 && c <= 26)
        return (struct cli_key){'A' + c - 1, (uint16_t)c, CLI_KEY_LEFT_CTRL};
    if (c >= 'a' && c <= 'z')
        return (struct cli_key){c - 'a' + 'A', (uint16_t)c, 0};
    if (c >= 'A' && c <= 'Z')
        return (struct cli_key){c, (uint16_t)c, CLI_KEY_SHIFT};
    if ((c >= '0' && c <= '9') || c == ' ')
        return (struct cli_key){c, (uint16_t)c, 0};
    return (struct cli_key){VK_PACKET, (uint16_t)(c <= 0xFFFF ? c : 0xFFFD), 0}; /* a character of some keyboard */
}

void cli_key_read(struct icm_slice *in, struct cli_key *out)
{
    uint8_t byte = in->data[0];

    if (byte == ESCAPE && read_sequence(in, out))
        return;
    if (read_special(byte, out)) {
        *in = icm_slice_from(*in, 1);
        return;
    }
    int32_t c = icm_utf8_next(in);
    if (c < 0) {
        *in = icm_slice_from(*in, 1);
        c = 0xFFFD;
    }
    *out = key_of(c);
}
