#include "tests/bench/bare.h"

#include "wsman/limits.h"
#include "wsman/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

void bare_die(const char *what, const struct icm_error *err)
{
    fprintf(stderr, "bare: %s: %s\n", what, err->text);
    exit(1);
}

double bare_cpu(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

void bare_login_read(struct bare_login *login, const char *user, const char *password_file)
{
    char password[256] = "";
    FILE *file = fopen(password_file, "r");

    if (!file || !fgets(password, sizeof password, file)) {
        perror(password_file);
        exit(2);
    }
    fclose(file);
    password[strcspn(password, "\r\n")] = '\0';
    snprintf(login->text, sizeof login->text, "%s:%s", user, password);
}

static size_t on_body(char *bytes, size_t one, size_t count, void *context)
{
    icm_buf_add(context, icm_slice_of(bytes, one * count));
    return one * count;
}

/* the same of every request, for the program's life */
static struct curl_slist *headers(void)
{
    static struct curl_slist *list;

    if (!list) {
        list = curl_slist_append(NULL, "Content-Type: " WSMAN_CONTENT_TYPE);
        list = curl_slist_append(list, "Expect:");
    }
    return list;
}

CURL *bare_handle_new(const char *url, const struct bare_login *login, struct icm_buf *body)
{
    CURL *curl = curl_easy_init();

    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers());
    curl_easy_setopt(curl, CURLOPT_USERPWD, login->text);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    return curl;
}

void bare_handle_load(CURL *curl, struct icm_slice envelope)
{
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)envelope.data);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)envelope.size);
}

void bare_post(struct bare_session *s, struct icm_slice envelope)
{
    icm_buf_clear(&s->answer);
    bare_handle_load(s->curl, envelope);
    CURLcode code = curl_easy_perform(s->curl);
    if (code != CURLE_OK) {
        icm_fail(&s->err, ICM_IO, NULL, "%s", curl_easy_strerror(code));
        bare_die("HTTP", &s->err);
    }
}

struct wsman_message *bare_exchange(struct bare_session *s, struct wsman_request *request)
{
    struct wsman_message *reply = NULL;

    bare_post(s, icm_buf_slice(&request->envelope));
    wsman_reader_restart(s->reader, request->reply_max);
    if (wsman_reader_feed(s->reader, icm_buf_slice(&s->answer), &s->err) != ICM_OK ||
        wsman_reader_finish(s->reader, &reply, &s->err) != ICM_OK ||
        wsman_shell_take(s->shell, request, 200, reply, &s->err) != ICM_OK)
        bare_die("exchange", &s->err);
    if (s->on_exchange)
        s->on_exchange(s->context, request, s->answer.size);
    wsman_request_reset(request);
    return reply;
}

static void open_pool(struct bare_session *s, const char *url)
{
    struct psrp_pool_options pool = {.apartment_state = PSRP_APARTMENT_UNKNOWN};
    struct wsman_request request = {0};
    struct icm_buf fragments = {0};
    struct psrp_event event;

    icm_guid_random(&pool.pool_id, NULL);
    struct wsman_shell_options shell = {.url = url, .shell_id = pool.pool_id};
    if (psrp_pool_new(&s->pool, &pool, &s->err) != ICM_OK || wsman_shell_new(&s->shell, &shell, &s->err) != ICM_OK ||
        wsman_reader_new(&s->reader, WSMAN_ENVELOPE_LATER, &s->err) != ICM_OK || psrp_pool_open(s->pool, &s->err) != ICM_OK ||
        psrp_pool_pull(s->pool, NULL, PSRP_STREAM_INPUT, 100000, &fragments, &s->err) != ICM_OK ||
        wsman_shell_create(s->shell, icm_buf_slice(&fragments), &request, &s->err) != ICM_OK)
        bare_die("open", &s->err);
    bare_exchange(s, &request);
    while (psrp_pool_state(s->pool) != PSRP_POOL_OPENED) {
        wsman_shell_receive(s->shell, NULL, &request, &s->err);
        psrp_pool_feed(s->pool, NULL, icm_buf_slice(&bare_exchange(s, &request)->payload), &s->err);
        while (psrp_pool_next_event(s->pool, &event, &s->err) == ICM_OK)
            psrp_event_reset(&event);
    }
    wsman_shell_set_envelope_max(s->shell, WSMAN_ENVELOPE_LATER);
    icm_buf_reset(&fragments);
}

void bare_begin(struct bare_session *s, const char *url, const char *script)
{
    struct psrp_script run = {.text = icm_slice_text(script)};
    struct wsman_request request = {0};
    struct icm_buf fragments = {0};
    struct psrp_pipeline *pipeline = NULL;

    open_pool(s, url);
    if (psrp_pipeline_new(&pipeline, s->pool, &run, &s->err) != ICM_OK ||
        psrp_pool_pull(s->pool, pipeline, PSRP_STREAM_INPUT, 100000, &fragments, &s->err) != ICM_OK ||
        wsman_shell_command(s->shell, psrp_pipeline_id(pipeline), icm_slice_text(""), icm_buf_slice(&fragments), &request,
                            &s->err) != ICM_OK)
        bare_die("command", &s->err);
    struct icm_slice id = bare_exchange(s, &request)->command_id;
    snprintf(s->command_id, sizeof s->command_id, "%.*s", (int)id.size, (const char *)id.data);
    icm_buf_reset(&fragments);
}

void bare_delete(struct bare_session *s)
{
    struct wsman_request request = {0};

    if (wsman_shell_delete(s->shell, &request, &s->err) == ICM_OK)
        bare_exchange(s, &request);
}

void bare_reset(struct bare_session *s)
{
    psrp_pool_free(s->pool);
    wsman_shell_free(s->shell);
    wsman_reader_free(s->reader);
    icm_buf_reset(&s->answer);
    curl_easy_cleanup(s->curl);
    *s = (struct bare_session){0};
}
