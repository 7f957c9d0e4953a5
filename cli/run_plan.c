#include "cli/run_plan.h"

#include "cli/computers.h"
#include "cli/password.h"
#include "cli/proxy.h"
#include "cli/run_identity.h"
#include "cli/uri.h"
#include "psrp/debugger.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { PORT_HTTP = 5985, PORT_HTTPS = 5986 };

struct cli_secret {
    struct cli_password_sources from;
    struct icm_buf password;
    struct cli_secret *next;
};

/* Working it out for one computer after another. */
struct planning {
    struct cli_plan *plan;
    const struct cli_config *config;
    const struct icm_buf *environment;
    struct icm_error *err;
};

/* ---- passwords ---- */

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static const struct cli_secret *find_secret(const struct cli_plan *plan, const struct cli_password_sources *from)
{
    const struct cli_secret *s = plan->secrets;

    while (s && !(is_same(s->from.user, from->user) && is_same(s->from.file, from->file) &&
                  is_same(s->from.command, from->command) && s->from.environment == from->environment))
        s = s->next;
    return s;
}

static enum icm_code get_secret(const struct planning *p, const struct cli_password_sources *from, struct icm_slice *out)
{
    const struct cli_secret *known = find_secret(p->plan, from);

    if (known) {
        *out = icm_buf_slice(&known->password);
        return ICM_OK;
    }
    struct cli_secret *s = icm_arena_take(&p->plan->arena, sizeof *s);
    if (!s)
        return icm_nomem(p->err);
    *s = (struct cli_secret){.from = *from, .next = p->plan->secrets};
    p->plan->secrets = s;
    enum icm_code code = cli_password_get(from, &s->password, p->err);
    if (code == ICM_OK)
        *out = icm_buf_slice(&s->password);
    return code;
}

/* ---- where ---- */

static enum icm_code make_url(const struct planning *p, const char *computer, const struct cli_uri *uri,
                              const struct cli_options *o, const char **out)
{
    struct icm_buf url = {0};
    struct icm_slice copy;
    uint32_t port = o->port ? o->port : o->use_ssl ? PORT_HTTPS : PORT_HTTP;

    if (uri) {
        cli_uri_write(uri, &url);
    } else {
        icm_buf_add_text(&url, o->use_ssl ? "https://" : "http://");
        cli_computer_write_host(computer, &url);
        icm_buf_add_format(&url, ":%u/%s", port, o->application_name ? o->application_name : "wsman");
    }
    bool is_whole = !url.failed && icm_arena_copy(&p->plan->arena, icm_buf_slice(&url), &copy);
    icm_buf_reset(&url);
    if (!is_whole)
        return icm_nomem(p->err);
    *out = (const char *)copy.data;
    return ICM_OK;
}

/* ---- the plan ---- */

static struct psrp_over_wsman_options transport_options(const struct cli_plan *plan, const char *computer,
                                                        const struct cli_options *o)
{
    const struct cli_session_options *s = &o->session;

    return (struct psrp_over_wsman_options){
        .computer = computer,
        .configuration = o->configuration_name,
        .skip_ca_check = s->skip_ca_check,
        .skip_cn_check = s->skip_cn_check,
        .no_encryption = s->no_encryption,
        .use_utf16 = s->use_utf16,
        .no_machine_profile = s->no_machine_profile,
        .locale = s->ui_culture ? s->ui_culture : plan->messages,
        .data_locale = s->culture ? s->culture : plan->culture,
        .connect_retries = (uint32_t)s->connect_retries,
        .operation_timeout_ms = (uint32_t)s->operation_timeout_ms,
        .cancel_timeout_ms = (uint32_t)s->cancel_timeout_ms,
        .idle_timeout_ms = s->idle_timeout_ms,
    };
}

/* a certificate's key may have a password, as a user has one */
static enum icm_code add_identity(const struct planning *p, struct cli_target *t, const struct cli_options *o)
{
    bool wants_secret = false;
    enum icm_code code =
        cli_identity_make(o, p->config, t->computer, &p->plan->arena, &t->transport, &wants_secret, p->err);

    if (code != ICM_OK || !wants_secret)
        return code;
    const struct cli_password_sources sources = {
        .user = o->credential, .file = o->password_file, .command = o->password_command, .environment = p->environment};
    return get_secret(p, &sources, t->transport.certificate ? &t->transport.key_password : &t->transport.password);
}

