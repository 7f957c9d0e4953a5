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

/** Texts live in @arena; what was not there is an empty slice. */
struct wsman_message {
    struct icm_arena arena;
    /* header */
    struct icm_slice action, to, resource_uri, message_id, relates_to, operation_id, session_id;
    struct icm_slice not_understood; /* the local name of a mustUnderstand header that we do not know */
    struct icm_slice not_understood_uri; /* and its namespace */
    uint64_t max_envelope_size;      /* 0: not said */
    int64_t operation_timeout_ms;    /* -1: not said; -2: not a duration, or negative */
    struct wsman_pair *selectors, *options;
    /* body */
    enum wsman_body body;
    struct icm_slice body_name;  /* local name of the first element in the body */
    struct icm_slice shell_id;   /* of the selector set in the body (ResourceCreated), else of rsp:ShellId or @ShellId */
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
    struct icm_slice owner, process_id;
    struct icm_slice product_vendor, product_version, protocol_version; /* Identify */
    struct wsman_stream *streams, **streams_end;
    size_t stream_count;
    struct icm_buf payload; /* decoded: all streams' bytes after one another; or creationXml's; or Arguments' */
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

/** Take in the next bytes. ICM_SYNTAX: no XML, no SOAP envelope, base64 that is none, a body that breaks the schema where it
 *  matters. ICM_LIMIT: one of limits.h. */
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
