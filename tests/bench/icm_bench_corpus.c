/* The corpus: objects as the real engine writes them (fixtures/clixml), made from the same numbers every time. */
#include "tests/bench/icm_bench.h"

#include <openssl/evp.h>
#include <stdio.h>

/* 60 % custom objects, 15 % strings, 10 % Int32, 10 % DateTime, 5 % hashtables with a list */
static const char mix[] = "OOSOIODOOSOHOIOODOSO";

enum { LARGE = 1000 * 1000 };

/* ---- numbers and words ---- */

static uint64_t seed;

static uint32_t any(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 32) % below;
}

/* what it is, with its _xHHHH_ escapes, and with XML's on top */
struct word {
    const char *plain, *coded, *escaped;
};

static const char *const words[] = {
    "server", "the", "service", "has", "been", "started", "on", "node-17", "update", "KB5034441", "installed",
    "successfully", "at", "03:41:52", "by", "NT AUTHORITY\\SYSTEM", "C:\\Windows\\System32\\svchost.exe",
    "\"quoted\"", "100%", "a_b_c", "caf\xC3\xA9", "\xE6\x9D\xB1\xE4\xBA\xAC", "it's", "(pid=4711)", "state=Running,",
    "https://example.com/a?b=c", "0x80070005", "Get-ChildItem", "-Recurse", "retries:",
};
static const struct word words_to_escape[] = {
    {"R&D", "R&D", "R&amp;D"},
    {"<none>", "<none>", "&lt;none&gt;"},
    {"first\r\nsecond", "first_x000D__x000A_second", "first_x000D__x000A_second"},
    {"tab\t", "tab_x0009_", "tab_x0009_"},
    {"_x0041_", "_x005F_x0041_", "_x005F_x0041_"},
    {"\xF0\x9F\x98\x80", "_xD83D__xDE00_", "_xD83D__xDE00_"},
};

static struct word any_word(void)
{
    uint32_t at = any(ICM_COUNT(words) + ICM_COUNT(words_to_escape));

    return at < ICM_COUNT(words) ? (struct word){words[at], words[at], words[at]} : words_to_escape[at - ICM_COUNT(words)];
}

static void add_words(struct icm_buf *out, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            icm_buf_add_u8(out, ' ');
        icm_buf_add_text(out, any_word().escaped);
    }
}

/* ---- elements ---- */

enum list { CUSTOM_OBJECT, STATUS, HASHTABLE, ARRAY, LIST_COUNT };

static const char *const type_names[LIST_COUNT][5] = {
    [CUSTOM_OBJECT] = {"System.Management.Automation.PSCustomObject", "System.Object"},
    [STATUS] = {"System.ServiceProcess.ServiceControllerStatus", "System.Enum", "System.ValueType", "System.Object"},
    [HASHTABLE] = {"System.Collections.Hashtable", "System.Object"},
    [ARRAY] = {"System.Object[]", "System.Array", "System.Object"},
};

struct pen {
    struct icm_buf *out;
    bool is_indented;
    unsigned depth;
    unsigned next_object, next_list;
    int lists[LIST_COUNT]; /* their RefIds, one more; 0: not yet written */
};

static void begin_line(struct pen *p)
{
    if (p->is_indented)
        icm_buf_add_format(p->out, "\n%*s", 2 * (int)p->depth, "");
}

static void start_tag(struct pen *p, const char *element, const char *name)
{
    begin_line(p);
    icm_buf_add_format(p->out, name ? "<%s N=\"%s\"" : "<%s", element, name);
}

static void open_element(struct pen *p, const char *element)
{
    start_tag(p, element, NULL);
    icm_buf_add_u8(p->out, '>');
    p->depth++;
}

static void close_element(struct pen *p, const char *element)
{
    p->depth--;
    begin_line(p);
    icm_buf_add_format(p->out, "</%s>", element);
}

static void add_leaf(struct pen *p, const char *element, const char *name, const char *text)
{
    start_tag(p, element, name);
    icm_buf_add_format(p->out, ">%s</%s>", text, element);
}

static void add_number(struct pen *p, const char *element, const char *name, uint32_t number)
{
    start_tag(p, element, name);
    icm_buf_add_format(p->out, ">%u</%s>", number, element);
}

static void add_string(struct pen *p, const char *name, unsigned word_count)
{
    start_tag(p, "S", name);
    icm_buf_add_u8(p->out, '>');
    add_words(p->out, word_count);
    icm_buf_add_text(p->out, "</S>");
}

static void add_double(struct pen *p, const char *name)
{
    start_tag(p, "Db", name);
    icm_buf_add_format(p->out, ">%u.%03u%u</Db>", any(5000), any(1000), 1 + any(9));
}

