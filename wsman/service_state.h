/* What the service's files share: its shells, their commands, the output that waits, the requests that are not answered
 * yet. Nobody else includes this. MS-WSMV 3.1.1. */
#ifndef WSMAN_SERVICE_STATE_H
#define WSMAN_SERVICE_STATE_H

#include "base/arena.h"
#include "wsman/message.h"
#include "wsman/service.h"
#include "wsman/shell_kind.h"

#include <stddef.h>

struct wsman_action;

enum {
    WSMAN_ID_TEXT = 64,         /* a shell's or a command's id and its end */
    WSMAN_ENDED_KEPT = 16,      /* commands of a shell that have just ended */
    WSMAN_UNANSWERED_KEPT = 16, /* requests for which there was no memory at all */
    WSMAN_MESSAGE_ID_MAX = 512,
    WSMAN_TO_MAX = 2048,
    WSMAN_SESSION_ID_MAX = 128, /* of a client; it is "uuid:" and a GUID */
    WSMAN_SHELL_NAME_MAX = 256,
    WSMAN_ADDRESS_MAX = 64,
    WSMAN_LANGUAGE_MAX = 36, /* RFC 5646 4.4.1: 35 letters are enough */
};

/** One piece of output, as the application gave it. */
struct wsman_piece {
    struct wsman_piece *next;
    int64_t came_ms;
    int stream; /* its number among the kind's output streams */
    size_t size;
    uint8_t bytes[];
};

/** What a Receive can ask for: a shell's own output, or a command's. Pieces stay until a live connection has them. */
struct wsman_outlet {
    struct wsman_outlet *before, *after; /* of the shell's commands */
    uint64_t number;                     /* rises with each command of the service */
    struct wsman_served_shell *shell;
    char command_id[WSMAN_ID_TEXT]; /* "" of the shell's own */
    struct wsman_piece *first, *last;
    size_t first_taken;           /* bytes of the first piece that are gone */
    size_t stream_overhead;       /* of a Stream element beside its base64 */
    size_t wire_size;             /* what all pieces would take in an answer */
    bool is_done;                 /* CommandState Done goes behind the last piece */
    uint32_t exit_code;           /* in it */
    struct wsman_pending *receive; /* the Receive that waits */
    struct wsman_pending *flight; /* the answer with output that is on its way, and how much of the queue is in it */
    size_t flight_bytes;
    bool flight_done;
};

struct wsman_served_shell {
    struct wsman_service *service;
    const struct wsman_shell_kind *kind;
    struct wsman_served_shell *before, *after; /* all that there are */
    uint64_t number;
    char shell_id[WSMAN_ID_TEXT];
    char *user;
    char *name;               /* NULL: none */
    char locale[WSMAN_LANGUAGE_MAX], data_locale[WSMAN_LANGUAGE_MAX]; /* as its client said; else en-US */
    char address[WSMAN_ADDRESS_MAX]; /* of the client that created it; "" */
    int64_t created_ms;
    char client[WSMAN_SESSION_ID_MAX],
        former[WSMAN_SESSION_ID_MAX]; /* session ids: whose it is, and from whom it was taken */
    bool is_left;             /* by its client: Disconnected */
    bool drops_output;        /* BufferMode Drop, while it is left */
    bool is_open;             /* Create was accepted */
    bool is_failed;           /* the engine died */
    char *failure;            /* why; NULL where there was no memory for it */
    struct wsman_outlet own;
    void *commands;           /* search tree of outlets by id */
    struct wsman_outlet *command_list; /* the newest first */
    size_t command_count;
    size_t waiting;           /* bytes of output, of all its outlets */
    int64_t hold_until_ms;
    int64_t idle_timeout_ms, active_ms; /* when its last request came or was answered */
    char ended[WSMAN_ENDED_KEPT][WSMAN_ID_TEXT]; /* a ring */
    size_t ended_next;
    struct wsman_pending *pendings; /* of this shell */
};

