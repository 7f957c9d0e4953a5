/* icm-replay FILE [--port N] [--piece N [--piece-max N]] [--cut N] [--gzip] [--odd]: one recording of the captures
 * behind a socket of the loopback, for any client. It says where it listens, answers each request with the recorded
 * answer, and says when it is stopped (or its standard input ends) what was not as recorded. User "replay", password
 * "not-a-secret", Basic. */
#include "tests/replay/server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
    {"--piece", offsetof(struct replay_server_options, piece)},
    {"--piece-max", offsetof(struct replay_server_options, piece_max)},
    {"--cut", offsetof(struct replay_server_options, cut_at)},
};

static bool read_options(int argc, char **argv, struct replay_server_options *out)
{
    for (int i = 2; i < argc; i++) {
        bool is_known = strcmp(argv[i], "--gzip") == 0 || strcmp(argv[i], "--odd") == 0;
        out->packs = out->packs || strcmp(argv[i], "--gzip") == 0;
        out->twists = out->twists || strcmp(argv[i], "--odd") == 0;
        if (strcmp(argv[i], "--port") == 0 && i + 1 < argc) {
            out->port = (uint16_t)strtoul(argv[++i], NULL, 10);
            is_known = true;
        }
        for (size_t n = 0; n < ICM_COUNT(numbers) && !is_known && i + 1 < argc; n++)
            if (strcmp(argv[i], numbers[n].name) == 0) {
                *(size_t *)(void *)((char *)out + numbers[n].offset) = strtoul(argv[++i], NULL, 10);
                is_known = true;
            }
        if (!is_known)
            return false;
    }
    return argc > 1;
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    uv_stop(handle->loop);
}

static void on_input(uv_poll_t *handle, int status, int events)
{
    char byte;

    (void)events;
    if (status != 0 || fread(&byte, 1, 1, stdin) == 0)
        uv_stop(handle->loop);
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static int serve(uv_loop_t *loop, const struct replay_capture *capture, const struct replay_server_options *options)
{
    struct replay_server *server = NULL;
    struct icm_error err = {0};
    uv_signal_t stopping;
    uv_poll_t input;

    if (replay_server_new(&server, loop, capture, options, &err) != ICM_OK) {
        fprintf(stderr, "icm-replay: %s\n", err.text);
        icm_error_reset(&err);
        return 2;
    }
    uv_signal_init(loop, &stopping);
    uv_signal_start(&stopping, on_signal, SIGTERM);
    if (uv_poll_init(loop, &input, 0) == 0)
        uv_poll_start(&input, UV_READABLE, on_input);
    printf("listening on %s\n", replay_server_url(server));
    fflush(stdout);
    uv_run(loop, UV_RUN_DEFAULT);

    struct replay_dialogue *d = replay_server_dialogue(server);
    replay_dialogue_compare(d);
    printf("%s%s%s", icm_buf_text(&d->complaints), d->extras.size > 0 ? "not recorded:" : "", icm_buf_text(&d->extras));
    int status = d->complaints.size > 0;
    replay_server_free(server);
    return status;
}

int main(int argc, char **argv)
{
    struct replay_server_options options = {0};
    struct replay_capture *capture = NULL;
    struct icm_error err = {0};
    uv_loop_t loop;

    if (!read_options(argc, argv, &options)) {
        fprintf(stderr, "usage: icm-replay FILE [--port N] [--piece N [--piece-max N]] [--cut N] [--gzip] [--odd]\n");
        return 2;
    }
    if (replay_capture_read(&capture, argv[1], &err) != ICM_OK || uv_loop_init(&loop) != 0) {
        fprintf(stderr, "icm-replay: %s\n", err.text);
        icm_error_reset(&err);
        return 2;
    }
    int status = serve(&loop, capture, &options);
    uv_walk(&loop, close_handle, NULL);
    while (uv_loop_close(&loop) == UV_EBUSY)
        uv_run(&loop, UV_RUN_ONCE);
    replay_capture_free(capture);
    return status;
}
