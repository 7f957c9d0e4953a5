/* TLS sessions: a lane to a server that another one has seen spares a round trip of TLS 1.2. What is resumed is not
 * verified again, so lanes share sessions only where all that was asked of the certificate is the same. curl's own
 * cache does not know our stores. */
#include "wsman/http_state.h"

#include <openssl/ssl.h>
#include <stdlib.h>

struct wsman_resumption {
    struct wsman_resumption *next;
    const X509_STORE *store; /* whom it trusts; NULL: the authority is not checked */
    bool checks_name;
    char *authority;
    SSL_SESSION *session; /* the last one; NULL: none yet */
};

static bool is_of(const struct wsman_resumption *r, const struct wsman_lane *l, const X509_STORE *store)
{
    return r->store == store && r->checks_name == l->checks_name && strcmp(r->authority, l->authority) == 0;
}

/* NULL: memory is short, which only costs the round trip */
static struct wsman_resumption *find_or_make(struct wsman_lane *l, const X509_STORE *store)
{
    struct wsman_resumption *r = l->http->resumptions;

    while (r && !is_of(r, l, store))
        r = r->next;
    if (r || !(r = calloc(1, sizeof *r)))
        return r;
    *r = (struct wsman_resumption){
        .next = l->http->resumptions, .store = store, .checks_name = l->checks_name, .authority = strdup(l->authority)};
    if (!r->authority) {
        free(r);
        return NULL;
    }
    l->http->resumptions = r;
    return r;
}

/* TLS 1.2 tells it when the handshake is done, TLS 1.3 with each ticket. 1: it is ours now */
static int on_new_session(SSL *ssl, SSL_SESSION *session)
{
    struct wsman_resumption *r = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    SSL_SESSION_free(r->session);
    r->session = session;
    return 1;
}

/* The first handshake begins: the last moment to say what it may resume. curl makes the SSL object itself, and does not
 * show it before. */
static void on_info(const SSL *ssl, int where, int value)
{
    const struct wsman_resumption *r = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    (void)value;
    if (where & SSL_CB_HANDSHAKE_START && r->session && !SSL_get_session(ssl))
        SSL_set_session((SSL *)(uintptr_t)ssl, r->session);
}

void wsman_tls_resume(struct wsman_lane *l, struct ssl_ctx_st *config, const struct x509_store_st *store)
{
    struct wsman_resumption *r = l->keeps_easy ? NULL : find_or_make(l, store);

    if (!r)
        return;
    SSL_CTX_set_app_data(config, r);
    SSL_CTX_set_session_cache_mode(config, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(config, on_new_session);
    SSL_CTX_set_info_callback(config, on_info);
}

bool wsman_tls_may_be_resumed(const struct wsman_lane *l, const struct ssl_st *ssl, const struct x509_store_st *store)
{
    const struct wsman_resumption *r = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    return !SSL_session_reused(ssl) || (r && is_of(r, l, store));
}

void wsman_tls_sessions_free(struct wsman_http *h)
{
    while (h->resumptions) {
        struct wsman_resumption *r = h->resumptions;
        h->resumptions = r->next;
        SSL_SESSION_free(r->session);
        free(r->authority);
        free(r);
    }
}
