/* A lane, the server that it talks to, and how its last exchange went. */
#ifndef TESTS_WSMAN_LANE_CLIENT_H
#define TESTS_WSMAN_LANE_CLIENT_H

#include "tests/wsman/lane_server.h"
#include "wsman/http_state.h"

struct lane_client {
    uv_loop_t loop;
    struct lane_server server;
    struct wsman_http *http;
    struct wsman_lane *lane;
    struct auth_credential credential;
    unsigned done;
    enum icm_code code;
    unsigned status;
    char text[400];
    char body[200];
};

/** As "tester" over http. */
void lane_client_start(struct lane_client *c, const struct auth_mechanism *mechanism, const char *password);
void lane_client_stop(struct lane_client *c);

/** What may be sent twice is decided by @operation. */
void lane_client_post(struct lane_client *c, enum wsman_operation operation);
void lane_client_run(struct lane_client *c, unsigned count); /* until so many exchanges are done */

#endif
