#include "cli/endpoint_gate.h"

#include "base/text.h"

#include <stdio.h>
#include <strings.h>

#define PATH "/wsman"
#define PATH_OF_NOBODY "/wsman-anon/identify"

/* the wsman path, what lies below it and what is asked of it */
static bool is_path(const char *path)
{
    if (!path || strncmp(path, PATH, strlen(PATH)) != 0)
        return false;
    char next = path[strlen(PATH)];
    return next == '\0' || next == '/' || next == '?' || strcmp(path, PATH_OF_NOBODY) == 0;
}

/* Windows sends application/soap+xml, older peers text/xml. A body in UTF-16 or one that is sealed cannot be read. */
static bool is_content_type(const char *type)
{
    const char *charset = type ? strcasestr(type, "charset=") : NULL;

    if (!type || (!strcasestr(type, "soap+xml") && !strcasestr(type, "text/xml")))
        return false;
    if (!charset)
        return true;
    charset += strlen("charset=");
    return strncasecmp(charset + (*charset == '"'), "utf-8", 5) == 0;
}

/* DSP0226 11: who wants to know what speaks here need not say who they are */
static bool is_anonymous_identify(const struct endpoint_head *head)
{
    return strcmp(head->path, PATH_OF_NOBODY) == 0 ||
           (head->identify && strcasecmp(head->identify, "unauthenticated") == 0);
}

static bool check_token(const struct endpoint_gate *gate, const struct auth_mechanism *mechanism,
                        struct icm_slice token, char user[ENDPOINT_USER_MAX + 1])
{
    ICM_OWN(icm_buf_reset) struct icm_buf decoded = {0}, answer = {0};
    struct auth_acceptor_options options = {.accounts = gate->accounts, .account_count = gate->account_count};
    struct auth_context *context = NULL;

    if (icm_base64_read(icm_slice_trim(token), &decoded, NULL) != ICM_OK ||
        auth_acceptor_new(&context, mechanism, &options, NULL) != ICM_OK)
        return false;
    bool is_done = auth_step(context, icm_buf_slice(&decoded), &answer, NULL) == ICM_OK;
    const char *name = auth_user(context);
    bool is_known = is_done && name && *name && strlen(name) <= ENDPOINT_USER_MAX;
    if (is_known)
        snprintf(user, ENDPOINT_USER_MAX + 1, "%s", name);
    auth_context_free(context);
    return is_known;
}

/* "Basic dXNlcjpwYXNz"; RFC 7235 2.1 */
static bool is_authorized(const struct endpoint_gate *gate, const char *authorization,
                          char user[ENDPOINT_USER_MAX + 1])
{
    const struct auth_mechanism *basic = auth_mechanism_find("Basic");
    struct icm_slice scheme = icm_slice_of(authorization, strcspn(authorization, " "));

    if (!basic || !icm_slice_equal_nocase(scheme, icm_slice_text(basic->scheme)))
        return false;
    return check_token(gate, basic, icm_slice_text(authorization + scheme.size), user);
}

unsigned endpoint_gate_judge(const struct endpoint_gate *gate, const struct endpoint_head *head,
                             char user[ENDPOINT_USER_MAX + 1])
{
    user[0] = '\0';
    if (!is_path(head->path))
        return 404;
    if (strcmp(head->method, "POST") != 0)
        return 405;
    if (!head->authorization && is_anonymous_identify(head))
        return is_content_type(head->content_type) ? 0 : 415;
    if (!gate->takes_passwords)
        return 403;
    if (!head->authorization || !is_authorized(gate, head->authorization, user))
        return 401;
    return is_content_type(head->content_type) ? 0 : 415;
}
