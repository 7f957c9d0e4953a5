/* One pipeline of the synthetic engine: a script of words that are parted by `;`, run piece by piece on a server's pool. It waits for
 * nothing itself: it says what it needs to go on.
 *
 *     echo TEXT             TEXT as output          error, warning, verbose, debug, information, progress TEXT    a record
 *     emit COUNT SIZE       COUNT strings of SIZE   throw TEXT    the pipeline fails with TEXT
 *     sleep MS              nothing for that long   input         its input as output, to its end      args    its arguments
 *     secure TEXT           TEXT as a SecureString  event NAME    a user event of the source NAME
 *     host METHOD TEXT      a call of the client's host, whose answer is output: write TEXT, read-line, read-secure, prompt NAME…,
 *                           choice LABEL…, credential NAME, name */
#ifndef CLI_ENDPOINT_SCRIPT_H
#define CLI_ENDPOINT_SCRIPT_H

#include "psrp/server.h"

enum {
    ENDPOINT_SCRIPT_ROOM = 256 * 1024, /* bytes that may wait in the server before a script pauses */
    ENDPOINT_SCRIPT_INPUT_MAX = 1024 * 1024, /* bytes of input that may wait before whoever sends it does */
};

struct endpoint_script;

/** From a PSRP_SERVER_PIPELINE event, which is the script's afterwards (and empty). */
enum icm_code endpoint_script_new(struct endpoint_script **out, struct psrp_server_event *event,
                                  struct icm_error *err);
void endpoint_script_free(struct endpoint_script *s);

const struct icm_guid *endpoint_script_id(const struct endpoint_script *s);

/** A PSRP_SERVER_INPUT event, which is the script's afterwards (and empty); or the end of the input. */
enum icm_code endpoint_script_input(struct endpoint_script *s, struct psrp_server_event *event, struct icm_error *err);
void endpoint_script_end_input(struct endpoint_script *s);

/** A PSRP_SERVER_HOST_RESPONSE event, which is the script's afterwards (and empty). */
void endpoint_script_answer(struct endpoint_script *s, struct psrp_server_event *event);

/** Whether so much input waits that its sender should. */
bool endpoint_script_is_full(const struct endpoint_script *s);

/** From now on it does nothing but end as Stopped. */
void endpoint_script_stop(struct endpoint_script *s);

enum endpoint_script_state {
    ENDPOINT_SCRIPT_ENDED,      /* its PIPELINE_STATE is on the server */
    ENDPOINT_SCRIPT_NEEDS_ROOM, /* the server has enough to give out */
    ENDPOINT_SCRIPT_NEEDS_INPUT,
    ENDPOINT_SCRIPT_NEEDS_TIME, /* until @wake_ms */
    ENDPOINT_SCRIPT_NEEDS_ANSWER, /* of the client: of its host, or its public key */
};

/** Go on as far as it can. */
enum icm_code endpoint_script_run(struct endpoint_script *s, struct psrp_server *server, int64_t now_ms,
                                  enum endpoint_script_state *state, int64_t *wake_ms, struct icm_error *err);

#endif
