/* The word `host`: a call of the client's host, and its answer as output. MS-PSRP 2.2.3.17, 2.2.6. */
#include "cli/endpoint_script_words.h"

#include "psrp/message.h"
#include "psrp/record.h"

struct endpoint_host_call {
    const char *name;
    enum psrp_host_method method;
    bool is_void;
    struct psrp_value *(*parameters)(struct icm_arena *a, struct icm_slice text);
};

/* ---- parameters ---- */

static struct psrp_value *text_value(struct icm_arena *a, struct icm_slice text)
{
    return psrp_value_text(a, PSRP_STRING, text);
}

static struct psrp_value *no_parameters(struct icm_arena *a, struct icm_slice text)
{
    return psrp_value_array(a);
}

static struct psrp_value *line_parameters(struct icm_arena *a, struct icm_slice text)
{
    struct psrp_value *list = psrp_value_array(a);

    return list && psrp_value_add_item(a, list, text_value(a, text)) ? list : NULL;
}

/* caption, message, user name, target name, allowed types (Default), options (Default) */
static struct psrp_value *credential_parameters(struct icm_arena *a, struct icm_slice text)
{
    struct psrp_value *list = psrp_value_array(a);

    bool whole =
        list && psrp_value_add_item(a, list, psrp_value_string(a, "synthetic")) &&
        psrp_value_add_item(a, list, psrp_value_string(a, "Who are you?")) &&
        psrp_value_add_item(a, list, text_value(a, text)) && psrp_value_add_item(a, list, psrp_value_string(a, "")) &&
        psrp_value_add_item(a, list, psrp_value_i32(a, 3)) && psrp_value_add_item(a, list, psrp_value_i32(a, 1));
    return whole ? list : NULL;
}

static struct psrp_value *array_list(struct icm_arena *a)
{
    static const char *const types[] = {"System.Collections.ArrayList", "System.Object", NULL};

    return psrp_value_typed(a, PSRP_LIST, types);
}

/* FieldDescription, MS-PSRP 2.2.6.1.4: a string that must be given */
static struct psrp_value *field(struct icm_arena *a, struct icm_slice name)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && psrp_value_add_note(a, v, "name", text_value(a, name)) &&
                 psrp_value_add_note(a, v, "label", text_value(a, name)) &&
                 psrp_value_add_note(a, v, "parameterTypeName", psrp_value_string(a, "String")) &&
                 psrp_value_add_note(a, v, "parameterTypeFullName", psrp_value_string(a, "System.String")) &&
                 psrp_value_add_note(a, v, "parameterAssemblyFullName", psrp_value_string(a, "System.String")) &&
                 psrp_value_add_note(a, v, "helpMessage", psrp_value_string(a, "")) &&
                 psrp_value_add_note(a, v, "isMandatory", psrp_value_bool(a, true)) &&
                 psrp_value_add_note(a, v, "metadata", array_list(a)) &&
                 psrp_value_add_note(a, v, "modifiedByRemotingProtocol", psrp_value_bool(a, false)) &&
                 psrp_value_add_note(a, v, "isFromRemoteHost", psrp_value_bool(a, false));
    return whole ? v : NULL;
}

/* ChoiceDescription, MS-PSRP 2.2.6.1.5 */
static struct psrp_value *choice(struct icm_arena *a, struct icm_slice label)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && psrp_value_add_note(a, v, "helpMessage", psrp_value_string(a, "")) &&
                 psrp_value_add_note(a, v, "label", text_value(a, label));
    return whole ? v : NULL;
}

/* one of @make for each word of @text */
static struct psrp_value *each(struct icm_arena *a, struct icm_slice text,
                               struct psrp_value *(*make)(struct icm_arena *a, struct icm_slice word))
{
    struct psrp_value *list = array_list(a);

    for (text = icm_slice_trim(text); list && text.size > 0; text = icm_slice_trim(text)) {
        const uint8_t *blank = memchr(text.data, ' ', text.size);
        struct icm_slice word = icm_slice_of(text.data, blank ? (size_t)(blank - text.data) : text.size);

        if (!psrp_value_add_item(a, list, make(a, word)))
            return NULL;
        text = icm_slice_from(text, word.size);
    }
    return list;
}

static struct psrp_value *asking(struct icm_arena *a, struct psrp_value *what)
{
    struct psrp_value *list = psrp_value_array(a);

    bool whole = list && psrp_value_add_item(a, list, psrp_value_string(a, "synthetic")) &&
                 psrp_value_add_item(a, list, psrp_value_string(a, "What shall it be?")) &&
                 psrp_value_add_item(a, list, what);
    return whole ? list : NULL;
}

static struct psrp_value *prompt_parameters(struct icm_arena *a, struct icm_slice text)
{
    return asking(a, each(a, text, field));
}

/* the first is the default */
static struct psrp_value *choice_parameters(struct icm_arena *a, struct icm_slice text)
{
    struct psrp_value *list = asking(a, each(a, text, choice));

    return list && psrp_value_add_item(a, list, psrp_value_i32(a, 0)) ? list : NULL;
}

/* ---- the calls ---- */

