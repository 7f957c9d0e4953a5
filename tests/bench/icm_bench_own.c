/* icm's own rows. */
#include "psrp/defragmenter.h"
#include "psrp/fragmenter.h"
#include "psrp/message.h"
#include "tests/bench/icm_bench.h"
#include "tests/psrp/value_equal.h"

#include <malloc.h>

enum {
    ENVELOPE_ROOM = 32 * 1024
}; /* of one fragment: what an out-of-process engine takes, and near to what WinRM's take */

static struct psrp_clixml_reader *the_reader(void)
{
    static struct psrp_clixml_reader *r; /* for the life of the program */

    bench_must(r || psrp_clixml_reader_new(&r, NULL) == ICM_OK, "a reader");
    return r;
}

static struct psrp_value *read_item(const struct bench_input *input, size_t i, struct icm_arena *arena)
{
    struct icm_error error = {0};
    struct psrp_value *value = NULL;
    enum icm_code code = input->is_document
                             ? psrp_clixml_borrow_all(the_reader(), input->items[i], arena, &value, &error)
                             : psrp_clixml_borrow(the_reader(), input->items[i], arena, &value, &error);

    bench_must(code == ICM_OK, error.text);
    return value;
}

/* What one item is written to must be that item again, byte for byte; a document, whose root no writer makes, an equal
 * value. */
static void check_written(const struct bench_input *input, size_t i, const struct psrp_value *value,
                          struct icm_slice written)
{
    struct icm_arena arena = {0};
    struct psrp_value *again = NULL;

    if (!input->is_document) {
        bench_must(icm_slice_equal(written, input->items[i]), "what was read is not written as it was");
        return;
    }
    bench_must(psrp_clixml_borrow(the_reader(), written, &arena, &again, NULL) == ICM_OK && value_equal(value, again),
               "what was written does not read as it was");
    icm_arena_reset(&arena);
}

/* Once for each input, before anything is measured with it. */
static void check_input(struct bench_input *input)
{
    struct icm_buf out = {0};

    for (size_t i = 0; i < input->count && !input->is_checked; i++) {
        struct icm_arena arena = {0};
        struct psrp_value *value = read_item(input, i, &arena);

        bench_must(!input->is_document || value->as.list->count == input->objects, "objects are missing");
        icm_buf_clear(&out);
        bench_must(psrp_clixml_write(&out, value, NULL) == ICM_OK, "what was read cannot be written");
        check_written(input, i, value, icm_buf_slice(&out));
        icm_arena_reset(&arena);
    }
    icm_buf_reset(&out);
    input->is_checked = true;
}

/* ---- CLIXML ---- */

/* Built and freed; the sum of the kinds is the checksum. */
static struct bench_work read_all(struct bench *b, const struct bench_row *row)
{
    struct bench_input *input = bench_input_of(b, row);
    size_t kinds = 0, kinds_due = 0;

    check_input(input);
    for (size_t i = 0; i < input->count && input->values; i++)
        kinds_due += input->values[i]->kind;
    bench_start(b);
    for (size_t i = 0; i < input->count; i++) {
        struct icm_arena arena = {0};

        kinds += read_item(input, i, &arena)->kind;
        icm_arena_reset(&arena);
    }
    bench_stop(b);
    bench_must(kinds > 0 && (!kinds_due || kinds == kinds_due), "the values read are not those of the corpus");
    return (struct bench_work){.objects = input->objects, .bytes = input->bytes};
}

static void prepare_values(struct bench_input *input)
{
    check_input(input);
    if (input->values)
        return;
    input->values = calloc(input->count, sizeof *input->values);
    bench_must(input->values, "memory for the values");
    for (size_t i = 0; i < input->count; i++)
        input->values[i] = read_item(input, i, &input->arena);
}

static struct bench_work write_all(struct bench *b, const struct bench_row *row)
{
    struct bench_input *input = bench_input_of(b, row);
    struct icm_buf out = {0};
    size_t written = 0;

    prepare_values(input);
    bench_start(b);
    for (size_t i = 0; i < input->count; i++) {
        icm_buf_clear(&out);
        bench_must(psrp_clixml_write(&out, input->values[i], NULL) == ICM_OK, "a value cannot be written");
        written += out.size;
    }
    bench_stop(b);
    bench_must(input->is_document || written == input->bytes, "more or less was written than was read");
    icm_buf_reset(&out);
    return (struct bench_work){.objects = input->objects, .bytes = written, .out_bytes = written};
}

static struct bench_work escape(struct bench *b, const struct bench_row *row)
{
    struct icm_buf out = {0};

