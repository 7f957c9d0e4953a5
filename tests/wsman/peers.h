/* A client's shell and a service, face to face without a socket, for the tests of both. */
#ifndef TESTS_WSMAN_PEERS_H
#define TESTS_WSMAN_PEERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "wsman/fault.h"
#include "wsman/limits.h"
#include "wsman/names.h"
#include "wsman/service.h"
#include "wsman/shell.h"

#define SHELL_ID "11111111-2222-3333-4444-ABCDEFABCDEF"
#define COMMAND_ID "AAAAAAAA-2222-3333-4444-ABCDEFABCDEF"

enum { IDLE_MS = 7200 * 1000 }; /* what a shell's client may be silent for, where nothing else was said */

struct peers {
    struct wsman_service *service;
    struct wsman_shell *shell;
    struct wsman_reader *reader;
    struct wsman_message *reply; /* what the last answer said */
    struct icm_error err;
    uint64_t last_request;
    uint64_t shell_number;
    int64_t now_ms;
    bool by_bytes; /* the client reads its answers byte by byte */
    struct wsman_service_options options;
    struct wsman_shell_options shell_options; /* where url is not NULL */
};

static inline struct icm_guid peers_guid(const char *text)
{
    struct icm_guid guid;

    assert_true(icm_guid_parse(icm_slice_text(text), &guid));
    return guid;
}

static inline struct wsman_shell *peers_shell_new(const char *shell_id)
{
    struct wsman_shell_options options = {.url = "http://server:5985/wsman", .shell_id = peers_guid(shell_id)};
    struct wsman_shell *shell = NULL;

    assert_int_equal(wsman_shell_new(&shell, &options, NULL), ICM_OK);
    return shell;
}

static inline void peers_init(struct peers *p)
{
    p->options.product_vendor = "icm";
    p->options.product_version = "1.0";
    assert_int_equal(wsman_service_new(&p->service, &p->options, NULL), ICM_OK);
    assert_int_equal(wsman_reader_new(&p->reader, 1024 * 1024, NULL), ICM_OK);
    p->shell = NULL;
    if (p->shell_options.url)
        assert_int_equal(wsman_shell_new(&p->shell, &p->shell_options, NULL), ICM_OK);
    else
        p->shell = peers_shell_new(SHELL_ID);
    p->now_ms = 1000;
}

static inline void peers_reset(struct peers *p)
{
    wsman_service_free(p->service);
    wsman_shell_free(p->shell);
    wsman_reader_free(p->reader);
    icm_error_reset(&p->err);
}

/* hand an envelope to the service; gives back the request's name */
static inline uint64_t peers_post(struct peers *p, const char *user, struct icm_slice envelope)
{
    wsman_service_request(p->service, ++p->last_request, user, envelope, p->now_ms);
    return p->last_request;
}

static inline uint64_t peers_ask(struct peers *p, const struct wsman_request *request)
{
    return peers_post(p, "ana", icm_buf_slice(&request->envelope));
}

static inline void peers_read(struct peers *p, struct icm_slice body)
{
    size_t step = p->by_bytes ? 1 : body.size;

    wsman_reader_restart(p->reader, 1024 * 1024);
    for (; body.size > 0; body = icm_slice_from(body, step))
        if (wsman_reader_feed(p->reader, icm_slice_of(body.data, step), &p->err) != ICM_OK)
            fail_msg("an answer that cannot be read: %s", p->err.text);
    if (wsman_reader_finish(p->reader, &p->reply, &p->err) != ICM_OK)
        fail_msg("an answer that cannot be read: %s", p->err.text);
}

/* the next answer, read; its HTTP status */
static inline unsigned peers_answer(struct peers *p, uint64_t request)
{
    struct wsman_answer answer;

    if (wsman_service_next_answer(p->service, &answer, NULL) != ICM_OK)
        fail_msg("no answer to request %llu", (unsigned long long)request);
    assert_int_equal(answer.request, request);
    peers_read(p, icm_buf_slice(&answer.body));
    icm_buf_reset(&answer.body);
    return answer.status;
}