static const struct endpoint_host_call calls[] = {
    {"write", PSRP_HOST_WRITE_LINE2, true, line_parameters},
    {"read-line", PSRP_HOST_READ_LINE, false, no_parameters},
    {"read-secure", PSRP_HOST_READ_LINE_AS_SECURE_STRING, false, no_parameters},
    {"prompt", PSRP_HOST_PROMPT, false, prompt_parameters},
    {"choice", PSRP_HOST_PROMPT_FOR_CHOICE, false, choice_parameters},
    {"credential", PSRP_HOST_PROMPT_FOR_CREDENTIAL2, false, credential_parameters},
    {"name", PSRP_HOST_GET_NAME, false, no_parameters},
};

static enum icm_code fail_unknown(struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf known = {0};

    for (size_t i = 0; i < ICM_COUNT(calls); i++)
        icm_buf_add_format(&known, "%s%s", i > 0 ? ", " : "", calls[i].name);
    return icm_fail(err, ICM_USAGE, NULL, "host takes one of %s", icm_buf_text(&known));
}

enum icm_code endpoint_host_begin(struct endpoint_script_turn *t, struct icm_error *err)
{
    struct endpoint_script *s = t->script;
    const uint8_t *blank = s->text.size > 0 ? memchr(s->text.data, ' ', s->text.size) : NULL;
    struct icm_slice name = icm_slice_of(s->text.data, blank ? (size_t)(blank - s->text.data) : s->text.size);

    s->call_id = 0;
    psrp_server_event_reset(&s->answer);
    for (size_t i = 0; i < ICM_COUNT(calls); i++)
        if (icm_slice_equal_nocase(name, icm_slice_text(calls[i].name))) {
            s->call = &calls[i];
            s->text = icm_slice_trim(icm_slice_from(s->text, name.size));
            return ICM_OK;
        }
    return fail_unknown(err);
}

static enum icm_code call(struct endpoint_script_turn *t, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct endpoint_script *s = t->script;
    struct psrp_value *parameters = s->call->parameters(&a, s->text);

    if (!parameters)
        return icm_nomem(err);
    enum icm_code code = psrp_server_host_call(t->server, endpoint_script_id(s), s->call->method, parameters,
                                               s->call->is_void ? NULL : &s->call_id, err);
    return code == ICM_OK && !s->call->is_void ? ICM_AGAIN : code;
}

/* ---- answers ---- */

/* What was typed in secret comes out in clear: that is how a test sees that it was understood. */
static enum icm_code give_secret(struct endpoint_script_turn *t, const struct psrp_value *secret, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};

    enum icm_code code = psrp_server_reveal(t->server, secret, &text, err);
    if (code == ICM_STATE || code == ICM_USAGE) /* the client's mistake, which costs the script and not the session */
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.1.24",
                        "the host answered with a secret that no session key opens");
    const struct psrp_value value = {.kind = PSRP_STRING, .as.text = icm_buf_slice(&text)};
    return code == ICM_OK ? endpoint_word_send(t, PSRP_PIPELINE_OUTPUT, &value, err) : code;
}

static enum icm_code give_credential(struct endpoint_script_turn *t, const struct psrp_value *credential,
                                     struct icm_error *err)
{
    enum icm_code code = endpoint_word_send(t, PSRP_PIPELINE_OUTPUT, psrp_value_member(credential, "UserName"), err);

    return code == ICM_OK ? give_secret(t, psrp_value_member(credential, "Password"), err) : code;
}

static enum icm_code give_result(struct endpoint_script_turn *t, const struct psrp_value *result, struct icm_error *err)
{
    static const struct psrp_value nil = {.kind = PSRP_NIL};

    if (result && result->kind == PSRP_SECURESTRING)
        return give_secret(t, result, err);
    if (psrp_value_member(result, "UserName") && psrp_value_member(result, "Password"))
        return give_credential(t, result, err);
    return endpoint_word_send(t, PSRP_PIPELINE_OUTPUT, result ? result : &nil, err);
}

/* A host that refuses makes an error of it, as in the real engine: the answer's members as a record of our own. */
static enum icm_code give_error(struct endpoint_script_turn *t, const struct psrp_value *error, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    const struct psrp_value *exception = psrp_value_member(error, "Exception");
    struct icm_slice message = psrp_value_text_of(psrp_value_member(exception, "Message")), id;
    int64_t category;

    if (!icm_arena_copy(&a, psrp_value_text_of(psrp_value_member(error, "FullyQualifiedErrorId")), &id))
        return icm_nomem(err);
    if (!psrp_value_integer(psrp_value_member(error, "ErrorCategory_Category"), &category) || category > INT16_MAX)
        category = PSRP_CATEGORY_NOT_SPECIFIED;
    return endpoint_word_send(t, PSRP_ERROR_RECORD,
                              psrp_server_error_record(&a, message, (const char *)id.data, (int32_t)category), err);
}

enum icm_code endpoint_host_step(struct endpoint_script_turn *t, struct icm_error *err)
{
    struct endpoint_script *s = t->script;
    const struct psrp_host_response *response = &s->answer.response;

    t->needs = ENDPOINT_SCRIPT_NEEDS_ANSWER;
    if (s->call_id == 0)
        return call(t, err);
    if (s->answer.message_type == 0)
        return ICM_AGAIN;
    enum icm_code code = response->error ? give_error(t, response->error, err) : give_result(t, response->result, err);
    psrp_server_event_reset(&s->answer);
    s->call_id = 0;
    return code;
}
