/* An envelope as a flat list: the path of each element and attribute, in order, and its text. What is to be compared,
 * looked up or told is a path; prefixes, white space and the order of attributes are gone. */
#ifndef TESTS_REPLAY_REQUEST_H
#define TESTS_REPLAY_REQUEST_H

#include "base/arena.h"

/* "s:Header/w:SelectorSet/w:Selector[ShellId]", "s:Body/rsp:Signal@CommandId" */
struct replay_field {
    const char *path;
    struct icm_slice value;
};

struct replay_envelope {
    struct icm_arena arena;
    struct replay_field *fields;
    size_t count;
    bool is_whole; /* false: it is no well-formed XML, and @fields is what came before that was found */
};

/** Take @text apart; a malformed one is no failure. */
enum icm_code replay_envelope_read(struct replay_envelope *out, struct icm_slice text, struct icm_error *err);
void replay_envelope_reset(struct replay_envelope *e);

/** The value at @path, the first where there are several; no data: there is none. */
struct icm_slice replay_envelope_get(const struct replay_envelope *e, const char *path);

/** How many there are, and the @nth (from 0). */
size_t replay_envelope_count(const struct replay_envelope *e, const char *path);
struct icm_slice replay_envelope_nth(const struct replay_envelope *e, const char *path, size_t nth);

/* What a request is about. Texts are the envelope's. */
enum replay_operation {
    REPLAY_UNKNOWN,
    REPLAY_IDENTIFY,
    REPLAY_CREATE,
    REPLAY_COMMAND,
    REPLAY_SEND,
    REPLAY_RECEIVE,
    REPLAY_SIGNAL,
    REPLAY_DELETE,
    REPLAY_DISCONNECT,
    REPLAY_RECONNECT,
    REPLAY_CONNECT,
    REPLAY_ENUMERATE,
    REPLAY_PULL,
    REPLAY_GET,
    REPLAY_OPERATION_COUNT
};
struct replay_request {
    struct replay_envelope envelope;
    enum replay_operation operation;
    struct icm_slice action, resource_uri, message_id;
    struct icm_slice shell_id;   /* the selector */
    struct icm_slice asked_id;   /* of the shell that Create asks for */
    struct icm_slice command_id; /* no data: the shell's own */
    struct icm_slice signal;
    bool is_powershell;     /* of the resource: what it carries is fragments */
    struct icm_buf payload; /* decoded: creationXml, connectXml, Arguments of PowerShell, Send's streams */
};
enum icm_code replay_request_read(struct replay_request *out, struct icm_slice text, struct icm_error *err);
void replay_request_reset(struct replay_request *r);

/** "Create" …; "?" for what is unknown. */
const char *replay_operation_name(enum replay_operation operation);

/** Whether a signal's code stops what runs (either spelling of it), or ends what has ended. */
bool replay_signal_is_stop(struct icm_slice code);

#endif
