/* The console host on a pseudo-terminal that is standard input: what it reads, what it shows, who gets which answer. */
#include "tests/cli/value_of.h"

#include "cli/host_console.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

enum { PATIENCE_MS = 20000 };

static int terminal, before; /* the user's end, and what standard input was */
static uv_loop_t loop;
static uv_timer_t patience;
static struct cli_console *console;
static struct icm_buf told;  /* "CALLER: ANSWER\n" of each answer */
static struct icm_buf shown; /* on the terminal, without carriage returns */
static int count;            /* of answers */
static int rooms;            /* how often room was made */

static void on_answer(void *caller, const struct psrp_event *event, const struct psrp_value *result, const char *why)
{
    icm_buf_add_format(&told, "%s: ", (const char *)caller);
    if (why)
        icm_buf_add_format(&told, "refused, %s", why);
    else if (result && psrp_value_member(result, "character"))
        icm_buf_add_format(&told, "key %d", (int)psrp_value_member(result, "character")->as.u64);
    else if (result && result->kind == PSRP_SECURESTRING)
        icm_buf_add(&told, result->as.text);
    else if (result)
        psrp_value_write_text(result, &told);
    icm_buf_add_text(&told, "\n");
    count++;
}

static void on_room(void *context)
{
    rooms++;
}

static void on_no_patience(uv_timer_t *timer)
{
    fail_msg("nothing came; told: %s shown: %s", icm_buf_text(&told), icm_buf_text(&shown));
}

static int set_up(void **state)
{
    const struct cli_console_owner owner = {
        .answer = on_answer, .make_room = on_room, .names_computers = *state != NULL};

    terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0 || grantpt(terminal) < 0 || unlockpt(terminal) < 0)
        return -1;
    int fd = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
    before = dup(STDIN_FILENO);
    if (fd < 0 || before < 0 || dup2(fd, STDIN_FILENO) < 0)
        return -1;
    close(fd);
    fcntl(terminal, F_SETFL, O_NONBLOCK);
    count = rooms = 0;
    uv_loop_init(&loop);
    uv_timer_init(&loop, &patience);
    return cli_console_new(&console, &loop, &owner, NULL) == ICM_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    cli_console_free(console);
    uv_close((uv_handle_t *)&patience, NULL);
    while (uv_loop_close(&loop) == UV_EBUSY)
        uv_run(&loop, UV_RUN_ONCE);
    icm_buf_reset(&told);
    icm_buf_reset(&shown);
    dup2(before, STDIN_FILENO);
    close(before);
    close(terminal);
    return 0;
}

/* ---- both ends ---- */

static void call_with(const char *caller, enum psrp_host_method method, const char *parameters)
{
    struct psrp_event event = {.type = PSRP_EVENT_HOST_CALL, .needs_answer = !psrp_host_method_is_void(method)};
    struct icm_buf xml = {0};

    icm_buf_add_format(&xml, "<Obj RefId=\"0\"><LST>%s</LST></Obj>", parameters);
    event.call = (struct psrp_host_call){.call_id = event.needs_answer ? 1 : PSRP_HOST_CALL_VOID, .method = method};
    event.call.parameters = value_of(&event.arena, icm_buf_text(&xml));
    cli_console_take(console, (void *)(uintptr_t)caller, caller, &event);
    psrp_event_reset(&event);
    icm_buf_reset(&xml);
}

static void type(const char *text)
{
    assert_int_equal(write(terminal, text, strlen(text)), (ssize_t)strlen(text));
}

/* Run the loop until so many answers were given. */
static void wait_for_answers(int wanted)
{
    uv_timer_start(&patience, on_no_patience, PATIENCE_MS, 0);
    while (count < wanted)
        uv_run(&loop, UV_RUN_ONCE);
    uv_timer_stop(&patience);
}

static void read_shown(void)
{
    char piece[4096];
    ssize_t got;

    while ((got = read(terminal, piece, sizeof piece)) > 0)
        for (ssize_t i = 0; i < got; i++)
            if (piece[i] != '\r')
                icm_buf_add_u8(&shown, (uint8_t)piece[i]);
}

