/* Lanes that share a loop share no connection and no more trust than they have in common: one security context for each
 * TCP connection, and a TLS session that one set of authorities vouched for is nothing to another one. */
#include "tests/wsman/lane_server.h"
#include "wsman/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LANES_MAX = 4 };

struct asker {
    struct wsman_lane *lane;
    unsigned done;
    enum icm_code code;
    char text[200];
};

struct apart {
    uv_loop_t loop;
    struct lane_server server;
    struct wsman_http *http;
    struct asker askers[LANES_MAX];
};

static void on_done(void *context, const struct wsman_exchange *exchange)
{
    struct asker *a = context;

    a->done++;
    a->code = exchange->code;
    snprintf(a->text, sizeof a->text, "%s", exchange->code != ICM_OK ? exchange->err->text : "");
}

static void start(struct apart *t, const char *mechanism)
{
    uv_loop_init(&t->loop);
    lane_server_start(&t->server, &t->loop, auth_mechanism_find(mechanism));
    assert_int_equal(wsman_http_new(&t->http, &t->loop, NULL), ICM_OK);
}

static void stop(struct apart *t)
{
    for (size_t i = 0; i < LANES_MAX; i++)
        wsman_lane_free(t->askers[i].lane);
    wsman_http_free(t->http);
    lane_server_stop(&t->server);
    uv_run(&t->loop, UV_RUN_DEFAULT);
    lane_server_reset(&t->server);
    assert_int_equal(uv_loop_close(&t->loop), 0);
}

/* @target: what is not said of whom and where */
static void add_lane(struct apart *t, size_t i, const char *user, struct wsman_target target)
{
    struct auth_credential credential = {.user = (char *)(uintptr_t)user};
    char url[64];

    icm_buf_add_text(&credential.password, strcmp(user, "tester") == 0 ? "Secret 1" : "Secret 2");
    snprintf(url, sizeof url, "%s://127.0.0.1:%u/wsman", t->server.is_tls ? "https" : "http", t->server.port);
    target.url = url;
    target.computer = "srv1";
    target.mechanism = t->server.mechanism;
    target.credential = &credential;
    assert_int_equal(wsman_lane_new(&t->askers[i].lane, t->http, &target, on_done, &t->askers[i], NULL), ICM_OK);
    icm_buf_reset(&credential.password);
}

static void ask(struct apart *t, size_t i)
{
    struct wsman_request request;

    assert_int_equal(wsman_shell_identify(t->server.peers.shell, &request, NULL), ICM_OK);
    assert_int_equal(wsman_lane_post(t->askers[i].lane, &request, NULL), ICM_OK);
}

static void wait_for(struct apart *t, size_t i, unsigned count)
{
    while (t->askers[i].done < count)
        uv_run(&t->loop, UV_RUN_ONCE);
    if (t->askers[i].code != ICM_OK)
        fail_msg("lane %zu: %s", i, t->askers[i].text);
}

static void is_of(const struct apart *t, unsigned connection, const char *user, unsigned bodies)
{
    const struct lane_connection *c = t->server.connections[connection];
    bool is_pinned = !auth_mechanism_has(t->server.mechanism, AUTH_PER_REQUEST);

    assert_string_equal(c->user, user);
    assert_int_equal(c->bodies, bodies);
    assert_int_equal(c->logons, is_pinned ? 1 : 0);
}

/* ---- connections ---- */

static const char *const mechanisms[] = {"Basic", "Ntlm"}; /* shown with each request; bound to the connection */

static void two_users_alternate(void **state)
{
    struct apart t = {0};

    start(&t, *state);
    add_lane(&t, 0, "tester", (struct wsman_target){0});
    add_lane(&t, 1, "other", (struct wsman_target){0});
    ask(&t, 0); /* both at once ... */
    ask(&t, 1);
    wait_for(&t, 0, 1);
    wait_for(&t, 1, 1);
    bool is_first = strcmp(t.server.connections[0]->user, "tester") == 0;
    for (unsigned n = 2; n <= 4; n++) { /* ... and each while the other one's connection is free, in both orders */
        ask(&t, n % 2);
        wait_for(&t, n % 2, n / 2 + 1);
    }
    assert_int_equal(t.server.connection_count, 2);
    is_of(&t, is_first ? 0 : 1, "tester", 3);
    is_of(&t, is_first ? 1 : 0, "other", 2);
    stop(&t);
}

