/* What stands behind command shells: a command's process, its environment, its code page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/endpoint_code_page.h"
#include "cli/endpoint_environment.h"
#include "cli/endpoint_job.h"
#include "wsman/fault.h"

#include <signal.h>
#include <stdlib.h>
#include <uv.h>

/* ---- a process ---- */

struct run {
    uv_loop_t loop;
    struct endpoint_job *job;
    struct icm_buf out[2];
    bool has_exited;
    uint32_t status;
    int signal; /* to be sent at its first output */
};

static void on_output(void *up, int stream, struct icm_slice bytes)
{
    struct run *r = up;

    icm_buf_add(&r->out[stream], bytes);
    if (r->signal)
        endpoint_job_signal(r->job, r->signal);
    r->signal = 0;
}

static void on_drained(void *up)
{
    (void)up;
}

static void on_exited(void *up, uint32_t status)
{
    struct run *r = up;

    assert_false(r->has_exited);
    r->has_exited = true;
    r->status = status;
    endpoint_job_end(r->job);
}

static const struct endpoint_job_sink sink = {.output = on_output, .drained = on_drained, .exited = on_exited};

static enum icm_code begin(struct run *r, char *program, char *line, const char *directory, struct icm_error *err)
{
    char *words[] = {program, line ? (char[]){"-c"} : NULL, line, NULL};
    char *environment[] = {(char[]){"PATH=/usr/bin:/bin"}, (char[]){"A=b c"}, NULL};
    struct endpoint_job_start start = {words, environment, directory};

    uv_loop_init(&r->loop);
    return endpoint_job_new(&r->job, &r->loop, &start, &sink, r, err);
}

static void finish(struct run *r)
{
    uv_run(&r->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&r->loop), 0);
}

static void assert_out(struct run *r, const char *out, const char *err)
{
    assert_string_equal(icm_buf_text(&r->out[0]), out);
    assert_string_equal(icm_buf_text(&r->out[1]), err);
    icm_buf_reset(&r->out[0]);
    icm_buf_reset(&r->out[1]);
}

static void run_line(struct run *r, const char *line)
{
    struct icm_error err = {0};
    char text[200];

    snprintf(text, sizeof text, "%s", line);
    if (begin(r, (char[]){"sh"}, text, "/tmp", &err) != ICM_OK)
        fail_msg("%s", err.text);
}

static const struct {
    const char *name, *line, *out, *err;
    uint32_t status;
} lines[] = {
    {"both outputs and the status", "echo out; echo bad >&2; exit 7", "out\n", "bad\n", 7},
    {"the environment, and nothing of ours", "echo $A $HOME", "b c\n", "", 0},
    {"the directory", "pwd", "/tmp\n", "", 0},
    {"a signal's status", "kill -9 $$", "", "", 128 + 9},
    {"a group of its own", "read -r _ _ _ _ group _ </proc/$$/stat; test $group = $$ && echo own", "own\n", "", 0},
    {"what it leaves behind is not waited for", "(sleep 100; echo late) & echo now", "now\n", "", 0},
};

static void runs(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(lines); i++) {
        struct run r = {0};

        print_message("%s\n", lines[i].name);
        run_line(&r, lines[i].line);
        finish(&r);
        assert_true(r.has_exited);
        assert_int_equal(r.status, lines[i].status);
        assert_out(&r, lines[i].out, lines[i].err);
    }
}

static void takes_input_up_to_its_end(void **state)
{
    struct run r = {0};
    struct icm_buf input = {0};

    (void)state;
    run_line(&r, "test -p /dev/stdin && cat | wc -c");
    for (size_t i = 0; i < 100000; i++)
        icm_buf_add_text(&input, "0123456789");
    endpoint_job_write(r.job, &input, false);
    assert_true(endpoint_job_queued(r.job) > 0);
    icm_buf_add_text(&input, "end");
    endpoint_job_write(r.job, &input, true);
    icm_buf_add_text(&input, "too late");
    endpoint_job_write(r.job, &input, false);
    finish(&r);
    assert_out(&r, "1000003\n", "");
}

static void input_that_is_not_read_goes_nowhere(void **state)
{
    struct run r = {0};
    struct icm_buf input = {0};

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    run_line(&r, "exec <&-; sleep 0.1; echo done");
    for (size_t i = 0; i < 100000; i++)
        icm_buf_add_text(&input, "0123456789");
    endpoint_job_write(r.job, &input, true);
    finish(&r);
    assert_int_equal(r.status, 0);
    assert_out(&r, "done\n", "");
}

static void a_signal_reaches_the_whole_group(void **state)
{
    struct run r = {.signal = SIGINT};

    (void)state;
    run_line(&r, "trap 'echo caught; exit 3' INT; echo ready; sleep 100");
    finish(&r);
    assert_int_equal(r.status, 3);
    assert_out(&r, "ready\ncaught\n", "");
}

static void an_ended_job_says_nothing_more(void **state)
{
    struct run r = {0};

    (void)state;
    run_line(&r, "trap '' TERM; while :; do echo x; done"); /* only SIGKILL ends it */
    endpoint_job_end(r.job);
    finish(&r);
    assert_false(r.has_exited);
    assert_out(&r, "", "");
}

