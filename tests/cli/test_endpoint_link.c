/* What is sent to an engine when, and what is told of what it sends: one row is one conversation. */
#include "cli/endpoint_link.h"
#include "psrp/fragment.h"
#include "psrp/message.h"
#include "psrp/packets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

/* A conversation's steps. Targets are letters, 0 is the session; operations count their tickets from 1.
 *
 *     c:A  a command with CREATE_PIPELINE       c+:A  with input behind it       c-:A  without bytes
 *     d:A  a message of input  d:A:9000 bytes   p:A   prompt response            s:A stop   e:A end   x close
 *     >ca:A >da:A >sa:A >xa:A  the engine's acks of Command, Data, Signal, Close
 *     >out:A >state:A >open:0  its messages     >junk a line that is no packet
 *
 * What comes of them is the news in order, and behind each step the packets that were written. */
static const struct link_case {
    const char *name, *steps, *transcript;
} cases[] = {
    {"a session from its opening to its close",
     "d:0 >open:0 >da:0 c:A >ca:A >da:A >out:A >state:A >xa:A x >xa:0",
     "Data(0,61) output(0) opened done1 Command(A) Data(A,61) done2 output(A) output(A) ended(A) Close(A) Close(0) "
     "closed "},

    {"one Data is in flight for a target", "d:0 d:0 d:0 >da:0 >da:0 >da:0",
     "Data(0,61) done1 Data(0,61) done2 Data(0,61) done3 "},
    {"and one for each target", "c:A c:B >ca:A >ca:B d:A >da:B >da:A >da:A",
     "Command(A) Command(B) Data(A,61) Data(B,61) done2 done1 Data(A,61) done3 "},
    {"much is cut into packets", "d:0:70000 >da:0 >da:0 >da:0",
     "Data(0,32768) Data(0,32768) Data(0,4464) done1 "},
    {"nothing goes before CommandAck", "c:A d:A >da:A >ca:A", "Command(A) Data(A,61) "},
    {"input does not share CREATE_PIPELINE's packet", "c+:A >ca:A >da:A >da:A",
     "Command(A) Data(A,61) Data(A,61) done1 "},
    {"CREATE_PIPELINE may come as data", "c-:A >ca:A d:A >da:A", "done1 Command(A) Data(A,61) done2 "},
    {"empty data is not sent", "d:0:0", "done1 "},
    {"prompt responses go as such", "p:0 >da:0", "PR(0,61) done1 "},
    {"prompt responses pass input", "c:A >ca:A >da:A d:A d:A p:A >da:A >da:A >da:A",
     "Command(A) Data(A,61) done1 Data(A,61) done2 PR(A,61) done4 Data(A,61) done3 "},

    {"a stop", "c:A >ca:A >da:A s:A >state:A >sa:A >xa:A",
     "Command(A) Data(A,61) done1 Signal(A) output(A) ended(A) Close(A) done2 "},
    {"a stop whose ack comes first", "c:A >ca:A >da:A s:A >sa:A >state:A >xa:A",
     "Command(A) Data(A,61) done1 Signal(A) done2 output(A) ended(A) Close(A) "},
    {"a stop waits until the pipeline is there", "c:A s:A >ca:A >da:A >sa:A",
     "Command(A) Data(A,61) done1 Signal(A) done2 "},
    {"until its last piece is", "c-:A >ca:A d:A:40000 s:A >da:A >da:A >sa:A",
     "done1 Command(A) Data(A,32768) Data(A,7232) done2 Signal(A) done3 "},
    {"a stop passes queued input", "c:A >ca:A >da:A d:A d:A d:A s:A >da:A >sa:A",
     "Command(A) Data(A,61) done1 Data(A,61) done2 done3 done4 Signal(A) done5 "},
    {"input behind a stop is dropped", "c:A >ca:A >da:A s:A d:A", "Command(A) Data(A,61) done1 Signal(A) done3 "},
    {"a stop of what is not there", "s:A", "done1 "},
    {"a stop of the session is never sent", "s:0", "done1 "},
    {"an end of the session neither", "e:0", "done1 "},

    {"an end stops, and closes", "c:A >ca:A >da:A e:A >sa:A >xa:A",
     "Command(A) Data(A,61) done1 Signal(A) Close(A) done2 "},
    {"an end of what has ended", "c:A >ca:A >da:A >state:A e:A >xa:A e:A",
     "Command(A) Data(A,61) done1 output(A) ended(A) Close(A) done2 done3 "},
    {"an end behind a stop", "c:A >ca:A >da:A s:A e:A >sa:A >xa:A",
     "Command(A) Data(A,61) done1 Signal(A) done2 Close(A) done3 "},
    {"data for what has ended is dropped", "c:A >ca:A >da:A >state:A d:A >xa:A d:A",
     "Command(A) Data(A,61) done1 output(A) ended(A) Close(A) done2 done3 "},
    {"output for what was closed is nobody's", "c:A >ca:A >da:A >state:A >xa:A >out:A",
     "Command(A) Data(A,61) done1 output(A) ended(A) Close(A) "},
    {"every command gets one Close", "c:A >ca:A >da:A >state:A >state:A >out:A x >xa:A >xa:0",
     "Command(A) Data(A,61) done1 output(A) ended(A) Close(A) output(A) output(A) Close(0) closed "},

    {"closing closes every command first", "c:A c:B >ca:A >ca:B x >xa:A >xa:B >xa:0",
     "Command(A) Command(B) Data(A,61) Data(B,61) Close(B) Close(A) done1 done2 Close(0) closed "},
    {"closing waits for the session's Data", "d:0 x >da:0 >xa:0", "Data(0,61) done1 Close(0) closed "},
    {"an id is a command's once", "c:A c:A", "Command(A) ICM_STATE "},
    {"an id that is free again", "c:A >ca:A >da:A >state:A >xa:A c:A",
     "Command(A) Data(A,61) done1 output(A) ended(A) Close(A) Command(A) "},
    {"no command while it closes", "x c:A", "Close(0) ICM_STATE "},
    {"the pool opens once", ">open:0 >open:0", "output(0) opened output(0) "},
    {"a pipeline's state is not the pool's", ">state:0", "output(0) "},
    {"lines that are no packets are passed over", ">junk >open:0", "output(0) opened "},
    {"acks of what was not asked", ">da:0 >sa:0 >ca:0 >da:A >xa:A", ""},
};