/** A request that has come in: it waits for the application, for output, or for its answer to be taken. */
struct wsman_pending {
    uint64_t request;
    const struct wsman_action *action; /* NULL: not known yet */
    const struct wsman_shell_kind *kind; /* that its resource means */
    struct wsman_served_shell *shell;  /* NULL: none, or gone */
    struct wsman_pending *before, *after; /* of the same shell */
    struct icm_arena arena;
    struct icm_slice relates_to, to;  /* as the client wrote them */
    const char *user;
    char command_id[WSMAN_ID_TEXT];   /* of Command and Signal */
    bool is_terminate;                /* Signal */
    bool is_utf16;                    /* its envelope was, so its answer is */
    char client[WSMAN_SESSION_ID_MAX]; /* Connect: who asks */
    struct icm_slice working_directory; /* Create: what its answer says back */
    struct wsman_pair *environment;
    /* Receive */
    struct wsman_outlet *outlet;
    size_t room;         /* bytes of Stream elements that the answer may have */
    int64_t deadline_ms; /* of the long poll */
    int64_t due_ms;      /* when to look at it again */
    size_t heap_index;   /* from 1; 0: not in the heap */
    /* the answer */
    unsigned status;
    struct icm_buf body;
    bool is_queued;
    bool is_kept; /* until it is known whether the answer was taken: one with output, and of Create */
    bool is_gone; /* its connection is */
    struct wsman_pending *next_answer;
};

struct wsman_event_node {
    struct wsman_event_node *next;
    struct wsman_service_event event;
};

struct wsman_service {
    struct wsman_service_options options;
    char *product_vendor, *product_version;
    struct wsman_reader *reader;
    void *shells_by_id, *shells_by_number, *requests; /* search trees */
    struct wsman_served_shell *shells; /* all of them, the newest first */
    size_t shell_count;
    uint64_t last_number;
    int64_t idle_check_ms; /* when the first shell can have been idle for too long */
    int64_t now_ms; /* the latest that the caller said */
    struct wsman_pending **heap; /* of Receives, what is due first on top; [0] is not used */
    size_t heap_count, heap_room;
    struct wsman_pending *answers, **answers_end;
    struct wsman_event_node *events, **events_end;
    uint64_t unanswered[WSMAN_UNANSWERED_KEPT];
    size_t unanswered_count;
    uint64_t *counts; /* by row of the actions, and one more for what has none */
};

/** One action: what has to be right before its handler is called, which then checks none of it again. */
struct wsman_action {
    const char *uri, *name;
    const char *resources[2]; /* NULL: that of a kind of shell */
    enum wsman_body body, other_body; /* the request's */
    bool needs_shell, when_left; /* … also one that its client has left */
    void (*handle)(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m);
};

/* --- service_shells.c: the tables. A tree's key lies in its entry. --- */
typedef int (*wsman_tree_order)(const void *, const void *);
int wsman_tree_by_number(const void *a, const void *b); /* uint64_t */
int wsman_tree_by_text(const void *a, const void *b);
bool wsman_tree_add(void **tree, const void *key, wsman_tree_order order); /* false: no memory */
void *wsman_tree_find(void *tree, const void *key, wsman_tree_order order); /* the entry's key, or NULL */
void wsman_tree_drop(void **tree, const void *key, wsman_tree_order order);
void *wsman_tree_any(void *tree); /* some entry's key, of a tree that is not empty */

#define WSMAN_FROM_KEY(key, type, member) ((type *)(void *)((char *)(key) - offsetof(type, member)))
struct wsman_served_shell *wsman_service_shell_by_id(const struct wsman_service *s, struct icm_slice shell_id);
struct wsman_served_shell *wsman_service_shell_by_number(const struct wsman_service *s, uint64_t number);
struct wsman_served_shell *wsman_service_shell_add(struct wsman_service *s, const struct wsman_shell_kind *kind,
                                                   const char *shell_id, const char *user);

/** Every shell about which nobody has asked for as long as it may live so is deleted: the application is told. */
void wsman_service_shell_expire(struct wsman_service *s);

