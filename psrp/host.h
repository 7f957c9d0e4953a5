/* Calls of the server to its client's host: the methods, what they take and give, and the answers of a host without a
 * user. MS-PSRP 2.2.3.14, 2.2.3.17, 2.2.2.15, 2.2.2.16, 2.2.2.27, 2.2.2.28, 2.2.6. */
#ifndef PSRP_HOST_H
#define PSRP_HOST_H

#include "psrp/value.h"

enum { PSRP_HOST_CALL_VOID = -100 }; /* the ci of a call that wants no answer */

/* RemoteHostMethodId, MS-PSRP 2.2.3.17 */
enum psrp_host_method {
    PSRP_HOST_GET_NAME = 1,
    PSRP_HOST_GET_VERSION,
    PSRP_HOST_GET_INSTANCE_ID,
    PSRP_HOST_GET_CURRENT_CULTURE,
    PSRP_HOST_GET_CURRENT_UI_CULTURE,
    PSRP_HOST_SET_SHOULD_EXIT,
    PSRP_HOST_ENTER_NESTED_PROMPT,
    PSRP_HOST_EXIT_NESTED_PROMPT,
    PSRP_HOST_NOTIFY_BEGIN_APPLICATION,
    PSRP_HOST_NOTIFY_END_APPLICATION,
    PSRP_HOST_READ_LINE,
    PSRP_HOST_READ_LINE_AS_SECURE_STRING,
    PSRP_HOST_WRITE1,
    PSRP_HOST_WRITE2,
    PSRP_HOST_WRITE_LINE1,
    PSRP_HOST_WRITE_LINE2,
    PSRP_HOST_WRITE_LINE3,
    PSRP_HOST_WRITE_ERROR_LINE,
    PSRP_HOST_WRITE_DEBUG_LINE,
    PSRP_HOST_WRITE_PROGRESS,
    PSRP_HOST_WRITE_VERBOSE_LINE,
    PSRP_HOST_WRITE_WARNING_LINE,
    PSRP_HOST_PROMPT,
    PSRP_HOST_PROMPT_FOR_CREDENTIAL1,
    PSRP_HOST_PROMPT_FOR_CREDENTIAL2,
    PSRP_HOST_PROMPT_FOR_CHOICE,
    PSRP_HOST_GET_FOREGROUND_COLOR,
    PSRP_HOST_SET_FOREGROUND_COLOR,
    PSRP_HOST_GET_BACKGROUND_COLOR,
    PSRP_HOST_SET_BACKGROUND_COLOR,
    PSRP_HOST_GET_CURSOR_POSITION,
    PSRP_HOST_SET_CURSOR_POSITION,
    PSRP_HOST_GET_WINDOW_POSITION,
    PSRP_HOST_SET_WINDOW_POSITION,
    PSRP_HOST_GET_CURSOR_SIZE,
    PSRP_HOST_SET_CURSOR_SIZE,
    PSRP_HOST_GET_BUFFER_SIZE,
    PSRP_HOST_SET_BUFFER_SIZE,
    PSRP_HOST_GET_WINDOW_SIZE,
    PSRP_HOST_SET_WINDOW_SIZE,
    PSRP_HOST_GET_WINDOW_TITLE,
    PSRP_HOST_SET_WINDOW_TITLE,
    PSRP_HOST_GET_MAX_WINDOW_SIZE,
    PSRP_HOST_GET_MAX_PHYSICAL_WINDOW_SIZE,
    PSRP_HOST_GET_KEY_AVAILABLE,
    PSRP_HOST_READ_KEY,
    PSRP_HOST_FLUSH_INPUT_BUFFER,
    PSRP_HOST_SET_BUFFER_CONTENTS1,
    PSRP_HOST_SET_BUFFER_CONTENTS2,
    PSRP_HOST_GET_BUFFER_CONTENTS,
    PSRP_HOST_SCROLL_BUFFER_CONTENTS,
    PSRP_HOST_PUSH_RUNSPACE,
    PSRP_HOST_POP_RUNSPACE,
    PSRP_HOST_GET_IS_RUNSPACE_PUSHED,
    PSRP_HOST_GET_RUNSPACE,
    PSRP_HOST_PROMPT_FOR_CHOICE_MULTIPLE_SELECTION,
    PSRP_HOST_METHOD_END
};

struct psrp_coordinates {
    int32_t x, y;
};
struct psrp_size {
    int32_t width, height;
};

/** What a client says of its host in INIT_RUNSPACEPOOL and CREATE_PIPELINE (HostInfo). Zeroed: there is none, and the
 * server's own answers. */
struct psrp_host_info {
    bool has_host, has_ui, has_raw_ui;
    bool use_runspace_host;         /* a pipeline's: the pool's host, or that there is none, is its own */
    bool has_default_data;          /* the raw UI's state, which the server answers from */
    int32_t foreground, background; /* ConsoleColor, 0 to 15 */
    struct psrp_coordinates cursor, window_position;
    int32_t cursor_size; /* percent */
    struct psrp_size buffer_size, window_size, max_window_size, max_physical_window_size;
    struct icm_slice window_title;
};

