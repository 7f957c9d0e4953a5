/* WAITS: for an endpoint. A client of the library that leaves sessions, comes back to them, and takes over what another
 * process has left (sessions.sh). Prints a line for each output object and for each state.
 *
 *     icm-leave URL USER FILE cycle COUNT SCRIPT   run, disconnect behind COUNT objects, reconnect, read to the end
 *     icm-leave URL USER FILE drop COUNT SCRIPT    the same, a while later, and the oldest output is let go of
 *     icm-leave URL USER FILE leave COUNT SCRIPT   run, disconnect behind COUNT objects, end
 *     icm-leave URL USER FILE ask COUNT            ask how large envelopes may be, run a script of COUNT letters
 *     icm-leave URL USER FILE list                 the user's pools and their pipelines
 *     icm-leave URL USER FILE take                 connect to each disconnected pool, read its pipelines to the end,
 * close
 *
 * FILE holds the password. */
#include "icm/psrp.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

struct client {
    uv_loop_t loop;
    struct psrp_wsman *wsman;
    struct psrp_drive *drive;
    struct psrp_over_wsman_options options;
    /* what list gave */
    struct psrp_listed_pool *pools;
    size_t count;
    bool is_listed;
};

static void fail(const struct icm_error *err)
{
    fflush(stdout);
    fprintf(stderr, "icm-leave: %s\n", err->text);
    exit(3);
}

static void need(enum icm_code code, const struct icm_error *err)
{
    if (code != ICM_OK)
        fail(err);
}

static struct icm_slice read_password(const char *path)
{
    static char line[256];
    FILE *file = fopen(path, "r");

    if (!file || !fgets(line, sizeof line, file)) {
        fprintf(stderr, "icm-leave: no password in %s\n", path);
        exit(3);
    }
    fclose(file);
    return icm_slice_of(line, strcspn(line, "\n"));
}

static struct psrp_transport *new_transport(struct client *c)
{
    struct psrp_transport *t = NULL;
    struct icm_error err = {0};

    need(psrp_over_wsman_new(&t, c->wsman, &c->options, &err), &err);
    return t;
}

/* ---- events ---- */

static void print_event(const struct psrp_event *event)
{
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};

    if (event->type == PSRP_EVENT_OUTPUT) {
        psrp_value_write_text(event->value, &text);
        printf("output %s\n", icm_buf_text(&text));
    }
    if (event->type == PSRP_EVENT_POOL_STATE)
        printf("pool %s%s%s\n", psrp_pool_state_name(event->pool_state), event->warning.code != ICM_OK ? ": " : "",
               event->warning.code != ICM_OK ? event->warning.text : "");
    if (event->type == PSRP_EVENT_PIPELINE_STATE)
        printf("pipeline %s%s%s\n", psrp_pipeline_state_name(event->pipeline_state),
               event->warning.code != ICM_OK ? ": " : "", event->warning.code != ICM_OK ? event->warning.text : "");
    if (event->type == PSRP_EVENT_PRIVATE_DATA)
        printf("private data\n");
    fflush(stdout);
}

/* Wait for the pool's @pool_state, for @outputs objects, or for the end of a pipeline: whichever comes first. */
static void wait_for(struct client *c, struct psrp_session *s, int pool_state, size_t outputs, size_t ends)
{
    struct psrp_session *from;
    struct psrp_event event;
    struct icm_error err = {0};
    bool is_reached = false;

    while (!is_reached) {
        need(psrp_drive_next(c->drive, &from, &event, &err), &err);
        print_event(&event);
        if (event.type == PSRP_EVENT_POOL_STATE && event.pool_state == PSRP_POOL_DISCONNECTED &&
            pool_state != PSRP_POOL_DISCONNECTED)
            need(psrp_session_reconnect(s, &err), &err); /* the server has left us */
        bool is_over = event.type == PSRP_EVENT_POOL_STATE &&
                       (event.pool_state == PSRP_POOL_BROKEN || event.pool_state == PSRP_POOL_CLOSED);
        if (is_over && (int)event.pool_state != pool_state) {
            psrp_event_reset(&event);
            exit(4);
        }
        is_reached = (event.type == PSRP_EVENT_POOL_STATE && (int)event.pool_state == pool_state) ||
                     (event.type == PSRP_EVENT_OUTPUT && outputs > 0 && --outputs == 0) ||
                     (event.type == PSRP_EVENT_PIPELINE_STATE && psrp_pipeline_has_ended(event.pipeline) && ends > 0 &&
                      --ends == 0);
        psrp_event_reset(&event);
    }
}