/** Nobody knows of the shell (any more): the application is told to end it. */
void wsman_service_shell_abandon(struct wsman_served_shell *shell);

void wsman_service_shell_remove_all(struct wsman_service *s);

/** Forget a shell. Its requests that are not answered yet get a fault: it is gone. */
void wsman_service_shell_remove(struct wsman_served_shell *shell);
struct wsman_outlet *wsman_service_command_find(const struct wsman_served_shell *shell, struct icm_slice command_id);
struct wsman_outlet *wsman_service_command_add(struct wsman_served_shell *shell, const char *command_id);

/** Forget a command. A Receive that waits for it gets a fault; @ended keeps its id for a while. */
void wsman_service_command_remove(struct wsman_outlet *outlet, bool ended);
bool wsman_service_command_has_ended(const struct wsman_served_shell *shell, struct icm_slice command_id);

/** The shell's engine is gone: fault what waits, after what was still queued. */
void wsman_service_shell_break(struct wsman_served_shell *shell, const char *text);

/* --- service_pending.c: requests, answers, events --- */
struct wsman_pending *wsman_service_pending_new(struct wsman_service *s, uint64_t request);
struct wsman_pending *wsman_service_pending_find(const struct wsman_service *s, uint64_t request);
void wsman_service_pending_attach(struct wsman_pending *p, struct wsman_served_shell *shell);
void wsman_service_pending_detach(struct wsman_pending *p);

/** Take it out of every table and free it. */
void wsman_service_pending_free(struct wsman_service *s, struct wsman_pending *p);

/** All that there are are freed. */
void wsman_service_pending_free_all(struct wsman_service *s);

/** Its body is written: out with it. What is not kept may be freed by this. */
void wsman_service_answer(struct wsman_service *s, struct wsman_pending *p, unsigned status);

/** Queue an event of @p (NULL: of nobody) with @payload, which becomes the event's; false: no memory, and @p has been
 *  answered so. */
bool wsman_service_event_add(struct wsman_service *s, struct wsman_pending *p, struct wsman_service_event *event,
                             struct icm_buf *payload);

/* --- service_due.c: what is due when --- */
bool wsman_service_due_set(struct wsman_service *s, struct wsman_pending *p, int64_t due_ms); /* false: no memory */
void wsman_service_due_drop(struct wsman_service *s, struct wsman_pending *p);

/* --- service_outlet.c: output and the Receives that wait for it --- */
bool wsman_outlet_push(struct wsman_outlet *o, int stream, struct icm_slice bytes); /* false: no memory */
void wsman_outlet_clear(struct wsman_outlet *o);

/** Another client takes over: it gets whole what the former one has had a part of. */
void wsman_outlet_rewind(struct wsman_outlet *o);

/** A Receive has come: it waits, or is answered at once. */
void wsman_outlet_receive(struct wsman_outlet *o, struct wsman_pending *p);

/** Something has changed: answer the Receive that waits, if there is enough to answer. */
void wsman_outlet_settle(struct wsman_outlet *o);

/** The answer that was on its way has been taken, or has not. May free @o. */
void wsman_outlet_landed(struct wsman_outlet *o, bool taken);

/* --- service_leave.c: MS-WSMV 3.1.4.15 to 3.1.4.17 --- */
void wsman_service_handle_disconnect(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m);
void wsman_service_handle_reconnect(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m);
void wsman_service_handle_connect(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m);

/** Whether the client of @m may ask for this of the shell now; false: @p has its fault. */
bool wsman_service_check_client(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m);

/** The session id of @m, cut where it is too long to be one. */
void wsman_service_copy_client(char out[WSMAN_SESSION_ID_MAX], const struct wsman_message *m);

/* --- service_list.c: DSP0226 7, 8 --- */
void wsman_service_handle_get_config(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m);
void wsman_service_handle_get_shell(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m);
void wsman_service_handle_enumerate(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m);
void wsman_service_handle_pull(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m);
void wsman_service_handle_release(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m);

/* --- service_actions.c --- */

