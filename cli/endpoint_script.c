#include "cli/endpoint_script_words.h"

#include "psrp/record.h"

#include <stdlib.h>

enum { CATEGORY_OPERATION_STOPPED = 14 }; /* what the engine gives for both throw and stop */

enum icm_code endpoint_script_new(struct endpoint_script **out, struct psrp_server_event *event, struct icm_error *err)
{
    struct endpoint_script *s = calloc(1, sizeof *s);

    if (!s)
        return icm_nomem(err);
    s->creation = *event;
    memset(event, 0, sizeof *event);
    s->rest = s->creation.script;
    s->end_of_input = &s->first;
    *out = s;
    return ICM_OK;
}

void endpoint_script_input_free(struct endpoint_script_input *input)
{
    psrp_server_event_reset(&input->event);
    free(input);
}

struct endpoint_script_input *endpoint_script_take_input(struct endpoint_script *s)
{
    struct endpoint_script_input *input = s->first;

    if (!input)
        return NULL;
    s->first = input->next;
    if (!s->first)
        s->end_of_input = &s->first;
    s->input_bytes -= input->event.arena.used;
    return input;
}

static void drop_input(struct endpoint_script *s)
{
    for (struct endpoint_script_input *input; (input = endpoint_script_take_input(s));)
        endpoint_script_input_free(input);
}

void endpoint_script_free(struct endpoint_script *s)
{
    if (!s)
        return;
    drop_input(s);
    icm_buf_reset(&s->said);
    psrp_server_event_reset(&s->answer);
    psrp_server_event_reset(&s->creation);
    free(s);
}

const struct icm_guid *endpoint_script_id(const struct endpoint_script *s)
{
    return &s->creation.pipeline_id;
}

enum icm_code endpoint_script_input(struct endpoint_script *s, struct psrp_server_event *event, struct icm_error *err)
{
    if (s->is_stopped || s->has_ended) {
        psrp_server_event_reset(event); /* nobody will ask for it */
        return ICM_OK;
    }
    struct endpoint_script_input *input = calloc(1, sizeof *input);
    if (!input)
        return icm_nomem(err);
    input->event = *event;
    memset(event, 0, sizeof *event);
    s->input_bytes += input->event.arena.used;
    *s->end_of_input = input;
    s->end_of_input = &input->next;
    return ICM_OK;
}

void endpoint_script_end_input(struct endpoint_script *s)
{
    s->has_input_ended = true;
}

void endpoint_script_answer(struct endpoint_script *s, struct psrp_server_event *event)
{
    if (s->call_id == 0 || s->call_id != event->response.call_id)
        return; /* the word that asked is over */
    psrp_server_event_reset(&s->answer);
    s->answer = *event;
    memset(event, 0, sizeof *event);
}

bool endpoint_script_is_full(const struct endpoint_script *s)
{
    return s->input_bytes >= ENDPOINT_SCRIPT_INPUT_MAX;
}

void endpoint_script_stop(struct endpoint_script *s)
{
    s->is_stopped = true;
    drop_input(s);
}

/* ---- its end ---- */

static enum icm_code end(struct endpoint_script_turn *t, enum psrp_pipeline_state state,
                         const struct psrp_value *reason, struct icm_error *err)
{
    enum icm_code code =
        psrp_server_pipeline_state(t->server, endpoint_script_id(t->script), state, reason, err);

    if (code == ICM_OK) {
        t->script->has_ended = true;
        drop_input(t->script);
    }
    return code;
}

/* `throw 'text'` makes its text the error's id, too */
enum icm_code endpoint_script_fail(struct endpoint_script_turn *t, struct icm_slice message, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct icm_slice id;

    if (!icm_arena_copy(&a, message, &id))
        return icm_nomem(err);
    struct psrp_value *reason =
        psrp_server_error_record(&a, message, (const char *)id.data, CATEGORY_OPERATION_STOPPED);
    return reason ? end(t, PSRP_PIPELINE_FAILED, reason, err) : icm_nomem(err);
}

