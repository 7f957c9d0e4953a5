/* A client's questions to its pool, and their answers. MS-PSRP 2.2.2.6 to 2.2.2.8, 2.2.2.11, 2.2.2.31. */
#include "tests/psrp/face.h"

static struct {
    int64_t call_id, number;
} answered;

static void note_answer(struct face *f, const struct psrp_event *event)
{
    if (event->type != PSRP_EVENT_AVAILABILITY)
        return;
    answered.call_id = event->call_id;
    answered.number = event->number;
}

static void serve_reset(struct face *f, const struct psrp_server_event *event)
{
    if (event->type == PSRP_SERVER_RESET)
        assert_int_equal(psrp_server_answer_reset(f->server, event->call_id, true, NULL), ICM_OK);
}

typedef enum icm_code question(struct psrp_pool *p, int32_t number, int64_t *call_id, struct icm_error *err);

static enum icm_code get(struct psrp_pool *p, int32_t number, int64_t *call_id, struct icm_error *err)
{
    return psrp_pool_get_available(p, call_id, err);
}

static enum icm_code reset(struct psrp_pool *p, int32_t number, int64_t *call_id, struct icm_error *err)
{
    return psrp_pool_reset_runspace(p, call_id, err);
}

#define SET_MAX psrp_pool_set_max_runspaces
#define SET_MIN psrp_pool_set_min_runspaces

/* one after another in one pool */
static const struct {
    question *ask;
    int32_t number;
    enum icm_code code;
    const char *sends;
    int64_t answer;
    int since_minor; /* the first protocol that knows it */
} questions[] = {
    {get, 0, ICM_OK, "GET_AVAILABLE_RUNSPACES ", 1, 0},
    {SET_MAX, 5, ICM_OK, "SET_MAX_RUNSPACES ", 1, 0},
    {SET_MIN, 3, ICM_OK, "SET_MIN_RUNSPACES ", 1, 0},
    {get, 0, ICM_OK, "GET_AVAILABLE_RUNSPACES ", 5, 0},
    {SET_MAX, 2, ICM_USAGE, "", 0, 0},
    {SET_MIN, 6, ICM_USAGE, "", 0, 0},
    {SET_MAX, 0, ICM_USAGE, "", 0, 0},
    {SET_MIN, 0, ICM_USAGE, "", 0, 0},
    {reset, 0, ICM_OK, "RESET_RUNSPACE_STATE ", 1, 3},
};

static const char *const versions[] = {"2.0", "2.1", "2.2", "2.3", "2.4"};

static void questions_are_answered(void **state)
{
    const char *version = *state;
    int minor = version[2] - '0';
    int64_t last = 0;
    struct face f;

    face_open(&f, version);
    f.serve = serve_reset;
    f.on_event = note_answer;
    for (size_t i = 0; i < ICM_COUNT(questions); i++) {
        enum icm_code code = minor < questions[i].since_minor ? ICM_UNSUPPORTED : questions[i].code;
        int64_t call_id = 0;

        assert_false(psrp_pool_expects_message(f.pool));
        assert_int_equal(questions[i].ask(f.pool, questions[i].number, &call_id, NULL), code);
        assert_int_equal(psrp_pool_expects_message(f.pool), code == ICM_OK);
        face_run(&f);
        face_assert_sent(&f, code == ICM_OK ? questions[i].sends : "");
        face_assert_events(&f, code == ICM_OK ? "availability " : "");
        if (code != ICM_OK)
            continue;
        assert_true(call_id > last);
        assert_int_equal(answered.call_id, call_id);
        assert_int_equal(answered.number, questions[i].answer);
        last = call_id;
    }
    face_reset(&f);
}

static void questions_need_an_open_pool(void **state)
{
    struct psrp_pool *pool = peers_pool_new(NULL);

    (void)state;
    assert_int_equal(psrp_pool_get_available(pool, NULL, NULL), ICM_STATE);
    assert_int_equal(SET_MAX(pool, 5, NULL, NULL), ICM_STATE);
    assert_int_equal(SET_MIN(pool, 1, NULL, NULL), ICM_STATE);
    assert_int_equal(psrp_pool_reset_runspace(pool, NULL, NULL), ICM_STATE);
    psrp_pool_free(pool);
}

#define AVAILABLE(value, id) "<Obj RefId=\"0\"><MS>" value "<I64 N=\"ci\">" id "</I64></MS></Obj>"
#define YES "<B N=\"SetMinMaxRunspacesResponse\">true</B>"
#define FIVE "<I32 N=\"SetMinMaxRunspacesResponse\">5</I32>"

