/* A remote shell, the client's role, pure: envelopes out, replies in. MS-WSMV 3.1.4.5, 3.1.4.11 to .17;
 * MS-PSRP 3.1.5.3. And what is asked of a computer without a shell: its shells, their commands, the service's
 * configuration. DSP0226 7, 8. */
#ifndef WSMAN_SHELL_H
#define WSMAN_SHELL_H

#include "base/text.h"
#include "wsman/message.h"

enum wsman_operation {
    WSMAN_IDENTIFY, WSMAN_CREATE, WSMAN_COMMAND, WSMAN_SEND, WSMAN_RECEIVE, WSMAN_SIGNAL, WSMAN_DELETE,
    WSMAN_DISCONNECT, WSMAN_RECONNECT, WSMAN_CONNECT,
    WSMAN_GET_CONFIG, WSMAN_GET_SHELL, WSMAN_ENUMERATE, WSMAN_PULL, WSMAN_RELEASE,
    WSMAN_OPERATION_COUNT
};

struct wsman_variable {
    const char *name, *value;
};

struct wsman_shell_options {
    const char *url;           /* the To header */
    const char *resource_uri;  /* NULL: Microsoft.PowerShell; WSMAN_RESOURCE_CMD: a command shell */
    const char *name;          /* NULL: none */
    const char *locale;        /* the language of texts, "de-DE"; NULL: en-US. MS-WSMV 2.2.4.16 */
    const char *data_locale;   /* how numbers and times are written; NULL: as @locale. MS-WSMV 2.2.4.9 */
    struct icm_guid shell_id;  /* asked for; the server's answer counts */
    int64_t idle_timeout_ms;   /* 0: the server's default */
    uint32_t operation_timeout_ms, receive_timeout_ms; /* 0: limits.h */
    bool no_machine_profile;
    bool use_utf16; /* of envelopes: twice as many bytes, so half as much in each */
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
enum icm_code wsman_shell_new(struct wsman_shell **out, const struct wsman_shell_options *options,
                              struct icm_error *err);
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

/* Each makes one request. @command_id NULL: the shell's own. ICM_LIMIT: the payload is over wsman_shell_payload_max.
 * ICM_STATE: no shell has been created. A command's id is the one asked for; wsman_shell_take learns another that the
 * server gave. */
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

/** The Command of a command shell. The server gives the command its id, which stands in the answer. ICM_LIMIT: the line
 * does not fit an envelope. */
enum icm_code wsman_shell_command_line(struct wsman_shell *s, const struct wsman_command_line *line,
                                       struct wsman_request *out, struct icm_error *err);
enum icm_code wsman_shell_delete(struct wsman_shell *s, struct wsman_request *out, struct icm_error *err);

/** What the server does with output that nobody takes, when it has no more room: let the command wait, or drop the
 * oldest. MS-WSMV 2.2.4.37 */
enum wsman_buffer_mode { WSMAN_BUFFER_UNSAID, WSMAN_BUFFER_BLOCK, WSMAN_BUFFER_DROP };

/** How a shell is left. */
struct wsman_leaving {
    int64_t idle_timeout_ms; /* how long it outlives us; 0: as it was said when it was created */
    enum wsman_buffer_mode buffer_mode;
};

/** Leave the shell, which lives on with its commands. Its Receives that wait end with a fault. ICM_STATE as above.
 *  MS-WSMV 3.1.4.15 */
enum icm_code wsman_shell_disconnect(struct wsman_shell *s, const struct wsman_leaving *how, struct wsman_request *out,
                                     struct icm_error *err);

/** Come back to a shell that we left (the server knows us by our session id), or to a command of it. MS-WSMV 3.1.4.16
 */
enum icm_code wsman_shell_reconnect(struct wsman_shell *s, const char *command_id, struct wsman_request *out,
                                    struct icm_error *err);

/** In place of create: take over the shell of the id in the options, which somebody left; @payload is connectXml. The
 *  answer's payload is connectResponseXml. ICM_LIMIT: it does not fit one envelope, and there is no second one.
 * ICM_STATE: the options name no shell, or one is open already. MS-WSMV 3.1.4.17 */
enum icm_code wsman_shell_connect(struct wsman_shell *s, struct icm_slice payload, struct wsman_request *out,
                                  struct icm_error *err);

/** Take over one of its commands. */
enum icm_code wsman_shell_connect_command(struct wsman_shell *s, const char *command_id, struct wsman_request *out,
                                          struct icm_error *err);

/** Ask for the service's configuration, which administrators may see. wsman_shell_take learns from it how large
 * envelopes may be; a refusal is an ICM_FAULT of take's and changes nothing. MS-WSMV 3.1.4.2 */
enum icm_code wsman_shell_get_config(struct wsman_shell *s, struct wsman_request *out, struct icm_error *err);

/** Ask for the state of our own shell: the answer's @shell. */
enum icm_code wsman_shell_get(struct wsman_shell *s, struct wsman_request *out, struct icm_error *err);

/** What is listed: the user's shells on that computer, or the commands of one shell. */
struct wsman_listing {
    const char *shell_id;  /* NULL: shells */
    uint32_t max_elements; /* of one answer; 0: 32000, the service's own limit */
    bool is_plain;         /* not optimized: the first answer has a context and no items */
};

/** Ask for the first items, for more (where the answer before did not say that it is the end), or tell that no more are
 *  wanted. @context is that answer's enumeration_context. No shell is needed. DSP0226 8 */
enum icm_code wsman_shell_enumerate(struct wsman_shell *s, const struct wsman_listing *listing,
                                    struct wsman_request *out, struct icm_error *err);
enum icm_code wsman_shell_pull(struct wsman_shell *s, const struct wsman_listing *listing, struct icm_slice context,
                               struct wsman_request *out, struct icm_error *err);
enum icm_code wsman_shell_release(struct wsman_shell *s, const struct wsman_listing *listing, struct icm_slice context,
                                  struct wsman_request *out, struct icm_error *err);

/** Judge the reply to @request: a fault is ICM_FAULT (a Receive's operation time-out, 2150858793, is ICM_AGAIN: ask
 * again); a wrong RelatesTo, a body that does not answer the request, or another action is ICM_SYNTAX. Learns the shell
 * id from Create.
 *  @status is HTTP's. */
enum icm_code wsman_shell_take(struct wsman_shell *s, const struct wsman_request *request, unsigned status,
                               const struct wsman_message *reply, struct icm_error *err);

/** The shell's id as the server gave it, or NULL before that. */
const char *wsman_shell_id(const struct wsman_shell *s);

/** How many bytes (before base64) a request of @operation can carry, headers and all within the envelope's limit. */
size_t wsman_shell_payload_max(const struct wsman_shell *s, enum wsman_operation operation);

/** From now on envelopes of up to @bytes: WSMAN_ENVELOPE_LATER once the server has shown protocol 2.2. Nothing changes
 * where the service's configuration has said it. */
void wsman_shell_set_envelope_max(struct wsman_shell *s, uint32_t bytes);

/** "Create" …, for messages to people. */
const char *wsman_operation_name(enum wsman_operation operation);

#endif
