/* curl's handle of a lane: its options, and what it calls back. It is there for an exchange alone: 1,000 lanes at rest
 * would have 7 MB in them. */
#include "wsman/http_state.h"

#include "wsman/limits.h"

/* ---- what curl calls ---- */

static size_t on_header(char *bytes, size_t one, size_t count, void *context)
{
    struct wsman_lane *l = context;

    wsman_reply_header(l, icm_slice_of(bytes, one * count));
    return l->code == ICM_OK ? one * count : 0;
}

static size_t on_body(char *bytes, size_t one, size_t count, void *context)
{
    return wsman_reply_body(context, icm_slice_of(bytes, one * count)) ? one * count : 0;
}

/* The connection stands, nothing has been sent. A second call for one transfer: the connection that was kept was dead,
 * and this is a new one. */
static int on_sending(void *context, char *peer, char *local, int peer_port, int local_port)
{
    struct wsman_lane *l = context;
    long connects = 0;

    (void)peer, (void)local, (void)peer_port, (void)local_port;
    curl_easy_getinfo(l->easy, CURLINFO_NUM_CONNECTS, &connects);
    bool is_new = connects > 0 || l->sent_count > 0;
    if (!wsman_lane_is_sending(l, is_new))
        return CURL_PREREQFUNC_ABORT;
    l->sent_count++;
    return CURL_PREREQFUNC_OK;
}

/* ---- options ---- */

enum { NAMES_AGE_S = 60 /* curl's own */ };

/* For how long curl believes a name. Behind each transfer that has a limit it goes through all names that it knows, and with
 * thousands of computers that takes longer than the transfer: one that has its connection looks no name up. */
static long names_age(const struct wsman_lane *l)
{
    return wsman_transfer_is_cut(l) ? NAMES_AGE_S : -1;
}

static CURLcode set_options(struct wsman_lane *l)
{
    CURLcode code = CURLE_OK;

#define SET(option, value) (code = code == CURLE_OK ? curl_easy_setopt(l->easy, option, value) : code)
    SET(CURLOPT_PRIVATE, l);
    SET(CURLOPT_URL, l->url);
    SET(CURLOPT_SHARE, l->share);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L); /* a redirect would carry the password to somebody else */
    SET(CURLOPT_PROXY, "");          /* a proxy only when told: HTTP_PROXY breaks access to the own network */
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_HTTP09_ALLOWED, 0L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)l->connect_timeout_ms);
    SET(CURLOPT_DNS_CACHE_TIMEOUT, names_age(l));
    SET(CURLOPT_TCP_NODELAY, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_ACCEPT_ENCODING, "gzip"); /* Exchange answers so; what it unpacks to is bounded by reply_max */
    SET(CURLOPT_HTTPHEADER, l->headers);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_ERRORBUFFER, l->curl_text);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, l);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, l);
    SET(CURLOPT_PREREQFUNCTION, on_sending);
    SET(CURLOPT_PREREQDATA, l);
#undef SET
    if (code == CURLE_OK && l->way)
        code = wsman_way_set_up(l->way, l->easy);
    return code == CURLE_OK ? wsman_tls_set_up(l) : code;
}

CURLcode wsman_easy_open(struct wsman_lane *l, const struct wsman_target *target)
{
    if (l->easy)
        return CURLE_OK;
    l->easy = curl_easy_init();
    CURLcode code = l->easy ? set_options(l) : CURLE_OUT_OF_MEMORY;
    if (code == CURLE_OK && target && target->certificate) {
        l->keeps_easy = true;
        code = wsman_tls_set_certificate(l, target);
    }
    return code;
}

void wsman_easy_close(struct wsman_lane *l)
{
    if (l->keeps_easy)
        return;
    curl_easy_cleanup(l->easy);
    l->easy = NULL;
}
