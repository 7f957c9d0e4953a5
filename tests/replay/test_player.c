/* Recorded clients, played to icm-endpoint: each recording of ../shared/captures (or $ICM_CAPTURES) but those of wire/.
 * The program itself answers, with its built-in engine and command shells, and has to take every request and answer in
 * kind. A row of the table that is printed: recording, requests, accepted, verdict; behind it what answers had
 * otherwise and why that is right (judge.c).
 *
 * Environment: ICM_BUILD: where icm-endpoint is, else beside this program. ICM_REPLAY_ONLY: what a recording's name has
 * in it. ICM_REPLAY_ENGINE: a command that starts a PowerShell, instead of the built-in engine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "tests/replay/judge.h"
#include "tests/replay/player.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CASES_MAX = 2000 };

static const char user[] = "player", password[] = "not-a-secret";

/* the endpoint, which all play to */
static struct {
    char *program;
    pid_t pid;
    uint16_t port;
    char home[64]; /* its commands' directory, with the password's file in it */
} endpoint;

/* ---- the endpoint ---- */

static char *program_path(const char *self)
{
    const char *build = getenv("ICM_BUILD");
    char *path = NULL, *folder = strdup(self);

    for (int level = 0; level < 3 && folder; level++) { /* tests/replay/test_player */
        char *slash = strrchr(folder, '/');
        *(slash ? slash : folder) = '\0';
    }
    if (!folder || asprintf(&path, "%s/icm-endpoint", build ? build : *folder ? folder : ".") < 0)
        path = NULL;
    char *whole = path ? realpath(path, NULL) : NULL; /* its folder is going to be another */
    if (!whole)
        print_message("there is no %s\n", path);
    free(path);
    free(folder);
    return whole;
}

/* Recorded commands are run: where there is nothing to find and nothing to spoil. */
static void become_endpoint(const char *program, int out)
{
    const char *engine = getenv("ICM_REPLAY_ENGINE");

    int log = chdir(endpoint.home) == 0 ? open("log", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    if (log < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
        _exit(126);
    setenv("HOME", endpoint.home, 1);
    setenv("PATH", engine ? getenv("PATH") : "/nonexistent", 1);
    execl(program, program, "--listen", "127.0.0.1:0", "--user", user, "--password-file", "password", "--auth", "basic",
          "--cmd-shell", "on", engine ? "--engine-command" : "--engine", engine ? engine : "synthetic", (char *)NULL);
    _exit(127);
}

static bool read_port(int from)
{
    FILE *said = fdopen(from, "r");
    char line[256], *colon;

    while (said && endpoint.port == 0 && fgets(line, sizeof line, said))
        if (strncmp(line, "listening on", 12) == 0 && (colon = strstr(line, "127.0.0.1:")))
            endpoint.port = (uint16_t)strtoul(colon + strlen("127.0.0.1:"), NULL, 10);
    if (said)
        fclose(said);
    return endpoint.port != 0;
}

static bool write_password(void)
{
    char path[128];

    snprintf(endpoint.home, sizeof endpoint.home, "/tmp/icm-player-XXXXXX");
    if (!mkdtemp(endpoint.home))
        return false;
    snprintf(path, sizeof path, "%s/password", endpoint.home);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    bool is_written = file >= 0 && write(file, password, sizeof password - 1) == (ssize_t)sizeof password - 1;
    if (file >= 0)
        close(file);
    return is_written;
}

static int start_endpoint(void **state)
{
    int out[2];

    (void)state;
    if (!endpoint.program || !write_password() || pipe2(out, O_CLOEXEC) != 0)
        return -1;
    endpoint.pid = fork();
    if (endpoint.pid == 0)
        become_endpoint(endpoint.program, out[1]);
    close(out[1]);
    return read_port(out[0]) ? 0 : -1;
}

static void tell_log(void)
{
    char path[128], line[1000];
    snprintf(path, sizeof path, "%s/log", endpoint.home);
    FILE *log = fopen(path, "r");

    while (log && fgets(line, sizeof line, log))
        print_message("%s", line);
    if (log)
        fclose(log);
}

static void remove_home(void)
{
    static const char *const names[] = {"log", "password"};
    char path[128];

    for (size_t i = 0; i < ICM_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", endpoint.home, names[i]);
        unlink(path);
    }
    if (rmdir(endpoint.home) != 0)
        print_message("what was played has written to %s\n", endpoint.home);
}

static int stop_endpoint(void **state)
{
    int status = 0;

    (void)state;
    if (endpoint.pid > 0) {
        kill(endpoint.pid, SIGTERM);
        waitpid(endpoint.pid, &status, 0);
    }
    bool is_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!is_well) {
        print_message("icm-endpoint ended with %d:\n", status);
        tell_log();
    }
    remove_home();
    return is_well ? 0 : -1;
}

/* ---- the recordings ---- */

static void plays(void **state)
{
    const char *path = *state;
    const struct replay_player_options options = {.port = endpoint.port, .user = user, .password = password};
    struct replay_capture *capture = NULL;
    struct replay_played played = {0};
    struct icm_error err = {0};

    enum icm_code code = replay_capture_read(&capture, path, &err);
    if (code == ICM_OK)
        code = replay_play(&played, capture, &options, &err);
    if (code != ICM_OK)
        fail_msg("%s: %s", path, err.text);
    bool is_bad = played.complaints.size > 0;
    char complaints[1000];
    snprintf(complaints, sizeof complaints, "%.990s", icm_buf_text(&played.complaints));
    print_message("%-58s %4zu requests %4zu accepted  %s\n", capture->name, played.requests, played.accepted,
                  is_bad ? "FAILED" : "in kind");
    replay_played_reset(&played);
    replay_capture_free(capture);
    if (is_bad)
        fail_msg("%s: %s", path, complaints);
}

static void tell_excuses(void)
{
    const char *reason;
    size_t count;

    for (size_t i = 0; replay_judge_excuse(i, &reason, &count); i++)
        if (count > 0)
            print_message("otherwise %5zu times: %s\n", count, reason);
}

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[CASES_MAX];
    const char *folder = replay_capture_folder(), *only = getenv("ICM_REPLAY_ONLY");
    char **paths = replay_capture_list(folder);
    size_t count = 0;

    if (!paths) {
        printf("SKIP: no captures in %s\n", folder);
        return 77;
    }
    for (char **path = paths; *path && count < CASES_MAX; path++) {
        const char *slash = strrchr(*path, '/');
        if ((!only || strstr(*path, only)) && !strstr(*path, "/wire/"))
            tests[count++] = (struct CMUnitTest){slash ? slash + 1 : *path, plays, NULL, NULL, *path};
    }
    (void)argc;
    endpoint.program = program_path(argv[0]);
    int failed =
        count > 0 ? _cmocka_run_group_tests("recorded clients", tests, count, start_endpoint, stop_endpoint) : 0;
    tell_excuses();
    replay_capture_list_free(paths);
    free(endpoint.program);
    return failed;
}