/* one lane's connection is gone; the other's is free, and stays whose it is */
static void a_dropped_connection_is_made_anew(void **state)
{
    struct apart t = {0};

    start(&t, *state);
    add_lane(&t, 0, "tester", (struct wsman_target){0});
    add_lane(&t, 1, "other", (struct wsman_target){0});
    for (size_t i = 0; i < 2; i++) {
        ask(&t, i);
        wait_for(&t, i, 1);
    }
    lane_server_hang_up(t.server.connections[0]);
    for (int i = 0; i < 3; i++)
        uv_run(&t.loop, UV_RUN_NOWAIT);
    ask(&t, 0);
    wait_for(&t, 0, 2);
    ask(&t, 1);
    wait_for(&t, 1, 2);
    assert_int_equal(t.server.connection_count, 3);
    is_of(&t, 0, "tester", 1);
    is_of(&t, 1, "other", 2);
    is_of(&t, 2, "tester", 1);
    stop(&t);
}

/* its connection goes with the lane: nobody else gets it */
static void a_freed_lane_leaves_nothing(void **state)
{
    struct apart t = {0};

    start(&t, *state);
    for (size_t i = 0; i < 2; i++) {
        add_lane(&t, i, i == 0 ? "tester" : "other", (struct wsman_target){0});
        ask(&t, i);
        wait_for(&t, i, 1);
    }
    wsman_lane_free(t.askers[0].lane);
    t.askers[0].lane = NULL;
    for (size_t i = 2; i < 4; i++) {
        add_lane(&t, i, i == 2 ? "other" : "tester", (struct wsman_target){0});
        ask(&t, i);
        wait_for(&t, i, 1);
    }
    assert_int_equal(t.server.connection_count, 4);
    assert_true(t.server.connections[0]->is_closing);
    is_of(&t, 0, "tester", 1);
    is_of(&t, 1, "other", 1);
    is_of(&t, 2, "other", 1);
    is_of(&t, 3, "tester", 1);
    stop(&t);
}

/* ---- what one lane's end brings with it ---- */

static void free_all(void *context, const struct wsman_exchange *exchange)
{
    struct apart *t = context;

    assert_int_equal(exchange->code, ICM_OK);
    assert_true(icm_slice_is(exchange->reply->product_vendor, "icm"));
    for (size_t i = 0; i < 2; i++) {
        wsman_lane_free(t->askers[i].lane);
        t->askers[i].lane = NULL;
    }
    wsman_http_free(t->http);
    t->http = NULL;
}

static void all_may_be_freed_inside_done(void **state)
{
    struct apart t = {0};

    start(&t, *state);
    for (size_t i = 0; i < 2; i++) {
        add_lane(&t, i, "tester", (struct wsman_target){0});
        wsman_lane_assign(t.askers[i].lane, free_all, &t);
        ask(&t, i);
    }
    while (t.http)
        uv_run(&t.loop, UV_RUN_ONCE);
    stop(&t);
}

/* ---- trust ---- */

static void write_file(char *path, struct icm_slice text)
{
    int file = mkstemp(path);

    assert_true(file >= 0);
    assert_int_equal(write(file, text.data, text.size), text.size);
    close(file);
}

struct trust {
    struct tls_identity server, another;
    char right[32], wrong[32]; /* files of authorities */
};

static void trust_init(struct trust *t)
{
    *t = (struct trust){.right = "/tmp/icm-right-XXXXXX", .wrong = "/tmp/icm-wrong-XXXXXX"};
    tls_identity_make(&t->server, "EC");
    tls_identity_make(&t->another, "EC");
    write_file(t->right, icm_buf_slice(&t->server.certificate));
    write_file(t->wrong, icm_buf_slice(&t->another.certificate));
}

static void trust_reset(struct trust *t)
{
    unlink(t->right);
    unlink(t->wrong);
    tls_identity_reset(&t->server);
    tls_identity_reset(&t->another);
}

static void is_denied(struct apart *t, size_t i, struct wsman_target target)
{
    add_lane(t, i, "tester", target);
    ask(t, i);
    while (t->askers[i].done < 1)
        uv_run(&t->loop, UV_RUN_ONCE);
    assert_int_equal(t->askers[i].code, ICM_TLS);
}

