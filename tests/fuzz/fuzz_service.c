/* Law: whatever comes as a request, it gets exactly one answer, which our reader reads; or it waits, as a Receive or as an
 * event for the application, and gets its one answer later. */
#include "wsman/limits.h"
#include "wsman/message.h"
#include "wsman/names.h"
#include "wsman/service.h"

#include <stdlib.h>

#define SHELL_ID "11111111-2222-3333-4444-ABCDEFABCDEF"

static void must(bool law)
{
    if (!law)
        abort();
}

static struct wsman_reader *reader;

/* the answers that are there: all of @request, all readable */
static size_t take_answers(struct wsman_service *s, uint64_t request)
{
    struct wsman_answer answer;
    struct wsman_message *m;
    size_t count = 0;

    while (wsman_service_next_answer(s, &answer, NULL) == ICM_OK) {
        must(answer.request == request && (answer.status == 200 || answer.status == 500));
        must(answer.body.size <= WSMAN_ENVELOPE_LATER);
        wsman_reader_restart(reader, WSMAN_ENVELOPE_LATER);
        must(wsman_reader_feed(reader, icm_buf_slice(&answer.body), NULL) == ICM_OK);
        must(wsman_reader_finish(reader, &m, NULL) == ICM_OK);
        must((answer.status == 500) == (m->body == WSMAN_BODY_FAULT));
        icm_buf_reset(&answer.body);
        wsman_service_taken(s, request, true);
        count++;
    }
    return count;
}

/* the application: it accepts everything. How many events there were. */
static size_t accept_events(struct wsman_service *s)
{
    struct wsman_service_event event;
    size_t count = 0;

    while (wsman_service_next_event(s, &event, NULL) == ICM_OK) {
        wsman_service_accept(s, event.request);
        wsman_service_event_reset(&event);
        count++;
    }
    return count;
}

static const char create[] =
    "<s:Envelope xmlns:s='" WSMAN_NS_SOAP "' xmlns:a='" WSMAN_NS_ADDRESSING "' xmlns:w='" WSMAN_NS_WSMAN
    "'><s:Header><a:To>http://h/wsman</a:To><a:MessageID>uuid:1</a:MessageID><a:Action>" WSMAN_ACTION_CREATE
    "</a:Action><w:ResourceURI>" WSMAN_RESOURCE_POWERSHELL "</w:ResourceURI></s:Header><s:Body>"
    "<r:Shell ShellId='" SHELL_ID "' xmlns:r='" WSMAN_NS_SHELL "'><creationXml xmlns='" WSMAN_NS_POWERSHELL "'>QUJD</creationXml></r:Shell></s:Body>"
    "</s:Envelope>";

static struct wsman_service *service_with_a_shell(void)
{
    struct wsman_service_options options = {.product_vendor = "icm", .product_version = "1"};
    struct wsman_service *s = NULL;

    must(wsman_service_new(&s, &options, NULL) == ICM_OK);
    wsman_service_request(s, 1, "ana", icm_slice_text(create), 0);
    must(accept_events(s) == 1);
    must(take_answers(s, 1) == 1);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!reader)
        must(wsman_reader_new(&reader, 1, NULL) == ICM_OK);
    struct wsman_service *s = service_with_a_shell();
    wsman_service_request(s, 2, "ana", icm_slice_of(data, size), 0);
    size_t answers = take_answers(s, 2);
    size_t events = accept_events(s);
    must(answers <= 1 && events <= 1 && (answers == 0 || events == 0));
    answers += take_answers(s, 2);
    if (answers == 0) { /* a Receive: its time comes */
        must(wsman_service_tick(s, 0) <= WSMAN_RECEIVE_TIMEOUT_MS);
        wsman_service_tick(s, WSMAN_RECEIVE_TIMEOUT_MS);
        answers += take_answers(s, 2);
    }
    must(answers == 1);
    must(wsman_service_tick(s, INT64_MAX) == INT64_MAX);
    wsman_service_free(s);
    return 0;
}
