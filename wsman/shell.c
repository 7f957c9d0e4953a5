#include "wsman/shell.h"

#include "wsman/limits.h"
#include "wsman/names.h"
#include "wsman/shell_state.h"

#include <stdio.h>
#include <stdlib.h>

#define ONLY(body) WSMAN_BODY_##body, WSMAN_BODY_##body
#define OR_EMPTY(body) WSMAN_BODY_EMPTY, WSMAN_BODY_##body

const struct wsman_operation_row wsman_operations[WSMAN_OPERATION_COUNT] = {
    /* name, action, time-out, whether there has to be a shell; the answer's body, or another; the resource */
    [WSMAN_IDENTIFY] = {"Identify", NULL, WSMAN_CONNECT_TIMEOUT_MS, false, ONLY(IDENTIFY_RESPONSE), NULL},
    [WSMAN_CREATE] = {"Create", WSMAN_ACTION_CREATE, 0, false, ONLY(RESOURCE_CREATED), NULL},
    [WSMAN_COMMAND] = {"Command", WSMAN_ACTION_COMMAND, 0, true, ONLY(COMMAND_RESPONSE), NULL},
    [WSMAN_SEND] = {"Send", WSMAN_ACTION_SEND, 0, true, ONLY(SEND_RESPONSE), NULL},
    [WSMAN_RECEIVE] = {"Receive", WSMAN_ACTION_RECEIVE, 0, true, ONLY(RECEIVE_RESPONSE), NULL},
    [WSMAN_SIGNAL] = {"Signal", WSMAN_ACTION_SIGNAL, WSMAN_CANCEL_TIMEOUT_MS, true, ONLY(SIGNAL_RESPONSE), NULL},
    [WSMAN_DELETE] = {"Delete", WSMAN_ACTION_DELETE, WSMAN_CANCEL_TIMEOUT_MS, true, ONLY(EMPTY), NULL},
    [WSMAN_DISCONNECT] = {"Disconnect", WSMAN_ACTION_DISCONNECT, 0, true, OR_EMPTY(DISCONNECT_RESPONSE), NULL},
    [WSMAN_RECONNECT] = {"Reconnect", WSMAN_ACTION_RECONNECT, 0, true, OR_EMPTY(RECONNECT_RESPONSE), NULL},
    [WSMAN_CONNECT] = {"Connect", WSMAN_ACTION_CONNECT, 0, false, ONLY(CONNECT_RESPONSE), NULL},
    [WSMAN_GET_CONFIG] = {"Get", WSMAN_ACTION_GET, 0, false, ONLY(CONFIG), WSMAN_RESOURCE_CONFIG},
    [WSMAN_GET_SHELL] = {"Get", WSMAN_ACTION_GET, 0, true, ONLY(SHELL), WSMAN_RESOURCE_SHELLS},
    [WSMAN_ENUMERATE] = {"Enumerate", WSMAN_ACTION_ENUMERATE, 0, false, ONLY(ENUMERATE_RESPONSE), NULL},
    [WSMAN_PULL] = {"Pull", WSMAN_ACTION_PULL, 0, false, ONLY(PULL_RESPONSE), NULL},
    [WSMAN_RELEASE] = {"Release", WSMAN_ACTION_RELEASE, 0, false, ONLY(EMPTY), NULL},
};

const char *wsman_operation_name(enum wsman_operation operation)
{
    return wsman_operations[operation].name;
}

static bool copy_texts(struct wsman_shell *s, const struct wsman_shell_options *o)
{
    s->url = strdup(o->url);
    s->resource_uri = strdup(o->resource_uri ? o->resource_uri : WSMAN_RESOURCE_POWERSHELL);
    s->locale = strdup(o->locale ? o->locale : "en-US");
    s->data_locale = strdup(o->data_locale ? o->data_locale : o->locale ? o->locale : "en-US");
    s->name = o->name ? strdup(o->name) : NULL;
    s->working_directory = o->working_directory ? strdup(o->working_directory) : NULL;
    return s->url && s->resource_uri && s->locale && s->data_locale && (s->name || !o->name) &&
           (s->working_directory || !o->working_directory);
}

enum icm_code wsman_shell_new(struct wsman_shell **out, const struct wsman_shell_options *options,
                              struct icm_error *err)
{
    struct wsman_shell *s = calloc(1, sizeof *s);

