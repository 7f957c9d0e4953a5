/* icm-endpoint: a WS-Management endpoint in front of a PowerShell engine. WAITS. */
#include "cli/engine_command.h"
#include "cli/endpoint_engine.h"
#include "cli/endpoint_http.h"
#include "cli/endpoint_log.h"
#include "cli/endpoint_options.h"
#include "cli/endpoint_shells.h"
#include "wsman/limits.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

enum { EXIT_USAGE = 2, EXIT_BROKEN = 3, SIGNAL_COUNT = 3, LINGER_MS = 5 };

struct program {
    uv_loop_t loop;
    struct endpoint_options options;
    struct auth_credential account;
    struct engine_command command;
    struct endpoint_fault_plan *plan;
    struct endpoint_engine *engine;
    struct endpoint_shells *shells;
    struct endpoint_http *http;
    uv_signal_t signals[SIGNAL_COUNT];
    bool has_signals;
};

static int show_help(void)
{
    struct icm_buf text = {0};

    icm_buf_add_text(&text, "icm-endpoint: a WS-Management endpoint in front of a PowerShell engine\n\n"
                            "usage: icm-endpoint --user NAME --password-file FILE [OPTION]...\n\n");
    endpoint_options_help(&text);
    fputs(icm_buf_text(&text), stdout);
    icm_buf_reset(&text);
    return 0;
}

static int complain(const struct icm_error *err)
{
    fprintf(stderr, "icm-endpoint: %s\n", err->text);
    return err->code == ICM_USAGE || err->code == ICM_UNSUPPORTED ? EXIT_USAGE : EXIT_BROKEN;
}

/* ---- starting ---- */

static enum icm_code read_account(struct program *p, struct icm_error *err)
{
    p->account.user = strdup(p->options.user);
    if (!p->account.user)
        return icm_nomem(err);
    return endpoint_password_read(&p->account.password, p->options.password_file, err);
}

static void own_folder(char out[PATH_MAX])
{
    ssize_t size = readlink("/proc/self/exe", out, PATH_MAX - 1);

    out[size > 0 ? size : 0] = '\0';
    char *slash = strrchr(out, '/');
    if (slash)
        *slash = '\0';
}

static enum icm_code make_engine(struct program *p, struct icm_error *err)
{
    char folder[PATH_MAX];
    struct icm_buf words = {0};

    own_folder(folder);
    if (p->options.engine != ENGINE_SYNTHETIC) {
        enum icm_code code = engine_command_choose(&p->command, p->options.engine, p->options.engine_command, folder,
                                                     getenv("PATH"), err);
        if (code != ICM_OK)
            return code;
    }
    engine_command_write(&p->command, &words);
    endpoint_log("engine: %s (%s)", p->command.count > 0 ? "pwsh" : "synthetic",
                 p->command.count > 0 ? icm_buf_text(&words) : "built in");
    icm_buf_reset(&words);
    return p->command.count > 0 ? endpoint_process_engine_new(&p->engine, &p->loop, p->command.words, err)
                                : endpoint_synthetic_engine_new(&p->engine, &p->loop, err);
}

/* Who may run what he likes in PowerShell may run commands; a synthetic engine, or one of the user's own command, may allow less. */
static bool offers_commands(const struct program *p)
{
    if (p->options.cmd_shells == ENDPOINT_CMD_BY_ENGINE)
        return p->command.count > 0 && !p->options.engine_command;
    return p->options.cmd_shells == ENDPOINT_CMD_ON;
}

static enum icm_code make_shells(struct program *p, struct icm_error *err)
{
    struct wsman_service_options options = {
        .max_envelope_size = p->options.max_envelope_size,
        .linger_ms = p->options.linger_ms ? p->options.linger_ms : LINGER_MS,
        .idle_timeout_ms = p->options.idle_timeout_ms,
        .max_idle_timeout_ms = p->options.max_idle_timeout_ms,
        .has_cmd = offers_commands(p),
        .product_vendor = "icm",
        .product_version = "icm-endpoint " ICM_VERSION,
    };

    if (p->options.fault_plan) {
        enum icm_code code = endpoint_fault_plan_load(&p->plan, p->options.fault_plan, err);
        if (code != ICM_OK)
            return code;
    }
    endpoint_log("command shells: %s", options.has_cmd ? "on" : "off");
    return endpoint_shells_new(&p->shells, &p->loop, &options, p->engine, p->plan, err);
}

