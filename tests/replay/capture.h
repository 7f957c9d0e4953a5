/* Recorded exchanges with real servers: a file of ../shared/captures, or of another folder of the same form, in memory.
 * The form is captures/README.md's: a line with what the recording is, then one line for each exchange, or for each
 * HTTP message. */
#ifndef TESTS_REPLAY_CAPTURE_H
#define TESTS_REPLAY_CAPTURE_H

#include "base/buf.h"

/* What is to be expected at an element, where ids are put in place elsewhere: "overrides". */
struct replay_override {
    struct icm_buf path; /* s:Body/rsp:Receive/rsp:DesiredStream */
    struct icm_buf name; /* an attribute's; empty: the element's text */
    struct icm_buf value;
};

/* One exchange, or one HTTP message of a file of wire/. */
struct replay_row {
    bool has_request;  /* false: an answer without its request (fragments_responses) */
    bool has_response; /* false: no answer came */
    struct icm_buf request, response;
    unsigned status;                         /* 0: no answer came */
    struct icm_buf url;                      /* as its recorder saw it; often empty */
    struct icm_buf request_line;             /* "POST /wsman HTTP/1.1" */
    struct icm_buf request_headers, headers; /* "Name: value", a line each */
    struct icm_buf note, source, server;     /* of this row alone */
    unsigned connection;
    double begun_s, took_s; /* t and dt; both 0 where nobody took the time */
    uint32_t delay_ms;      /* the answer is to come late */
    struct replay_override *overrides;
    size_t override_count;

    /* of wire/ */
    bool is_from_server, is_truncated, has_lost;
    struct icm_buf head, body;
};

struct replay_capture {
    char *path; /* of the file … */
    char *name; /* … and its last part, without .jsonl */
    struct icm_buf scenario, category, server, endpoint, flow, note;
    struct icm_buf client, script, client_output; /* of omi/: who recorded, what it ran, what it printed */
    bool is_timed; /* rows have t and dt, and a row without an answer was given up, not cut */
    struct replay_row *rows;
    size_t row_count;
};

/** Read one file. ICM_IO: it cannot be read. ICM_SYNTAX: it is not of the form. */
enum icm_code replay_capture_read(struct replay_capture **out, const char *path, struct icm_error *err);
void replay_capture_free(struct replay_capture *c); /* NULL is fine */

/** The paths of all files "*.jsonl" in @folder and its folders omi and wire, sorted: NULL-ended. NULL: there is no such
 * folder. */
char **replay_capture_list(const char *folder);
void replay_capture_list_free(char **paths);

/** Where captures are: what the environment's ICM_CAPTURES names, or ../shared/captures beside the sources. */
const char *replay_capture_folder(void);

#endif
