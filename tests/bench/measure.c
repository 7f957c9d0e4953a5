/* Runs a command and says what it cost: `measure COMMAND [ARGUMENT]...` prints one line to standard error,
 * "wall SECONDS cpu SECONDS peak KILOBYTES status N", and ends with the command's status.
 * `measure -times N COMMAND [ARGUMENT]... -- COMMAND [ARGUMENT]...` runs the commands in turn, N times each, and prints a line
 * for each command: the least of each number, and the last status that was not 0. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS_MAX = 4 };

struct cost {
    double wall, cpu;
    long peak;
    int status;
};

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct cost run(char **command)
{
    struct rusage used;
    int status = 0;
    double began = now();
    pid_t child = fork();

    if (child == 0) {
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) != child) {
        perror("measure");
        exit(127);
    }
    return (struct cost){
        .wall = now() - began,
        .cpu = seconds(used.ru_utime) + seconds(used.ru_stime),
        .peak = used.ru_maxrss,
        .status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
    };
}

static void take_least(struct cost *least, const struct cost *cost)
{
    if (cost->wall < least->wall)
        least->wall = cost->wall;
    if (cost->cpu < least->cpu)
        least->cpu = cost->cpu;
    if (cost->peak < least->peak)
        least->peak = cost->peak;
    if (cost->status != 0)
        least->status = cost->status;
}

/* cut @words at each "--"; how many commands that gives */
static size_t split(char **words, char **commands[COMMANDS_MAX])
{
    size_t count = 0;

    for (commands[count++] = words; *words; words++) {
        if (strcmp(*words, "--") != 0 || count == COMMANDS_MAX)
            continue;
        *words = NULL;
        commands[count++] = words + 1;
    }
    return count;
}

int main(int argc, char **argv)
{
    bool is_repeated = argc > 3 && strcmp(argv[1], "-times") == 0;
    unsigned long times = is_repeated ? strtoul(argv[2], NULL, 10) : 1;
    char **commands[COMMANDS_MAX] = {argv + 1};
    size_t count = is_repeated ? split(argv + 3, commands) : 1;
    struct cost least[COMMANDS_MAX];
    int status = 0;

    if (argc < 2 || times == 0) {
        fputs("usage: measure [-times N] COMMAND [ARGUMENT]... [-- COMMAND [ARGUMENT]...]...\n", stderr);
        return 2;
    }
    for (unsigned long round = 0; round < times; round++)
        for (size_t i = 0; i < count; i++) {
            struct cost cost = run(commands[i]);
            if (round == 0)
                least[i] = cost;
            else
                take_least(&least[i], &cost);
        }
    for (size_t i = 0; i < count; i++) {
        fprintf(stderr, "wall %.4f cpu %.4f peak %ld status %d\n", least[i].wall, least[i].cpu, least[i].peak, least[i].status);
        status = least[i].status ? least[i].status : status;
    }
    return status;
}
