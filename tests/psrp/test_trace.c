/* The wire log's fragments and messages: decoded, without secrets. */
#include "psrp/trace.h"

#include "psrp/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[32];
static char logged[8192];

static struct icm_trace *open_log(void)
{
    struct icm_trace *trace = NULL;

    strcpy(path, "trace-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(icm_trace_open(&trace, path, NULL), ICM_OK);
    return trace;
}

static void close_log(struct icm_trace *trace)
{
    icm_trace_close(trace);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    logged[fread(logged, 1, sizeof logged - 1, file)] = '\0';
    fclose(file);
    unlink(path);
}

static const struct {
    const char *name, *payload, *expected;
} secrets[] = {
    {"no secret", "<S>hello</S>", "\"clixml\":\"<S>hello</S>\""},
    {"a secure string", "<SS>c2VjcmV0</SS>", "\"clixml\":\"<SS>[secret]</SS>\""},
    {"a named one", "<SS N='Password'>c2VjcmV0</SS>", "\"clixml\":\"<SS N='Password'>[secret]</SS>\""},
    {"two", "<SS>QQ==</SS><I32>1</I32><SS>Qg==</SS>", "\"clixml\":\"<SS>[secret]</SS><I32>1</I32><SS>[secret]</SS>\""},
    {"cut short", "<SS>c2VjcmV0", "\"clixml\":\"<SS>[secret]\""},
    {"an empty one", "<SS></SS>", "\"clixml\":\"<SS></SS>\""},
};

static void leaves_secrets_out(void **state)
{
    size_t i = (size_t)*state;
    struct psrp_message header = {.destination = PSRP_TO_CLIENT, .type = PSRP_PIPELINE_OUTPUT};
    struct icm_buf message = {0};
    struct icm_trace *trace = open_log();

    assert_int_equal(psrp_message_write(&message, &header, NULL, NULL), ICM_OK);
    icm_buf_add_text(&message, secrets[i].payload);
    psrp_trace_message(trace, "srv1", false, icm_buf_slice(&message));
    icm_buf_reset(&message);
    close_log(trace);
    assert_non_null(strstr(logged, "\"type\":\"PIPELINE_OUTPUT\""));
    assert_non_null(strstr(logged, secrets[i].expected));
    assert_null(strstr(logged, "c2Vj"));
}

static size_t count_of(const char *text)
{
    size_t count = 0;

    for (const char *at = logged; (at = strstr(at, text)); at++)
        count++;
    return count;
}

/* three fragments, in pieces of one byte and whole: the same lines */
static void fragments_may_come_in_pieces(void **state)
{
    struct icm_buf bytes = {0};

    (void)state;
    for (uint64_t i = 0; i < 3; i++) {
        struct psrp_fragment fragment = {7, i, i == 0 ? PSRP_FRAGMENT_START : i == 2 ? PSRP_FRAGMENT_END : 0,
                                         icm_slice_text("abcde")};
        psrp_fragment_write(&bytes, &fragment);
    }
    for (size_t piece = 1; piece <= bytes.size; piece += bytes.size - 1) {
        struct psrp_trace_stream stream = {0};
        struct icm_trace *trace = open_log();
        for (size_t at = 0; at < bytes.size; at += piece)
            psrp_trace_fragments(trace, &stream, "srv1", false, "pool", icm_slice_of(bytes.data + at, piece));
        psrp_trace_stream_reset(&stream);
        close_log(trace);
        assert_int_equal(count_of("\"kind\":\"fragment\""), 3);
        assert_int_equal(count_of("\"object_id\":7"), 3);
        assert_int_equal(count_of("\"start\":true"), 1);
        assert_int_equal(count_of("\"end\":true"), 1);
        assert_int_equal(count_of("\"size\":5"), 3);
    }
    icm_buf_reset(&bytes);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(secrets) + 1];

    for (size_t i = 0; i < ICM_COUNT(secrets); i++)
        tests[i] = (struct CMUnitTest){
            .name = secrets[i].name, .test_func = leaves_secrets_out, .initial_state = (void *)i};
    tests[ICM_COUNT(secrets)] = (struct CMUnitTest)cmocka_unit_test(fragments_may_come_in_pieces);
    return cmocka_run_group_tests_name("psrp_trace", tests, NULL, NULL);
}
