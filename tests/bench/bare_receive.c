/* The floor that icm is measured against: a program that only fetches a command's answers with libcurl and parses them with libxml2,
 * and does nothing with what they hold. `bare_receive URL USER PASSWORD-FILE SCRIPT` opens a pool and begins the script by
 * libicm (not counted), then prints "answers N bytes N cpu SECONDS" for the bare part. */
#include "psrp/pool.h"
#include "wsman/limits.h"
#include "wsman/names.h"
#include "wsman/shell.h"

#include <curl/curl.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

struct session {
    CURL *curl;
    struct wsman_shell *shell;
    struct wsman_reader *reader;
    struct psrp_pool *pool;
    struct icm_buf answer;
    struct icm_error err;
};

static void die(const char *what, const struct icm_error *err)
{
    fprintf(stderr, "bare_receive: %s: %s\n", what, err->text);
    exit(1);
}

static size_t on_body(char *bytes, size_t one, size_t count, void *context)
{
    icm_buf_add(context, icm_slice_of(bytes, one * count));
    return one * count;
}

static void post(struct session *s, struct icm_slice envelope)
{
    icm_buf_clear(&s->answer);
    curl_easy_setopt(s->curl, CURLOPT_POSTFIELDS, (const char *)envelope.data);
    curl_easy_setopt(s->curl, CURLOPT_POSTFIELDSIZE, (long)envelope.size);
    CURLcode code = curl_easy_perform(s->curl);
    if (code != CURLE_OK) {
        icm_fail(&s->err, ICM_IO, NULL, "%s", curl_easy_strerror(code));
        die("HTTP", &s->err);
    }
}

static struct wsman_message *exchange(struct session *s, struct wsman_request *request)
{
    struct wsman_message *reply = NULL;

    post(s, icm_buf_slice(&request->envelope));
    wsman_reader_restart(s->reader, request->reply_max);
    if (wsman_reader_feed(s->reader, icm_buf_slice(&s->answer), &s->err) != ICM_OK ||
        wsman_reader_finish(s->reader, &reply, &s->err) != ICM_OK ||
        wsman_shell_take(s->shell, request, 200, reply, &s->err) != ICM_OK)
        die("exchange", &s->err);
    wsman_request_reset(request);
    return reply;
}

/* Opens the pool and begins the script; @command_id becomes the command's. */
static void begin(struct session *s, const char *url, const char *script, char command_id[64])
{
    struct psrp_pool_options pool = {.apartment_state = PSRP_APARTMENT_UNKNOWN};
    struct wsman_request request = {0};
    struct icm_buf fragments = {0};
    struct psrp_pipeline *pipeline = NULL;
    struct psrp_event event;

    icm_guid_random(&pool.pool_id, NULL);
    struct wsman_shell_options shell = {.url = url, .shell_id = pool.pool_id};
    if (psrp_pool_new(&s->pool, &pool, &s->err) != ICM_OK || wsman_shell_new(&s->shell, &shell, &s->err) != ICM_OK ||
        wsman_reader_new(&s->reader, WSMAN_ENVELOPE_LATER, &s->err) != ICM_OK || psrp_pool_open(s->pool, &s->err) != ICM_OK ||
        psrp_pool_pull(s->pool, NULL, PSRP_STREAM_INPUT, 100000, &fragments, &s->err) != ICM_OK ||
        wsman_shell_create(s->shell, icm_buf_slice(&fragments), &request, &s->err) != ICM_OK)
        die("open", &s->err);
    exchange(s, &request);
    while (psrp_pool_state(s->pool) != PSRP_POOL_OPENED) {
        wsman_shell_receive(s->shell, NULL, &request, &s->err);
        psrp_pool_feed(s->pool, NULL, icm_buf_slice(&exchange(s, &request)->payload), &s->err);
        while (psrp_pool_next_event(s->pool, &event, &s->err) == ICM_OK)
            psrp_event_reset(&event);
    }
    wsman_shell_set_envelope_max(s->shell, WSMAN_ENVELOPE_LATER);

    struct psrp_script run = {.text = icm_slice_text(script)};
    icm_buf_clear(&fragments);
    if (psrp_pipeline_new(&pipeline, s->pool, &run, &s->err) != ICM_OK ||
        psrp_pool_pull(s->pool, pipeline, PSRP_STREAM_INPUT, 100000, &fragments, &s->err) != ICM_OK ||
        wsman_shell_command(s->shell, psrp_pipeline_id(pipeline), icm_slice_text(""), icm_buf_slice(&fragments), &request,
                            &s->err) != ICM_OK)
        die("command", &s->err);
    struct icm_slice id = exchange(s, &request)->command_id;
    snprintf(command_id, 64, "%.*s", (int)id.size, (const char *)id.data);
    icm_buf_reset(&fragments);
}

static double cpu(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* whether any element of the tree is CommandState Done; the walk is what "parses" ends with */
static int has_done(const xmlNode *node)
{
    for (; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        if (xmlStrEqual(node->name, BAD_CAST "CommandState")) {
            xmlChar *state = xmlGetProp(node, BAD_CAST "State");
            int is_done = xmlStrEqual(state, BAD_CAST WSMAN_COMMAND_STATE_DONE);
            xmlFree(state);
            if (is_done)
                return 1;
        }
        if (has_done(node->children))
            return 1;
    }
    return 0;
}

static void fetch_and_parse(struct session *s, const char *command_id)
{
    struct wsman_request request = {0};
    unsigned long answers = 0, bytes = 0;
    double began = cpu();

    wsman_shell_receive(s->shell, command_id, &request, &s->err);
    for (int is_done = 0; !is_done; answers++) {
        post(s, icm_buf_slice(&request.envelope)); /* the same message id again: this server does not mind */
        bytes += s->answer.size;
        xmlDoc *doc = xmlReadMemory((const char *)s->answer.data, (int)s->answer.size, NULL, NULL,
                                    XML_PARSE_NONET | XML_PARSE_HUGE);
        is_done = doc && has_done(xmlDocGetRootElement(doc));
        if (!doc)
            is_done = 1;
        xmlFreeDoc(doc);
    }
    printf("answers %lu bytes %lu cpu %.3f\n", answers, bytes, cpu() - began);
    wsman_request_reset(&request);
}

static void delete_shell(struct session *s)
{
    struct wsman_request request = {0};

    if (wsman_shell_delete(s->shell, &request, &s->err) == ICM_OK)
        exchange(s, &request);
}

int main(int argc, char **argv)
{
    struct session s = {0};
    char password[256] = "", login[600];
    FILE *file = argc == 5 ? fopen(argv[3], "r") : NULL;

    if (!file || !fgets(password, sizeof password, file)) {
        fputs("usage: bare_receive URL USER PASSWORD-FILE SCRIPT\n", stderr);
        return 2;
    }
    fclose(file);
    password[strcspn(password, "\r\n")] = '\0';
    snprintf(login, sizeof login, "%s:%s", argv[2], password);
    s.curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: " WSMAN_CONTENT_TYPE);
    headers = curl_slist_append(headers, "Expect:");
    curl_easy_setopt(s.curl, CURLOPT_URL, argv[1]);
    curl_easy_setopt(s.curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(s.curl, CURLOPT_USERPWD, login);
    curl_easy_setopt(s.curl, CURLOPT_BUFFERSIZE, 256L * 1024);
    curl_easy_setopt(s.curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(s.curl, CURLOPT_WRITEDATA, &s.answer);

    char command_id[64];
    begin(&s, argv[1], argv[4], command_id);
    fetch_and_parse(&s, command_id);
    delete_shell(&s);
    return 0;
}
