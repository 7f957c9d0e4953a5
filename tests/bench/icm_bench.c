/* icm-bench [OP]... [--seconds S] [--objects N] [--peers FILE]
 * icm-bench corpus FOLDER [--objects N]
 *
 * Prints a row for each measurement, parted by tabs: WHO OP INPUT OBJECTS BYTES SECONDS MB/s OBJECTS/s OUT_BYTES, of
 * the best of several rounds; BYTES are those of the text form. Then the peak memory, then what is demanded beside what
 * was measured. OP: only the rows of these operations (read, write, escape, unescape, base64-write, base64-read,
 * fragment, defragment, message, memory). FILE: rows that others printed in the same form. */
#include "tests/bench/icm_bench.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

/* Each row is measured in several passes over all rows, so that what disturbs one for a while spoils no comparison. */
enum { PASSES = 3 };

struct options {
    double seconds; /* that a row's rounds take together, at least */
    size_t objects;
    const char *peers, *folder;
    char **ops;
    size_t op_count;
};

void bench_must(bool law, const char *what)
{
    if (law)
        return;
    fprintf(stderr, "icm-bench: %s\n", what);
    exit(1);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void bench_start(struct bench *b)
{
    b->began = now();
}

void bench_stop(struct bench *b)
{
    b->spent += now() - b->began;
}

static struct bench_result *add_result(struct bench *b)
{
    bench_must(b->result_count < ICM_COUNT(b->results), "too many rows");
    return &b->results[b->result_count++];
}

static void print_row(const struct bench_result *r)
{
    const struct bench_work *w = &r->best;

    printf("%s\t%s\t%s\t%zu\t%zu\t%.6f\t%.1f\t%.0f\t%zu\n", r->who, r->op, r->input, w->objects, w->bytes, w->seconds,
           (double)w->bytes / 1e6 / w->seconds, (double)w->objects / w->seconds, w->out_bytes);
    fflush(stdout);
}

static struct bench_result *result_of(struct bench *b, const struct bench_row *row)
{
    for (size_t i = 0; i < b->result_count; i++) {
        struct bench_result *r = &b->results[i];
        if (strcmp(r->who, row->who) == 0 && strcmp(r->op, row->op) == 0 && strcmp(r->input, row->input) == 0)
            return r;
    }
    struct bench_result *r = add_result(b);
    snprintf(r->who, sizeof r->who, "%s", row->who);
    snprintf(r->op, sizeof r->op, "%s", row->op);
    snprintf(r->input, sizeof r->input, "%s", row->input);
    return r;
}

/* Rounds that take @seconds together, one at the least; what a round prepares and checks is not counted, and yet
 * bounded. */
static void measure(struct bench *b, const struct bench_row *row, double seconds)
{
    struct bench_result *r = result_of(b, row);
    double total = 0, began = now();

    do {
        b->spent = 0;
        struct bench_work work = row->round(b, row);
        work.seconds = b->spent;
        total += work.seconds;
        if (r->best.seconds <= 0 || work.seconds < r->best.seconds)
            r->best = work;
    } while (total < seconds && now() - began < 3 * seconds);
}

static bool is_wanted(const struct options *o, const char *op)
{
    for (size_t i = 0; i < o->op_count; i++)
        if (strcmp(o->ops[i], op) == 0)
            return true;
    return o->op_count == 0;
}

static void measure_rows(struct bench *b, const struct options *o, const struct bench_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_wanted(o, rows[i].op))
            measure(b, &rows[i], o->seconds / PASSES);
}

static void measure_all(struct bench *b, const struct options *o)
{
    for (int pass = 0; pass < PASSES; pass++) {
        measure_rows(b, o, bench_peer_rows, bench_peer_row_count);
        measure_rows(b, o, bench_own_rows, bench_own_row_count);
    }
    for (size_t i = 0; i < b->result_count; i++)
        print_row(&b->results[i]);
}

/* Lines that are no rows, such as a peer's peak memory, are passed over. */
static void take_peers(struct bench *b, const struct options *o)
{
    FILE *file = fopen(o->peers, "r");
    char line[512];

    bench_must(file, o->peers);
    while (fgets(line, sizeof line, file)) {
        struct bench_result r = {0};
        struct bench_work *w = &r.best;
        int fields = sscanf(line, "%31[^\t]\t%31[^\t]\t%31[^\t]\t%zu\t%zu\t%lf\t%*f\t%*f\t%zu", r.who, r.op, r.input,
                            &w->objects, &w->bytes, &w->seconds, &w->out_bytes);
        if (fields != 7 || w->seconds <= 0 || !is_wanted(o, r.op))
            continue;
        *add_result(b) = r;
        print_row(&r);
    }
    fclose(file);
}

static void print_peak(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    printf("peak memory\t%ld KB\n", used.ru_maxrss);
}

static bool is_known_op(const char *op)
{
    for (size_t i = 0; i < bench_own_row_count; i++)
        if (strcmp(bench_own_rows[i].op, op) == 0)
            return true;
    return false;
}

/* Takes the option at *@at, and its value behind it. */
static bool take_option(struct options *o, char **argv, int *at)
{
    const char *name = argv[*at], *value = argv[*at + 1];

    if (!value)
        return false;
    ++*at;
    if (strcmp(name, "--seconds") == 0)
        return (o->seconds = strtod(value, NULL)) >= 0;
    if (strcmp(name, "--objects") == 0)
        return (o->objects = strtoul(value, NULL, 10)) > 0;
    if (strcmp(name, "--peers") == 0)
        o->peers = value;
    else if (strcmp(name, "corpus") == 0)
        o->folder = value;
    else
        return false;
    return true;
}

static bool read_arguments(struct options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (is_known_op(argv[i]))
            o->ops[o->op_count++] = argv[i];
        else if (!take_option(o, argv, &i))
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct options o = {.seconds = 1, .objects = 100000, .ops = calloc((size_t)argc + 1, sizeof *o.ops)};

    bench_must(o.ops, "memory for arguments");
    if (!read_arguments(&o, argc, argv)) {
        fputs("usage: icm-bench [OP]... [--seconds S] [--objects N] [--peers FILE] | icm-bench corpus FOLDER\n",
              stderr);
        return 2;
    }
    bench_corpus_make(&b.corpus, o.objects);
    if (o.folder) {
        bench_corpus_save(&b.corpus, o.folder);
    } else {
        measure_all(&b, &o);
        if (o.peers)
            take_peers(&b, &o);
        print_peak();
        bench_print_demands(&b);
    }
    bench_corpus_reset(&b.corpus);
    free(o.ops);
    return 0;
}
