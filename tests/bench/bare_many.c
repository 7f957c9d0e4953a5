/* The floor that icm on many computers is measured against: libcurl's multi handle on epoll, and nothing else.
 * `bare_many HOSTS-FILE PORT USER PASSWORD-FILE SCRIPT EXPECTED THROTTLE CONNECTIONS` first has each computer run the script by
 * libicm, one after the other, and keeps the requests (not counted); then it sends them all again, to THROTTLE computers at a time
 * and on CONNECTIONS connections to each, says "computers N requests N wall SECONDS cpu SECONDS", and only then looks whether each
 * computer has answered as before, a string EXPECTED among it. */
#include "tests/bench/bare.h"
#include "wsman/limits.h"
#include "wsman/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

enum { STEPS_MAX = 8, EVENTS_MAX = 64, URL_SIZE = 300 };

/* one request, which needs nothing of the answers before it: they said in the rehearsal what they will say again */
struct step {
    enum wsman_operation operation;
    struct icm_buf envelope, answer;
    size_t answer_size; /* in the rehearsal */
    bool connects;      /* on a connection of its own */
};

struct computer {
    char url[URL_SIZE];
    struct step steps[STEPS_MAX];
    size_t count, next;
    CURL *curl;
};

struct run {
    struct bare_login login;
    const char *script, *expected;
    size_t connections;
    struct computer *computers;
    size_t count, begun, ended;
    CURLM *multi;
    int epoll;
    long timeout_ms; /* curl's wish, or -1 */
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static _Noreturn void die(const struct computer *c, const char *what)
{
    fprintf(stderr, "bare_many: %s: %s\n", c ? c->url : "-", what);
    exit(1);
}

/* ---- the rehearsal ---- */

static void keep(void *context, const struct wsman_request *request, size_t answer_size)
{
    struct computer *c = context;
    struct step *step = &c->steps[c->count];

    if (c->count++ == STEPS_MAX)
        die(c, "more requests than expected");
    step->operation = request->operation;
    step->answer_size = answer_size;
    icm_buf_add(&step->envelope, icm_buf_slice(&request->envelope));
}

/* icm's: one for what it asks to be done, one for the pool's Receives, one for the command's */
static void choose_connections(struct computer *c, size_t connections)
{
    enum wsman_operation before = WSMAN_IDENTIFY;

    for (size_t i = 0; i < c->count && connections > 0; i++) {
        enum wsman_operation operation = c->steps[i].operation;
        c->steps[i].connects = operation == WSMAN_CREATE || (operation == WSMAN_RECEIVE && before != WSMAN_RECEIVE);
        connections -= c->steps[i].connects;
        before = operation;
    }
}

static void rehearse(struct run *r, struct computer *c)
{
    struct bare_session s = {.on_exchange = keep, .context = c};
    struct wsman_request request = {0};
    bool is_done = false;

    s.curl = bare_handle_new(c->url, &r->login, &s.answer);
    bare_begin(&s, c->url, r->script);
    while (!is_done) {
        if (wsman_shell_receive(s.shell, s.command_id, &request, &s.err) != ICM_OK)
            bare_die("Receive", &s.err);
        is_done = icm_slice_is(bare_exchange(&s, &request)->command_state, WSMAN_COMMAND_STATE_DONE);
    }
    bare_delete(&s);
    bare_reset(&s);
    choose_connections(c, r->connections);
}

/* ---- the same again ---- */

static void send_next(struct run *r, struct computer *c)
{
    struct step *step = &c->steps[c->next];

    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, &step->answer);
    curl_easy_setopt(c->curl, CURLOPT_FRESH_CONNECT, (long)step->connects);
    bare_handle_load(c->curl, icm_buf_slice(&step->envelope));
    curl_multi_add_handle(r->multi, c->curl);
}

static void begin_next(struct run *r)
{
    if (r->begun == r->count)
        return;
    struct computer *c = &r->computers[r->begun++];
    c->curl = bare_handle_new(c->url, &r->login, NULL);
    curl_easy_setopt(c->curl, CURLOPT_PRIVATE, c);
    send_next(r, c);
}

static void take_answer(struct run *r, struct computer *c, CURLcode code)
{
    struct step *step = &c->steps[c->next];
    long status = 0;

    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(r->multi, c->curl);
    if (code != CURLE_OK || status != 200)
        die(c, code != CURLE_OK ? curl_easy_strerror(code) : "not 200");
    if (step->answer.size != step->answer_size)
        die(c, "another answer than in the rehearsal");
    if (++c->next < c->count) {
        send_next(r, c);
        return;
    }
    curl_easy_cleanup(c->curl);
    r->ended++;
    begin_next(r);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *assigned)
{
    struct run *r = context;
    struct epoll_event event = {.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u),
                                .data.fd = fd};

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (assigned)
            epoll_ctl(r->epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    if (!assigned)
        curl_multi_assign(r->multi, fd, r);
    return epoll_ctl(r->epoll, assigned ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
}

static int on_timeout_wanted(CURLM *multi, long timeout_ms, void *context)
{
    (void)multi;
    ((struct run *)context)->timeout_ms = timeout_ms;
    return 0;
}

static void take_answers(struct run *r)
{
    struct computer *c;
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(r->multi, &left))) {
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&c);
        take_answer(r, c, code);
    }
}