struct stage {
    struct endpoint_link *link;
    struct icm_buf transcript;
    uint64_t tickets;
};

static char letter_of(const struct icm_guid *target)
{
    return icm_guid_is_zero(target) ? '0' : (char)target->bytes[0];
}

static struct icm_guid target_of(char letter)
{
    struct icm_guid target = {{0}};

    if (letter != '0')
        memset(target.bytes, letter, sizeof target.bytes);
    return target;
}

static void on_output(void *up, const struct icm_guid *target, struct icm_slice fragments)
{
    struct stage *s = up;

    assert_int_equal(fragments.size, 61);
    icm_buf_add_format(&s->transcript, "output(%c) ", letter_of(target));
}

static void on_opened(void *up)
{
    struct stage *s = up;

    icm_buf_add_text(&s->transcript, "opened ");
}

static void on_ended(void *up, const struct icm_guid *target)
{
    struct stage *s = up;

    icm_buf_add_format(&s->transcript, "ended(%c) ", letter_of(target));
}

static void on_done(void *up, uint64_t ticket)
{
    struct stage *s = up;

    icm_buf_add_format(&s->transcript, "done%llu ", (unsigned long long)ticket);
}

static const struct endpoint_sink sink = {on_output, on_opened, on_ended, on_done, NULL};

/* one message in one fragment, @size bytes of it all */
static void add_message(struct icm_buf *out, uint32_t type, size_t size)
{
    ICM_OWN(icm_buf_reset) struct icm_buf message = {0};

    icm_buf_add_le32(&message, PSRP_TO_CLIENT);
    icm_buf_add_le32(&message, type);
    while (message.size < size - PSRP_FRAGMENT_HEADER)
        icm_buf_add_u8(&message, 0);
    struct psrp_fragment whole = {
        .object_id = 1, .flags = PSRP_FRAGMENT_START | PSRP_FRAGMENT_END, .blob = icm_buf_slice(&message)};
    psrp_fragment_write(out, &whole);
}

/* ---- the client's side ---- */

static void command(struct stage *s, const char *kind, const struct icm_guid *target)
{
    ICM_OWN(icm_buf_reset) struct icm_buf bytes = {0};

    if (kind[1] != '-')
        add_message(&bytes, PSRP_CREATE_PIPELINE, 61);
    if (kind[1] == '+')
        add_message(&bytes, PSRP_PIPELINE_INPUT, 61);
    if (endpoint_link_command(s->link, ++s->tickets, target, &bytes, NULL) != ICM_OK)
        icm_buf_add_text(&s->transcript, "ICM_STATE ");
}

static void data(struct stage *s, bool is_prompt_response, const struct icm_guid *target, const char *size)
{
    ICM_OWN(icm_buf_reset) struct icm_buf bytes = {0};
    size_t count = size ? strtoul(size, NULL, 10) : 61;

    if (count > 0)
        add_message(&bytes, PSRP_PIPELINE_INPUT, count);
    assert_int_equal(endpoint_link_data(s->link, ++s->tickets, target, is_prompt_response, &bytes, NULL), ICM_OK);
}

/* ---- the engine's side ---- */

static const struct engine_word {
    const char *name;
    enum psrp_packet_type type;
    uint32_t message;
} engine_words[] = {
    {"ca", PSRP_PACKET_COMMAND_ACK, 0},
    {"da", PSRP_PACKET_DATA_ACK, 0},
    {"sa", PSRP_PACKET_SIGNAL_ACK, 0},
    {"xa", PSRP_PACKET_CLOSE_ACK, 0},
    {"out", PSRP_PACKET_DATA, PSRP_PIPELINE_OUTPUT},
    {"state", PSRP_PACKET_DATA, PSRP_PIPELINE_STATE},
    {"open", PSRP_PACKET_DATA, PSRP_RUNSPACEPOOL_STATE},
};