/* GET_AVAILABLE_RUNSPACES is question 1, SET_MAX_RUNSPACES 2 */
static const struct answer_row {
    const char *name, *xml, *events;
} answers[] = {
    {"a number", AVAILABLE(FIVE, "1"), "availability "},
    {"a number in 64 bits", AVAILABLE("<I64 N=\"SetMinMaxRunspacesResponse\">5</I64>", "1"), "availability "},
    {"done", AVAILABLE(YES, "2"), "availability "},
    {"done where a number was asked for", AVAILABLE(YES, "1"), "pool=Broken(syntax) "},
    {"a number where nothing was", AVAILABLE(FIVE, "2"), "pool=Broken(syntax) "},
    {"fewer than none", AVAILABLE("<I32 N=\"SetMinMaxRunspacesResponse\">-1</I32>", "1"), "pool=Broken(syntax) "},
    {"nothing", AVAILABLE("", "1"), "pool=Broken(syntax) "},
    {"another question's", AVAILABLE(FIVE, "3"), "warned "},
    {"no question's", "<Obj RefId=\"0\"><MS>" FIVE "</MS></Obj>", "pool=Broken(syntax) "},
};

static void takes_answers(void **state)
{
    const struct answer_row *row = *state;
    struct psrp_pool *pool = peers_opened_pool("2.3");
    int64_t first, second;

    assert_int_equal(psrp_pool_get_available(pool, &first, NULL), ICM_OK);
    assert_int_equal(SET_MAX(pool, 5, &second, NULL), ICM_OK);
    assert_int_equal(first, 1);
    assert_int_equal(second, 2);
    peers_say(pool, NULL, PSRP_RUNSPACE_AVAILABILITY, row->xml);
    peers_assert_events(pool, row->events);
    if (strcmp(row->events, "availability ") == 0) { /* but once */
        peers_say(pool, NULL, PSRP_RUNSPACE_AVAILABILITY, row->xml);
        peers_assert_events(pool, "warned ");
    }
    psrp_pool_free(pool);
}

static void a_refusal_changes_no_number(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");

    (void)state;
    assert_int_equal(SET_MAX(pool, 5, NULL, NULL), ICM_OK);
    peers_say(pool, NULL, PSRP_RUNSPACE_AVAILABILITY, AVAILABLE("<B N=\"SetMinMaxRunspacesResponse\">false</B>", "1"));
    peers_assert_events(pool, "availability ");
    assert_int_equal(SET_MIN(pool, 3, NULL, NULL), ICM_USAGE);
    psrp_pool_free(pool);
}

/* MS-PSRP 2.2.2.12: nobody asks for a USER_EVENT. A pool that wants them is read on while it is open, and no longer. */
static void events_are_waited_for(void **state)
{
    const struct psrp_user_event stop = {.source = icm_slice_text("PSInternalRemoteDebuggerStopEvent"),
                                         .time = icm_slice_text("2026-11-26T00:00:00Z")};
    struct psrp_pool_options options = {.pool_id = peers_guid(POOL_ID),
                                        .protocol_version = "2.3",
                                        .is_encrypted = true,
                                        .apartment_state = PSRP_APARTMENT_UNKNOWN};
    struct face f;

    (void)state;
    for (int wanted = 0; wanted < 2; wanted++) {
        options.wants_events = wanted;
        face_begin(&f, &options);
        assert_false(psrp_pool_expects_message(f.pool));
        assert_int_equal(psrp_pool_open(f.pool, NULL), ICM_OK);
        face_run(&f);
        face_assert_events(&f, "pool=NegotiationSucceeded private-data pool=Opened ");
        assert_int_equal(psrp_pool_expects_message(f.pool), wanted);
        assert_int_equal(psrp_server_user_event(f.server, &stop, NULL), ICM_OK);
        face_run(&f);
        face_assert_events(&f, "user-event ");
        assert_int_equal(psrp_pool_expects_message(f.pool), wanted);
        psrp_pool_closed(f.pool);
        assert_false(psrp_pool_expects_message(f.pool));
        face_reset(&f);
    }
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(questions_need_an_open_pool),
        cmocka_unit_test(a_refusal_changes_no_number),
        cmocka_unit_test(events_are_waited_for),
    };
    struct CMUnitTest tests[ICM_COUNT(versions) + ICM_COUNT(answers) + ICM_COUNT(others)];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(versions); i++)
        tests[count++] =
            (struct CMUnitTest){versions[i], questions_are_answered, NULL, NULL, (void *)(uintptr_t)versions[i]};
    for (size_t i = 0; i < ICM_COUNT(answers); i++)
        tests[count++] =
            (struct CMUnitTest){answers[i].name, takes_answers, NULL, NULL, (void *)(uintptr_t)&answers[i]};
    for (size_t i = 0; i < ICM_COUNT(others); i++)
        tests[count++] = others[i];
    return cmocka_run_group_tests_name("a client's questions, MS-PSRP 2.2.2.8", tests, NULL, NULL);
}
