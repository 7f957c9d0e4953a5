/* One envelope taken apart, request or reply: a table of elements says where each goes. MS-WSMV 2.2.4, 3.1.4. */
#ifndef WSMAN_MESSAGE_H
#define WSMAN_MESSAGE_H

#include "base/arena.h"
#include "base/buf.h"

/** The element in the body says what the envelope is. */
enum wsman_body {
    WSMAN_BODY_EMPTY, /* Delete and its answer, and an Identify of nothing */
    WSMAN_BODY_UNKNOWN,
    WSMAN_BODY_FAULT,
    WSMAN_BODY_IDENTIFY,
    WSMAN_BODY_IDENTIFY_RESPONSE, /* in the identity namespace, or (OMI) in SOAP's */
    WSMAN_BODY_SHELL,             /* Create, and the second half of its answer */
    WSMAN_BODY_RESOURCE_CREATED,
    WSMAN_BODY_COMMAND_LINE,
    WSMAN_BODY_COMMAND_RESPONSE,
    WSMAN_BODY_SEND,
    WSMAN_BODY_SEND_RESPONSE,
    WSMAN_BODY_RECEIVE,
    WSMAN_BODY_RECEIVE_RESPONSE,
    WSMAN_BODY_SIGNAL,
    WSMAN_BODY_SIGNAL_RESPONSE,
    WSMAN_BODY_DISCONNECT,
    WSMAN_BODY_DISCONNECT_RESPONSE, /* OMI's; Windows answers with nothing */
    WSMAN_BODY_RECONNECT,           /* of a command, or as some write it; a shell's is empty */
    WSMAN_BODY_RECONNECT_RESPONSE,
    WSMAN_BODY_CONNECT,
    WSMAN_BODY_CONNECT_RESPONSE,
    WSMAN_BODY_CONFIG, /* the answer to a Get of the service's configuration */
    WSMAN_BODY_ENUMERATE,
    WSMAN_BODY_ENUMERATE_RESPONSE,
    WSMAN_BODY_PULL,
    WSMAN_BODY_PULL_RESPONSE,
    WSMAN_BODY_RELEASE,
};

struct wsman_pair { /* a selector or an option */
    struct icm_slice name, value;
    bool must_comply;
    struct wsman_pair *next;
};

/** One rsp:Stream, in the order of the document. Its bytes lie in the message's @payload. */
struct wsman_stream {
    struct icm_slice name, command_id;
    size_t offset, size;
    bool is_end;
    struct wsman_stream *next;
};

/** A shell as Enumerate and Get show it; a time is -1 where it was not said. MS-WSMV 2.2.4.37 */
struct wsman_shell_info {
    struct wsman_shell_info *next;
    struct icm_slice shell_id, name, resource_uri, owner, client_ip, process_id, input_streams, output_streams, locale,
        data_locale, compression_mode, profile_loaded, encoding, buffer_mode, state, memory_used, child_processes;
    int64_t idle_timeout_ms, max_idle_timeout_ms, run_time_ms, inactivity_ms;
    struct icm_slice times[4]; /* the same as they were written */
};

/** A command of a shell, likewise. */
struct wsman_command_info {
    struct wsman_command_info *next;
    struct icm_slice command_id, command_line, state;
};

/** What a Get of the service's configuration says; 0: not said. MS-WSMV 2.2.4.10 */
struct wsman_config {
    uint64_t max_envelope_size_kb, max_timeout_ms, max_batch_items;
};