static enum icm_code make_http(struct program *p, struct icm_error *err)
{
    size_t envelope = p->options.max_envelope_size ? p->options.max_envelope_size : WSMAN_ENVELOPE_LATER;
    struct endpoint_http_options options = {
        .options = &p->options,
        .accounts = &p->account,
        .account_count = 1,
        .body_max = envelope + WSMAN_REPLY_SLACK, /* a little too long gets the fault that says so */
    };
    enum icm_code code = endpoint_http_new(&p->http, &p->loop, &options, &endpoint_shells_sink, p->shells, err);

    if (code == ICM_OK)
        endpoint_shells_serve(p->shells, p->http);
    return code;
}

static void log_counts(struct program *p)
{
    struct icm_buf text = {0};

    endpoint_shells_write_counts(p->shells, &text);
    if (endpoint_http_logons(p->http) > 0)
        icm_buf_add_format(&text, "%sLogon %llu", text.size > 0 ? ", " : "",
                           (unsigned long long)endpoint_http_logons(p->http));
    endpoint_log("connections: %llu", (unsigned long long)endpoint_http_connections(p->http));
    endpoint_log("requests: %s", text.size > 0 ? icm_buf_text(&text) : "none");
    icm_buf_reset(&text);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct program *p = handle->data;

    if (number == SIGUSR1)
        log_counts(p);
    else
        uv_stop(&p->loop);
}

static void watch_signals(struct program *p)
{
    static const int numbers[SIGNAL_COUNT] = {SIGTERM, SIGINT, SIGUSR1};

    signal(SIGPIPE, SIG_IGN); /* a client that hung up is an error of its connection */
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        uv_signal_init(&p->loop, &p->signals[i]);
        p->signals[i].data = p;
        uv_signal_start(&p->signals[i], on_signal, numbers[i]);
    }
    p->has_signals = true;
}

static enum icm_code start(struct program *p, struct icm_error *err)
{
    static enum icm_code (*const steps[])(struct program *, struct icm_error *) = {read_account, make_engine, make_shells,
                                                                                    make_http};
    enum icm_code code = ICM_OK;

    for (size_t i = 0; code == ICM_OK && i < ICM_COUNT(steps); i++)
        code = steps[i](p, err);
    if (code == ICM_OK)
        watch_signals(p);
    return code;
}

static void announce(const struct program *p)
{
    struct icm_buf uri = {0};

    for (size_t i = 0; endpoint_http_uri(p->http, i, &uri); i++) {
        printf("listening on %s\n", icm_buf_text(&uri));
        icm_buf_clear(&uri);
    }
    fflush(stdout);
    icm_buf_reset(&uri);
}

/* ---- stopping ---- */

static void stop(struct program *p)
{
    if (p->shells)
        endpoint_shells_serve(p->shells, NULL);
    endpoint_http_free(p->http);
    if (p->shells)
        endpoint_shells_close(p->shells);
    if (p->engine)
        p->engine->ops->shut_down(p->engine);
    for (int i = 0; p->has_signals && i < SIGNAL_COUNT; i++)
        uv_close((uv_handle_t *)&p->signals[i], NULL);
    uv_run(&p->loop, UV_RUN_DEFAULT); /* until engines and handles are gone; each step of that is bounded */
    if (p->engine)
        p->engine->ops->free(p->engine);
    endpoint_shells_free(p->shells);
    endpoint_fault_plan_free(p->plan);
    engine_command_reset(&p->command);
    auth_credential_reset(&p->account);
    uv_loop_close(&p->loop);
}

/* the password is in our memory: no core dump, no debugger of the same user */
static void guard_process(void)
{
    const struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

int main(int argc, char **argv)
{
    static struct program program;
    struct icm_error err = {0};
    int status = 0;

    if (endpoint_options_read(&program.options, argc, argv, &err) != ICM_OK)
        return complain(&err);
    if (program.options.help)
        return show_help();
    if (program.options.version)
        return printf("icm-endpoint %s\n", ICM_VERSION) < 0;

    guard_process();
    uv_loop_init(&program.loop);
    if (start(&program, &err) == ICM_OK) {
        announce(&program);
        uv_run(&program.loop, UV_RUN_DEFAULT);
        log_counts(&program);
    } else {
        status = complain(&err);
    }
    stop(&program);
    icm_error_reset(&err);
    return status;
}
