/* The out-of-process packets: forms as the real engine writes them, what must be refused, and lines out of any pieces.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "psrp/packets.h"

#define ZERO "00000000-0000-0000-0000-000000000000"
#define ID "e32c655a-7bc5-4732-9cdb-362eb4503328"

/* ---- one line ---- */

static const struct row {
    const char *name, *line;
    enum psrp_packet_type type;
    bool is_pipelines, is_prompt_response;
    const char *data;
} rows[] = {
    {"Data", "<Data Stream='Default' PSGuid='" ZERO "'>QUJD</Data>", PSRP_PACKET_DATA, false, false, "ABC"},
    {"Data of a pipeline", "<Data Stream='Default' PSGuid='" ID "'>QQ==</Data>", PSRP_PACKET_DATA, true, false, "A"},
    {"answer of a host", "<Data Stream='PromptResponse' PSGuid='" ID "'>QUI=</Data>", PSRP_PACKET_DATA, true, true,
     "AB"},
    {"DataAck", "<DataAck PSGuid='" ZERO "' />", PSRP_PACKET_DATA_ACK, false, false, ""},
    {"Command", "<Command PSGuid='" ID "' />", PSRP_PACKET_COMMAND, true, false, ""},
    {"CommandAck", "<CommandAck PSGuid='" ID "' />", PSRP_PACKET_COMMAND_ACK, true, false, ""},
    {"Close", "<Close PSGuid='" ZERO "' />", PSRP_PACKET_CLOSE, false, false, ""},
    {"CloseAck", "<CloseAck PSGuid='" ID "' />", PSRP_PACKET_CLOSE_ACK, true, false, ""},
    {"Signal", "<Signal PSGuid='" ID "' />", PSRP_PACKET_SIGNAL, true, false, ""},
    {"SignalAck", "<SignalAck PSGuid='" ID "' />", PSRP_PACKET_SIGNAL_ACK, true, false, ""},
};

/* the same, as others might write it */
static const struct row variants[] = {
    {"attributes the other way round", "<Data PSGuid='" ID "' Stream='Default'>QUJD</Data>", PSRP_PACKET_DATA, true,
     false, "ABC"},
    {"double quotes", "<Data Stream=\"Default\" PSGuid=\"" ID "\">QUJD</Data>", PSRP_PACKET_DATA, true, false, "ABC"},
    {"digits in upper case", "<Signal PSGuid='E32C655A-7BC5-4732-9CDB-362EB4503328' />", PSRP_PACKET_SIGNAL, true,
     false, ""},
    {"no blank before the end", "<Close PSGuid='" ID "'/>", PSRP_PACKET_CLOSE, true, false, ""},
    {"more blanks", "<Close   PSGuid='" ID "'\t/>", PSRP_PACKET_CLOSE, true, false, ""},
};

static const struct bad_row {
    const char *name, *line;
} bad_rows[] = {
    {"a banner", "Welcome to PowerShell 7.6.9"},
    {"an unknown element", "<Hello PSGuid='" ID "' />"},
    {"an element's name in lower case", "<close PSGuid='" ID "' />"},
    {"an element's name with more behind it", "<Closed PSGuid='" ID "' />"},
    {"white space in front", " <Close PSGuid='" ID "' />"},
    {"something behind", "<Close PSGuid='" ID "' /> and more"},
    {"two on one line", "<Close PSGuid='" ID "' /><Close PSGuid='" ID "' />"},
    {"no GUID", "<Close />"},
    {"an empty GUID", "<Close PSGuid='' />"},
    {"a wrong GUID", "<Close PSGuid='e32c655a-7bc5-4732-9cdb-362eb450332' />"},
    {"a GUID in braces", "<Close PSGuid='{" ID "}' />"},
    {"the GUID twice", "<Close PSGuid='" ID "' PSGuid='" ID "' />"},
    {"an attribute more", "<Close PSGuid='" ID "' More='1' />"},
    {"a stream where there is none", "<Close Stream='Default' PSGuid='" ID "' />"},
    {"attributes without a blank", "<Data Stream='Default'PSGuid='" ID "'>QUJD</Data>"},
    {"an attribute's name in lower case", "<Close psguid='" ID "' />"},
    {"an attribute without quotes", "<Close PSGuid=" ID " />"},
    {"quotes of two kinds", "<Close PSGuid='" ID "\" />"},
    {"not closed", "<Close PSGuid='" ID "'>"},
    {"with an end tag", "<Close PSGuid='" ID "'></Close>"},
    {"cut in the middle", "<Close PSGuid='e32c655a"},
    {"Data without a stream", "<Data PSGuid='" ID "'>QUJD</Data>"},
    {"Data without a GUID", "<Data Stream='Default'>QUJD</Data>"},
    {"Data of an unknown stream", "<Data Stream='Other' PSGuid='" ID "'>QUJD</Data>"},
    {"empty Data", "<Data Stream='Default' PSGuid='" ID "'></Data>"},
    {"Data of blanks", "<Data Stream='Default' PSGuid='" ID "'>   </Data>"},
    {"Data without text", "<Data Stream='Default' PSGuid='" ID "' />"},
    {"Data without its end", "<Data Stream='Default' PSGuid='" ID "'>QUJD"},
    {"Data with another end", "<Data Stream='Default' PSGuid='" ID "'>QUJD</Date>"},
    {"Data that is not base64", "<Data Stream='Default' PSGuid='" ID "'>QUJ?</Data>"},
    {"Data cut inside its base64", "<Data Stream='Default' PSGuid='" ID "'>QUJ</Data>"},
    {"Data with an element in it", "<Data Stream='Default' PSGuid='" ID "'><x/></Data>"},
    {"Data twice on one line", "<Data Stream='Default' PSGuid='" ID "'>QUJD</Data><Data>QUJD</Data>"},
    {"Data and something behind", "<Data Stream='Default' PSGuid='" ID "'>QUJD</Data> "},
    {"a comment", "<!-- <Close PSGuid='" ID "' /> -->"},
    {"an angle bracket", "<"},
    {"a control character", "<Close PSGuid='" ID "\x01' />"},
};