/* WSManConnectionInfo: ProxyCredentialWithoutAccess. Windows' settings of Internet Explorer and WinHTTP are the environment's
 * variables on a Unix; nothing here looks for proxies by itself. */
static enum icm_code add_proxy(const struct planning *p, struct cli_target *t, bool is_https, const struct cli_options *o)
{
    const struct cli_session_options *s = &o->session;
    struct wsman_proxy *proxy = &t->transport.proxy;
    const struct cli_password_sources sources = {.user = s->proxy_user, .file = s->proxy_password_file};
    bool wants_proxy = s->proxy_access != CLI_PROXY_NONE && s->proxy_access != CLI_PROXY_NO_SERVER;

    if (s->proxy_password_file && !s->proxy_user)
        return icm_fail(p->err, ICM_USAGE, NULL, "-SessionOption ProxyPasswordFile goes with ProxyCredential=USER");
    if (!wants_proxy)
        return s->proxy_user ? icm_fail(p->err, ICM_USAGE, NULL,
                                        "-SessionOption ProxyCredential takes a ProxyAccessType, as IEConfig: the proxy of the variables "
                                        "http_proxy and https_proxy")
                             : ICM_OK;
    cli_proxy_find(is_https, proxy);
    proxy->scheme = (enum wsman_proxy_scheme)s->proxy_authentication;
    proxy->user = s->proxy_user;
    if (!proxy->url)
        return ICM_OK;
    enum icm_code code = wsman_proxy_check(proxy, p->err);
    return code == ICM_OK && proxy->user ? get_secret(p, &sources, &proxy->password) : code;
}

/* @uri: the whole address, where that was given; NULL: it is made of @o */
static enum icm_code add_target(const struct planning *p, const char *computer, const struct cli_uri *uri,
                                const struct cli_options *o)
{
    const struct cli_session_options *s = &o->session;
    struct cli_target *t = icm_arena_take(&p->plan->arena, sizeof *t);

    if (!t)
        return icm_nomem(p->err);
    *t = (struct cli_target){
        .computer = computer,
        .transport = transport_options(p->plan, computer, o),
        .skips_revocation_check = s->skip_revocation_check,
        .open_timeout_ms = s->open_timeout_ms,
        .stop_ms = s->cancel_timeout_ms == CLI_CANCEL_TIMEOUT_MS ? 0 : s->cancel_timeout_ms,
        .object_max = (size_t)s->object_max,
        .data_max = (uint64_t)s->data_max,
        .application_arguments = s->application_arguments,
    };
    if (o->remote_debug) {
        t->application_arguments = psrp_debugger_arguments(&p->plan->arena, s->application_arguments);
        if (!t->application_arguments)
            return icm_nomem(p->err);
    }
    enum icm_code code = add_identity(p, t, o);
    if (code == ICM_OK)
        code = add_proxy(p, t, uri ? uri->is_https : o->use_ssl, o);
    if (code == ICM_OK)
        code = make_url(p, computer, uri, o, &t->transport.url);
    if (code != ICM_OK)
        return code;
    *p->plan->end = t;
    p->plan->end = &t->next;
    p->plan->count++;
    return ICM_OK;
}

static enum icm_code plan_computer(const struct planning *p, const struct cli_options *o, const char *computer)
{
    struct cli_options own;
    enum icm_code code = cli_config_apply(p->config, o, computer, &own, p->err);

    if (code == ICM_OK)
        code = cli_identity_check_sources(o, &own, computer, p->err);
    return code == ICM_OK ? add_target(p, computer, NULL, &own) : code;
}

/* An address says the scheme and the port itself; whatever else the configuration says of its host counts. */
static enum icm_code plan_uri(const struct planning *p, const struct cli_options *o, const char *text)
{
    ICM_OWN(icm_buf_reset) struct icm_buf name = {0};
    struct cli_uri uri;
    struct cli_options own;
    struct icm_slice host;

    if (!cli_uri_read(icm_slice_text(text), &uri))
        return icm_fail(p->err, ICM_USAGE, NULL, "'%.80s' is no address", text);
    cli_uri_write_computer(&uri, &name);
    if (name.failed || !icm_arena_copy(&p->plan->arena, icm_buf_slice(&name), &host))
        return icm_nomem(p->err);
    enum icm_code code = cli_config_apply(p->config, o, (const char *)host.data, &own, p->err);
    own.use_ssl = uri.is_https;
    if (code == ICM_OK)
        code = cli_identity_check_sources(o, &own, (const char *)host.data, p->err);
    return code == ICM_OK ? add_target(p, (const char *)host.data, &uri, &own) : code;
}