    bench_start(b);
    psrp_clixml_escape(&out, icm_buf_slice(&b->corpus.plain));
    bench_stop(b);
    bench_must(icm_slice_equal(icm_buf_slice(&out), icm_buf_slice(&b->corpus.escaped)), "escaped text is wrong");
    struct bench_work work = {.objects = 1, .bytes = b->corpus.plain.size, .out_bytes = out.size};
    icm_buf_reset(&out);
    return work;
}

static struct bench_work unescape(struct bench *b, const struct bench_row *row)
{
    struct icm_buf out = {0};

    bench_start(b);
    psrp_clixml_unescape(&out, icm_buf_slice(&b->corpus.coded));
    bench_stop(b);
    bench_must(icm_slice_equal(icm_buf_slice(&out), icm_buf_slice(&b->corpus.plain)), "unescaped text is wrong");
    struct bench_work work = {.objects = 1, .bytes = b->corpus.coded.size, .out_bytes = out.size};
    icm_buf_reset(&out);
    return work;
}

/* ---- base64 ---- */

/* the text between <BA> and </BA> */
static struct icm_slice base64_text(const struct bench *b)
{
    struct icm_slice text = b->corpus.inputs[BENCH_BYTES].items[0];

    return icm_slice_of(text.data + 4, text.size - 9);
}

static struct bench_work base64_write(struct bench *b, const struct bench_row *row)
{
    static struct icm_buf out; /* for all rounds, as the peers' */
    struct icm_slice text = base64_text(b);

    icm_buf_clear(&out);
    bench_start(b);
    icm_base64_write(&out, icm_buf_slice(&b->corpus.raw));
    bench_stop(b);
    bench_must(icm_slice_equal(icm_buf_slice(&out), text), "base64 text is wrong");
    return (struct bench_work){.objects = 1, .bytes = text.size, .out_bytes = out.size};
}

static struct bench_work base64_read(struct bench *b, const struct bench_row *row)
{
    static struct icm_buf out;
    struct icm_slice text = base64_text(b);

    icm_buf_clear(&out);
    bench_start(b);
    bench_must(icm_base64_read(text, &out, NULL) == ICM_OK, "base64 text cannot be read");
    bench_stop(b);
    bench_must(icm_slice_equal(icm_buf_slice(&out), icm_buf_slice(&b->corpus.raw)), "base64 bytes are wrong");
    return (struct bench_work){.objects = 1, .bytes = text.size, .out_bytes = out.size};
}

/* ---- fragments ---- */

static struct psrp_fragmenter *loaded_fragmenter(const struct bench_input *input, uint64_t *next_object_id)
{
    struct psrp_fragmenter *f = NULL;

    *next_object_id = 1;
    bench_must(psrp_fragmenter_new(&f, next_object_id, NULL) == ICM_OK, "a fragmenter");
    for (size_t i = 0; i < input->count; i++) {
        struct icm_buf message = {0};
        icm_buf_add(&message, input->items[i]);
        bench_must(psrp_fragmenter_push(f, &message, NULL) == ICM_OK, "a message to fragment");
    }
    return f;
}

/* Each fragment into the same buffer, as for an envelope or a packet. */
static struct bench_work fragment(struct bench *b, const struct bench_row *row)
{
    struct bench_input *input = bench_input_of(b, row);
    uint64_t next_object_id;
    struct psrp_fragmenter *f = loaded_fragmenter(input, &next_object_id);
    struct icm_buf out = {0};
    size_t written = 0, count = 0;

    bench_start(b);
    while (psrp_fragmenter_pull(f, ENVELOPE_ROOM, &out, NULL) == ICM_OK) {
        written += out.size;
        count++;
        icm_buf_clear(&out);
    }
    bench_stop(b);
    bench_must(written == input->bytes + count * PSRP_FRAGMENT_HEADER, "fragments are missing");
    psrp_fragmenter_free(f);
    icm_buf_reset(&out);
    return (struct bench_work){.objects = input->objects, .bytes = input->bytes, .out_bytes = written};
}

/* How a stream is cut into what is fed at a time. */
enum { WHOLE, ONE_KB, ONE_BYTE, SHUFFLED };

static size_t piece_size(size_t how, size_t count)
{
    static const size_t shuffled[] = {3, 1500, 21, 64, 8000, 1, 400, 30000, 22, 5};

    return how == WHOLE      ? ENVELOPE_ROOM
           : how == ONE_KB   ? 1024
           : how == ONE_BYTE ? 1
                             : shuffled[count % ICM_COUNT(shuffled)];
}

