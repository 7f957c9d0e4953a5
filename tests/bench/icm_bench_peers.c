/* What the same bytes cost others: libxml2, OpenSSL, and loops over bytes that nobody can be much faster than. */
#include "tests/bench/icm_bench.h"

#include <libxml/parser.h>
#include <openssl/evp.h>

/* ---- libxml2 ---- */

/* how many elements an input has: what its "</" and " />" end */
static size_t count_elements(const struct bench_input *input)
{
    size_t count = 0;

    for (size_t i = 0; i < input->count; i++)
        for (size_t at = 0; at + 1 < input->items[i].size; at++)
            count += (input->items[i].data[at] == '<' && input->items[i].data[at + 1] == '/') ||
                     (input->items[i].data[at] == '/' && input->items[i].data[at + 1] == '>');
    return count;
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespace_count,
                     const xmlChar **namespaces, int count, int defaulted, const xmlChar **values)
{
    ++*(size_t *)context;
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
}

static void on_text(void *context, const xmlChar *text, int size)
{
}

static xmlSAXHandler handlers(void)
{
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC};

    sax.startElementNs = on_start;
    sax.endElementNs = on_end;
    sax.characters = on_text;
    return sax;
}

enum { PIECE = 256 * 1024 }; /* libxml2 refuses to look through more than 10 MB at once */

static void push_all(xmlParserCtxtPtr parser, struct icm_slice text)
{
    int status = 0;

    while (text.size > PIECE && status == 0) {
        status = xmlParseChunk(parser, (const char *)text.data, PIECE, 0);
        text = icm_slice_from(text, PIECE);
    }
    bench_must(status == 0 && xmlParseChunk(parser, (const char *)text.data, (int)text.size, 1) == 0,
               "libxml2 refuses a text");
}

static struct bench_work xml_reset(struct bench *b, const struct bench_row *row)
{
    struct bench_input *input = bench_input_of(b, row);
    size_t count = 0;
    xmlSAXHandler sax = handlers();
    xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&sax, &count, NULL, 0, NULL);

    bench_must(parser, "a parser of libxml2");
    bench_start(b);
    for (size_t i = 0; i < input->count; i++) {
        bench_must(xmlCtxtResetPush(parser, NULL, 0, NULL, NULL) == 0, "libxml2 cannot begin again");
        push_all(parser, input->items[i]);
    }
    bench_stop(b);
    xmlFreeParserCtxt(parser);
    bench_must(count == count_elements(input), "libxml2 has told of more or fewer elements");
    return (struct bench_work){.objects = input->objects, .bytes = input->bytes};
}

static struct bench_work xml_new(struct bench *b, const struct bench_row *row)
{
    struct bench_input *input = bench_input_of(b, row);
    size_t count = 0;
    xmlSAXHandler sax = handlers();

    bench_start(b);
    for (size_t i = 0; i < input->count; i++) {
        xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&sax, &count, NULL, 0, NULL);
        bench_must(parser, "a parser of libxml2");
        push_all(parser, input->items[i]);
        xmlFreeParserCtxt(parser);
    }
    bench_stop(b);
    bench_must(count == count_elements(input), "libxml2 has told of more or fewer elements");
    return (struct bench_work){.objects = input->objects, .bytes = input->bytes};
}

static struct bench_work xml_tree(struct bench *b, const struct bench_row *row)
{
    struct bench_input *input = bench_input_of(b, row);
    size_t count = 0;

    bench_start(b);
    for (size_t i = 0; i < input->count; i++) {
        xmlDocPtr doc = xmlReadMemory((const char *)input->items[i].data, (int)input->items[i].size, NULL, NULL,
                                      XML_PARSE_NONET | XML_PARSE_HUGE);
        count += doc && xmlDocGetRootElement(doc);
        xmlFreeDoc(doc);
    }
    bench_stop(b);
    bench_must(count == input->count, "libxml2 refuses a text");
    return (struct bench_work){.objects = input->objects, .bytes = input->bytes};
}

/* ---- loops ---- */

static struct bench_work tag_scan(struct bench *b, const struct bench_row *row)
{
    struct bench_input *input = bench_input_of(b, row);
    size_t opened = 0, closed = 0;

    bench_start(b);
    for (size_t i = 0; i < input->count; i++) {
        const uint8_t *at = input->items[i].data, *end = at + input->items[i].size;
        for (; at < end && (at = memchr(at, '<', (size_t)(end - at))); opened++) {
            at = memchr(at, '>', (size_t)(end - at));
            if (!at)
                break;
            closed++;
        }
    }
    bench_stop(b);
    bench_must(opened == closed && closed >= count_elements(input), "tags are missing");
    return (struct bench_work){.objects = input->objects, .bytes = input->bytes};
}