/* No computer: a PowerShell of this machine. */
static enum icm_code plan_local(const struct planning *p, const struct cli_options *o)
{
    struct cli_plan *plan = p->plan;
    struct cli_target *t = icm_arena_take(&plan->arena, sizeof *t);
    enum icm_code code = engine_command_choose(&plan->engine, ENGINE_AUTO, o->engine_command, NULL, getenv("PATH"), p->err);

    if (code != ICM_OK)
        return code;
    if (!t)
        return icm_nomem(p->err);
    if (plan->engine.count == 0)
        return icm_fail(p->err, ICM_USAGE, NULL,
                        "nowhere to run: there is no pwsh here; give -ComputerName NAME, or -EngineCommand for a script that "
                        "is to run here");
    *t = (struct cli_target){.local = &plan->engine};
    *plan->end = t;
    plan->end = &t->next;
    plan->count++;
    return ICM_OK;
}

enum icm_code cli_plan_make(struct cli_plan *plan, const struct cli_options *o, const struct cli_config *config,
                            const struct icm_buf *password, struct icm_error *err)
{
    struct planning p = {.plan = plan, .config = config, .environment = password, .err = err};
    enum icm_code code = ICM_OK;

    plan->end = &plan->first;
    cli_about_own_culture(true, plan->messages, sizeof plan->messages);
    cli_about_own_culture(false, plan->culture, sizeof plan->culture);
    if (o->verb == CLI_INVOKE_COMMAND && o->script.size == 0)
        return icm_fail(err, ICM_USAGE, NULL, "the script is empty");
    code = cli_using_bind(&plan->arena, o->script, o->variables, &plan->usings, err);
    for (const struct cli_name *n = o->computers.first; n && code == ICM_OK; n = n->next)
        code = plan_computer(&p, o, n->text);
    for (const struct cli_name *n = o->uris.first; n && code == ICM_OK; n = n->next)
        code = plan_uri(&p, o, n->text);
    return code == ICM_OK && plan->count == 0 ? plan_local(&p, o) : code;
}

/* ---- what is not checked ---- */

static bool skips_authority(const struct cli_target *t)
{
    return t->transport.skip_ca_check;
}

static bool skips_name(const struct cli_target *t)
{
    return t->transport.skip_cn_check;
}

static bool skips_revocation(const struct cli_target *t)
{
    return t->skips_revocation_check;
}

/* shared/users-and-attacks.md, attack 20: each switch says so */
static const struct skipped_check {
    bool (*is_skipped)(const struct cli_target *t);
    const char *name, *danger;
} skipped_checks[] = {
    {skips_authority, "SkipCACheck", "whoever is in between can show a certificate of his own, and be taken for the computer"},
    {skips_name, "SkipCNCheck", "the owner of any other trusted certificate can be taken for the computer"},
    {skips_revocation, "SkipRevocationCheck", "a certificate that was withdrawn is taken"},
};

static void warn_of(const struct cli_plan *plan, const struct skipped_check *check)
{
    const struct cli_target *first = NULL;
    size_t count = 0;

    for (const struct cli_target *t = plan->first; t; t = t->next) {
        if (t->local || strncasecmp(t->transport.url, "https:", 6) != 0 || !check->is_skipped(t))
            continue;
        if (count++ == 0)
            first = t;
    }
    if (count == 1)
        fprintf(stderr, "WARNING: -SessionOption %s, %s: %s\n", check->name, first->computer, check->danger);
    else if (count > 1)
        fprintf(stderr, "WARNING: -SessionOption %s, %s and %zu more: %s\n", check->name, first->computer, count - 1, check->danger);
}

void cli_plan_warn(const struct cli_plan *plan)
{
    for (size_t i = 0; i < ICM_COUNT(skipped_checks); i++)
        warn_of(plan, &skipped_checks[i]);
}

void cli_plan_reset(struct cli_plan *plan)
{
    for (struct cli_secret *s = plan->secrets; s; s = s->next)
        icm_buf_reset(&s->password);
    engine_command_reset(&plan->engine);
    icm_arena_reset(&plan->arena);
    *plan = (struct cli_plan){0};
}