static void write_engine_packet(const char *name, const struct icm_guid *target, struct icm_buf *line)
{
    ICM_OWN(icm_buf_reset) struct icm_buf bytes = {0};
    size_t i = 0;

    while (strcmp(engine_words[i].name, name) != 0)
        assert_true(++i < ICM_COUNT(engine_words));
    if (engine_words[i].message)
        add_message(&bytes, engine_words[i].message, 61);
    psrp_packet_write(line, &(struct psrp_packet){
                                .type = engine_words[i].type, .target = *target, .data = icm_buf_slice(&bytes)});
}

static void from_engine(struct stage *s, const char *name, const struct icm_guid *target)
{
    ICM_OWN(icm_buf_reset) struct icm_buf line = {0};

    if (strcmp(name, "junk") == 0)
        icm_buf_add_text(&line, "Loading personal profile took 5 ms\n");
    else
        write_engine_packet(name, target, &line);
    for (size_t i = 0; i < line.size; i++) /* byte by byte, as pipes may bring it */
        assert_int_equal(endpoint_link_feed(s->link, icm_slice_of(line.data + i, 1), NULL), ICM_OK);
}

/* ---- a conversation ---- */

static void step(struct stage *s, char *words)
{
    char *save, *kind = strtok_r(words, ":", &save), *letter = strtok_r(NULL, ":", &save);
    const char *size = strtok_r(NULL, ":", &save);
    struct icm_guid target = target_of(letter ? *letter : '0');

    if (kind[0] == '>')
        from_engine(s, kind + 1, &target);
    else if (kind[0] == 'c')
        command(s, kind, &target);
    else if (kind[0] == 's')
        endpoint_link_stop(s->link, ++s->tickets, &target);
    else if (kind[0] == 'e')
        endpoint_link_end(s->link, ++s->tickets, &target);
    else if (kind[0] == 'x')
        endpoint_link_close(s->link);
    else
        data(s, kind[0] == 'p', &target, size);
}

static void write_packet(struct stage *s, const struct psrp_packet *packet)
{
    char letter = letter_of(&packet->target);

    if (packet->type == PSRP_PACKET_DATA)
        icm_buf_add_format(&s->transcript, "%s(%c,%zu) ", packet->is_prompt_response ? "PR" : "Data", letter,
                           packet->data.size);
    else
        icm_buf_add_format(&s->transcript, "%s(%c) ", psrp_packet_name(packet->type), letter);
}

static void write_packets(struct stage *s)
{
    struct icm_buf *out = endpoint_link_out(s->link);
    struct psrp_packet_reader *reader;
    struct psrp_packet packet;

    assert_int_equal(psrp_packet_reader_new(&reader, NULL), ICM_OK);
    assert_int_equal(psrp_packet_reader_feed(reader, icm_buf_slice(out), NULL), ICM_OK);
    icm_buf_reset(out);
    while (psrp_packet_reader_next(reader, &packet, NULL) == ICM_OK)
        write_packet(s, &packet);
    psrp_packet_reader_free(reader);
}

static void talks(void **state)
{
    const struct link_case *c = *state;
    struct stage s = {0};
    char steps[256], *save;

    assert_true(strlen(c->steps) < sizeof steps);
    strcpy(steps, c->steps);
    assert_int_equal(endpoint_link_new(&s.link, &sink, &s, NULL), ICM_OK);
    for (char *words = strtok_r(steps, " ", &save); words; words = strtok_r(NULL, " ", &save)) {
        step(&s, words);
        write_packets(&s);
    }
    if (endpoint_link_is_closed(s.link))
        icm_buf_add_text(&s.transcript, "closed ");
    assert_string_equal(icm_buf_text(&s.transcript), c->transcript);
    endpoint_link_free(s.link);
    icm_buf_reset(&s.transcript);
}

static void bounds_stray_lines(void **state)
{
    struct icm_slice line = icm_slice_text("nothing that we know\n");
    struct stage s = {0};

    assert_int_equal(endpoint_link_new(&s.link, &sink, &s, NULL), ICM_OK);
    for (int i = 0; i < ENDPOINT_LINK_STRAY_MAX; i++)
        assert_int_equal(endpoint_link_feed(s.link, line, NULL), ICM_OK);
    assert_int_equal(endpoint_link_feed(s.link, line, NULL), ICM_SYNTAX);
    endpoint_link_free(s.link);
}

int main(void)
{
    const struct CMUnitTest others[] = {cmocka_unit_test(bounds_stray_lines)};
    struct CMUnitTest tests[ICM_COUNT(cases)];

    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = talks, .initial_state = (void *)(uintptr_t)&cases[i]};
    return cmocka_run_group_tests_name("endpoint_link, engine.md 1, 2, 6", tests, NULL, NULL) +
           cmocka_run_group_tests_name("endpoint_link: bounds", others, NULL, NULL);
}