static void add_date(struct pen *p, const char *name)
{
    start_tag(p, "DT", name);
    icm_buf_add_format(p->out, ">20%02u-%02u-%02uT%02u:%02u:%02u.%06u%uZ</DT>", 10 + any(17), 1 + any(12), 1 + any(28),
                       any(24), any(60), any(60), any(1000000), 1 + any(9));
}

static void open_object(struct pen *p, const char *name, enum list list)
{
    start_tag(p, "Obj", name);
    icm_buf_add_format(p->out, " RefId=\"%u\">", p->next_object++);
    p->depth++;
    begin_line(p);
    if (p->lists[list]) {
        icm_buf_add_format(p->out, "<TNRef RefId=\"%d\" />", p->lists[list] - 1);
        return;
    }
    p->lists[list] = (int)++p->next_list;
    icm_buf_add_format(p->out, "<TN RefId=\"%u\">", p->next_list - 1);
    p->depth++;
    for (const char *const *type = type_names[list]; *type; type++)
        add_leaf(p, "T", NULL, *type);
    close_element(p, "TN");
}

/* ---- objects ---- */

static void add_status(struct pen *p, const char *name)
{
    static const char *const texts[] = {"Stopped", "StartPending", "StopPending", "Running"};
    uint32_t status = any(ICM_COUNT(texts));

    open_object(p, name, STATUS);
    add_leaf(p, "ToString", NULL, texts[status]);
    add_number(p, "I32", NULL, status + 1);
    close_element(p, "Obj");
}

static void add_tags(struct pen *p, const char *name)
{
    open_object(p, name, HASHTABLE);
    open_element(p, "DCT");
    open_element(p, "En");
    add_leaf(p, "S", "Key", "Owner");
    add_string(p, "Value", 1);
    close_element(p, "En");
    open_element(p, "En");
    add_leaf(p, "S", "Key", "Length");
    add_number(p, "I64", "Value", any(UINT32_MAX));
    close_element(p, "En");
    open_element(p, "En");
    add_leaf(p, "S", "Key", "Note");
    add_string(p, "Value", 4);
    close_element(p, "En");
    close_element(p, "DCT");
    close_element(p, "Obj");
}

static void add_custom_object(struct pen *p)
{
    open_object(p, NULL, CUSTOM_OBJECT);
    open_element(p, "MS");
    add_string(p, "Name", 2);
    add_number(p, "I32", "Id", any(100000));
    add_string(p, "DisplayName", 5);
    add_leaf(p, "B", "Enabled", any(2) ? "true" : "false");
    add_double(p, "CPU");
    add_date(p, "StartTime");
    add_status(p, "Status");
    add_tags(p, "Tags");
    close_element(p, "MS");
    close_element(p, "Obj");
}

static void add_hashtable_with_list(struct pen *p)
{
    open_object(p, NULL, HASHTABLE);
    open_element(p, "DCT");
    open_element(p, "En");
    add_leaf(p, "S", "Key", "Name");
    add_string(p, "Value", 2);
    close_element(p, "En");
    open_element(p, "En");
    add_leaf(p, "S", "Key", "Items");
    open_object(p, "Value", ARRAY);
    open_element(p, "LST");
    for (unsigned i = 0; i < 3; i++) {
        add_string(p, NULL, 1);
        add_number(p, "I32", NULL, any(1000));
    }
    close_element(p, "LST");
    close_element(p, "Obj");
    close_element(p, "En");
    close_element(p, "DCT");
    close_element(p, "Obj");
}

static void add_object(struct pen *p, size_t index)
{
    switch (mix[index % (sizeof mix - 1)]) {
    case 'O':
        add_custom_object(p);
        return;
    case 'S':
        add_string(p, NULL, 4 + any(16));
        return;
    case 'I':
        add_number(p, "I32", NULL, any(INT32_MAX));
        return;
    case 'D':
        add_date(p, NULL);
        return;
    default:
        add_hashtable_with_list(p);
    }
}

/* ---- inputs ---- */

static void begin_numbers(void)
{
    seed = 0x9E3779B97F4A7C15u;
}

static void set_input(struct bench_corpus *c, int which, const char *name, size_t count, size_t objects)
{
    struct bench_input *input = &c->inputs[which];

    bench_must(!c->texts[which].failed, "memory for the corpus");
    input->name = name;
    input->items = calloc(count, sizeof *input->items);
    bench_must(input->items, "memory for the corpus");
    input->items[0] = icm_buf_slice(&c->texts[which]);
    input->count = count;
    input->objects = objects;
    input->bytes = c->texts[which].size;
}