/* All that is shown once @text is; what was typed is taken in by the terminal when its echo is seen. */
static const char *see(const char *text)
{
    struct pollfd user = {.fd = terminal, .events = POLLIN};

    for (read_shown(); !strstr(icm_buf_text(&shown), text); read_shown())
        if (poll(&user, 1, PATIENCE_MS) <= 0)
            fail_msg("'%s' was never shown: %s", text, icm_buf_text(&shown));
    return icm_buf_text(&shown);
}

static tcflag_t local_flags(void)
{
    struct termios now;

    assert_int_equal(tcgetattr(STDIN_FILENO, &now), 0);
    return now.c_lflag & (ECHO | ICANON | ISIG | ECHONL);
}

/* ---- tests ---- */

static void a_line_is_read_while_it_is_asked_for(void **state)
{
    call_with("srv1", PSRP_HOST_READ_LINE, "");
    assert_int_equal(count, 0);
    assert_int_equal(rooms, 1);
    type("typed\n");
    wait_for_answers(1);
    assert_string_equal(icm_buf_text(&told), "srv1: typed\n");
    assert_string_equal(see("\n"), "typed\n");
}

static void a_secret_is_not_shown(void **state)
{
    tcflag_t as_it_was = local_flags();

    call_with("srv1", PSRP_HOST_READ_LINE_AS_SECURE_STRING, "");
    assert_int_equal(local_flags(), (as_it_was & ~(tcflag_t)ECHO) | ECHONL);
    type("hidden\n");
    wait_for_answers(1);
    assert_string_equal(icm_buf_text(&told), "srv1: hidden\n");
    assert_non_null(strstr(see("script.\n\n"), "WARNING: a script on the remote computer srv1"));
    assert_null(strstr(icm_buf_text(&shown), "hidden"));
    assert_int_equal(local_flags(), as_it_was);
}

/* It was shown, and the user did not know for what. */
static void what_was_typed_before_is_no_secret(void **state)
{
    call_with("srv1", PSRP_HOST_READ_LINE, "");
    type("one\n");
    wait_for_answers(1);
    type("early\n");
    see("early\n");
    call_with("srv1", PSRP_HOST_READ_LINE_AS_SECURE_STRING, "");
    type("hidden\n");
    wait_for_answers(2);
    assert_string_equal(icm_buf_text(&told), "srv1: one\nsrv1: hidden\n");
}

static void lines_typed_ahead_are_taken_in_turn(void **state)
{
    type("one\ntwo\n");
    call_with("srv1", PSRP_HOST_READ_LINE, "");
    call_with("srv2", PSRP_HOST_READ_LINE, "");
    wait_for_answers(2);
    assert_string_equal(icm_buf_text(&told), "srv1: one\nsrv2: two\n");
}

static void the_end_of_the_input_refuses_one_question(void **state)
{
    call_with("srv1", PSRP_HOST_READ_LINE, "");
    type("\004");
    wait_for_answers(1);
    call_with("srv1", PSRP_HOST_READ_LINE, "");
    type("more\n");
    wait_for_answers(2);
    assert_string_equal(icm_buf_text(&told), "srv1: refused, the user ended the input without an answer\nsrv1: more\n");
}

static void questions_queue_and_say_whose_they_are(void **state)
{
    call_with("srv1", PSRP_HOST_READ_LINE, "");
    call_with("srv2", PSRP_HOST_READ_LINE, "");
    assert_string_equal(see("[srv1] "), "[srv1] ");
    type("one\n");
    wait_for_answers(1);
    type("two\n");
    wait_for_answers(2);
    assert_string_equal(icm_buf_text(&told), "srv1: one\nsrv2: two\n");
    see("one\n[srv2] two\n");
}

static void a_question_is_shown_again_below_what_others_say(void **state)
{
    cli_console_step_aside(console);
    cli_console_step_back(console);
    call_with("srv1", PSRP_HOST_READ_LINE, "");
    cli_console_step_aside(console);
    cli_console_step_back(console);
    assert_string_equal(see("\n[srv1] "), "[srv1] \n[srv1] ");
    type("one\n");
    wait_for_answers(1);
    cli_console_step_aside(console);
    assert_string_equal(see("one\n"), "[srv1] \n[srv1] one\n");
}

