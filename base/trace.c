#include "base/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct icm_trace {
    FILE *file;
    struct timespec began;
    struct icm_buf line;
    struct icm_json json;
};

/* A file that was there before keeps its permissions, so they are set; a device or a pipe is left as it is. */
static bool is_private(int fd)
{
    struct stat about;

    return fstat(fd, &about) == 0 && (!S_ISREG(about.st_mode) || fchmod(fd, 0600) == 0);
}

static FILE *open_file(const char *path)
{
    bool is_stderr = strcmp(path, "-") == 0;
    int fd = is_stderr ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)
                       : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *file = fd >= 0 && (is_stderr || is_private(fd)) ? fdopen(fd, "w") : NULL;

    if (fd >= 0 && !file)
        close(fd);
    return file;
}

enum icm_code icm_trace_open(struct icm_trace **out, const char *path, struct icm_error *err)
{
    struct icm_trace *t = calloc(1, sizeof *t);

    if (!t)
        return icm_nomem(err);
    t->file = open_file(path);
    if (!t->file) {
        int why = errno;
        free(t);
        return icm_fail(err, ICM_USAGE, NULL, "cannot write the trace file '%s': %s", path, strerror(why));
    }
    setvbuf(t->file, NULL, _IOLBF, 0); /* a crash loses no line */
    clock_gettime(CLOCK_MONOTONIC, &t->began);
    *out = t;
    return ICM_OK;
}

void icm_trace_close(struct icm_trace *t)
{
    if (!t)
        return;
    fclose(t->file);
    icm_buf_reset(&t->line);
    free(t);
}

static double seconds_since(const struct timespec *began)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - began->tv_sec) + (double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

struct icm_json *icm_trace_begin(struct icm_trace *t, const char *computer, bool sent, const char *kind)
{
    if (!t)
        return NULL;

    char seconds[32];
    snprintf(seconds, sizeof seconds, "%.6f", seconds_since(&t->began));
    icm_buf_clear(&t->line);
    t->json = (struct icm_json){.out = &t->line};
    icm_json_open(&t->json, '{');
    icm_json_key_text(&t->json, "t");
    icm_json_number(&t->json, icm_slice_text(seconds));
    icm_json_member_text(&t->json, "computer", computer);
    icm_json_member_text(&t->json, "direction", sent ? "sent" : "received");
    icm_json_member_text(&t->json, "kind", kind);
    return &t->json;
}

void icm_trace_end(struct icm_trace *t)
{
    icm_json_close(&t->json, '}');
    icm_buf_add_u8(&t->line, '\n');
    if (!t->line.failed)
        fwrite(t->line.data, 1, t->line.size, t->file);
}
