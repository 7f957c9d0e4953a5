/* What the bare programs have in common: a session over libcurl, whose requests libicm makes. A failure ends the program. */
#ifndef TESTS_BENCH_BARE_H
#define TESTS_BENCH_BARE_H

#include "psrp/pool.h"
#include "wsman/shell.h"

#include <curl/curl.h>

enum { BARE_LOGIN_MAX = 600 };

/** Who signs in, as curl wants it: "NAME:PASSWORD". */
struct bare_login {
    char text[BARE_LOGIN_MAX];
};

struct bare_session {
    CURL *curl;
    struct wsman_shell *shell;
    struct wsman_reader *reader;
    struct psrp_pool *pool;
    char command_id[64];
    struct icm_buf answer; /* the last one's body */
    struct icm_error err;
    /* is shown each request that bare_exchange has had an answer to; or NULL */
    void (*on_exchange)(void *context, const struct wsman_request *request, size_t answer_size);
    void *context;
};

_Noreturn void bare_die(const char *what, const struct icm_error *err);

/** @password_file: its first line is the password. */
void bare_login_read(struct bare_login *login, const char *user, const char *password_file);

/** A handle for requests to @url, which signs in at once. @body takes what an answer carries. */
CURL *bare_handle_new(const char *url, const struct bare_login *login, struct icm_buf *body);

void bare_handle_load(CURL *curl, struct icm_slice envelope); /* borrowed until the answer is there */

/** Open a pool at @url, and begin @script; @s->command_id is the command's then. */
void bare_begin(struct bare_session *s, const char *url, const char *script);

/** Send @request, which is reset, and take its answer, which is valid until the next one. */
struct wsman_message *bare_exchange(struct bare_session *s, struct wsman_request *request);

/** Only send, and leave the answer in @s->answer. */
void bare_post(struct bare_session *s, struct icm_slice envelope);

void bare_delete(struct bare_session *s); /* the shell, at the server */
void bare_reset(struct bare_session *s);

double bare_cpu(void); /* seconds of this process so far */

#endif
