#include "cli/json_keys.h"

#include "cli/value_inline.h"

#include <stdlib.h>

enum { KEYS_FIRST = 16 };

static void fail(struct cli_json_keys *k)
{
    k->failed = true;
    k->count = 0;
}

void cli_json_keys_add(struct cli_json_keys *k, struct icm_slice name)
{
    if (k->failed)
        return;
    if (k->count == k->capacity) {
        size_t capacity = k->capacity > 0 ? k->capacity * 2 : KEYS_FIRST;
        struct cli_json_key *rows = reallocarray(k->rows, capacity, sizeof *rows);

        if (!rows) {
            fail(k);
            return;
        }
        k->rows = rows;
        k->capacity = capacity;
    }
    k->rows[k->count++] = (struct cli_json_key){.text = name};
}

void cli_json_keys_add_value(struct cli_json_keys *k, const struct psrp_value *key)
{
    struct icm_slice name = psrp_value_text_of(key);

    if (key->kind != PSRP_STRING) {
        struct icm_buf text = {0};

        cli_value_write_inline(key, &text);
        if (text.failed || !icm_arena_copy(&k->arena, icm_buf_slice(&text), &name))
            fail(k);
        icm_buf_reset(&text);
    }
    cli_json_keys_add(k, name);
}

static int compare_texts(struct icm_slice a, struct icm_slice b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size > 0 ? memcmp(a.data, b.data, size) : 0;

    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

/* equal texts stay in the order in which they came: the rows are in one array */
static int compare_rows(const void *left, const void *right)
{
    const struct cli_json_key *a = *(struct cli_json_key *const *)left, *b = *(struct cli_json_key *const *)right;
    int order = compare_texts(a->text, b->text);

    return order != 0 ? order : (a > b) - (a < b);
}

static int compare_to_row(const void *text, const void *row)
{
    return compare_texts(*(const struct icm_slice *)text, (*(struct cli_json_key *const *)row)->text);
}

static bool is_taken(struct cli_json_key *const *sorted, size_t count, struct icm_slice text, uint32_t number)
{
    struct icm_buf whole = {0};

    icm_buf_add(&whole, text);
    icm_buf_add_format(&whole, "#%u", number);
    struct icm_slice name = icm_buf_slice(&whole);
    bool found = bsearch(&name, sorted, count, sizeof(struct cli_json_key *), compare_to_row) != NULL;
    icm_buf_reset(&whole);
    return found;
}

static void number_sorted(struct cli_json_key **sorted, size_t count)
{
    uint32_t number = 1;

    for (size_t i = 1; i < count; i++) {
        if (!icm_slice_equal(sorted[i - 1]->text, sorted[i]->text)) {
            number = 1;
            continue;
        }
        do
            number++;
        while (is_taken(sorted, count, sorted[i]->text, number));
        sorted[i]->number = number;
    }
}

void cli_json_keys_number(struct cli_json_keys *k)
{
    struct cli_json_key **sorted = k->count > 1 ? calloc(k->count, sizeof *sorted) : NULL;

    if (k->count > 1 && !sorted)
        fail(k);
    for (size_t i = 0; sorted && i < k->count; i++)
        sorted[i] = &k->rows[i];
    if (sorted) {
        qsort(sorted, k->count, sizeof *sorted, compare_rows);
        number_sorted(sorted, k->count);
    }
    free(sorted);
}

void cli_json_keys_write(const struct cli_json_keys *k, size_t index, struct icm_json *json)
{
    const struct cli_json_key *row = &k->rows[index];
    struct icm_buf name = {0};

    if (row->number == 0) {
        icm_json_key(json, row->text);
        return;
    }
    icm_buf_add(&name, row->text);
    icm_buf_add_format(&name, "#%u", row->number);
    json->out->failed = json->out->failed || name.failed;
    icm_json_key(json, icm_buf_slice(&name));
    icm_buf_reset(&name);
}

void cli_json_keys_reset(struct cli_json_keys *k)
{
    free(k->rows);
    icm_arena_reset(&k->arena);
    *k = (struct cli_json_keys){0};
}