static void wait_once(struct run *r)
{
    struct epoll_event events[EVENTS_MAX];
    int running, count = epoll_wait(r->epoll, events, EVENTS_MAX, (int)r->timeout_ms);

    if (count < 0 && errno != EINTR)
        die(NULL, strerror(errno));
    for (int i = 0; i < count; i++)
        curl_multi_socket_action(r->multi, events[i].data.fd,
                                 (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) ? CURL_CSELECT_IN : 0) |
                                     (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0),
                                 &running);
    if (count == 0 || r->timeout_ms == 0)
        curl_multi_socket_action(r->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    take_answers(r);
}

static void play(struct run *r, size_t throttle)
{
    r->timeout_ms = -1;
    r->epoll = epoll_create1(EPOLL_CLOEXEC);
    r->multi = curl_multi_init();
    curl_multi_setopt(r->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(r->multi, CURLMOPT_SOCKETDATA, r);
    curl_multi_setopt(r->multi, CURLMOPT_TIMERFUNCTION, on_timeout_wanted);
    curl_multi_setopt(r->multi, CURLMOPT_TIMERDATA, r);
    curl_multi_setopt(r->multi, CURLMOPT_MAXCONNECTS, (long)(r->count * r->connections));
    for (size_t i = 0; i < throttle; i++)
        begin_next(r);
    while (r->ended < r->count)
        wait_once(r);
    curl_multi_cleanup(r->multi);
}

/* ---- what came back ---- */

/* The command's answers, read by libicm: all of its output is there, and its end. */
static void check(const struct run *r, const struct computer *c)
{
    struct wsman_reader *reader = NULL;
    struct wsman_message *reply = NULL;
    struct icm_error err = {0};
    bool is_done = false, is_said = false;

    if (wsman_reader_new(&reader, WSMAN_ENVELOPE_LATER, &err) != ICM_OK)
        bare_die("check", &err);
    for (size_t i = 0; i < c->count; i++) {
        wsman_reader_restart(reader, WSMAN_ENVELOPE_LATER);
        if (wsman_reader_feed(reader, icm_buf_slice(&c->steps[i].answer), &err) != ICM_OK ||
            wsman_reader_finish(reader, &reply, &err) != ICM_OK)
            bare_die(c->url, &err);
        is_said |= reply->payload.size > 0 && memmem(reply->payload.data, reply->payload.size, r->expected, strlen(r->expected));
        is_done |= icm_slice_is(reply->command_state, WSMAN_COMMAND_STATE_DONE);
    }
    if (!is_done || !is_said)
        die(c, is_done ? "not what was expected" : "no end");
    wsman_reader_free(reader);
}

static void read_hosts(struct run *r, const char *path, const char *port)
{
    char line[256];
    FILE *file = fopen(path, "r");

    if (!file)
        die(NULL, path);
    while (fgets(line, sizeof line, file)) {
        struct computer *grown = reallocarray(r->computers, r->count + 1, sizeof *grown);
        if (!grown)
            die(NULL, "out of memory");
        r->computers = grown;
        grown[r->count] = (struct computer){0};
        snprintf(grown[r->count++].url, URL_SIZE, "http://%.*s:%s/wsman", (int)strcspn(line, "\n"), line, port);
    }
    fclose(file);
}

static size_t request_count(const struct run *r)
{
    size_t count = 0;

    for (size_t i = 0; i < r->count; i++)
        count += r->computers[i].count;
    return count;
}

int main(int argc, char **argv)
{
    struct run r = {0};

    if (argc != 9) {
        fputs("usage: bare_many HOSTS-FILE PORT USER PASSWORD-FILE SCRIPT EXPECTED THROTTLE CONNECTIONS\n", stderr);
        return 2;
    }
    bare_login_read(&r.login, argv[3], argv[4]);
    r.script = argv[5];
    r.expected = argv[6];
    r.connections = strtoul(argv[8], NULL, 10);
    read_hosts(&r, argv[1], argv[2]);
    for (size_t i = 0; i < r.count; i++)
        rehearse(&r, &r.computers[i]);
    double began = now(), cpu = bare_cpu();
    play(&r, strtoul(argv[7], NULL, 10));
    printf("computers %zu requests %zu wall %.4f cpu %.4f\n", r.count, request_count(&r), now() - began, bare_cpu() - cpu);
    for (size_t i = 0; i < r.count; i++)
        check(&r, &r.computers[i]);
    return 0;
}
