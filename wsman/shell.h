/* A remote shell, the client's role, pure: envelopes out, replies in. MS-WSMV 3.1.4.5, 3.1.4.11 to .14; MS-PSRP 3.1.5.3. */
#ifndef WSMAN_SHELL_H
#define WSMAN_SHELL_H

#include "base/text.h"
#include "wsman/message.h"

enum wsman_operation {
    WSMAN_IDENTIFY, WSMAN_CREATE, WSMAN_COMMAND, WSMAN_SEND, WSMAN_RECEIVE, WSMAN_SIGNAL, WSMAN_DELETE,
    WSMAN_OPERATION_COUNT
};

struct wsman_variable {
    const char *name, *value;
};

struct wsman_shell_options {
    const char *url;           /* the To header */
    const char *resource_uri;  /* NULL: Microsoft.PowerShell; WSMAN_RESOURCE_CMD: a command shell */
    const char *name;          /* NULL: none */
    const char *locale;        /* NULL: en-US */
    struct icm_guid shell_id;  /* asked for; the server's answer counts */
    int64_t idle_timeout_ms;   /* 0: the server's default */
    uint32_t operation_timeout_ms, receive_timeout_ms; /* 0: limits.h */
    bool no_machine_profile;
    /* of a command shell */
    const struct wsman_variable *environment; /* borrowed for the shell's life */
    size_t environment_count;
    const char *working_directory; /* NULL: the user's home */
    uint32_t code_page;            /* of all streams' bytes; 0: the server's default */
};

/** What a command shell is to run. Borrowed. */
struct wsman_command_line {
    const char *command;
    const char *const *arguments;
    size_t argument_count;
    bool console_stdin;   /* its standard input is meant to be a console, not a pipe */
    bool skips_cmd_shell; /* the command is a program, not a line for cmd.exe */
};

struct wsman_shell;
enum icm_code wsman_shell_new(struct wsman_shell **out, const struct wsman_shell_options *options, struct icm_error *err);
void wsman_shell_free(struct wsman_shell *s);

/** A request that is ready to be sent. */
struct wsman_request {
    enum wsman_operation operation;
    char message_id[46];
    struct icm_buf envelope;
    uint32_t timeout_ms; /* how long the server may take: the HTTP time-out is this plus WSMAN_NETWORK_DELAY_MS */
    uint32_t reply_max;  /* bytes that the answer may have */
};
void wsman_request_reset(struct wsman_request *r);

/* Each makes one request. @command_id NULL: the shell's own. ICM_LIMIT: the payload is over wsman_shell_payload_max. ICM_STATE: no
 * shell has been created. A command's id is the one asked for; wsman_shell_take learns another that the server gave. */
enum icm_code wsman_shell_identify(struct wsman_shell *s, struct wsman_request *out, struct icm_error *err);
enum icm_code wsman_shell_create(struct wsman_shell *s, struct icm_slice creation_payload, struct wsman_request *out,
                                 struct icm_error *err);
enum icm_code wsman_shell_command(struct wsman_shell *s, const struct icm_guid *command_id, struct icm_slice command,
                                  struct icm_slice arguments, struct wsman_request *out, struct icm_error *err);
enum icm_code wsman_shell_send(struct wsman_shell *s, const char *command_id, const char *stream,
                               struct icm_slice bytes, struct wsman_request *out, struct icm_error *err);

/** The last Send of @stream: its end goes with @bytes, which may be empty. */
enum icm_code wsman_shell_send_last(struct wsman_shell *s, const char *command_id, const char *stream,
                                    struct icm_slice bytes, struct wsman_request *out, struct icm_error *err);
enum icm_code wsman_shell_receive(struct wsman_shell *s, const char *command_id, struct wsman_request *out,
                                  struct icm_error *err);
enum icm_code wsman_shell_signal(struct wsman_shell *s, const char *command_id, const char *code,
                                 struct wsman_request *out, struct icm_error *err);

/** The Command of a command shell. The server gives the command its id, which stands in the answer. ICM_LIMIT: the line does not fit
 *  an envelope. */
enum icm_code wsman_shell_command_line(struct wsman_shell *s, const struct wsman_command_line *line,
                                       struct wsman_request *out, struct icm_error *err);
enum icm_code wsman_shell_delete(struct wsman_shell *s, struct wsman_request *out, struct icm_error *err);

/** Judge the reply to @request: a fault is ICM_FAULT (a Receive's operation time-out, 2150858793, is ICM_AGAIN: ask again); a wrong
 *  RelatesTo, a body that does not answer the request, or another action is ICM_SYNTAX. Learns the shell id from Create.
 *  @status is HTTP's. */
enum icm_code wsman_shell_take(struct wsman_shell *s, const struct wsman_request *request, unsigned status,
                               const struct wsman_message *reply, struct icm_error *err);

/** The shell's id as the server gave it, or NULL before that. */
const char *wsman_shell_id(const struct wsman_shell *s);

/** How many bytes (before base64) a request of @operation can carry, headers and all within the envelope's limit. */
size_t wsman_shell_payload_max(const struct wsman_shell *s, enum wsman_operation operation);

/** From now on envelopes of up to @bytes: WSMAN_ENVELOPE_LATER once the server has shown protocol 2.2. */
void wsman_shell_set_envelope_max(struct wsman_shell *s, uint32_t bytes);

/** "Create" …, for messages to people. */
const char *wsman_operation_name(enum wsman_operation operation);

#endif