/* The debugger's: in its turn among the calls of remote sides, and what a peer has said of it does not act on the terminal. */
static void a_question_of_our_own_has_its_turn(void **state)
{
    ICM_OWN(icm_buf_reset) struct icm_buf head = {0};

    call_with("srv1", PSRP_HOST_READ_LINE, "");
    icm_buf_add_text(&head, "At \033[2J\n");
    cli_console_ask(console, "srv2", &head, "PS>> ");
    assert_int_equal(head.size, 0);
    type("one\n");
    wait_for_answers(1);
    assert_non_null(strstr(see("PS>> "), "At \\u001b[2J\nPS>> "));
    cli_console_step_aside(console);
    cli_console_step_back(console);
    see("PS>> \nPS>> ");
    type("two\n");
    wait_for_answers(2);
    cli_console_ask(console, "srv2", &head, "PS>> ");
    type("\004");
    wait_for_answers(3);
    assert_string_equal(icm_buf_text(&told),
                        "srv1: one\nsrv2: two\nsrv2: refused, the user ended the input without an answer\n");
}

/* The shell that stopped us shows what is typed, and so would we where it has not set the terminal back. */
static void a_secret_is_not_shown_behind_a_stop(void **state)
{
    struct termios shells;

    call_with("srv1", PSRP_HOST_READ_LINE_AS_SECURE_STRING, "");
    assert_int_equal(tcgetattr(STDIN_FILENO, &shells), 0);
    shells.c_lflag |= ECHO;
    assert_int_equal(tcsetattr(STDIN_FILENO, TCSANOW, &shells), 0);
    raise(SIGCONT);
    uv_timer_start(&patience, on_no_patience, PATIENCE_MS, 0);
    while (local_flags() & ECHO)
        uv_run(&loop, UV_RUN_ONCE);
    uv_timer_stop(&patience);
    type("hidden\n");
    wait_for_answers(1);
    assert_null(strstr(see("\n\n"), "hidden"));
}

static const char srv1[] = "srv1", srv2[] = "srv2", srv3[] = "srv3";

static void who_is_forgotten_gets_no_answer(void **state)
{
    tcflag_t as_it_was = local_flags();

    call_with(srv1, PSRP_HOST_READ_LINE_AS_SECURE_STRING, "");
    call_with(srv2, PSRP_HOST_READ_LINE, "");
    call_with(srv3, PSRP_HOST_READ_LINE, "");
    cli_console_forget(console, srv2);
    cli_console_forget(console, srv1);
    see("[srv1] \n[srv3] ");
    assert_int_equal(local_flags(), as_it_was);
    type("three\n");
    wait_for_answers(1);
    cli_console_forget(console, srv3);
    assert_string_equal(icm_buf_text(&told), "srv3: three\n");
}

static void keys_are_read_one_by_one(void **state)
{
    tcflag_t as_it_was = local_flags();

    call_with("srv1", PSRP_HOST_READ_KEY, "<I32>6</I32>");
    assert_int_equal(local_flags(), as_it_was & ~(tcflag_t)(ECHO | ICANON));
    type("ab");
    wait_for_answers(1);
    assert_int_equal(local_flags(), as_it_was);
    call_with("srv1", PSRP_HOST_READ_KEY, "<I32>6</I32>");
    wait_for_answers(2);
    assert_string_equal(icm_buf_text(&told), "srv1: key 97\nsrv1: key 98\n");
}

static void ctrl_c_is_a_key_where_it_is_asked_for(void **state)
{
    tcflag_t as_it_was = local_flags();

    call_with("srv1", PSRP_HOST_READ_KEY, "<I32>5</I32>");
    assert_int_equal(local_flags(), as_it_was & ~(tcflag_t)(ICANON | ISIG));
    type("\003");
    wait_for_answers(1);
    assert_string_equal(icm_buf_text(&told), "srv1: key 3\n");
}

