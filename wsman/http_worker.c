#include "wsman/http_worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <uv.h>

enum { STACK_SIZE = 1024 * 1024 /* GSSAPI and the resolver below it */ };

/* The worker lives as long as a thread may come home to it. What is below the lock is everybody's. */
struct wsman_worker {
    pthread_mutex_t lock;
    int users;
    uv_async_t *async; /* NULL: the loop is gone */
    struct wsman_job *done;
    unsigned running; /* the loop's thread's own: jobs that somebody waits for */
};

struct wsman_job {
    struct wsman_worker *worker;
    struct wsman_handshake *handshake;
    struct wsman_login *login;
    wsman_job_done on_done;
    void *context;
    bool is_abandoned, is_done;
    enum icm_code code;
    struct icm_error err;
    struct wsman_job *next;
};

/* ---- the worker ---- */

static void worker_ref(struct wsman_worker *w)
{
    pthread_mutex_lock(&w->lock);
    w->users++;
    pthread_mutex_unlock(&w->lock);
}

static void worker_unref(struct wsman_worker *w)
{
    pthread_mutex_lock(&w->lock);
    bool is_last = --w->users == 0;
    pthread_mutex_unlock(&w->lock);
    if (!is_last)
        return;
    pthread_mutex_destroy(&w->lock);
    free(w);
}

static void job_free(struct wsman_job *job)
{
    if (job->is_abandoned)
        wsman_handshake_free(job->handshake);
    wsman_login_release(job->login);
    icm_error_reset(&job->err);
    worker_unref(job->worker);
    free(job);
}

static struct wsman_job *take_done(struct wsman_worker *w)
{
    pthread_mutex_lock(&w->lock);
    struct wsman_job *job = w->done;
    if (job)
        w->done = job->next;
    pthread_mutex_unlock(&w->lock);
    return job;
}

/* The loop stays alive while a job is waited for, and no longer. */
static void one_less(struct wsman_worker *w)
{
    if (--w->running == 0 && w->async)
        uv_unref((uv_handle_t *)w->async);
}

static void on_async(uv_async_t *async)
{
    struct wsman_worker *w = async->data;
    struct wsman_job *job;

    worker_ref(w); /* a job's done may free the worker's owner */
    while ((job = take_done(w))) {
        one_less(w);
        job->on_done(job->context, job->code, &job->err);
        job_free(job);
    }
    worker_unref(w);
}

enum icm_code wsman_worker_new(struct wsman_worker **out, struct uv_loop_s *loop, struct icm_error *err)
{
    struct wsman_worker *w = calloc(1, sizeof *w);
    uv_async_t *async = calloc(1, sizeof *async);

    if (!w || !async || uv_async_init(loop, async, on_async) != 0) {
        free(w);
        free(async);
        return icm_nomem(err);
    }
    pthread_mutex_init(&w->lock, NULL);
    w->users = 1;
    w->async = async;
    async->data = w;
    uv_unref((uv_handle_t *)async);
    *out = w;
    return ICM_OK;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

void wsman_worker_free(struct wsman_worker *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    uv_async_t *async = w->async;
    w->async = NULL;
    pthread_mutex_unlock(&w->lock);
    uv_close((uv_handle_t *)async, on_closed);
    worker_unref(w);
}

/* ---- jobs ---- */

static void *run(void *context)
{
    struct wsman_job *job = context;
    struct wsman_worker *w = job->worker;

    job->code = wsman_handshake_step(job->handshake, &job->err);
    pthread_mutex_lock(&w->lock);
    bool is_abandoned = job->is_abandoned;
    job->is_done = true;
    if (!is_abandoned) {
        job->next = w->done;
        w->done = job;
        uv_async_send(w->async);
    }
    pthread_mutex_unlock(&w->lock);
    if (is_abandoned)
        job_free(job);
    return NULL;
}

static bool start_thread(struct wsman_job *job)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;

    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the main thread's */
    bool is_started = pthread_create(&thread, &attributes, run, job) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return is_started;
}

enum icm_code wsman_job_start(struct wsman_job **out, struct wsman_worker *w, struct wsman_handshake *handshake,
                              struct wsman_login *login, wsman_job_done done, void *context, struct icm_error *err)
{
    struct wsman_job *job = calloc(1, sizeof *job);

    if (!job)
        return icm_nomem(err);
    *job = (struct wsman_job){
        .worker = w, .handshake = handshake, .login = wsman_login_share(login), .on_done = done, .context = context};
    worker_ref(w);
    *out = job;
    if (!start_thread(job)) {
        *out = NULL;
        job_free(job);
        return icm_fail(err, ICM_IO, NULL, "the system gives no thread for a logon that may wait");
    }
    if (w->running++ == 0)
        uv_ref((uv_handle_t *)w->async);
    return ICM_OK;
}

void wsman_job_abandon(struct wsman_job *job)
{
    struct wsman_worker *w = job->worker;

    pthread_mutex_lock(&w->lock);
    job->is_abandoned = true;
    bool is_done = job->is_done;
    for (struct wsman_job **at = &w->done; *at; at = &(*at)->next)
        if (*at == job) {
            *at = job->next;
            break;
        }
    pthread_mutex_unlock(&w->lock);
    one_less(w);
    if (is_done) /* the thread has let go of it */
        job_free(job);
}