static void make_stream(const struct bench_input *input, struct icm_buf *stream)
{
    uint64_t next_object_id;
    struct psrp_fragmenter *f = loaded_fragmenter(input, &next_object_id);

    while (psrp_fragmenter_pull(f, ENVELOPE_ROOM, stream, NULL) == ICM_OK)
        continue;
    psrp_fragmenter_free(f);
}

static void check_message(const struct bench_input *input, size_t i, const struct icm_buf *message)
{
    bench_must(i < input->count && message->size == input->items[i].size, "a message of another size");
}

static struct bench_work defragment(struct bench *b, const struct bench_row *row)
{
    struct bench_input *input = bench_input_of(b, row);
    struct icm_buf stream = {0}, message = {0};
    struct psrp_defragmenter *d = NULL;
    size_t count = 0, fed = 0;

    make_stream(input, &stream);
    bench_must(psrp_defragmenter_new(&d, PSRP_MESSAGE_MAX, NULL) == ICM_OK, "a defragmenter");
    bench_start(b);
    for (size_t pieces = 0, size; fed < stream.size; fed += size) {
        size = piece_size(row->how, pieces++);
        if (size > stream.size - fed)
            size = stream.size - fed;
        bench_must(psrp_defragmenter_feed(d, icm_slice_of(stream.data + fed, size), NULL) == ICM_OK,
                   "a piece is refused");
        while (psrp_defragmenter_next(d, &message, NULL) == ICM_OK)
            check_message(input, count++, &message);
    }
    bench_stop(b);
    bench_must(count == input->count && icm_slice_equal(icm_buf_slice(&message), input->items[count - 1]),
               "messages are missing");
    psrp_defragmenter_free(d);
    icm_buf_reset(&stream);
    icm_buf_reset(&message);
    return (struct bench_work){.objects = input->objects, .bytes = input->bytes, .out_bytes = input->bytes};
}

/* ---- whole messages ---- */

/* What a received message becomes: one arena of its bytes and of values that borrow from them. */
static struct psrp_value *take_in(struct icm_buf *bytes, struct icm_arena *arena)
{
    struct psrp_message message;
    struct psrp_value *value = NULL;
    struct icm_error error = {0};

    bench_must(psrp_message_read(icm_buf_slice(bytes), &message, &error) == ICM_OK, error.text);
    bench_must(psrp_clixml_take(the_reader(), bytes, message.payload, arena, &value, &error) == ICM_OK, error.text);
    return value;
}

struct road { /* one message's way from a sender to a receiver */
    uint64_t next_object_id;
    struct psrp_fragmenter *f;
    struct psrp_defragmenter *d;
    struct icm_buf message, fragments;
};

static void open_road(struct road *r)
{
    *r = (struct road){.next_object_id = 1};
    bench_must(psrp_fragmenter_new(&r->f, &r->next_object_id, NULL) == ICM_OK, "a fragmenter");
    bench_must(psrp_defragmenter_new(&r->d, PSRP_MESSAGE_MAX, NULL) == ICM_OK, "a defragmenter");
}

static void close_road(struct road *r)
{
    psrp_fragmenter_free(r->f);
    psrp_defragmenter_free(r->d);
    icm_buf_reset(&r->message);
    icm_buf_reset(&r->fragments);
}

/* @r->message, which the road takes, arrives as @out */
static void travel(struct road *r, struct icm_buf *out)
{
    bench_must(psrp_fragmenter_push(r->f, &r->message, NULL) == ICM_OK, "a message to send");
    icm_buf_clear(&r->fragments);
    while (psrp_fragmenter_pull(r->f, ENVELOPE_ROOM, &r->fragments, NULL) == ICM_OK)
        continue;
    bench_must(psrp_defragmenter_feed(r->d, icm_buf_slice(&r->fragments), NULL) == ICM_OK &&
                   psrp_defragmenter_next(r->d, out, NULL) == ICM_OK,
               "a message got lost");
}

static const struct psrp_message output = {.destination = PSRP_TO_CLIENT, .type = PSRP_PIPELINE_OUTPUT};

/* written, cut, joined, read and freed */
static struct bench_work round_trip(struct bench *b, const struct bench_row *row)
{
    struct bench_input *input = bench_input_of(b, row);
    struct road road;
    size_t kinds = 0, kinds_due = 0;

