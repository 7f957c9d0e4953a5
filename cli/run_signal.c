#include "cli/run_signal.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>
#include <uv.h>

static const int watched[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM};
enum { WATCHED = sizeof watched / sizeof watched[0] };

/* A handler has no other way to reach what it is for. */
static volatile sig_atomic_t caught;
static volatile sig_atomic_t left_s; /* of the limit when it was caught */
static uv_async_t *volatile loop_waker;

static void leave_to_default(void)
{
    for (size_t i = 0; i < WATCHED; i++)
        signal(watched[i], SIG_DFL);
}

static void on_signal(int number)
{
    caught = number;
    left_s = (sig_atomic_t)alarm(0);
    leave_to_default();
    if (loop_waker)
        uv_async_send(loop_waker);
}

/* nohup's wish counts; a shell's habit of ignoring SIGINT for what it runs behind `&` does not: who sends it there
 * means it */
static bool is_unwanted(int number)
{
    struct sigaction now;

    return number == SIGHUP && sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

void cli_signal_watch(struct uv_async_s *waker, unsigned limit_s)
{
    struct sigaction note = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    loop_waker = waker;
    alarm(0);
    if (!waker) {
        leave_to_default();
        return;
    }
    caught = 0;
    sigfillset(&note.sa_mask);
    for (size_t i = 0; i < WATCHED; i++)
        if (!is_unwanted(watched[i]))
            sigaction(watched[i], &note, NULL);
    alarm(limit_s);
}

void cli_signal_watch_on(void)
{
    cli_signal_watch(loop_waker, (unsigned)left_s);
}

void cli_signal_lift_limit(void)
{
    alarm(0);
}

int cli_signal_caught(void)
{
    return caught;
}
