/* Law: whatever comes as a request, it gets exactly one answer, which our reader reads; or it waits, as a Receive or as an
 * event for the application, and gets its one answer later. */
#include "wsman/limits.h"
#include "wsman/message.h"
#include "wsman/names.h"
#include "wsman/service.h"

#include <stdlib.h>

#define SHELL_ID "11111111-2222-3333-4444-ABCDEFABCDEF"
#define LEFT_SHELL_ID "33333333-2222-3333-4444-ABCDEFABCDEF"
#define CMD_SHELL_ID "4283CBDC-3706-415B-88BD-B385F3E51A53"
#define COMMAND_ID "CF84C20A-0A35-43FA-AF78-0B4711DA5F30"

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
        if (event.type == WSMAN_SERVICE_CONNECT)
            wsman_service_accept_connect(s, event.request, icm_slice_text("response"));
        else
            wsman_service_accept(s, event.request);
        wsman_service_event_reset(&event);
        count++;
    }
    return count;
}

#define CREATE(resource, shell_id)                                                                                  \
    "<s:Envelope xmlns:s='" WSMAN_NS_SOAP "' xmlns:a='" WSMAN_NS_ADDRESSING "' xmlns:w='" WSMAN_NS_WSMAN             \
    "'><s:Header><a:To>http://h/wsman</a:To><a:MessageID>uuid:1</a:MessageID><a:Action>" WSMAN_ACTION_CREATE        \
    "</a:Action><w:ResourceURI>" resource "</w:ResourceURI></s:Header><s:Body><r:Shell ShellId='" shell_id          \
    "' xmlns:r='" WSMAN_NS_SHELL "'><creationXml xmlns='" WSMAN_NS_POWERSHELL "'>QUJD</creationXml></r:Shell></s:Body>" \
    "</s:Envelope>"
#define COMMAND(shell_id, command_id)                                                                               \
    "<s:Envelope xmlns:s='" WSMAN_NS_SOAP "' xmlns:a='" WSMAN_NS_ADDRESSING "' xmlns:w='" WSMAN_NS_WSMAN             \
    "'><s:Header><a:To>http://h/wsman</a:To><a:MessageID>uuid:1</a:MessageID><a:Action>" WSMAN_ACTION_COMMAND       \
    "</a:Action><w:ResourceURI>" WSMAN_RESOURCE_CMD "</w:ResourceURI><w:SelectorSet><w:Selector Name='ShellId'>"    \
    shell_id "</w:Selector></w:SelectorSet></s:Header><s:Body><r:CommandLine CommandId='" command_id                \
    "' xmlns:r='" WSMAN_NS_SHELL "'><r:Command>dir</r:Command></r:CommandLine></s:Body></s:Envelope>"

#define DISCONNECT(shell_id)                                                                                        \
    "<s:Envelope xmlns:s='" WSMAN_NS_SOAP "' xmlns:a='" WSMAN_NS_ADDRESSING "' xmlns:w='" WSMAN_NS_WSMAN             \
    "'><s:Header><a:To>http://h/wsman</a:To><a:MessageID>uuid:1</a:MessageID><a:Action>" WSMAN_ACTION_DISCONNECT    \
    "</a:Action><w:ResourceURI>" WSMAN_RESOURCE_POWERSHELL "</w:ResourceURI><w:SelectorSet><w:Selector "            \
    "Name='ShellId'>" shell_id "</w:Selector></w:SelectorSet></s:Header><s:Body><r:Disconnect xmlns:r='"            \
    WSMAN_NS_SHELL "'/></s:Body></s:Envelope>"

/* a shell of each kind, a command in the command shell, and a shell that was left */
static const char *const prelude[] = {CREATE(WSMAN_RESOURCE_POWERSHELL, SHELL_ID), CREATE(WSMAN_RESOURCE_CMD, CMD_SHELL_ID),
                                      COMMAND(CMD_SHELL_ID, COMMAND_ID), CREATE(WSMAN_RESOURCE_POWERSHELL, LEFT_SHELL_ID),
                                      DISCONNECT(LEFT_SHELL_ID)};
enum { REQUEST = 10 };

static struct wsman_service *service_with_shells(void)
{
    struct wsman_service_options options = {.product_vendor = "icm", .product_version = "1", .has_cmd = true};
    struct wsman_service *s = NULL;

    must(wsman_service_new(&s, &options, NULL) == ICM_OK);
    for (size_t i = 0; i < ICM_COUNT(prelude); i++) {
        wsman_service_request(s, i + 1, "ana", icm_slice_text(prelude[i]), 0);
        size_t events = accept_events(s);
        must(events <= 1 && take_answers(s, i + 1) == 1);
    }
    wsman_service_stream(s, 2, COMMAND_ID, 1, icm_slice_text("said"), 0);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!reader)
        must(wsman_reader_new(&reader, 1, NULL) == ICM_OK);
    struct wsman_service *s = service_with_shells();
    wsman_service_request(s, REQUEST, "ana", icm_slice_of(data, size), 0);
    size_t answers = take_answers(s, REQUEST);
    size_t events = accept_events(s);
    must(answers <= 1 && events <= 1 && (answers == 0 || events == 0));
    answers += take_answers(s, REQUEST);
    if (answers == 0) { /* a Receive: its time comes */
        must(wsman_service_tick(s, 0) <= WSMAN_RECEIVE_TIMEOUT_MS);
        wsman_service_tick(s, WSMAN_RECEIVE_TIMEOUT_MS);
        answers += take_answers(s, REQUEST);
    }
    must(answers == 1);
    must(wsman_service_tick(s, INT64_MAX) == INT64_MAX);
    wsman_service_free(s);
    return 0;
}