    prepare_values(input);
    open_road(&road);
    bench_start(b);
    for (size_t i = 0; i < input->count; i++) {
        struct icm_buf received = {0};
        struct icm_arena arena = {0};

        bench_must(psrp_message_write(&road.message, &output, input->values[i], NULL) == ICM_OK, "a message to write");
        travel(&road, &received);
        kinds += take_in(&received, &arena)->kind;
        icm_arena_reset(&arena);
    }
    bench_stop(b);
    for (size_t i = 0; i < input->count; i++)
        kinds_due += input->values[i]->kind;
    bench_must(kinds == kinds_due, "what came is not what was sent");
    close_road(&road);
    return (struct bench_work){.objects = input->objects, .bytes = input->bytes, .out_bytes = input->bytes};
}

static size_t memory_in_use(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* All messages received and kept: what the allocator has given out for them is OUT_BYTES. */
static struct bench_work keep(struct bench *b, const struct bench_row *row)
{
    struct bench_input *input = bench_input_of(b, row);
    struct icm_arena *arenas = calloc(input->count, sizeof *arenas);
    struct road road;

    bench_must(arenas, "memory for arenas");
    open_road(&road);
    size_t before = memory_in_use();
    for (size_t i = 0; i < input->count; i++) {
        struct icm_buf received = {0};

        bench_must(psrp_message_write(&road.message, &output, NULL, NULL) == ICM_OK, "a message to write");
        icm_buf_add(&road.message, input->items[i]);
        bench_must(!road.message.failed, "memory for a message");
        travel(&road, &received);
        bench_start(b);
        bench_must(take_in(&received, &arenas[i]), "a value");
        bench_stop(b);
    }
    size_t taken = memory_in_use() - before - road.fragments.capacity;
    for (size_t i = 0; i < input->count; i++)
        icm_arena_reset(&arenas[i]);
    free(arenas);
    close_road(&road);
    return (struct bench_work){.objects = input->objects, .bytes = input->bytes, .out_bytes = taken};
}

const struct bench_row bench_own_rows[] = {
    {"icm", "read", "messages", read_all, BENCH_MESSAGES, 0},
    {"icm", "read", "document", read_all, BENCH_DOCUMENT, 0},
    {"icm", "read", "string", read_all, BENCH_STRING, 0},
    {"icm", "read", "bytes", read_all, BENCH_BYTES, 0},
    {"icm", "write", "messages", write_all, BENCH_MESSAGES, 0},
    {"icm", "write", "document", write_all, BENCH_DOCUMENT, 0},
    {"icm", "write", "string", write_all, BENCH_STRING, 0},
    {"icm", "write", "bytes", write_all, BENCH_BYTES, 0},
    {"icm", "escape", "words", escape, 0, 0},
    {"icm", "unescape", "words", unescape, 0, 0},
    {"icm", "base64-write", "bytes", base64_write, BENCH_BYTES, 0},
    {"icm", "base64-read", "bytes", base64_read, BENCH_BYTES, 0},
    {"icm", "fragment", "messages", fragment, BENCH_MESSAGES, 0},
    {"icm", "fragment", "string", fragment, BENCH_STRING, 0},
    {"icm", "defragment", "messages, whole", defragment, BENCH_MESSAGES, WHOLE},
    {"icm", "defragment", "messages, 1 KB", defragment, BENCH_MESSAGES, ONE_KB},
    {"icm", "defragment", "messages, shuffled", defragment, BENCH_MESSAGES, SHUFFLED},
    {"icm", "defragment", "messages, 1 byte", defragment, BENCH_MESSAGES, ONE_BYTE},
    {"icm", "defragment", "string, whole", defragment, BENCH_STRING, WHOLE},
    {"icm", "defragment", "string, 1 KB", defragment, BENCH_STRING, ONE_KB},
    {"icm", "defragment", "string, shuffled", defragment, BENCH_STRING, SHUFFLED},
    {"icm", "defragment", "string, 1 byte", defragment, BENCH_STRING, ONE_BYTE},
    {"icm", "defragment", "document, 1 byte", defragment, BENCH_DOCUMENT, ONE_BYTE},
    {"icm", "message", "messages", round_trip, BENCH_MESSAGES, 0},
    {"icm", "message", "string", round_trip, BENCH_STRING, 0},
    {"icm", "message", "bytes", round_trip, BENCH_BYTES, 0},
    {"icm", "memory", "messages", keep, BENCH_MESSAGES, 0},
    {"icm", "memory", "string", keep, BENCH_STRING, 0},
    {"icm", "memory", "bytes", keep, BENCH_BYTES, 0},
};
const size_t bench_own_row_count = ICM_COUNT(bench_own_rows);