    if (!s || !copy_texts(s, options)) {
        wsman_shell_free(s);
        return icm_nomem(err);
    }
    s->kind = wsman_shell_kind_of(icm_slice_text(s->resource_uri));
    if (!s->kind) /* somebody's own name of a configuration */
        s->kind = &wsman_shell_kinds[WSMAN_SHELL_POWERSHELL];
    s->environment = options->environment;
    s->environment_count = options->environment_count;
    if (options->code_page > 0)
        snprintf(s->code_page, sizeof s->code_page, "%u", options->code_page);
    if (!icm_guid_is_zero(&options->shell_id))
        icm_guid_format_upper(&options->shell_id, s->asked_id);
    s->no_machine_profile = options->no_machine_profile;
    s->use_utf16 = options->use_utf16;
    s->idle_timeout_ms = options->idle_timeout_ms;
    s->operation_timeout_ms =
        options->operation_timeout_ms ? options->operation_timeout_ms : WSMAN_OPERATION_TIMEOUT_MS;
    s->receive_timeout_ms = options->receive_timeout_ms ? options->receive_timeout_ms : WSMAN_RECEIVE_TIMEOUT_MS;
    s->envelope_max = WSMAN_ENVELOPE_FIRST;
    enum icm_code code = wsman_message_id_new(s->session_id, err);
    if (code != ICM_OK) {
        wsman_shell_free(s);
        return code;
    }
    *out = s;
    return ICM_OK;
}

static void alias_drop(struct wsman_alias **link)
{
    struct wsman_alias *alias = *link;

    *link = alias->next;
    free(alias->given);
    free(alias);
}

void wsman_shell_free(struct wsman_shell *s)
{
    if (!s)
        return;
    while (s->aliases)
        alias_drop(&s->aliases);
    free(s->url);
    free(s->resource_uri);
    free(s->name);
    free(s->locale);
    free(s->data_locale);
    free(s->working_directory);
    free(s->shell_id);
    free(s);
}

void wsman_request_reset(struct wsman_request *r)
{
    icm_buf_reset(&r->envelope);
    memset(r, 0, sizeof *r);
}

const char *wsman_shell_id(const struct wsman_shell *s)
{
    return s->shell_id;
}

void wsman_shell_set_envelope_max(struct wsman_shell *s, uint32_t bytes)
{
    if (!s->knows_envelope_max)
        s->envelope_max = bytes;
}

enum icm_code wsman_alias_ask(struct wsman_shell *s, const char *asked, const char *message_id, struct icm_error *err)
{
    struct wsman_alias *alias = calloc(1, sizeof *alias);

    if (!alias)
        return icm_nomem(err);
    memcpy(alias->asked, asked, sizeof alias->asked);
    memcpy(alias->message_id, message_id, sizeof alias->message_id);
    alias->next = s->aliases;
    s->aliases = alias;
    return ICM_OK;
}

/* the link to the alias of the command that was asked for as @command_id, or to the end */
static struct wsman_alias **alias_find(struct wsman_shell *s, const char *command_id)
{
    struct wsman_alias **link = &s->aliases;

    while (*link && (!(*link)->given || strcmp((*link)->asked, command_id) != 0))
        link = &(*link)->next;
    return link;
}

const char *wsman_alias_resolve(struct wsman_shell *s, const char *command_id)
{
    struct wsman_alias *alias = command_id ? *alias_find(s, command_id) : NULL;

    return alias ? alias->given : command_id;
}

enum icm_code wsman_alias_learn(struct wsman_shell *s, const char *message_id, struct icm_slice given,
                                      struct icm_error *err)
{
    struct wsman_alias **link = &s->aliases;

    while (*link && strcmp((*link)->message_id, message_id) != 0)
        link = &(*link)->next;
    if (!*link)
        return ICM_OK;
    if (given.size == 0 || icm_slice_is(given, (*link)->asked)) {
        alias_drop(link);
        return ICM_OK;
    }
    (*link)->given = strndup((const char *)given.data, given.size);
    return (*link)->given ? ICM_OK : icm_nomem(err);
}

void wsman_alias_forget(struct wsman_shell *s, const char *command_id)
{
    struct wsman_alias **link = alias_find(s, command_id);

    if (*link)
        alias_drop(link);
}