/* Byte by byte, and a test of each for what would have to be escaped; nothing of the corpus's markup is. */
static size_t copy_with_test(uint8_t *to, struct icm_slice from, const bool special[256])
{
    size_t size = 0;

    for (size_t i = 0; i < from.size; i++) {
        if (special[from.data[i]])
            to[size++] = '_';
        to[size++] = from.data[i];
    }
    return size;
}

static struct bench_work copy_escape(struct bench *b, const struct bench_row *row)
{
    struct bench_input *input = bench_input_of(b, row);
    static bool special[256];
    size_t copied = 0, room_size = 0;

    for (unsigned c = 0; c < 256; c++)
        special[c] = (c < ' ' && c != '\n') || c == 0x7F;
    for (size_t i = 0; i < input->count; i++)
        room_size = input->items[i].size > room_size ? input->items[i].size : room_size;
    uint8_t *room = malloc(room_size * 2);
    bench_must(room, "memory for a copy");
    bench_start(b);
    for (size_t i = 0; i < input->count; i++)
        copied += copy_with_test(room, input->items[i], special);
    bench_stop(b);
    struct icm_slice last = input->items[input->count - 1];
    bench_must(copied == input->bytes && memcmp(room, last.data, last.size) == 0, "a copy differs");
    free(room);
    return (struct bench_work){.objects = input->objects, .bytes = input->bytes, .out_bytes = copied};
}

static struct bench_work copy(struct bench *b, const struct bench_row *row)
{
    struct bench_input *input = bench_input_of(b, row);
    size_t copied = 0;
    uint8_t *room = malloc(input->bytes);

    bench_must(room, "memory for a copy");
    memset(room, 0, input->bytes); /* so that the pages are there */
    bench_start(b);
    for (size_t i = 0; i < input->count; i++) {
        memcpy(room + copied, input->items[i].data, input->items[i].size);
        copied += input->items[i].size;
    }
    bench_stop(b);
    struct icm_slice last = input->items[input->count - 1];
    bench_must(copied == input->bytes && memcmp(room + copied - last.size, last.data, last.size) == 0,
               "a copy differs");
    free(room);
    return (struct bench_work){.objects = input->objects, .bytes = input->bytes, .out_bytes = copied};
}

/* ---- OpenSSL ---- */

static struct bench_work encode(struct bench *b, const struct bench_row *row)
{
    struct icm_slice text = b->corpus.inputs[BENCH_BYTES].items[0];
    uint8_t *room = malloc(text.size);

    bench_must(room, "memory for base64");
    memset(room, 0, text.size);
    bench_start(b);
    size_t size = (size_t)EVP_EncodeBlock(room, b->corpus.raw.data, (int)b->corpus.raw.size);
    bench_stop(b);
    bench_must(size == text.size - 9 && memcmp(room, text.data + 4, size) == 0, "base64 text is wrong");
    free(room);
    return (struct bench_work){.objects = 1, .bytes = size, .out_bytes = size};
}

static struct bench_work decode(struct bench *b, const struct bench_row *row)
{
    struct icm_slice text = b->corpus.inputs[BENCH_BYTES].items[0];
    uint8_t *room = malloc(text.size);

    bench_must(room, "memory for base64");
    memset(room, 0, text.size);
    bench_start(b);
    int size = EVP_DecodeBlock(room, text.data + 4, (int)text.size - 9);
    bench_stop(b);
    bench_must(size >= (int)b->corpus.raw.size && memcmp(room, b->corpus.raw.data, b->corpus.raw.size) == 0,
               "base64 bytes are wrong");
    free(room);
    return (struct bench_work){.objects = 1, .bytes = text.size - 9, .out_bytes = b->corpus.raw.size};
}

const struct bench_row bench_peer_rows[] = {
    {"libxml2 reset", "read", "messages", xml_reset, BENCH_MESSAGES, 0},
    {"libxml2 new", "read", "messages", xml_new, BENCH_MESSAGES, 0},
    {"libxml2 tree", "read", "messages", xml_tree, BENCH_MESSAGES, 0},
    {"libxml2 reset", "read", "document", xml_reset, BENCH_DOCUMENT, 0},
    {"tag scan", "read", "messages", tag_scan, BENCH_MESSAGES, 0},
    {"copy and test", "write", "messages", copy_escape, BENCH_MESSAGES, 0},
    {"copy and test", "write", "string", copy_escape, BENCH_STRING, 0},
    {"memcpy", "write", "messages", copy, BENCH_MESSAGES, 0},
    {"memcpy", "write", "string", copy, BENCH_STRING, 0},
    {"OpenSSL", "base64-write", "bytes", encode, BENCH_BYTES, 0},
    {"OpenSSL", "base64-read", "bytes", decode, BENCH_BYTES, 0},
};
const size_t bench_peer_row_count = ICM_COUNT(bench_peer_rows);
