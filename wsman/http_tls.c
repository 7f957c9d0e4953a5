/* Certificates: whom we trust, read once and shared by all lanes (a store for each connection costs 45 ms and 0.8 MB);
 * who we are; and what the server's was, which a logon is bound to. */
#include "wsman/http_state.h"

#include "auth/binding.h"

#include <ctype.h>
#include <dirent.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <strings.h>

struct wsman_store {
    struct wsman_store *next;
    char *file; /* NULL: the system's */
    X509_STORE *store;
};

struct wsman_seen {
    struct wsman_seen *next;
    char *authority;
    struct icm_buf binding;
};

/* ---- whom we trust ---- */

/* "5ed36f99.0": a folder of such names answers for one authority at a time; the file of all takes 45 ms to read */
static bool is_hash_name(const char *name)
{
    for (size_t i = 0; i < 8; i++)
        if (!isxdigit((unsigned char)name[i]))
            return false;
    return name[8] == '.' && isdigit((unsigned char)name[9]);
}

static bool has_hash_names(const char *folder)
{
    DIR *dir = folder ? opendir(folder) : NULL;
    bool found = false;
    struct dirent *entry;

    while (dir && !found && (entry = readdir(dir)))
        found = is_hash_name(entry->d_name);
    if (dir)
        closedir(dir);
    return found;
}

static bool load_system(X509_STORE *store)
{
    const curl_version_info_data *built = curl_version_info(CURLVERSION_NOW);

    if (has_hash_names(built->capath))
        return X509_STORE_load_path(store, built->capath) == 1;
    if (built->cainfo)
        return X509_STORE_load_file(store, built->cainfo) == 1;
    return X509_STORE_set_default_paths(store) == 1;
}

static bool load(struct wsman_store *s)
{
    s->store = X509_STORE_new();
    if (!s->store || !X509_STORE_set_flags(s->store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN))
        return false;
    return s->file ? X509_STORE_load_file(s->store, s->file) == 1 : load_system(s->store);
}

static void store_free(struct wsman_store *s)
{
    X509_STORE_free(s->store);
    free(s->file);
    free(s);
}

static bool is_of(const struct wsman_store *s, const char *file)
{
    return s->file && file ? strcmp(s->file, file) == 0 : s->file == file;
}

static X509_STORE *store_of(struct wsman_http *h, const char *file)
{
    struct wsman_store *s = h->stores;

    while (s && !is_of(s, file))
        s = s->next;
    if (s)
        return s->store;
    s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->file = file ? strdup(file) : NULL;
    if ((file && !s->file) || !load(s)) {
        store_free(s);
        return NULL;
    }
    s->next = h->stores;
    h->stores = s;
    return s->store;
}

static CURLcode on_ssl_context(CURL *easy, void *context, void *lane)
{
    struct wsman_lane *l = lane;
    X509_STORE *store = l->checks_authority ? store_of(l->http, l->ca_file) : NULL;

    (void)easy;
    if (!store && l->checks_authority)
        return CURLE_SSL_CACERT_BADFILE;
    if (store)
        SSL_CTX_set1_cert_store(context, store);
    wsman_tls_resume(l, context, store);
    return CURLE_OK;
}

/* ---- who we are ---- */

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);

    return size >= end_size && strcasecmp(text + size - end_size, end) == 0;
}

static const char *type_of(const char *certificate)
{
    if (strncasecmp(certificate, "pkcs11:", 7) == 0)
        return "ENG";
    return ends_with(certificate, ".p12") || ends_with(certificate, ".pfx") ? "P12" : "PEM";
}

CURLcode wsman_tls_set_certificate(struct wsman_lane *l, const struct wsman_target *t)
{
    const char *key = t->certificate_key ? t->certificate_key : t->certificate;
    struct icm_buf password = {0};
    CURLcode code = curl_easy_setopt(l->easy, CURLOPT_SSLCERT, t->certificate);

    if (code == CURLE_OK)
        code = curl_easy_setopt(l->easy, CURLOPT_SSLCERTTYPE, type_of(t->certificate));
    if (code == CURLE_OK)
        code = curl_easy_setopt(l->easy, CURLOPT_SSLKEY, key);
    if (code == CURLE_OK)
        code = curl_easy_setopt(l->easy, CURLOPT_SSLKEYTYPE, type_of(key));
    bool has_token = strcmp(type_of(t->certificate), "ENG") == 0 || strcmp(type_of(key), "ENG") == 0;
    if (code == CURLE_OK && has_token)
        code = curl_easy_setopt(l->easy, CURLOPT_SSLENGINE, "pkcs11");
    /* of a file an empty one as well: with none OpenSSL asks on the terminal, and the whole loop waits; to a token it
     * would be a wrong PIN */
    if (code == CURLE_OK && (t->key_password.size > 0 || !has_token)) {
        icm_buf_add(&password, t->key_password);
        code = curl_easy_setopt(l->easy, CURLOPT_KEYPASSWD, icm_buf_text(&password));
        icm_buf_reset(&password);
    }
    return code;
}

