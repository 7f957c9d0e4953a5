#include "tests/wsman/lane_client.h"

#include <stdio.h>
#include <string.h>

static void on_done(void *context, const struct wsman_exchange *exchange)
{
    struct lane_client *c = context;

    uv_stop(&c->loop); /* it may come from a timer, behind which the loop would still wait for sockets */
    c->done++;
    c->code = exchange->code;
    c->status = exchange->status;
    snprintf(c->text, sizeof c->text, "%s", exchange->code != ICM_OK ? exchange->err->text : "");
    snprintf(c->body, sizeof c->body, "%.*s", (int)(exchange->body.size < 100 ? exchange->body.size : 100),
             exchange->body.size > 0 ? (const char *)exchange->body.data : "");
    if (exchange->code == ICM_OK)
        assert_true(icm_slice_is(exchange->reply->product_vendor, "icm"));
}

void lane_client_start(struct lane_client *c, const struct auth_mechanism *mechanism, const char *password)
{
    char url[64];

    uv_loop_init(&c->loop);
    lane_server_start(&c->server, &c->loop, mechanism);
    c->credential.user = strdup("tester");
    icm_buf_add_text(&c->credential.password, password);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/wsman", c->server.port);
    struct wsman_target target = {.url = url, .computer = "srv1", .mechanism = mechanism, .credential = &c->credential};
    assert_int_equal(wsman_http_new(&c->http, &c->loop, NULL), ICM_OK);
    assert_int_equal(wsman_lane_new(&c->lane, c->http, &target, on_done, c, NULL), ICM_OK);
    wsman_lane_keep_body(c->lane, true);
    auth_credential_reset(&c->credential); /* the lane has a copy */
}

void lane_client_stop(struct lane_client *c)
{
    wsman_lane_free(c->lane);
    wsman_http_free(c->http);
    lane_server_stop(&c->server);
    uv_run(&c->loop, UV_RUN_DEFAULT);
    lane_server_reset(&c->server);
    assert_int_equal(uv_loop_close(&c->loop), 0);
}

void lane_client_post(struct lane_client *c, enum wsman_operation operation)
{
    struct wsman_request request;

    assert_int_equal(wsman_shell_identify(c->server.peers.shell, &request, NULL), ICM_OK);
    request.operation = operation;
    assert_int_equal(wsman_lane_post(c->lane, &request, NULL), ICM_OK);
}

void lane_client_run(struct lane_client *c, unsigned count)
{
    while (c->done < count)
        uv_run(&c->loop, UV_RUN_ONCE);
}
