/* What the files shell*.c share. Nobody else includes this. */
#ifndef WSMAN_SHELL_STATE_H
#define WSMAN_SHELL_STATE_H

#include "wsman/envelope.h"
#include "wsman/shell.h"
#include "wsman/shell_kind.h"

/* 2008 R2 gives a command another id than the one asked for: from then on the one stands for the other */
struct wsman_alias {
    struct wsman_alias *next;
    char asked[ICM_GUID_TEXT + 1];
    char message_id[WSMAN_MESSAGE_ID + 1]; /* of the Command */
    char *given;                           /* NULL: not answered yet */
};

struct wsman_shell {
    const struct wsman_shell_kind *kind;
    char *url, *resource_uri, *name, *locale, *data_locale, *working_directory;
    const struct wsman_variable *environment;
    size_t environment_count;
    char code_page[12]; /* "": the server's default */
    char asked_id[ICM_GUID_TEXT + 1]; /* "" when the server may choose */
    char session_id[WSMAN_MESSAGE_ID + 1];
    char *shell_id; /* as the server gave it */
    bool is_open;
    bool no_machine_profile, use_utf16;
    int64_t idle_timeout_ms;
    uint32_t operation_timeout_ms, receive_timeout_ms;
    uint32_t envelope_max;
    bool knows_envelope_max; /* from the service's configuration */
    struct wsman_alias *aliases; /* of commands that were not answered yet, or are called otherwise by the server */
};

/** What there is to know of an operation. */
struct wsman_operation_row {
    const char *name, *action;
    uint32_t timeout_ms; /* 0: the shell's */
    bool needs_shell;
    enum wsman_body reply;
    enum wsman_body other_reply; /* which some servers give */
    const char *resource_uri;    /* NULL: the shell's */
};
extern const struct wsman_operation_row wsman_operations[WSMAN_OPERATION_COUNT];

/** What a request carries beside its payload. */
struct wsman_content {
    const char *command_id, *stream, *signal;
    struct icm_slice command_text;
    struct icm_slice payload;
    const struct wsman_command_line *line; /* of a command shell */
    bool is_last;                          /* of its stream */
    const struct wsman_leaving *leaving;
    const struct wsman_listing *listing;
    struct icm_slice context;
};

/** Append the body of a request. shell_body.c */
void wsman_shell_add_body(struct icm_buf *out, const struct wsman_shell *s, enum wsman_operation operation,
                          const struct wsman_content *c);

/** Remember which id the Command in @message_id asked for. */
enum icm_code wsman_alias_ask(struct wsman_shell *s, const char *asked, const char *message_id, struct icm_error *err);

/** The Command was answered: with the id that was asked for, with another, or (an empty one) not well. */
enum icm_code wsman_alias_learn(struct wsman_shell *s, const char *message_id, struct icm_slice given,
                                struct icm_error *err);

/** The server's id of the command that was asked for as @command_id; NULL stays NULL. */
const char *wsman_alias_resolve(struct wsman_shell *s, const char *command_id);

/** The command is over. */
void wsman_alias_forget(struct wsman_shell *s, const char *command_id);

#endif