CURLcode wsman_tls_set_up(struct wsman_lane *l)
{
    CURLcode code = CURLE_OK;

#define SET(option, value) (code = code == CURLE_OK ? curl_easy_setopt(l->easy, option, value) : code)
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, l->checks_authority ? 1L : 0L);
    SET(CURLOPT_SSL_VERIFYHOST, l->checks_name ? 2L : 0L);
    SET(CURLOPT_CAINFO, NULL); /* the store is ours */
    SET(CURLOPT_CAPATH, NULL);
    SET(CURLOPT_CA_CACHE_TIMEOUT, 0L);    /* curl would give one lane's store to all: it tells them apart by CAINFO */
    SET(CURLOPT_SSL_SESSIONID_CACHE, 0L); /* it would resume, likewise, what others have verified */
    SET(CURLOPT_SSL_CTX_FUNCTION, on_ssl_context);
    SET(CURLOPT_SSL_CTX_DATA, l);
#undef SET
    return code;
}

/* ---- what the server's was ---- */

static SSL *ssl_of(CURL *easy)
{
    struct curl_tlssessioninfo *info = NULL;

    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK || !info)
        return NULL;
    return info->backend == CURLSSLBACKEND_OPENSSL ? info->internals : NULL;
}

enum icm_code wsman_tls_check(struct wsman_lane *l, struct icm_error *err)
{
    if (!l->login->is_tls || !l->checks_authority)
        return ICM_OK;
    SSL *ssl = ssl_of(l->easy);
    X509_STORE *used = ssl ? SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)) : NULL;
    if (used && used == store_of(l->http, l->ca_file) && wsman_tls_may_be_resumed(l, ssl, used))
        return ICM_OK;
    return icm_fail(err, ICM_TLS, NULL,
                    "the certificate of %s was not verified with the authorities of this connection", l->authority);
}

static X509 *certificate_of(CURL *easy)
{
    SSL *ssl = ssl_of(easy);

    return ssl ? SSL_get1_peer_certificate(ssl) : NULL;
}

enum icm_code wsman_tls_binding(struct wsman_lane *l, struct icm_buf *out, struct icm_error *err)
{
    X509 *certificate = certificate_of(l->easy);
    uint8_t *der = NULL;
    int size = certificate ? i2d_X509(certificate, &der) : 0;
    enum icm_code code;

    if (size > 0)
        code = auth_binding_of_certificate(icm_slice_of(der, (size_t)size), out, err);
    else
        code = icm_fail(err, ICM_TLS, "RFC 5929 4", "the server's certificate cannot be had from the TLS connection");
    OPENSSL_free(der);
    X509_free(certificate);
    return code;
}

static struct wsman_seen *find_seen(const struct wsman_http *h, const char *authority)
{
    struct wsman_seen *s = h->seen;

    while (s && strcmp(s->authority, authority) != 0)
        s = s->next;
    return s;
}

bool wsman_tls_recall(const struct wsman_http *h, const char *authority, struct icm_slice *out)
{
    const struct wsman_seen *s = find_seen(h, authority);

    if (s)
        *out = icm_buf_slice(&s->binding);
    return s;
}

static void seen_free(struct wsman_seen *s)
{
    free(s->authority);
    icm_buf_reset(&s->binding);
    free(s);
}

/* Short memory only costs a TLS connection more the next time. */
void wsman_tls_remember(struct wsman_http *h, const char *authority, struct icm_slice binding)
{
    struct wsman_seen *s = find_seen(h, authority);

    if (!s) {
        s = calloc(1, sizeof *s);
        if (!s || !(s->authority = strdup(authority))) {
            free(s);
            return;
        }
        s->next = h->seen;
        h->seen = s;
    }
    icm_buf_clear(&s->binding);
    icm_buf_add(&s->binding, binding);
    if (s->binding.failed)
        icm_buf_reset(&s->binding);
}

void wsman_tls_free(struct wsman_http *h)
{
    wsman_tls_sessions_free(h);
    while (h->stores) {
        struct wsman_store *s = h->stores;
        h->stores = s->next;
        store_free(s);
    }
    while (h->seen) {
        struct wsman_seen *s = h->seen;
        h->seen = s->next;
        seen_free(s);
    }
}
