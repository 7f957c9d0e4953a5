/* What issue 4 asks for, "Speed and memory": rows about rows. */
#include "tests/bench/icm_bench.h"

#include <stdio.h>

enum measure {
    SPEED,    /* MB/s of the first row over that of the second */
    MB_PER_S, /* of the first row */
    GROWTH,   /* OUT_BYTES over BYTES of the first row, at most */
};

struct name {
    const char *who, *op, *input;
};

static const struct demand {
    enum measure measure;
    double bound; /* 0: none, told for comparison */
    struct name ours, theirs;
} demands[] = {
    {SPEED, 5.0, {"icm", "read", "messages"}, {"engine", "read", "messages"}},
    {SPEED, 5.0, {"icm", "read", "document"}, {"engine", "read", "document"}},
    {SPEED, 0, {"icm", "read", "messages"}, {"libxml2 reset", "read", "messages"}},
    {SPEED, 0, {"icm", "read", "messages"}, {"libxml2 new", "read", "messages"}},
    {SPEED, 0, {"icm", "read", "messages"}, {"libxml2 tree", "read", "messages"}},
    {SPEED, 0, {"icm", "read", "messages"}, {"tag scan", "read", "messages"}},
    {SPEED, 0, {"icm", "read", "document"}, {"libxml2 reset", "read", "document"}},
    {SPEED, 0.3, {"icm", "write", "messages"}, {"copy and test", "write", "messages"}},
    {SPEED, 20, {"icm", "write", "messages"}, {"engine", "write", "messages"}},
    {SPEED, 0, {"icm", "write", "messages"}, {"memcpy", "write", "messages"}},
    {SPEED, 0.5, {"icm", "read", "string"}, {"copy and test", "write", "string"}},
    {SPEED, 0.5, {"icm", "write", "string"}, {"copy and test", "write", "string"}},
    {SPEED, 0.5, {"icm", "read", "bytes"}, {"OpenSSL", "base64-read", "bytes"}},
    {SPEED, 0.5, {"icm", "write", "bytes"}, {"OpenSSL", "base64-write", "bytes"}},
    {SPEED, 0.5, {"icm", "base64-read", "bytes"}, {"OpenSSL", "base64-read", "bytes"}},
    {SPEED, 0.5, {"icm", "base64-write", "bytes"}, {"OpenSSL", "base64-write", "bytes"}},
    {SPEED, 0, {"icm", "fragment", "string"}, {"memcpy", "write", "string"}},
    {MB_PER_S, 2000, {"icm", "defragment", "messages, whole"}, {0}},
    {MB_PER_S, 2000, {"icm", "defragment", "messages, 1 KB"}, {0}},
    {MB_PER_S, 2000, {"icm", "defragment", "messages, shuffled"}, {0}},
    {MB_PER_S, 2000, {"icm", "defragment", "string, whole"}, {0}},
    {MB_PER_S, 2000, {"icm", "defragment", "string, 1 KB"}, {0}},
    {MB_PER_S, 2000, {"icm", "defragment", "string, shuffled"}, {0}},
    /* linear: a hundred times the size, byte by byte, at no less than half the speed */
    {SPEED, 0.5, {"icm", "defragment", "document, 1 byte"}, {"icm", "defragment", "string, 1 byte"}},
    {GROWTH, 3.0, {"icm", "memory", "messages"}, {0}},
    {GROWTH, 3.0, {"icm", "memory", "string"}, {0}},
    {GROWTH, 3.0, {"icm", "memory", "bytes"}, {0}},
};

static const struct bench_work *work_of(const struct bench *b, const struct name *name)
{
    for (size_t i = 0; i < b->result_count && name->who; i++) {
        const struct bench_result *r = &b->results[i];
        if (strcmp(r->who, name->who) == 0 && strcmp(r->op, name->op) == 0 && strcmp(r->input, name->input) == 0)
            return &r->best;
    }
    return NULL;
}

static double speed_of(const struct bench_work *w)
{
    return (double)w->bytes / 1e6 / w->seconds;
}

static double measured(enum measure measure, const struct bench_work *ours, const struct bench_work *theirs)
{
    switch (measure) {
    case SPEED:
        return speed_of(ours) / speed_of(theirs);
    case MB_PER_S:
        return speed_of(ours);
    default:
        return (double)ours->out_bytes / (double)ours->bytes;
    }
}

static const char *mark_of(const struct demand *d, double value)
{
    if (d->bound <= 0)
        return "";
    return (d->measure == GROWTH ? value <= d->bound : value >= d->bound) ? "ok" : "short";
}

static void print_demand(const struct demand *d, const struct bench_work *ours, const struct bench_work *theirs)
{
    double value = measured(d->measure, ours, theirs);

    printf("%-6s%-13s%-20s%8.1f MB/s  ", mark_of(d, value), d->ours.op, d->ours.input, speed_of(ours));
    if (d->measure == SPEED)
        printf("%.2f of %s's %.1f (%s %s)", value, d->theirs.who, speed_of(theirs), d->theirs.op, d->theirs.input);
    if (d->measure == GROWTH)
        printf("%.2f times its XML in memory", value);
    if (d->bound > 0)
        printf("%sat %s %g", d->measure == MB_PER_S ? "" : "; ", d->measure == GROWTH ? "most" : "least", d->bound);
    putchar('\n');
}

void bench_print_demands(const struct bench *b)
{
    for (size_t i = 0; i < ICM_COUNT(demands); i++) {
        const struct bench_work *ours = work_of(b, &demands[i].ours), *theirs = work_of(b, &demands[i].theirs);
        if (ours && (theirs || !demands[i].theirs.who))
            print_demand(&demands[i], ours, theirs);
    }
}
