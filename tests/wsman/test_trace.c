/* The wire log's envelopes: whole, but for what they carry. */
#include "wsman/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct {
    const char *name, *envelope, *logged;
} cases[] = {
    {"no payload", "<s:Body><rsp:Signal/></s:Body>", "<s:Body><rsp:Signal/></s:Body>"},
    {"a stream", "<rsp:Stream Name=\"stdin\">QUJD</rsp:Stream>", "<rsp:Stream Name=\"stdin\">[4 characters]</rsp:Stream>"},
    {"any prefix", "<Arguments>QUJD</Arguments>", "<Arguments>[4 characters]</Arguments>"},
    {"a prefix with a dash", "<a-b:creationXml x='1'>QUJDRA==</a-b:creationXml>",
     "<a-b:creationXml x='1'>[8 characters]</a-b:creationXml>"},
    {"an empty stream", "<r:Stream></r:Stream>", "<r:Stream></r:Stream>"},
    {"a closed stream", "<r:Stream/>text", "<r:Stream/>text"},
    {"two streams", "<r:Stream>AA</r:Stream><r:Stream>BBB</r:Stream>",
     "<r:Stream>[2 characters]</r:Stream><r:Stream>[3 characters]</r:Stream>"},
    {"only the name counts", "<Streams>AA</Streams>", "<Streams>AA</Streams>"},
    {"cut short", "<r:Stream>AA", "<r:Stream>[2 characters]"},
    {"cut in a tag", "<r:Stream Na", "<r:Stream Na"},
    {"no XML", "hello", "hello"},
    {"nothing", "", ""},
};

/* the value of "envelope" in the only line of @path; quotes come escaped */
static void read_logged(const char *path, char *out, size_t size)
{
    char line[2048] = "";
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_null(fgets(out, (int)size, file));
    fclose(file);
    char *from = strstr(line, "\"envelope\":\"");
    assert_non_null(from);
    from += strlen("\"envelope\":\"");
    size_t count = 0;
    for (; *from && !(from[0] == '"' && from[1] == '}'); from++)
        if (*from != '\\' || from[1] != '"')
            out[count++] = *from;
    out[count] = '\0';
    assert_string_equal(from, "\"}\n");
}

static void logs(void **state)
{
    size_t i = (size_t)*state;
    char path[] = "trace-test-XXXXXX", logged[2048];
    struct icm_trace *trace = NULL;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(icm_trace_open(&trace, path, NULL), ICM_OK);
    wsman_trace_envelope(trace, "srv1", true, 0, icm_slice_text(cases[i].envelope));
    icm_trace_close(trace);
    read_logged(path, logged, sizeof logged);
    unlink(path);
    assert_string_equal(logged, cases[i].logged);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(cases)];

    wsman_trace_envelope(NULL, "srv1", true, 0, icm_slice_text("<a/>")); /* no log, no line */
    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        tests[i] = (struct CMUnitTest){.name = cases[i].name, .test_func = logs, .initial_state = (void *)i};
    return cmocka_run_group_tests_name("wsman_trace_envelope", tests, NULL, NULL);
}
