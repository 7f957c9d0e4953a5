/* The endpoint's role, pure: requests in; replies, faults and events out. It owns no socket and no clock: the caller
 * says what time it is (any monotonic milliseconds). MS-WSMV 3.1.4, 3.1.5. */
#ifndef WSMAN_SERVICE_H
#define WSMAN_SERVICE_H

#include "base/text.h"
#include "wsman/message.h"

struct wsman_service_options {
    uint32_t max_envelope_size; /* 0: WSMAN_ENVELOPE_LATER; what a request may have, and an answer at the most */
    uint32_t max_shells;        /* 0: 1000 */
    uint32_t max_commands;      /* of one shell; 0: 1000 */
    uint32_t idle_timeout_ms;   /* of a shell whose client wishes for none; 0: two hours. Then it is deleted */
    uint32_t max_idle_timeout_ms; /* the longest that a client may wish for; 0: what Windows allows, 25 days */
    uint32_t dropped_bytes; /* output that waits in a shell that was left with BufferMode Drop: over it the oldest goes;
                               0: 1 MB */
    bool has_cmd;               /* command shells are offered beside PowerShell's */
    uint32_t linger_ms;         /* how long an answer waits for more output to fill it; see wsman_service_output */
    const char *product_vendor, *product_version; /* Identify */

    /* Asked about each request whose action is known, before it is looked at any closer. Not 0: it is answered with a
     * fault of that code and not carried out. May be NULL: for endpoints that fail on purpose. */
    uint32_t (*judge)(void *context, uint64_t request, const char *action);
    void *judge_context;

    /* The address of the client of a request, or NULL: it is told back (ClientIP). May be NULL. */
    const char *(*address)(void *context, uint64_t request);
    void *address_context;
};

struct wsman_service;
enum icm_code wsman_service_new(struct wsman_service **out, const struct wsman_service_options *options,
                                struct icm_error *err);
void wsman_service_free(struct wsman_service *s);

/** One HTTP request's body. @request is the caller's name for it, not 0, never used twice. @user is who was
 * authenticated, "" for nobody: nobody may only Identify. An answer comes by wsman_service_next_answer, at once or
 * later. */
void wsman_service_request(struct wsman_service *s, uint64_t request, const char *user, struct icm_slice envelope,
                           int64_t now_ms);

/** The connection of @request, which waits for its answer, is gone. */
void wsman_service_hung_up(struct wsman_service *s, uint64_t request);

/** An answer to give. */
struct wsman_answer {
    uint64_t request;
    unsigned status; /* 200, or 500 with a fault */
    struct icm_buf body;
};
enum icm_code wsman_service_next_answer(struct wsman_service *s, struct wsman_answer *out, struct icm_error *err);

/** Whether the answer to @request was given to a live connection. The output in it is only dropped now; where it was
 * not taken it is kept and goes with the next Receive. */
void wsman_service_taken(struct wsman_service *s, uint64_t request, bool taken);

enum wsman_service_event_type {
    WSMAN_SERVICE_CREATE, /* a shell is asked for; @payload is creationXml, @start a command shell's. Answer with accept
                             or refuse */
    WSMAN_SERVICE_COMMAND, /* @command_id, @payload are the Arguments, @line a command shell's. Answer with accept or
                              refuse */
    WSMAN_SERVICE_SEND,    /* @stream, @payload, @is_last. Answer with accept when it has been taken in */
    WSMAN_SERVICE_SIGNAL,  /* @signal. Answer with accept */
    WSMAN_SERVICE_CONNECT, /* somebody (of the same user) takes over a shell that was left; @payload is connectXml.
                            * Answer with accept_connect or refuse */
    WSMAN_SERVICE_DELETE, /* the shell is gone for its clients; answer with accept; free what belongs to it. @request 0:
                           * nobody asked, but nobody heard that it was created either */
};

enum wsman_service_signal { WSMAN_SERVICE_TERMINATE, WSMAN_SERVICE_CTRL_C, WSMAN_SERVICE_CTRL_BREAK };

