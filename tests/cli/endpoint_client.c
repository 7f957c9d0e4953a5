#include "tests/cli/endpoint_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

void endpoint_client_open(struct endpoint_client *c)
{
    static const struct psrp_pool_options options = {.apartment_state = PSRP_APARTMENT_UNKNOWN};

    memset(c, 0, sizeof *c);
    assert_int_equal(psrp_pool_new(&c->pool, &options, NULL), ICM_OK);
    assert_int_equal(psrp_pool_open(c->pool, NULL), ICM_OK);
}

void endpoint_client_close(struct endpoint_client *c)
{
    psrp_pool_free(c->pool);
    icm_buf_reset(&c->said);
}

size_t endpoint_client_run(struct endpoint_client *c, const char *text, const char *const *arguments, bool has_input)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    const struct psrp_value *values[4];
    struct psrp_script script = {.text = icm_slice_text(text), .arguments = values, .has_input = has_input};

    for (; arguments && arguments[script.argument_count]; script.argument_count++)
        values[script.argument_count] = psrp_value_string(&a, arguments[script.argument_count]);
    assert_true(c->count < ENDPOINT_CLIENT_PIPELINES);
    assert_int_equal(psrp_pipeline_new(&c->pipelines[c->count], c->pool, &script, NULL), ICM_OK);
    return c->count++;
}

void endpoint_client_input(struct endpoint_client *c, size_t pipeline, const char *text)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};

    assert_int_equal(psrp_pipeline_input(c->pipelines[pipeline], psrp_value_string(&a, text), NULL), ICM_OK);
}

void endpoint_client_pull(struct endpoint_client *c, size_t pipeline, struct icm_buf *out)
{
    struct psrp_pipeline *p = pipeline == SIZE_MAX ? NULL : c->pipelines[pipeline];

    while (psrp_pool_pull(c->pool, p, PSRP_STREAM_INPUT, 32768, out, NULL) == ICM_OK)
        continue;
}

static const char letters[] = {
    [PSRP_EVENT_OUTPUT] = 'O', [PSRP_EVENT_ERROR] = 'E',       [PSRP_EVENT_WARNING] = 'W',  [PSRP_EVENT_VERBOSE] = 'V',
    [PSRP_EVENT_DEBUG] = 'D',  [PSRP_EVENT_INFORMATION] = 'I', [PSRP_EVENT_PROGRESS] = 'P', [PSRP_EVENT_WARNED] = '!',
    [PSRP_EVENT_HOST_CALL] = 'H', [PSRP_EVENT_USER_EVENT] = 'U',
};

/* what a reader of the record wants to see of it */
static const struct psrp_value *text_value(const struct psrp_event *event)
{
    if (event->type == PSRP_EVENT_INFORMATION)
        return psrp_value_member(event->value, "MessageData");
    if (event->type == PSRP_EVENT_PROGRESS)
        return psrp_value_member(event->value, "Activity");
    if (event->type == PSRP_EVENT_HOST_CALL)
        return psrp_value_member(event->value, "mi");
    if (event->type == PSRP_EVENT_USER_EVENT)
        return psrp_value_member(event->value, "PSEventArgs.SourceIdentifier");
    return event->value;
}

static void write_event(struct endpoint_client *c, const struct psrp_event *event)
{
    c->outputs += event->type == PSRP_EVENT_OUTPUT;
    if (event->type == PSRP_EVENT_PRIVATE_DATA)
        return;
    if (event->type == PSRP_EVENT_POOL_STATE)
        icm_buf_add_format(&c->said, "pool %d", (int)event->pool_state);
    else if (event->type == PSRP_EVENT_PIPELINE_STATE)
        icm_buf_add_format(&c->said, "S%d", (int)event->pipeline_state);
    else
        icm_buf_add_format(&c->said, "%c", letters[event->type]);
    if (text_value(event)) {
        icm_buf_add_u8(&c->said, ' ');
        psrp_value_write_text(text_value(event), &c->said);
    }
    icm_buf_add_u8(&c->said, '|');
}

static struct psrp_pipeline *pipeline_of(struct endpoint_client *c, const struct icm_guid *target)
{
    for (size_t i = 0; i < c->count; i++)
        if (icm_guid_equal(psrp_pipeline_id(c->pipelines[i]), target))
            return c->pipelines[i];
    return NULL;
}

void endpoint_client_feed(struct endpoint_client *c, const struct icm_guid *target, struct icm_slice fragments)
{
    struct psrp_event event;

    assert_true(icm_guid_is_zero(target) || pipeline_of(c, target));
    assert_int_equal(psrp_pool_feed(c->pool, pipeline_of(c, target), fragments, NULL), ICM_OK);
    while (psrp_pool_next_event(c->pool, &event, NULL) == ICM_OK) {
        write_event(c, &event);
        psrp_event_reset(&event);
    }
}
