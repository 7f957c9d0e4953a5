/* What one more connection costs: `lanes URL CA-FILE USER PASSWORD-FILE COUNT MECHANISM` asks on COUNT lanes for the
 * server's identity, keeps all connections, and says what each of them but the first took: processor time of this
 * process and memory that stays. */
#include "wsman/http.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <uv.h>

struct run {
    uv_loop_t loop;
    struct wsman_http *http;
    struct wsman_target target;
    struct wsman_shell *shell;
    unsigned done, failed;
};

static void on_done(void *context, const struct wsman_exchange *exchange)
{
    struct run *r = context;

    r->done++;
    if (exchange->code == ICM_OK)
        return;
    r->failed++;
    fprintf(stderr, "%s\n", exchange->err->text);
}

static double processor_ms(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
}

static double allocated_kb(void)
{
    struct mallinfo2 info = mallinfo2();

    return (double)(info.uordblks + info.hblkhd) / 1024;
}

/* one lane, with its connection and an answer on it */
static struct wsman_lane *connect_one(struct run *r)
{
    struct wsman_lane *lane = NULL;
    struct wsman_request request;
    unsigned before = r->done;

    if (wsman_lane_new(&lane, r->http, &r->target, on_done, r, NULL) != ICM_OK ||
        wsman_shell_identify(r->shell, &request, NULL) != ICM_OK || wsman_lane_post(lane, &request, NULL) != ICM_OK)
        exit(1);
    while (r->done == before)
        uv_run(&r->loop, UV_RUN_ONCE);
    return lane;
}

static bool read_password(const char *path, struct icm_buf *out)
{
    char line[256];
    FILE *in = fopen(path, "r");
    bool is_read = in && fgets(line, sizeof line, in);

    if (in)
        fclose(in);
    if (is_read)
        icm_buf_add(out, icm_slice_of(line, strcspn(line, "\n")));
    return is_read;
}

int main(int argc, char **argv)
{
    struct auth_credential credential = {0};
    struct run r = {0};

    if (argc != 7 || !read_password(argv[4], &credential.password)) {
        fputs("usage: lanes URL CA-FILE USER PASSWORD-FILE COUNT MECHANISM\n", stderr);
        return 2;
    }
    size_t count = strtoul(argv[5], NULL, 10);
    struct wsman_lane **lanes = calloc(count + 1, sizeof *lanes);
    credential.user = strdup(argv[3]);
    r.target = (struct wsman_target){.url = argv[1],
                                     .computer = "server",
                                     .mechanism = auth_mechanism_find(argv[6]),
                                     .credential = &credential,
                                     .ca_file = *argv[2] ? argv[2] : NULL};
    struct wsman_shell_options shell = {.url = argv[1]};
    uv_loop_init(&r.loop);
    if (!lanes || !r.target.mechanism || wsman_http_new(&r.http, &r.loop, NULL) != ICM_OK ||
        wsman_shell_new(&r.shell, &shell, NULL) != ICM_OK)
        return 1;
    lanes[0] = connect_one(&r);
    double cpu = processor_ms(), memory = allocated_kb();
    for (size_t i = 1; i <= count; i++)
        lanes[i] = connect_one(&r);
    printf("cpu %.2f memory %.1f failed %u\n", (processor_ms() - cpu) / (double)count,
           (allocated_kb() - memory) / (double)count, r.failed);
    for (size_t i = 0; i <= count; i++)
        wsman_lane_free(lanes[i]);
    wsman_shell_free(r.shell);
    wsman_http_free(r.http);
    uv_run(&r.loop, UV_RUN_DEFAULT);
    auth_credential_reset(&credential);
    free(lanes);
    return r.failed > 0;
}