static void on_resume(uv_timer_t *timer)
{
    struct run *r = timer->data;

    assert_int_equal(r->out[0].size, 0);
    assert_false(r->has_exited);
    endpoint_job_pause(r->job, false);
    uv_close((uv_handle_t *)timer, NULL);
}

static void a_paused_job_loses_nothing(void **state)
{
    struct run r = {0};
    uv_timer_t timer;

    (void)state;
    run_line(&r, "head -c 30000 /dev/zero");
    endpoint_job_pause(r.job, true);
    uv_timer_init(&r.loop, &timer);
    timer.data = &r;
    uv_timer_start(&timer, on_resume, 100, 0);
    finish(&r);
    assert_true(r.has_exited);
    assert_int_equal(r.out[0].size, 30000);
    icm_buf_reset(&r.out[0]);
}

static void a_program_that_is_not_there_is_named(void **state)
{
    struct run r = {0};
    struct icm_error err = {0};

    (void)state;
    assert_int_equal(begin(&r, (char[]){"/nosuch/program"}, NULL, "/tmp", &err), ICM_IO);
    assert_non_null(strstr(err.text, "/nosuch/program"));
    assert_int_equal(err.fault->wsman_code, WSMAN_CODE_FILE_NOT_FOUND);
    icm_error_reset(&err);
    finish(&r);
}

/* ---- its environment ---- */

static const char *value_in(char *const *environment, const char *name)
{
    const char *found = NULL;
    size_t size = strlen(name);

    for (; *environment; environment++)
        if (strncmp(*environment, name, size) == 0 && (*environment)[size] == '=') {
            assert_null(found); /* once */
            found = *environment + size + 1;
        }
    return found;
}

static void the_environment_has_no_secrets(void **state)
{
    struct wsman_pair second = {.name = icm_slice_text("PATH"), .value = icm_slice_text("/own")};
    struct wsman_pair first = {.name = icm_slice_text("PATH"), .value = icm_slice_text("/first"), .next = &second};
    struct wsman_pair empty = {.name = icm_slice_text("EMPTY"), .next = &first};

    (void)state;
    setenv("ICM_PASSWORD", "secret", 1);
    setenv("LC_ALL", "C", 1);
    char **made = endpoint_environment_make(&empty);
    assert_non_null(made);
    assert_null(value_in(made, "ICM_PASSWORD"));
    assert_string_equal(value_in(made, "LC_ALL"), "C");
    assert_string_equal(value_in(made, "PATH"), "/own");
    assert_string_equal(value_in(made, "EMPTY"), "");
    free(made);
    assert_true(endpoint_environment_takes(icm_slice_text("_-(){}[]<>*+-/?\"!@#$^&|;:i,.`~0")));
    assert_false(endpoint_environment_takes(icm_slice_text("a=b")));
    assert_false(endpoint_environment_takes(icm_slice_text("")));
}

/* ---- its code page ---- */

static const struct {
    uint32_t code_page;
    bool is_output;
    const char *in, *out;
} conversions[] = {
    {0, true, "\xc3\xa9", "\xc3\xa9"},        {65001, false, "\xff", "\xff"},
    {437, true, "h\xc3\xa9!", "h\x82!"},      {437, false, "h\x82!", "h\xc3\xa9!"},
    {1252, true, "\xe2\x82\xac", "\x80"},     {850, true, "\xe2\x82\xac.", "?."},
    {1252, false, "\x81\x80", "?\xe2\x82\xac"}, {437, true, "a\xff\xffz", "a??z"},
};

/* whole, and byte by byte: a character may come in two pieces */
static void converts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(conversions); i++)
        for (size_t step = 1; step < 20; step += 18) {
            struct endpoint_code_page c;
            struct icm_slice in = icm_slice_text(conversions[i].in);
            struct icm_buf out = {0};

            assert_int_equal(
                endpoint_code_page_open(&c, conversions[i].code_page, conversions[i].is_output, NULL), ICM_OK);
            for (; in.size > 0; in = icm_slice_from(in, step < in.size ? step : in.size))
                endpoint_code_page_convert(&c, icm_slice_of(in.data, step < in.size ? step : in.size), &out);
            assert_string_equal(icm_buf_text(&out), conversions[i].out);
            icm_buf_reset(&out);
            endpoint_code_page_close(&c);
        }
}

static void an_unknown_code_page_is_refused(void **state)
{
    struct endpoint_code_page c;
    struct icm_error err = {0};

    (void)state;
    assert_int_equal(endpoint_code_page_open(&c, 4711, true, &err), ICM_UNSUPPORTED);
    assert_non_null(strstr(err.text, "4711"));
    endpoint_code_page_close(&c);
    icm_error_reset(&err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs),
        cmocka_unit_test(takes_input_up_to_its_end),
        cmocka_unit_test(input_that_is_not_read_goes_nowhere),
        cmocka_unit_test(a_signal_reaches_the_whole_group),
        cmocka_unit_test(an_ended_job_says_nothing_more),
        cmocka_unit_test(a_paused_job_loses_nothing),
        cmocka_unit_test(a_program_that_is_not_there_is_named),
        cmocka_unit_test(the_environment_has_no_secrets),
        cmocka_unit_test(converts),
        cmocka_unit_test(an_unknown_code_page_is_refused),
    };

    return cmocka_run_group_tests_name("commands behind command shells", tests, NULL, NULL);
}