/* who is denied takes nothing from those who are let in, and gets nothing from them: no store, no session */
static void trust_apart(struct wsman_target right, struct wsman_target wrong, const struct trust *trust, int version)
{
    struct apart t = {0};

    start(&t, "Basic");
    lane_server_use_tls(&t.server, &trust->server, version);
    is_denied(&t, 0, wrong);
    add_lane(&t, 1, "tester", right);
    for (unsigned n = 1; n <= 2; n++) { /* TLS 1.3 has its tickets behind the handshake */
        ask(&t, 1);
        wait_for(&t, 1, n);
    }
    is_denied(&t, 2, wrong);
    assert_int_equal(t.server.bodies, 2);
    assert_int_equal(t.server.connection_count, 3);
    for (unsigned i = 0; i < 2; i++) /* the third may resume the first one's, and is denied even so */
        assert_false(tls_peer_is_resumed(t.server.connections[i]->tls));
    stop(&t);
}

/* the same trust: a session that one lane has made serves the next one, but not the one that shows a certificate */
static void the_same_trust_resumes(void **state)
{
    struct trust trust;
    struct apart t = {0};
    char own[] = "/tmp/icm-own-XXXXXX";
    struct icm_buf text = {0};

    trust_init(&trust);
    icm_buf_add(&text, icm_buf_slice(&trust.another.certificate));
    icm_buf_add(&text, icm_buf_slice(&trust.another.key));
    write_file(own, icm_buf_slice(&text));
    const struct wsman_target target = {.ca_file = trust.right, .skip_cn_check = true};
    struct wsman_target shows = target;
    shows.certificate = own;
    start(&t, "Basic");
    lane_server_use_tls(&t.server, &trust.server, *(const int *)*state);
    add_lane(&t, 0, "tester", target);
    add_lane(&t, 1, "other", target);
    add_lane(&t, 2, "tester", shows);
    for (size_t i = 0; i < 3; i++) {
        ask(&t, i);
        wait_for(&t, i, 1);
    }
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(tls_peer_is_resumed(t.server.connections[i]->tls), i == 1);
    is_of(&t, 0, "tester", 1);
    is_of(&t, 1, "other", 1);
    stop(&t);
    unlink(own);
    icm_buf_reset(&text);
    trust_reset(&trust);
}

static void other_authorities_decide_for_themselves(void **state)
{
    int version = *(const int *)*state;
    struct trust trust;

    trust_init(&trust);
    trust_apart((struct wsman_target){.ca_file = trust.right, .skip_cn_check = true},
                (struct wsman_target){.ca_file = trust.wrong, .skip_cn_check = true}, &trust, version);
    trust_reset(&trust);
}

static void what_was_not_checked_is_not_trusted(void **state)
{
    int version = *(const int *)*state;
    struct trust trust;

    trust_init(&trust);
    trust_apart((struct wsman_target){.skip_ca_check = true, .skip_cn_check = true},
                (struct wsman_target){.ca_file = trust.wrong, .skip_cn_check = true}, &trust, version);
    trust_apart((struct wsman_target){.ca_file = trust.right, .skip_cn_check = true},
                (struct wsman_target){.ca_file = trust.right}, &trust, version); /* it names somebody else */
    trust_reset(&trust);
}

int main(void)
{
    static const struct {
        const char *name;
        CMUnitTestFunction test;
    } cases[] = {
        {"two users alternate", two_users_alternate},
        {"a dropped connection is made anew", a_dropped_connection_is_made_anew},
        {"a freed lane leaves nothing", a_freed_lane_leaves_nothing},
        {"all may be freed inside done", all_may_be_freed_inside_done},
    };
    static int versions[] = {0, TLS1_2_VERSION}; /* sessions by ticket, and by number */
    const struct CMUnitTest trusts[] = {
        cmocka_unit_test_prestate(other_authorities_decide_for_themselves, &versions[0]),
        cmocka_unit_test_prestate(other_authorities_decide_for_themselves, &versions[1]),
        cmocka_unit_test_prestate(what_was_not_checked_is_not_trusted, &versions[0]),
        cmocka_unit_test_prestate(what_was_not_checked_is_not_trusted, &versions[1]),
        cmocka_unit_test_prestate(the_same_trust_resumes, &versions[0]),
        cmocka_unit_test_prestate(the_same_trust_resumes, &versions[1]),
    };
    struct CMUnitTest tests[ICM_COUNT(cases) * ICM_COUNT(mechanisms)];

    for (size_t i = 0; i < ICM_COUNT(tests); i++)
        tests[i] = (struct CMUnitTest){.name = cases[i / 2].name,
                                       .test_func = cases[i / 2].test,
                                       .initial_state = (void *)(uintptr_t)mechanisms[i % 2]};
    return cmocka_run_group_tests_name("lanes beside each other", tests, NULL, NULL) +
           cmocka_run_group_tests_name("lanes and whom they trust", trusts, NULL, NULL);
}