/** HostInfo as a value, for a message; NULL: out of memory. And the way back: ICM_SYNTAX: it is no HostInfo. */
struct psrp_value *psrp_host_info_value(struct icm_arena *a, const struct psrp_host_info *info);
enum icm_code psrp_host_info_read(const struct psrp_value *value, struct psrp_host_info *out, struct icm_error *err);

struct psrp_host_call {
    int64_t call_id;
    int64_t method;                      /* enum psrp_host_method, or a number that is none */
    const struct psrp_value *parameters; /* a list; NULL: none */
};

/** Take a call's members apart; the number and kinds of the parameters are checked against the method's row.
 * ICM_SYNTAX: ci or mi is missing, or the parameters are not the method's. An unknown method passes: it is to be
 * refused in the answer. */
enum icm_code psrp_host_call_read(const struct psrp_value *value, struct psrp_host_call *out, struct icm_error *err);

/** A call as its message's value, the server's role. @parameters: a list, borrowed, or NULL for an empty one. NULL: out
 * of memory. */
struct psrp_value *psrp_host_call_value(struct icm_arena *a, const struct psrp_host_call *call);

/** The parameter at @index; NULL where there is none. Values in an object-typed place ({T, V}) are unwrapped. */
const struct psrp_value *psrp_host_parameter(const struct psrp_host_call *call, size_t index);

/** Whether the server waits for an answer. */
static inline bool psrp_host_wants_answer(const struct psrp_host_call *call)
{
    return call->call_id != PSRP_HOST_CALL_VOID;
}

/** A response's value: @result (borrowed; NULL: the method gives nothing) … */
struct psrp_value *psrp_host_result(struct icm_arena *a, const struct psrp_host_call *call,
                                    const struct psrp_value *result);
/** … or an error with @message, as a HostException of the category NotImplemented; NULL: the words of a host without a
 * user. */
struct psrp_value *psrp_host_refusal(struct icm_arena *a, const struct psrp_host_call *call, const char *message);

/** What came back, the server's role: @result NULL where nothing or null did; @error an ErrorRecord, or NULL. */
struct psrp_host_response {
    int64_t call_id;
    int64_t method;
    const struct psrp_value *result, *error;
};
enum icm_code psrp_host_response_read(const struct psrp_value *value, struct psrp_host_response *out,
                                      struct icm_error *err);

/** The answer of a host without a user: what the host is and where it is can be told, everything else is refused.
 * @pool_id is the host's instance id. NULL: out of memory. */
struct psrp_value *psrp_host_answer(struct icm_arena *a, const struct psrp_host_call *call,
                                    const struct icm_guid *pool_id);

/** "ReadLine" for 11 …; NULL for a number that is no method's. */
const char *psrp_host_method_name(int64_t method);

/** Whether a method gives nothing back; false for a number that is no method's. */
bool psrp_host_method_is_void(int64_t method);

/** Whether @result (NULL: nothing) is of the kind that the method gives. */
bool psrp_host_may_give(int64_t method, const struct psrp_value *result);

/* The values that host methods take and give; MS-PSRP 2.2.3.1 to 2.2.3.9, 2.2.6.1. Each gives NULL when memory is
 * short. */
struct psrp_value *psrp_host_coordinates(struct icm_arena *a, struct psrp_coordinates c);
struct psrp_value *psrp_host_size(struct icm_arena *a, struct psrp_size s);
struct psrp_value *psrp_host_key(struct icm_arena *a, int32_t virtual_key, uint16_t character, int32_t control_state,
                                 bool is_down);
/** A dictionary of prompt answers (Prompt), and a list of chosen numbers (PromptForChoiceMultipleSelection). */
struct psrp_value *psrp_host_answers(struct icm_arena *a);
struct psrp_value *psrp_host_numbers(struct icm_arena *a, const int32_t *numbers, size_t count);

bool psrp_host_read_coordinates(const struct psrp_value *value, struct psrp_coordinates *out);
bool psrp_host_read_size(const struct psrp_value *value, struct psrp_size *out);

/** A field of Prompt and a choice of PromptForChoice, borrowed from the call. */
struct psrp_host_field {
    struct icm_slice name, label, help, type_name; /* type_name: full, "System.String" … */
    bool is_mandatory;
    const struct psrp_value *default_value; /* NULL: none */
};
struct psrp_host_choice {
    struct icm_slice label, help; /* the label's & marks its hot key */
};
bool psrp_host_read_field(const struct psrp_value *value, struct psrp_host_field *out);
bool psrp_host_read_choice(const struct psrp_value *value, struct psrp_host_choice *out);

#endif
