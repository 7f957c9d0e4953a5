/* WAITS: a command's process and its three pipes, in a process group of its own. Nothing of the group outlives the command. */
#ifndef CLI_ENDPOINT_JOB_H
#define CLI_ENDPOINT_JOB_H

#include "base/buf.h"

struct uv_loop_s;
struct endpoint_job;

struct endpoint_job_sink {
    void (*output)(void *up, int stream, struct icm_slice bytes); /* 0: standard output, 1: standard error */
    void (*drained)(void *up);                 /* less of its input waits than before */
    void (*exited)(void *up, uint32_t status); /* the exit code, or 128 and the signal; all output has been given */
};

struct endpoint_job_start {
    char *const *words;       /* NULL-ended; the first is looked for on PATH */
    char *const *environment; /* NULL-ended */
    const char *directory;
};

/** Start it; @start is borrowed for the call. ICM_IO: it cannot be started; the fault's code says why as Windows does. */
enum icm_code endpoint_job_new(struct endpoint_job **out, struct uv_loop_s *loop, const struct endpoint_job_start *start,
                               const struct endpoint_job_sink *sink, void *up, struct icm_error *err);

/** Write @bytes, which become the job's, to its standard input; @is_last: and close that. What it does not read any more is dropped. */
void endpoint_job_write(struct endpoint_job *j, struct icm_buf *bytes, bool is_last);

/** Bytes that wait to be read by it. */
size_t endpoint_job_queued(const struct endpoint_job *j);

/** Send the whole group a signal. */
void endpoint_job_signal(struct endpoint_job *j, int number);

/** Read no more of its output, or again. */
void endpoint_job_pause(struct endpoint_job *j, bool is_paused);

/** End it (SIGTERM, and SIGKILL where it does not go) and free it when it has gone; its sink hears nothing more. */
void endpoint_job_end(struct endpoint_job *j);

#endif