/** An event of @p about its shell. */
struct wsman_service_event wsman_service_event_of(const struct wsman_pending *p, enum wsman_service_event_type type);
extern const struct wsman_action wsman_actions[];
extern const size_t wsman_action_count;

/* --- service_request.c --- */

/** A request has come in: answer it, or have the application or an outlet do so. */
void wsman_service_take_in(struct wsman_service *s, struct wsman_pending *p, const char *user,
                           struct icm_slice envelope);

/* --- service_reply.c: bodies of answers --- */
enum wsman_fault_form {
    WSMAN_FAULT_INVALID_XML,
    WSMAN_FAULT_NOT_SOAP,
    WSMAN_FAULT_TOO_LARGE,
    WSMAN_FAULT_BAD_BODY,
    WSMAN_FAULT_ACCESS_DENIED,
    WSMAN_FAULT_MISSING_HEADER,
    WSMAN_FAULT_BAD_HEADER,
    WSMAN_FAULT_BAD_OPTION,
    WSMAN_FAULT_BAD_PARAMETER,
    WSMAN_FAULT_NO_SUCH_ACTION,
    WSMAN_FAULT_NO_SUCH_RESOURCE,
    WSMAN_FAULT_MISSING_SELECTOR,
    WSMAN_FAULT_NO_SUCH_SHELL,
    WSMAN_FAULT_NO_SUCH_COMMAND,
    WSMAN_FAULT_RECEIVE_IN_PROGRESS,
    WSMAN_FAULT_TIMED_OUT,
    WSMAN_FAULT_SHELL_DISCONNECTED,
    WSMAN_FAULT_OTHER_CLIENT,
    WSMAN_FAULT_CONNECTED_ELSEWHERE,
    WSMAN_FAULT_DISCONNECT_NOT_SUPPORTED,
    WSMAN_FAULT_DISCONNECT_NOT_VALID,
    WSMAN_FAULT_RECONNECT_NOT_VALID,
    WSMAN_FAULT_IDLE_TIMEOUT,
    WSMAN_FAULT_NO_SUCH_ENUMERATION,
    WSMAN_FAULT_BAD_FILTER,
    WSMAN_FAULT_QUOTA_SHELLS,
    WSMAN_FAULT_QUOTA_COMMANDS,
    WSMAN_FAULT_PLUGIN_FAILED,
    WSMAN_FAULT_INTERNAL,
};

/** Answer with a fault. @text says more than the form's own words, or is NULL. */
void wsman_reply_fault(struct wsman_service *s, struct wsman_pending *p, enum wsman_fault_form form, const char *text);

/** The same with the application's code. */
void wsman_reply_refused(struct wsman_service *s, struct wsman_pending *p, uint32_t code, const char *text);
void wsman_reply_not_understood(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m);
void wsman_reply_identify(struct wsman_service *s, struct wsman_pending *p, bool is_anonymous);

/** What the application has accepted: Create, Command, Send, Signal, Delete. */
void wsman_reply_accepted(struct wsman_service *s, struct wsman_pending *p);

/** The two ends of any good answer; what stands in its body is written in between. */
void wsman_reply_open(struct wsman_pending *p);
void wsman_reply_close(struct wsman_service *s, struct wsman_pending *p);

/** rsp:Shell, as Create, Get and Enumerate show it. @creation NULL: without what Create alone says back. */
void wsman_reply_shell(struct icm_buf *out, const struct wsman_served_shell *shell,
                       const struct wsman_pending *creation);

/** <NAME>TEXT</NAME> */
void wsman_reply_element(struct icm_buf *out, const char *name, const char *text);

/** The two ends of a Receive's answer, and one Stream element in between. */
void wsman_reply_receive_begin(struct wsman_pending *p);
void wsman_reply_stream(struct icm_buf *out, const struct wsman_outlet *o, int stream, struct icm_slice bytes);
void wsman_reply_receive_end(struct icm_buf *out, const struct wsman_outlet *o, bool is_done);

/** Bytes of a Stream element without its text. */
size_t wsman_reply_stream_overhead(const struct wsman_outlet *o);

#endif
