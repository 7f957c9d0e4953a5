/* auth-bench: prints for each mechanism, direction and size MB/s of icm and of the bare ciphers, and their ratio; issue
 * 5 demands 0.8. Both take turns, and the best round of each counts, in processor time: what else the machine does
 * spoils no comparison. */
#include "tests/bench/auth_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 40, BYTES_PER_ROUND = 4 * 1000 * 1000 };

const struct auth_bench_row auth_bench_rows[] = {
    {"Kerberos", &auth_bench_kerberos, &auth_bench_gss},
    {"NTLM", &auth_bench_ntlm, &auth_bench_rc4},
    {"CredSSP", &auth_bench_credssp, &auth_bench_gcm},
};
const size_t auth_bench_row_count = ICM_COUNT(auth_bench_rows);

static const size_t sizes[] = {2 * 1024, 500 * 1024};

void auth_bench_must(bool law, const char *what)
{
    if (law)
        return;
    fprintf(stderr, "auth-bench: %s\n", what);
    exit(1);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* seconds of a round, in each direction */
struct times {
    double seal, unseal;
};

static void keep_least(double *least, double seconds)
{
    if (*least <= 0 || seconds < *least)
        *least = seconds;
}

/* Memory is there and has been touched: neither allocator nor kernel are measured. */
static void make_ready(struct icm_buf *b, size_t size)
{
    enum { MORE = 4096 };
    uint8_t *room = icm_buf_room(b, size + MORE);

    auth_bench_must(room, "no memory");
    memset(room, 1, size + MORE);
}

/* Messages are sealed one after the other, each into a buffer of its own as a body is, and opened in that order. */
static void run_round(const struct auth_bench_side *side, struct icm_slice message, struct times *best)
{
    size_t count = BYTES_PER_ROUND / message.size;
    struct icm_buf *sealed = calloc(count, sizeof *sealed), opened = {0};
    void *state = side->open();
    auth_bench_must(sealed && state, "no memory");

    for (size_t i = 0; i < count; i++)
        make_ready(&sealed[i], message.size);
    double start = now();
    for (size_t i = 0; i < count; i++)
        side->seal(state, message, &sealed[i]);
    keep_least(&best->seal, now() - start);

    make_ready(&opened, message.size);
    start = now();
    for (size_t i = 0; i < count; i++) {
        icm_buf_clear(&opened);
        side->unseal(state, side->header_size, icm_buf_slice(&sealed[i]), &opened);
    }
    keep_least(&best->unseal, now() - start);
    auth_bench_must(icm_slice_equal(icm_buf_slice(&opened), message), "what was opened is not what was sealed");
    for (size_t i = 0; i < count; i++)
        icm_buf_reset(&sealed[i]);
    free(sealed);
    icm_buf_reset(&opened);
    side->close(state);
}

static void print_line(const struct auth_bench_row *row, const char *what, size_t size, double own, double bare)
{
    double bytes = (double)(BYTES_PER_ROUND / size * size) / 1e6;

    printf("%s\t%s %zu KB\ticm %.0f MB/s\t%s %.0f MB/s\tratio %.2f\tdemanded 0.80\t%s\n", row->mechanism, what,
           size / 1024, bytes / own, row->bare->name, bytes / bare, bare / own,
           bare / own >= 0.8 ? "kept" : "NOT KEPT");
}

static void measure(const struct auth_bench_row *row, size_t size)
{
    struct icm_buf message = {0};
    struct times own = {0}, bare = {0};
    uint8_t *bytes = icm_buf_room(&message, size);

    auth_bench_must(bytes, "no memory");
    for (message.size = 0; message.size < size; message.size++)
        bytes[message.size] = (uint8_t)(' ' + message.size % 90);
    for (int i = 0; i < ROUNDS; i++) {
        run_round(row->own, icm_buf_slice(&message), &own);
        run_round(row->bare, icm_buf_slice(&message), &bare);
    }
    print_line(row, "seal", size, own.seal, bare.seal);
    print_line(row, "unseal", size, own.unseal, bare.unseal);
    icm_buf_reset(&message);
}

int main(void)
{
    for (size_t i = 0; i < auth_bench_row_count; i++)
        for (size_t j = 0; j < ICM_COUNT(sizes); j++)
            measure(&auth_bench_rows[i], sizes[j]);
    return 0;
}
