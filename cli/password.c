#include "cli/password.h"

#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define VARIABLE "ICM_PASSWORD"

/* the leak checker of sanitized builds reads our memory as a debugger does */
#if defined(__SANITIZE_ADDRESS__)
enum { IS_DUMPABLE = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { IS_DUMPABLE = 1 };
#else
enum { IS_DUMPABLE = 0 };
#endif
#else
enum { IS_DUMPABLE = 0 };
#endif

enum icm_code cli_password_take_environment(struct icm_buf *out, struct icm_error *err)
{
    char *value = getenv(VARIABLE);

    if (!value)
        return ICM_OK;
    icm_buf_add_text(out, value);
    explicit_bzero(value, strlen(value)); /* /proc/PID/environ shows this very memory */
    unsetenv(VARIABLE);
    return icm_buf_check(out, err);
}

void cli_password_guard_process(void)
{
    const struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    if (!IS_DUMPABLE)
        prctl(PR_SET_DUMPABLE, 0);
}

/* What follows the first line is wiped too: the buffer's size says how much to wipe, so it shrinks only behind that. */
static enum icm_code keep_first_line(struct icm_buf *text, const char *what, struct icm_error *err)
{
    const uint8_t *end = text->size > 0 ? memchr(text->data, '\n', text->size) : NULL;
    size_t size = end ? (size_t)(end - text->data) : text->size;

    if (size > 0 && text->data[size - 1] == '\r')
        size--;
    if (text->data)
        explicit_bzero(text->data + size, text->size - size);
    text->size = size;
    return size > 0 ? ICM_OK : icm_fail(err, ICM_USAGE, NULL, "%s gives no password: its first line is empty", what);
}

static enum icm_code from_file(const struct cli_password_sources *s, struct icm_buf *out, struct icm_error *err)
{
    char what[160];
    int fd = open(s->file, O_RDONLY | O_CLOEXEC);

    snprintf(what, sizeof what, "the password file '%.120s'", s->file);
    if (fd < 0)
        return icm_fail(err, ICM_USAGE, NULL, "cannot read %s: %s", what, strerror(errno));
    enum icm_code code = cli_file_read_line(fd, CLI_PASSWORD_MAX, what, out, err);
    close(fd);
    return code == ICM_OK ? keep_first_line(out, what, err) : code;
}

/* sh -c @command, its output on @fd; standard input is empty, so that it takes nothing of the input objects */
static int spawn_shell(const char *command, int fd, pid_t *pid)
{
    extern char **environ;
    char *const words[] = {(char[]){"sh"}, (char[]){"-c"}, strdup(command), NULL};
    posix_spawn_file_actions_t actions;
    int failed = words[2] ? posix_spawn_file_actions_init(&actions) : ENOMEM;

    if (failed)
        return failed;
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
    failed = posix_spawn(pid, "/bin/sh", &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    free(words[2]);
    return failed;
}

static enum icm_code wait_for(pid_t pid, struct icm_error *err)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return ICM_OK;
    return icm_fail(err, ICM_USAGE, NULL, "the password command ended with %s %d",
                    WIFEXITED(status) ? "status" : "signal",
                    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

static enum icm_code from_command(const struct cli_password_sources *s, struct icm_buf *out, struct icm_error *err)
{
    static const char what[] = "the password command";
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return icm_fail(err, ICM_IO, NULL, "cannot make a pipe: %s", strerror(errno));
    int failed = spawn_shell(s->command, ends[1], &pid);
    close(ends[1]);
    if (failed) {
        close(ends[0]);
        return icm_fail(err, ICM_USAGE, NULL, "cannot run %s: %s", what, strerror(failed));
    }
    enum icm_code code = cli_file_read_line(ends[0], CLI_PASSWORD_MAX, what, out, err);
    close(ends[0]); /* more lines: the command gets SIGPIPE, which is not held against it */
    bool has_line = out->size > 0 && memchr(out->data, '\n', out->size);
    struct icm_error why = {0};
    enum icm_code end = wait_for(pid, &why);
    if (code == ICM_OK && end != ICM_OK && !has_line)
        code = icm_fail(err, end, NULL, "%s", why.text);
    icm_error_reset(&why);
    return code == ICM_OK ? keep_first_line(out, what, err) : code;
}

static enum icm_code from_environment(const struct cli_password_sources *s, struct icm_buf *out, struct icm_error *err)
{
    icm_buf_add(out, icm_buf_slice(s->environment));
    return keep_first_line(out, "the variable " VARIABLE, err);
}

/* The terminal's settings while it does not echo; a signal must not leave it mute. */
static struct termios before;
static int terminal = -1;

static void restore_and_die(int number)
{
    tcsetattr(terminal, TCSANOW, &before);
    signal(number, SIG_DFL);
    raise(number);
}

static enum icm_code read_unseen(const char *user, struct icm_buf *out, struct icm_error *err)
{
    struct sigaction die = {.sa_handler = restore_and_die}, old_int, old_term;
    struct termios mute = before;

    mute.c_lflag &= ~(tcflag_t)ECHO;
    mute.c_lflag |= ECHONL;
    sigaction(SIGINT, &die, &old_int);
    sigaction(SIGTERM, &die, &old_term);
    tcsetattr(terminal, TCSAFLUSH, &mute);
    dprintf(terminal, "Password for '%s': ", user);
    enum icm_code code = cli_file_read_line(terminal, CLI_PASSWORD_MAX, "the terminal", out, err);
    tcsetattr(terminal, TCSAFLUSH, &before);
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGTERM, &old_term, NULL);
    return code;
}

static enum icm_code from_terminal(const struct cli_password_sources *s, struct icm_buf *out, struct icm_error *err)
{
    enum icm_code code;

    terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0 || tcgetattr(terminal, &before) < 0)
        code = icm_fail(err, ICM_USAGE, NULL,
                        "no password for '%.60s': there is no terminal to ask on; use -PasswordFile, -PasswordCommand "
                        "or the variable " VARIABLE,
                        s->user);
    else
        code = read_unseen(s->user, out, err);
    if (code == ICM_OK && out->size == 0) { /* not even a line's end, which would have been echoed */
        dprintf(terminal, "\n");
        code = icm_fail(err, ICM_USAGE, NULL, "no password for '%.60s': the terminal's input has ended (Ctrl+D)", s->user);
    }
    if (terminal >= 0)
        close(terminal);
    terminal = -1;
    return code == ICM_OK ? keep_first_line(out, "the terminal", err) : code;
}

enum icm_code cli_password_get(const struct cli_password_sources *sources, struct icm_buf *out, struct icm_error *err)
{
    if (sources->file)
        return from_file(sources, out, err);
    if (sources->command)
        return from_command(sources, out, err);
    if (sources->environment && sources->environment->size > 0)
        return from_environment(sources, out, err);
    return from_terminal(sources, out, err);
}