static inline bool peers_has_answer(struct peers *p)
{
    struct wsman_answer answer;
    bool has = wsman_service_next_answer(p->service, &answer, NULL) == ICM_OK;

    if (has)
        icm_buf_reset(&answer.body);
    return has;
}

/* the answer, taken by the client; what wsman_shell_take says of it */
static inline enum icm_code peers_take(struct peers *p, const struct wsman_request *request, uint64_t number)
{
    unsigned status = peers_answer(p, number);

    wsman_service_taken(p->service, number, true);
    return wsman_shell_take(p->shell, request, status, p->reply, &p->err);
}

/* the application's part: the next event, which must be of @type */
static inline struct wsman_service_event peers_event(struct peers *p, enum wsman_service_event_type type)
{
    struct wsman_service_event event;

    assert_int_equal(wsman_service_next_event(p->service, &event, NULL), ICM_OK);
    assert_int_equal(event.type, type);
    return event;
}

/* take the next event in without looking at it */
static inline void peers_accept(struct peers *p, enum wsman_service_event_type type)
{
    struct wsman_service_event event = peers_event(p, type);

    wsman_service_accept(p->service, event.request);
    if (type == WSMAN_SERVICE_CREATE)
        p->shell_number = event.shell;
    wsman_service_event_reset(&event);
}

static inline void peers_create(struct peers *p)
{
    struct wsman_request request;

    assert_int_equal(wsman_shell_create(p->shell, icm_slice_text("creation"), &request, NULL), ICM_OK);
    uint64_t number = peers_ask(p, &request);
    peers_accept(p, WSMAN_SERVICE_CREATE);
    assert_int_equal(peers_take(p, &request, number), ICM_OK);
    wsman_request_reset(&request);
}

static inline void peers_command(struct peers *p, const char *command_id)
{
    struct icm_guid guid = peers_guid(command_id);
    struct wsman_request request;

    enum icm_code made = wsman_shell_command(p->shell, &guid, icm_slice_text("1 + 1"), icm_slice_text("pipeline"),
                                             &request, NULL);
    assert_int_equal(made, ICM_OK);
    uint64_t number = peers_ask(p, &request);
    peers_accept(p, WSMAN_SERVICE_COMMAND);
    assert_int_equal(peers_take(p, &request, number), ICM_OK);
    wsman_request_reset(&request);
}

static inline uint64_t peers_receive(struct peers *p, const char *command_id, struct wsman_request *request)
{
    assert_int_equal(wsman_shell_receive(p->shell, command_id, request, NULL), ICM_OK);
    return peers_ask(p, request);
}

static inline void peers_output(struct peers *p, const char *command_id, const char *text)
{
    wsman_service_output(p->service, p->shell_number, command_id, icm_slice_text(text), p->now_ms);
}

/* the last answer is a fault of @code */
static inline void peers_assert_fault(struct peers *p, uint32_t code, const char *subcode)
{
    assert_int_equal(p->reply->body, WSMAN_BODY_FAULT);
    if (p->reply->wsman_code != code || !icm_slice_is(p->reply->fault_subcode, subcode))
        fail_msg("fault %u %.*s: %.*s", p->reply->wsman_code, (int)p->reply->fault_subcode.size,
                 (const char *)p->reply->fault_subcode.data, (int)p->reply->fault_detail.size,
                 (const char *)p->reply->fault_detail.data);
}

static inline void peers_assert_payload(struct peers *p, const char *text)
{
    if (!icm_slice_is(icm_buf_slice(&p->reply->payload), text))
        fail_msg("payload \"%.*s\", expected \"%s\"", (int)p->reply->payload.size, (const char *)p->reply->payload.data,
                 text);
}

#endif