static enum icm_code end_stopped(struct endpoint_script_turn *t, struct icm_error *err)
{
    static const char *const types[] = {"System.Management.Automation.PipelineStoppedException",
                                        "System.Management.Automation.RuntimeException", "System.SystemException",
                                        "System.Exception", "System.Object", NULL};
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_error_words words = {
        .exception = types,
        .message = icm_slice_text("The pipeline has been stopped."),
        .id = "PipelineStopped",
        .category = CATEGORY_OPERATION_STOPPED,
    };

    struct psrp_value *reason = psrp_record_error(&a, &words);
    return reason ? end(t, PSRP_PIPELINE_STOPPED, reason, err) : icm_nomem(err);
}

/* ---- its words ---- */

static bool is_among(uint8_t c, const char *ends)
{
    return memchr(ends, c, strlen(ends)) != NULL;
}

static struct icm_slice take_until(struct icm_slice *text, const char *ends)
{
    size_t size = 0;

    while (size < text->size && !is_among(text->data[size], ends))
        size++;
    struct icm_slice taken = icm_slice_of(text->data, size);
    *text = icm_slice_from(*text, size);
    return taken;
}

/* The next word with its text. false: none is left. */
static bool next_part(struct endpoint_script *s, struct icm_slice *name)
{
    struct icm_slice part = {0};

    while (part.size == 0 && s->rest.size > 0) {
        part = icm_slice_trim(take_until(&s->rest, ";\n"));
        s->rest = icm_slice_from(s->rest, s->rest.size > 0); /* what parts it from the next */
    }
    *name = take_until(&part, " \t");
    s->text = icm_slice_trim(part);
    return name->size > 0;
}

/* A word that is wrong says so and the script goes on, as PowerShell does after an unknown command. */
static enum icm_code complain(struct endpoint_script *s, struct icm_error *why, struct icm_error *err)
{
    icm_buf_clear(&s->said);
    icm_buf_add_text(&s->said, why->text);
    icm_error_reset(why);
    s->word = &endpoint_word_complain;
    return icm_buf_check(&s->said, err);
}

static enum icm_code begin_word(struct endpoint_script_turn *t, struct icm_slice name, struct icm_error *err)
{
    struct endpoint_script *s = t->script;
    struct icm_error why = {0};

    enum icm_code code = endpoint_word_find(&s->word, name, &why);
    if (code == ICM_OK && s->word->begin)
        code = s->word->begin(t, &why);
    return code == ICM_OK ? ICM_OK : complain(s, &why, err);
}

/* Words are taken one by one; ICM_AGAIN is the word's that needs something. */
static enum icm_code go_on(struct endpoint_script_turn *t, struct icm_error *err)
{
    struct endpoint_script *s = t->script;
    struct icm_slice name;

    if (s->is_stopped)
        return end_stopped(t, err);
    if (!s->word && !next_part(s, &name))
        return end(t, PSRP_PIPELINE_COMPLETED, NULL, err);
    if (!s->word)
        return begin_word(t, name, err);
    enum icm_code code = s->word->step(t, err);
    if (code == ICM_OK)
        s->word = NULL;
    return code;
}

enum icm_code endpoint_script_run(struct endpoint_script *s, struct psrp_server *server, int64_t now_ms,
                                  enum endpoint_script_state *state, int64_t *wake_ms, struct icm_error *err)
{
    struct endpoint_script_turn t = {.script = s, .server = server, .now_ms = now_ms};
    struct icm_error why = {0};
    enum icm_code code = ICM_OK;

    while (code == ICM_OK && !s->has_ended)
        code = go_on(&t, &why);
    if (code == ICM_LIMIT || code == ICM_SYNTAX) /* a value that cannot travel back: the script's fault, not the session's */
        code = endpoint_script_fail(&t, icm_slice_text(why.text), &why);
    if (code != ICM_OK && code != ICM_AGAIN) {
        icm_error_copy(err, &why);
        icm_error_reset(&why);
        return code;
    }
    icm_error_reset(&why);
    *state = s->has_ended ? ENDPOINT_SCRIPT_ENDED : t.needs;
    *wake_ms = s->wake_ms;
    return ICM_OK;
}