/* The pool's next state. */
static enum psrp_pool_state next_pool_state(struct client *c)
{
    struct psrp_session *from;
    struct psrp_event event;
    struct icm_error err = {0};

    for (;;) {
        need(psrp_drive_next(c->drive, &from, &event, &err), &err);
        print_event(&event);
        enum psrp_pool_state state = event.pool_state;
        bool is_state = event.type == PSRP_EVENT_POOL_STATE;
        psrp_event_reset(&event);
        if (is_state && (state == PSRP_POOL_BROKEN || state == PSRP_POOL_CLOSED))
            exit(4);
        if (is_state)
            return state;
    }
}

static struct psrp_session *open_and_run(struct client *c, const char *script)
{
    struct psrp_session_options options = {.pool = {.apartment_state = PSRP_APARTMENT_UNKNOWN}, .computer = "endpoint"};
    struct psrp_session *s = NULL;
    struct psrp_pipeline *pipeline = NULL;
    struct psrp_script run = {.text = icm_slice_text(script)};
    struct icm_error err = {0};

    need(icm_guid_random(&options.pool.pool_id, &err), &err);
    c->options.pool_id = options.pool.pool_id;
    need(psrp_session_open(&s, c->drive, new_transport(c), &options, &err), &err);
    wait_for(c, s, PSRP_POOL_OPENED, 0, 0);
    need(psrp_session_run(s, &run, &pipeline, &err), &err);
    return s;
}

static void leave(struct client *c, struct psrp_session *s, bool drops_output)
{
    struct psrp_leaving how = {.idle_timeout_ms = 120000, .drops_output = drops_output};
    struct icm_error err = {0};

    do
        need(psrp_session_disconnect(s, &how, &err), &err);
    while (next_pool_state(c) != PSRP_POOL_DISCONNECTED);
}

static void come_back(struct client *c, struct psrp_session *s)
{
    struct icm_error err = {0};

    do
        need(psrp_session_reconnect(s, &err), &err);
    while (next_pool_state(c) != PSRP_POOL_OPENED);
}

static void close_session(struct client *c, struct psrp_session *s)
{
    psrp_session_close(s);
    wait_for(c, s, PSRP_POOL_CLOSED, 0, 0);
    psrp_session_free(s);
}

/* ---- verbs ---- */

static void cycle(struct client *c, size_t count, const char *script, bool drops_output)
{
    struct psrp_session *s = open_and_run(c, script);

    wait_for(c, s, -1, count, 1);
    leave(c, s, drops_output);
    uv_sleep(drops_output ? 3000 : 300); /* the pipeline goes on without us */
    come_back(c, s);
    wait_for(c, s, -1, 0, 1);
    close_session(c, s);
}

static void run_and_leave(struct client *c, size_t count, const char *script)
{
    struct psrp_session *s = open_and_run(c, script);

    wait_for(c, s, -1, count, 1);
    leave(c, s, false);
    psrp_session_free(s);
}

static void ask_and_run(struct client *c, size_t count)
{
    ICM_OWN(icm_buf_reset) struct icm_buf script = {0};

    icm_buf_add_text(&script, "echo ");
    while (script.size < count)
        icm_buf_add_u8(&script, 'x');
    c->options.asks_envelope_size = true;
    struct psrp_session *s = open_and_run(c, icm_buf_text(&script));

    wait_for(c, s, -1, 0, 1);
    close_session(c, s);
}