/** Texts live in @arena; what was not there is an empty slice. */
struct wsman_message {
    struct icm_arena arena;
    /* header */
    struct icm_slice action, to, resource_uri, message_id, relates_to, operation_id, session_id;
    struct icm_slice locale, data_locale; /* @xml:lang */
    struct icm_slice not_understood; /* the local name of a mustUnderstand header that we do not know */
    struct icm_slice not_understood_uri; /* and its namespace */
    uint64_t max_envelope_size;      /* 0: not said */
    int64_t operation_timeout_ms;    /* -1: not said; -2: not a duration, or negative */
    struct wsman_pair *selectors, *options;
    /* body */
    enum wsman_body body;
    struct icm_slice body_name;  /* local name of the first element in the body */
    struct icm_slice shell_id; /* of the selector set in the body (ResourceCreated), else of rsp:ShellId or @ShellId */
    struct icm_slice shell_name; /* rsp:Shell @Name */
    struct icm_slice command_id; /* @CommandId of CommandLine, Signal, DesiredStream; text of CommandResponse's */
    struct icm_slice command;    /* rsp:Command */
    struct wsman_pair *arguments;   /* of a command shell's command: values, as they stand */
    struct wsman_pair *environment; /* rsp:Variable: names and values */
    struct icm_slice working_directory;
    struct icm_slice input_streams, output_streams, desired_streams, signal_code;
    struct icm_slice command_state; /* @State */
    bool has_exit_code;
    int64_t exit_code;
    int64_t idle_timeout_ms; /* -1: not said */
    struct wsman_shell_info shell; /* of the answers to Create and Get; while items are read the one that is open */
    struct wsman_shell_info *shells, **shells_end; /* of Enumerate and Pull */
    struct wsman_command_info command_info, *commands, **commands_end;
    size_t item_count;
    struct icm_slice enumeration_context;
    bool is_end_of_sequence, is_optimized;
    uint64_t max_elements; /* 0: not said */
    struct icm_slice filter_dialect;
    struct wsman_pair *filter; /* the selectors in it */
    struct icm_slice buffer_mode; /* Disconnect */
    struct wsman_config config;
    struct icm_slice product_vendor, product_version, protocol_version; /* Identify */
    struct wsman_stream *streams, **streams_end;
    size_t stream_count;
    struct icm_buf payload; /* decoded: all streams' bytes after one another; or that of creationXml, Arguments,
                            * connectXml, connectResponseXml */
    /* fault */
    struct icm_slice fault_code, fault_subcode, fault_reason, fault_detail; /* local names of QNames; texts */
    bool has_wsman_code;
    uint32_t wsman_code;
};

/** Read envelopes, one after another, in pieces as they come. */
struct wsman_reader;

/** @bytes_max: of one envelope. */
enum icm_code wsman_reader_new(struct wsman_reader **out, size_t bytes_max, struct icm_error *err);
void wsman_reader_free(struct wsman_reader *r);
static inline void wsman_reader_freep(struct wsman_reader **r)
{
    wsman_reader_free(*r);
}

/** Begin the next envelope; what was read before is gone. @bytes_max as in wsman_reader_new. */
void wsman_reader_restart(struct wsman_reader *r, size_t bytes_max);

/** Take in the next bytes. ICM_SYNTAX: no XML, no SOAP envelope, base64 that is none, a body that breaks the schema
 * where it matters. ICM_LIMIT: one of limits.h. */
enum icm_code wsman_reader_feed(struct wsman_reader *r, struct icm_slice bytes, struct icm_error *err);

/** The envelope has ended: what it said, which stays the reader's and valid until it is restarted. */
enum icm_code wsman_reader_finish(struct wsman_reader *r, struct wsman_message **out, struct icm_error *err);

/** What was read up to now, of an envelope that failed too: a fault wants its RelatesTo. */
const struct wsman_message *wsman_reader_partial(const struct wsman_reader *r);

/** The value of the selector or option @name (compared without case), or an empty slice. */
struct icm_slice wsman_pair_value(const struct wsman_pair *pairs, const char *name);

/** "PT20S", "PT7200.000S", "P0DT0H0M0S" in milliseconds (MS-WSMV 3.1.4.1: xs:duration); false: not one, or negative. */
bool wsman_duration_read(struct icm_slice text, int64_t *ms_out);

#endif
