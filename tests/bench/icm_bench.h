/* icm-bench: what the parts of icm cost, beside what the same bytes cost others. Rows are measurements; demands are
 * rows about them. */
#ifndef TESTS_BENCH_ICM_BENCH_H
#define TESTS_BENCH_ICM_BENCH_H

#include "base/arena.h"
#include "psrp/value.h"

#include <stdlib.h>

/** Texts that are measured one after the other. */
struct bench_input {
    const char *name;
    struct icm_slice *items;
    size_t count, objects, bytes;
    bool is_document;           /* an Objs root around all the objects */
    bool is_checked;            /* reading and writing it are known to be right */
    struct psrp_value **values; /* the items read, once a row has asked for them */
    struct icm_arena arena;     /* of the values */
};

enum { BENCH_MESSAGES, BENCH_DOCUMENT, BENCH_STRING, BENCH_BYTES, BENCH_INPUT_COUNT };

struct bench_corpus {
    struct bench_input inputs[BENCH_INPUT_COUNT];
    struct icm_buf texts[BENCH_INPUT_COUNT]; /* what the items lie in */
    struct icm_buf raw;                      /* the bytes of BENCH_BYTES */
    struct icm_buf plain, coded, escaped;    /* words as they are, with their _xHHHH_ escapes, and with XML's on top */
};

/** Make the corpus of @objects objects: always the same one. */
void bench_corpus_make(struct bench_corpus *c, size_t objects);
void bench_corpus_reset(struct bench_corpus *c);

/** Write it to files in @folder, for others to measure: messages.bin (each message behind its size, 32 bits,
 * little-endian), document.xml, string.xml and bytes.xml. */
void bench_corpus_save(const struct bench_corpus *c, const char *folder);

/** What one round did, and in how much time. */
struct bench_work {
    size_t objects, bytes, out_bytes;
    double seconds;
};

enum { BENCH_NAME_MAX = 32 };

struct bench_result {
    char who[BENCH_NAME_MAX], op[BENCH_NAME_MAX], input[BENCH_NAME_MAX];
    struct bench_work best;
};

struct bench {
    struct bench_corpus corpus;
    struct bench_result results[128];
    size_t result_count;
    double began, spent; /* of the round under way */
};

/** One measurement. @round does it once, between bench_start and bench_stop (any number of pairs), and checks what came
 * out of it; what it gives back lacks the seconds. */
struct bench_row {
    const char *who, *op, *input;
    struct bench_work (*round)(struct bench *b, const struct bench_row *row);
    int which;  /* BENCH_MESSAGES … */
    size_t how; /* what the round makes of it */
};

extern const struct bench_row bench_own_rows[], bench_peer_rows[];
extern const size_t bench_own_row_count, bench_peer_row_count;

void bench_start(struct bench *b);
void bench_stop(struct bench *b);

/** End the program, saying @what, unless @law holds. */
void bench_must(bool law, const char *what);

static inline struct bench_input *bench_input_of(struct bench *b, const struct bench_row *row)
{
    return &b->corpus.inputs[row->which];
}

/** Print what issue 4 demands beside what was measured: as many lines as there are demands whose rows are there. */
void bench_print_demands(const struct bench *b);

#endif