static void keys_are_told_of_and_dropped(void **state)
{
    call_with("srv1", PSRP_HOST_GET_KEY_AVAILABLE, "");
    type("x");
    see("x");
    call_with("srv1", PSRP_HOST_GET_KEY_AVAILABLE, "");
    call_with("srv1", PSRP_HOST_FLUSH_INPUT_BUFFER, "");
    call_with("srv1", PSRP_HOST_GET_KEY_AVAILABLE, "");
    assert_string_equal(icm_buf_text(&told), "srv1: False\nsrv1: True\nsrv1: False\n");
}

static void what_this_host_does_not_do_is_refused(void **state)
{
    static const char rectangle[] = "<Obj RefId=\"1\"><MS><I32 N=\"left\">0</I32><I32 N=\"top\">0</I32>"
                                    "<I32 N=\"right\">1</I32><I32 N=\"bottom\">1</I32></MS></Obj>";

    call_with("srv1", PSRP_HOST_GET_BUFFER_CONTENTS, rectangle);
    call_with("srv1", PSRP_HOST_GET_RUNSPACE, "");
    call_with("srv1", PSRP_HOST_ENTER_NESTED_PROMPT, "");
    assert_string_equal(icm_buf_text(&told),
                        "srv1: refused, for security this host does not let a remote side read what its screen shows\n"
                        "srv1: refused, this host has no runspace of its own\n");
    assert_string_equal(see("\n"), "icm: srv1 called the host's EnterNestedPrompt: this host has no nested prompt\n");
}

static void what_is_asked_of_it_it_says_of_itself(void **state)
{
    call_with("srv1", PSRP_HOST_GET_NAME, "");
    call_with("srv1", PSRP_HOST_GET_IS_RUNSPACE_PUSHED, "");
    call_with("srv1", PSRP_HOST_WRITE_LINE2, "<S>the renderer's</S>");
    call_with("srv1", PSRP_HOST_SET_SHOULD_EXIT, "<I32>3</I32>");
    assert_string_equal(icm_buf_text(&told), "srv1: icm\nsrv1: False\n");
    assert_int_equal(rooms, 0);
    assert_true(cli_console_info(console)->has_host && cli_console_info(console)->has_raw_ui);
}

static void without_a_terminal_there_is_none(void **state)
{
    const struct cli_console_owner owner = {.answer = on_answer, .make_room = on_room};
    struct cli_console *none = NULL;
    struct icm_error err = {0};
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC), kept = dup(STDIN_FILENO);

    dup2(null, STDIN_FILENO);
    enum icm_code code = cli_console_new(&none, &loop, &owner, &err);
    dup2(kept, STDIN_FILENO);
    close(null);
    close(kept);
    assert_int_equal(code, ICM_UNSUPPORTED);
    assert_null(none);
    assert_string_equal(err.text, "standard input is no terminal to ask on: Inappropriate ioctl for device");
    icm_error_reset(&err);
}

#define ALONE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define AMONG_OTHERS(test)                                                                                             \
    {                                                                                                                  \
#test, test, set_up, tear_down, &terminal                                                                      \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(a_line_is_read_while_it_is_asked_for),
        ALONE(a_secret_is_not_shown),
        ALONE(what_was_typed_before_is_no_secret),
        ALONE(lines_typed_ahead_are_taken_in_turn),
        ALONE(the_end_of_the_input_refuses_one_question),
        AMONG_OTHERS(questions_queue_and_say_whose_they_are),
        AMONG_OTHERS(a_question_is_shown_again_below_what_others_say),
        ALONE(a_question_of_our_own_has_its_turn),
        ALONE(a_secret_is_not_shown_behind_a_stop),
        AMONG_OTHERS(who_is_forgotten_gets_no_answer),
        ALONE(keys_are_read_one_by_one),
        ALONE(ctrl_c_is_a_key_where_it_is_asked_for),
        ALONE(keys_are_told_of_and_dropped),
        ALONE(what_this_host_does_not_do_is_refused),
        ALONE(what_is_asked_of_it_it_says_of_itself),
        ALONE(without_a_terminal_there_is_none),
    };

    return cmocka_run_group_tests_name("the console host on a terminal", tests, NULL, NULL);
}