static void assert_packet(const struct psrp_packet *packet, const struct row *row)
{
    struct icm_guid id;

    assert_true(icm_guid_parse(icm_slice_text(row->is_pipelines ? ID : ZERO), &id));
    assert_int_equal(packet->type, row->type);
    assert_true(icm_guid_equal(&packet->target, &id));
    assert_int_equal(packet->is_prompt_response, row->is_prompt_response);
    assert_true(icm_slice_is(packet->data, row->data));
}

static void reads(void **state)
{
    const struct row *row = *state;
    struct psrp_packet packet;
    struct icm_buf storage = {0};

    assert_int_equal(psrp_packet_read_line(icm_slice_text(row->line), &packet, &storage, NULL), ICM_OK);
    assert_packet(&packet, row);
    icm_buf_reset(&storage);
}

static void writes(void **state)
{
    const struct row *row = *state;
    struct psrp_packet packet = {.type = row->type, .is_prompt_response = row->is_prompt_response};
    struct icm_buf out = {0};

    assert_true(icm_guid_parse(icm_slice_text(row->is_pipelines ? ID : ZERO), &packet.target));
    packet.data = icm_slice_text(row->data);
    psrp_packet_write(&out, &packet);
    assert_int_equal(out.data[out.size - 1], '\n');
    out.size--;
    assert_string_equal(icm_buf_text(&out), row->line);
    icm_buf_reset(&out);
}

static void refuses(void **state)
{
    const struct bad_row *row = *state;
    struct psrp_packet packet = {.type = PSRP_PACKET_TYPE_COUNT};
    struct icm_buf storage = {0};
    struct icm_error err = {0};

    assert_int_equal(psrp_packet_read_line(icm_slice_text(row->line), &packet, &storage, &err), ICM_SYNTAX);
    assert_int_equal(packet.type, PSRP_PACKET_TYPE_COUNT);
    assert_non_null(strchr(err.text, row->line[0])); /* its start is quoted */
    for (const char *c = err.text; *c; c++)
        assert_in_range((unsigned char)*c, 0x20, 0x7e);
    icm_error_reset(&err);
    icm_buf_reset(&storage);
}

/* ---- lines out of pieces ---- */

static struct psrp_packet_reader *new_reader(void)
{
    struct psrp_packet_reader *r = NULL;

    assert_int_equal(psrp_packet_reader_new(&r, NULL), ICM_OK);
    return r;
}

/* what is there: names, ? for a line that is no packet, ! for a stream that is lost */
static void take_all(struct psrp_packet_reader *r, struct icm_buf *seen)
{
    struct psrp_packet packet;
    enum icm_code code;

    while ((code = psrp_packet_reader_next(r, &packet, NULL)) != ICM_AGAIN) {
        icm_buf_add_text(seen, code == ICM_OK ? psrp_packet_name(packet.type) : code == ICM_SYNTAX ? "?" : "!");
        icm_buf_add_u8(seen, ' ');
        if (code == ICM_LIMIT)
            return;
    }
}

static const struct pieces_row {
    const char *name, *text, *packets;
} pieces[] = {
    {"nothing", "", ""},
    {"a line without its end", "<Close PSGuid='" ID "' />", ""},
    {"a line", "<Close PSGuid='" ID "' />\n", "Close "},
    {"a line that ends as on Windows", "<Close PSGuid='" ID "' />\r\n", "Close "},
    {"blank lines", "\n\r\n  \n\t\n<Close PSGuid='" ID "' />\n\n", "Close "},
    {"two lines and a half", "<Close PSGuid='" ID "' />\n<Data Stream='Default' PSGuid='" ID "'>QUJD</Data>\n<Close",
     "Close Data "},
    {"a banner is passed over", "hello\n<Close PSGuid='" ID "' />\nbye\n", "? Close ? "},
};