static void on_listed(void *context, const struct psrp_listed_pool *pools, size_t count, const struct icm_error *why)
{
    struct client *c = context;

    if (why)
        fail(why);
    for (size_t i = 0; i < count; i++)
        printf("listed %s %s %zu\n", pools[i].owner, pools[i].state, pools[i].pipeline_count);
    fflush(stdout);
    c->pools = calloc(count + 1, sizeof *c->pools);
    if (!c->pools)
        exit(3);
    if (count > 0)
        memcpy(c->pools, pools, count * sizeof *pools);
    for (size_t i = 0; i < count; i++) {
        size_t size = pools[i].pipeline_count * sizeof *pools[i].pipelines;
        struct psrp_listed_pipeline *pipelines = malloc(size + 1);
        if (!pipelines)
            exit(3);
        if (size > 0)
            memcpy(pipelines, pools[i].pipelines, size);
        c->pools[i].pipelines = pipelines;
    }
    c->count = count;
    c->is_listed = true;
    uv_stop(&c->loop);
}

static void list(struct client *c)
{
    struct psrp_transport *t = new_transport(c);
    struct icm_error err = {0};

    need(psrp_over_wsman_list(t, on_listed, c, &err), &err);
    while (!c->is_listed)
        uv_run(&c->loop, UV_RUN_ONCE);
    t->ops->free(t);
}

static void take_one(struct client *c, const struct psrp_listed_pool *pool)
{
    struct psrp_session_options options = {
        .pool = {.pool_id = pool->pool_id, .apartment_state = PSRP_APARTMENT_UNKNOWN}, .computer = "endpoint"};
    struct psrp_session *s = NULL;
    struct psrp_pipeline *pipeline;
    struct icm_error err = {0};

    c->options.pool_id = pool->pool_id;
    need(psrp_session_connect(&s, c->drive, new_transport(c), &options, &err), &err);
    wait_for(c, s, PSRP_POOL_OPENED, 0, 0);
    for (size_t i = 0; i < pool->pipeline_count; i++)
        need(psrp_session_join(s, &pool->pipelines[i].pipeline_id, &pipeline, &err), &err);
    if (pool->pipeline_count > 0)
        wait_for(c, s, -1, 0, pool->pipeline_count);
    close_session(c, s);
}

static void take(struct client *c)
{
    list(c);
    for (size_t i = 0; i < c->count; i++)
        if (c->pools[i].is_disconnected)
            take_one(c, &c->pools[i]);
}

static void finish(struct client *c)
{
    for (size_t i = 0; i < c->count; i++)
        free((void *)(uintptr_t)c->pools[i].pipelines);
    free(c->pools);
    psrp_drive_free(c->drive);
    psrp_wsman_free(c->wsman);
    while (uv_run(&c->loop, UV_RUN_DEFAULT) != 0)
        continue;
    uv_loop_close(&c->loop);
}

int main(int argc, char **argv)
{
    struct client c = {0};
    struct icm_error err = {0};

    if (argc < 5) {
        fprintf(stderr, "usage: icm-leave URL USER FILE VERB ...\n");
        return 2;
    }
    c.options = (struct psrp_over_wsman_options){.url = argv[1],
                                                 .computer = "endpoint",
                                                 .authentication = "Basic",
                                                 .user = argv[2],
                                                 .password = read_password(argv[3]),
                                                 .allow_unencrypted = true};
    uv_loop_init(&c.loop);
    need(psrp_wsman_new(&c.wsman, &c.loop, &err), &err);
    need(psrp_drive_new(&c.drive, &c.loop, &err), &err);
    bool drops = strcmp(argv[4], "drop") == 0;
    if ((drops || strcmp(argv[4], "cycle") == 0) && argc == 7)
        cycle(&c, strtoul(argv[5], NULL, 10), argv[6], drops);
    else if (strcmp(argv[4], "leave") == 0 && argc == 7)
        run_and_leave(&c, strtoul(argv[5], NULL, 10), argv[6]);
    else if (strcmp(argv[4], "ask") == 0 && argc == 6)
        ask_and_run(&c, strtoul(argv[5], NULL, 10));
    else if (strcmp(argv[4], "list") == 0)
        list(&c);
    else if (strcmp(argv[4], "take") == 0)
        take(&c);
    else
        return 2;
    finish(&c);
    return 0;
}