/** How a shell is to be, and what a command shell is to run; texts end with a zero byte. */
struct wsman_service_start {
    const char *locale, *data_locale; /* the language of texts, and of numbers and times: letters, digits, hyphens; the shell's */
    struct wsman_pair *environment;
    struct icm_slice working_directory; /* empty: the user's home */
    uint32_t code_page;                 /* 0: not said */
    bool no_profile;
};
struct wsman_service_line {
    struct icm_slice command;
    struct wsman_pair *arguments; /* their values */
    bool console_stdin, skips_cmd_shell;
};

/** What the application has to do. Texts and payload are the event's; reset it. */
struct wsman_service_event {
    enum wsman_service_event_type type;
    int kind; /* of the shell: WSMAN_SHELL_POWERSHELL or WSMAN_SHELL_CMD */
    uint64_t request;
    uint64_t shell; /* the service's own number of the shell, never used twice */
    char shell_id[64], command_id[64]; /* as the client wrote them */
    bool is_prompt_response; /* SEND: stream "pr" */
    bool is_last;            /* SEND: the stream ends with it */
    enum wsman_service_signal signal;
    struct wsman_service_start start;
    struct wsman_service_line line;
    struct icm_arena arena; /* what those point to */
    struct icm_buf payload;
};
void wsman_service_event_reset(struct wsman_service_event *e);
enum icm_code wsman_service_next_event(struct wsman_service *s, struct wsman_service_event *out, struct icm_error *err);

/** The application's answers. refuse: a fault with @code and @text; a refused Create or Command leaves no shell or
 * command behind. */
void wsman_service_accept(struct wsman_service *s, uint64_t request);
void wsman_service_refuse(struct wsman_service *s, uint64_t request, uint32_t code, const char *text);

/** Answer to CONNECT: @response is connectResponseXml. The shell is the new client's; output that waits goes to it. */
void wsman_service_accept_connect(struct wsman_service *s, uint64_t request, struct icm_slice response);

/** Output (whole fragments) for a Receive of the shell (@command_id NULL) or of a command. It is queued and goes into
 * the next answer: at once when an answer is full or the command is done, else linger_ms after the first that waits.
 * Output for a command that is gone is dropped. */
void wsman_service_output(struct wsman_service *s, uint64_t shell, const char *command_id, struct icm_slice fragments,
                          int64_t now_ms);

/** The same for one of several streams: bytes of a command shell's command, by the number among its kind's output
 * streams. */
void wsman_service_stream(struct wsman_service *s, uint64_t shell, const char *command_id, int stream,
                          struct icm_slice bytes, int64_t now_ms);

/** No answer for the shell's own Receive before @until_ms, unless full: the pool is opening and its messages belong
 * together. 0 lets go. */
void wsman_service_hold(struct wsman_service *s, uint64_t shell, int64_t until_ms);

/** The command has ended: CommandState Done goes behind its last output. */
void wsman_service_command_done(struct wsman_service *s, uint64_t shell, const char *command_id, int64_t now_ms);

/** The same with the exit code that goes there. */
void wsman_service_command_exited(struct wsman_service *s, uint64_t shell, const char *command_id, uint32_t exit_code,
                                  int64_t now_ms);

/** The shell's engine died: every waiting and later request of it gets a fault with @text, after what was still queued.
 */
void wsman_service_shell_failed(struct wsman_service *s, uint64_t shell, const char *text, int64_t now_ms);

/** Bytes of output that wait for a Receive, of one shell: over the caller's bound it stops reading its engine. */
size_t wsman_service_waiting(const struct wsman_service *s, uint64_t shell);

/** Do what is due by now (long polls that time out, lingering answers, shells that nobody asks about). The next time
 * something is due, or INT64_MAX. */
int64_t wsman_service_tick(struct wsman_service *s, int64_t now_ms);

/** Requests seen, per action's last word ("Create", "Receive" …; "Identify"; "?"): @index from 0 until false. */
bool wsman_service_count(const struct wsman_service *s, size_t index, const char **name, uint64_t *count);

#endif