static void joins(void **state)
{
    const struct pieces_row *row = *state;
    size_t size = strlen(row->text);

    for (size_t step = 1; step <= size + 1; step++) {
        struct psrp_packet_reader *r = new_reader();
        struct icm_buf seen = {0};

        for (size_t at = 0; at < size; at += step) {
            size_t left = size - at;

            assert_int_equal(psrp_packet_reader_feed(r, icm_slice_of(row->text + at, left < step ? left : step), NULL),
                             ICM_OK);
            take_all(r, &seen);
        }
        assert_string_equal(icm_buf_text(&seen), row->packets);
        icm_buf_reset(&seen);
        psrp_packet_reader_free(r);
    }
}

/* a line of @size bytes behind a good one; @step: how it comes in */
static void feed_long_line(size_t size, size_t step, const char *packets)
{
    struct psrp_packet_reader *r = new_reader();
    struct icm_buf text = {0}, seen = {0};

    icm_buf_add_text(&text, "<Close PSGuid='" ID "' />\n");
    assert_non_null(icm_buf_room(&text, size + 1));
    memset(text.data + text.size, 'x', size);
    text.size += size;
    icm_buf_add_u8(&text, '\n');
    icm_buf_add_text(&text, "<Signal PSGuid='" ID "' />\n");
    for (struct icm_slice rest = icm_buf_slice(&text); rest.size > 0;) {
        struct icm_slice piece = icm_slice_of(rest.data, rest.size < step ? rest.size : step);

        enum icm_code code = psrp_packet_reader_feed(r, piece, NULL);
        assert_true(code == ICM_OK || code == ICM_LIMIT);
        rest = icm_slice_from(rest, piece.size);
    }
    take_all(r, &seen);
    assert_string_equal(icm_buf_text(&seen), packets);
    icm_buf_reset(&text);
    icm_buf_reset(&seen);
    psrp_packet_reader_free(r);
}

static void a_line_has_its_limit(void **state)
{
    static const size_t steps[] = {SIZE_MAX, 1024 * 1024, 4093, PSRP_PACKET_LINE_MAX};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(steps); i++) {
        feed_long_line(PSRP_PACKET_LINE_MAX, steps[i], "Close ? Signal ");
        feed_long_line(PSRP_PACKET_LINE_MAX + 1, steps[i], "Close ! ");
    }
}

static void data_lasts_until_the_next_call(void **state)
{
    struct psrp_packet_reader *r = new_reader();
    struct psrp_packet packet;
    const char *text =
        "<Data Stream='Default' PSGuid='" ID "'>QUJD</Data>\n<Data Stream='Default' PSGuid='" ID "'>QQ==</Data>\n";

    (void)state;
    assert_int_equal(psrp_packet_reader_feed(r, icm_slice_text(text), NULL), ICM_OK);
    assert_int_equal(psrp_packet_reader_next(r, &packet, NULL), ICM_OK);
    assert_true(icm_slice_is(packet.data, "ABC"));
    assert_int_equal(psrp_packet_reader_next(r, &packet, NULL), ICM_OK);
    assert_true(icm_slice_is(packet.data, "A"));
    psrp_packet_reader_free(r);
}

static void each_packet_has_its_name(void **state)
{
    (void)state;
    for (enum psrp_packet_type type = 0; type < PSRP_PACKET_TYPE_COUNT; type++) {
        assert_non_null(psrp_packet_name(type));
        for (enum psrp_packet_type other = 0; other < type; other++)
            assert_string_not_equal(psrp_packet_name(type), psrp_packet_name(other));
    }
    assert_null(psrp_packet_name(PSRP_PACKET_TYPE_COUNT));
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(a_line_has_its_limit),
        cmocka_unit_test(data_lasts_until_the_next_call),
        cmocka_unit_test(each_packet_has_its_name),
    };
    struct CMUnitTest
        tests[2 * ICM_COUNT(rows) + ICM_COUNT(variants) + ICM_COUNT(bad_rows) + ICM_COUNT(pieces) + ICM_COUNT(others)];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        tests[count++] = (struct CMUnitTest){rows[i].name, reads, NULL, NULL, (void *)(uintptr_t)&rows[i]};
        tests[count++] = (struct CMUnitTest){rows[i].name, writes, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    }
    for (size_t i = 0; i < ICM_COUNT(variants); i++)
        tests[count++] = (struct CMUnitTest){variants[i].name, reads, NULL, NULL, (void *)(uintptr_t)&variants[i]};
    for (size_t i = 0; i < ICM_COUNT(bad_rows); i++)
        tests[count++] = (struct CMUnitTest){bad_rows[i].name, refuses, NULL, NULL, (void *)(uintptr_t)&bad_rows[i]};
    for (size_t i = 0; i < ICM_COUNT(pieces); i++)
        tests[count++] = (struct CMUnitTest){pieces[i].name, joins, NULL, NULL, (void *)(uintptr_t)&pieces[i]};
    for (size_t i = 0; i < ICM_COUNT(others); i++)
        tests[count++] = others[i];
    return cmocka_run_group_tests_name("psrp_packet, the engine's out-of-process transport", tests, NULL, NULL);
}
