/* Ctrl+C and the time limit: the first signal is noted, and may be passed over for the next one. */
#include "cli/run_signal.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

enum { LIMIT_S = 1000 };

static uv_loop_t loop;
static uv_async_t waker;
static int noted; /* how often the loop was woken up */

static void on_noted(uv_async_t *w)
{
    noted++;
}

static int set_up(void **state)
{
    noted = 0;
    uv_loop_init(&loop);
    return uv_async_init(&loop, &waker, on_noted);
}

static int tear_down(void **state)
{
    cli_signal_watch(NULL, 0);
    uv_close((uv_handle_t *)&waker, NULL);
    while (uv_loop_close(&loop) == UV_EBUSY)
        uv_run(&loop, UV_RUN_ONCE);
    return 0;
}

static void (*handler_of(int number))(int)
{
    struct sigaction now;

    sigaction(number, NULL, &now);
    return now.sa_handler;
}

static void notes_the_first(void **state)
{
    cli_signal_watch(&waker, LIMIT_S);
    assert_int_equal(cli_signal_caught(), 0);
    raise(SIGINT);
    assert_int_equal(cli_signal_caught(), SIGINT);
    uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(noted, 1);
    assert_ptr_equal(handler_of(SIGINT), SIG_DFL); /* the second ends the program */
    assert_int_equal(alarm(0), 0);                 /* and the limit does not */
}

static void watches_on(void **state)
{
    cli_signal_watch(&waker, LIMIT_S);
    for (int i = 1; i <= 2; i++) {
        raise(SIGINT);
        cli_signal_watch_on();
        assert_int_equal(cli_signal_caught(), 0);
        assert_ptr_not_equal(handler_of(SIGINT), SIG_DFL);
        uv_run(&loop, UV_RUN_ONCE);
        assert_int_equal(noted, i);
    }
    raise(SIGTERM);
    assert_int_equal(cli_signal_caught(), SIGTERM);
    cli_signal_watch_on();
    assert_in_range(alarm(0), 1, LIMIT_S);
}

static void has_no_limit_where_there_was_none(void **state)
{
    cli_signal_watch(&waker, 0);
    raise(SIGINT);
    cli_signal_watch_on();
    assert_int_equal(alarm(0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(notes_the_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(watches_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(has_no_limit_where_there_was_none, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("cli_signal", tests, NULL, NULL);
}