static void make_messages(struct bench_corpus *c, size_t objects)
{
    struct icm_buf *out = &c->texts[BENCH_MESSAGES];
    size_t *ends = calloc(objects, sizeof *ends), from = 0;

    bench_must(ends, "memory for the corpus");
    begin_numbers();
    for (size_t i = 0; i < objects; i++) {
        struct pen pen = {.out = out};
        add_object(&pen, i);
        ends[i] = out->size;
    }
    set_input(c, BENCH_MESSAGES, "messages", objects, objects);
    for (size_t i = 0; i < objects; from = ends[i++])
        c->inputs[BENCH_MESSAGES].items[i] = icm_slice_of(out->data + from, ends[i] - from);
    free(ends);
}

static void make_document(struct bench_corpus *c, size_t objects)
{
    struct icm_buf *out = &c->texts[BENCH_DOCUMENT];
    struct pen pen = {.out = out, .is_indented = true, .depth = 1};

    begin_numbers();
    icm_buf_add_text(out, "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">");
    for (size_t i = 0; i < objects; i++)
        add_object(&pen, i);
    close_element(&pen, "Objs");
    set_input(c, BENCH_DOCUMENT, "document", 1, objects);
    c->inputs[BENCH_DOCUMENT].is_document = true;
}

static void make_string(struct bench_corpus *c)
{
    struct icm_buf *out = &c->texts[BENCH_STRING];

    icm_buf_add_text(out, "<S>");
    while (out->size < LARGE)
        add_words(out, 12);
    icm_buf_add_text(out, "</S>");
    set_input(c, BENCH_STRING, "string", 1, 1);
}

static void make_bytes(struct bench_corpus *c)
{
    struct icm_buf *out = &c->texts[BENCH_BYTES];

    for (size_t i = 0; i < LARGE; i++)
        icm_buf_add_u8(&c->raw, (uint8_t)any(256));
    icm_buf_add_text(out, "<BA>");
    uint8_t *room = icm_buf_room(out, LARGE * 2);
    bench_must(room && !c->raw.failed, "memory for the corpus");
    out->size += (size_t)EVP_EncodeBlock(room, c->raw.data, LARGE);
    icm_buf_add_text(out, "</BA>");
    set_input(c, BENCH_BYTES, "bytes", 1, 1);
}

static void make_words(struct bench_corpus *c)
{
    while (c->plain.size < LARGE) {
        struct word word = any_word();
        icm_buf_add_text(&c->plain, word.plain);
        icm_buf_add_text(&c->escaped, word.escaped);
        icm_buf_add_text(&c->coded, word.coded);
        icm_buf_add_u8(&c->plain, ' ');
        icm_buf_add_u8(&c->escaped, ' ');
        icm_buf_add_u8(&c->coded, ' ');
    }
    bench_must(!c->plain.failed && !c->escaped.failed && !c->coded.failed, "memory for the corpus");
}

void bench_corpus_make(struct bench_corpus *c, size_t objects)
{
    make_messages(c, objects);
    make_document(c, objects);
    make_string(c);
    make_bytes(c);
    make_words(c);
}

void bench_corpus_reset(struct bench_corpus *c)
{
    for (int i = 0; i < BENCH_INPUT_COUNT; i++) {
        free(c->inputs[i].items);
        free(c->inputs[i].values);
        icm_arena_reset(&c->inputs[i].arena);
        icm_buf_reset(&c->texts[i]);
    }
    icm_buf_reset(&c->raw);
    icm_buf_reset(&c->plain);
    icm_buf_reset(&c->escaped);
    icm_buf_reset(&c->coded);
}

/* ---- files ---- */

static void save(const char *folder, const char *name, struct icm_slice bytes)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    bench_must(file, path);
    bench_must(fwrite(bytes.data, 1, bytes.size, file) == bytes.size, path);
    bench_must(fclose(file) == 0, path);
}

void bench_corpus_save(const struct bench_corpus *c, const char *folder)
{
    const struct bench_input *messages = &c->inputs[BENCH_MESSAGES];
    struct icm_buf out = {0};

    for (size_t i = 0; i < messages->count; i++) {
        icm_buf_add_le32(&out, (uint32_t)messages->items[i].size);
        icm_buf_add(&out, messages->items[i]);
    }
    bench_must(!out.failed, "memory for the corpus");
    save(folder, "messages.bin", icm_buf_slice(&out));
    icm_buf_reset(&out);
    save(folder, "document.xml", icm_buf_slice(&c->texts[BENCH_DOCUMENT]));
    save(folder, "string.xml", icm_buf_slice(&c->texts[BENCH_STRING]));
    save(folder, "bytes.xml", icm_buf_slice(&c->texts[BENCH_BYTES]));
}
