/* What one more session costs: `sessions URL CA-FILE USER PASSWORD-FILE COUNT MECHANISM` opens COUNT sessions at once, runs
 * a line in each, and says what each took once all are at rest, open: memory that stays, processor time of this process;
 * and the most memory that the process had. */
#include "psrp/drive.h"
#include "psrp/over_wsman.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <uv.h>

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

static long peak_kb(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return used.ru_maxrss;
}

static void read_password(const char *path, struct icm_buf *out)
{
    char line[256] = "";
    FILE *in = fopen(path, "r");

    if (!in || !fgets(line, sizeof line, in))
        exit(2);
    fclose(in);
    icm_buf_add(out, icm_slice_of(line, strcspn(line, "\n")));
}

static void open_one(struct psrp_drive *drive, struct psrp_wsman *wsman, struct psrp_over_wsman_options *over)
{
    struct psrp_transport *transport;
    struct psrp_session *session;

    if (icm_guid_random(&over->pool_id, NULL) != ICM_OK || psrp_over_wsman_new(&transport, wsman, over, NULL) != ICM_OK)
        exit(1);
    const struct psrp_session_options options = {.pool.pool_id = over->pool_id, .computer = "server"};
    if (psrp_session_open(&session, drive, transport, &options, NULL) != ICM_OK)
        exit(1);
}

/* false: it has come to its end, well or not */
static bool is_under_way(const struct psrp_event *event, struct psrp_session *from, unsigned *failed)
{
    static const struct psrp_script script = {.text = {(const uint8_t *)"echo hi", 7}};
    struct psrp_pipeline *pipeline;

    if (event->type == PSRP_EVENT_POOL_STATE && event->pool_state == PSRP_POOL_OPENED)
        return psrp_session_run(from, &script, &pipeline, NULL) == ICM_OK;
    if (event->type == PSRP_EVENT_POOL_STATE && event->pool_state == PSRP_POOL_BROKEN) {
        fprintf(stderr, "%s\n", psrp_session_failure(from)->text);
        ++*failed;
        return false;
    }
    return event->type != PSRP_EVENT_PIPELINE_STATE || event->pipeline_state == PSRP_PIPELINE_RUNNING;
}

/* until each of @count has had its line, and then until nothing is said any more */
static unsigned run_all(struct psrp_drive *drive, size_t count)
{
    unsigned failed = 0;

    while (count > 0) {
        struct psrp_session *from;
        struct psrp_event event;

        if (psrp_drive_next(drive, &from, &event, NULL) != ICM_OK)
            exit(1);
        count -= !is_under_way(&event, from, &failed);
        psrp_event_reset(&event);
    }
    return failed;
}

static void on_pause(uv_timer_t *timer)
{
    psrp_drive_wake(timer->data);
}

/* the last Signals and Receives are under way still */
static void settle(uv_loop_t *loop, struct psrp_drive *drive)
{
    uv_timer_t pause;
    struct psrp_session *from;
    struct psrp_event event;

    uv_timer_init(loop, &pause);
    pause.data = drive;
    uv_timer_start(&pause, on_pause, 1000, 0);
    while (psrp_drive_next(drive, &from, &event, NULL) == ICM_OK)
        psrp_event_reset(&event);
    uv_close((uv_handle_t *)&pause, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
}

int main(int argc, char **argv)
{
    struct icm_buf password = {0};
    struct psrp_drive *drive;
    struct psrp_wsman *wsman;
    uv_loop_t loop;

    if (argc != 7) {
        fputs("usage: sessions URL CA-FILE USER PASSWORD-FILE COUNT MECHANISM\n", stderr);
        return 2;
    }
    size_t count = strtoul(argv[5], NULL, 10);
    read_password(argv[4], &password);
    uv_loop_init(&loop);
    if (psrp_drive_new(&drive, &loop, NULL) != ICM_OK || psrp_wsman_new(&wsman, &loop, NULL) != ICM_OK)
        return 1;
    struct psrp_over_wsman_options over = {.url = argv[1],
                                           .computer = "server",
                                           .authentication = argv[6],
                                           .user = argv[3],
                                           .password = icm_buf_slice(&password),
                                           .ca_file = *argv[2] ? argv[2] : NULL};
    open_one(drive, wsman, &over); /* what all have in common is there behind this */
    unsigned failed = run_all(drive, 1);
    settle(&loop, drive);
    double cpu = processor_ms(), memory = allocated_kb();
    for (size_t i = 0; i < count; i++)
        open_one(drive, wsman, &over);
    failed += run_all(drive, count);
    cpu = processor_ms() - cpu;
    settle(&loop, drive);
    printf("cpu %.2f memory %.1f peak %ld failed %u\n", cpu / (double)count, (allocated_kb() - memory) / (double)count,
           peak_kb(), failed);
    psrp_drive_free(drive);
    psrp_wsman_free(wsman);
    uv_run(&loop, UV_RUN_DEFAULT);
    icm_buf_reset(&password);
    return failed > 0;
}
