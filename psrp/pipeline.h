/* A pipeline in a pool, the client's role. MS-PSRP 3.1.5.3.3 and on. */
#ifndef PSRP_PIPELINE_H
#define PSRP_PIPELINE_H

#include "psrp/event.h"

struct psrp_pool;

/** One script to run. Everything is borrowed for the call. */
struct psrp_script {
    struct icm_slice text;                     /* UTF-8 */
    const struct psrp_value *const *arguments; /* positional */
    size_t argument_count;
    bool has_input; /* PIPELINE_INPUT will come, and END_OF_PIPELINE_INPUT; else NoInput is said */
};

/** Where a command's stream goes; PipelineResultTypes, MS-PSRP 2.2.3.31. */
enum psrp_result_type {
    PSRP_RESULT_NONE,
    PSRP_RESULT_OUTPUT,
    PSRP_RESULT_ERROR,
    PSRP_RESULT_WARNING,
    PSRP_RESULT_VERBOSE,
    PSRP_RESULT_DEBUG,
    PSRP_RESULT_INFORMATION,
    PSRP_RESULT_ALL,
    PSRP_RESULT_NULL,
};

/* the members of a command that merge streams, in the engine's order; MS-PSRP 2.2.3.12 */
enum psrp_merge {
    PSRP_MERGE_MY_RESULT,
    PSRP_MERGE_TO_RESULT,
    PSRP_MERGE_PREVIOUS_RESULTS,
    PSRP_MERGE_ERROR, /* these since 2.2 … */
    PSRP_MERGE_WARNING,
    PSRP_MERGE_VERBOSE,
    PSRP_MERGE_DEBUG,
    PSRP_MERGE_INFORMATION, /* … and this since 2.3 */
    PSRP_MERGE_COUNT
};

struct psrp_parameter {
    struct icm_slice name;          /* "-Path" or "Path"; no data: a positional argument */
    const struct psrp_value *value; /* NULL: none, a switch */
};

enum psrp_tristate { PSRP_UNSAID, PSRP_NO, PSRP_YES };

struct psrp_command {
    struct icm_slice text; /* a script, or a command's name */
    bool is_script;
    enum psrp_tristate use_local_scope;
    const struct psrp_parameter *parameters;
    size_t parameter_count;
    enum psrp_result_type merges[PSRP_MERGE_COUNT];
    bool ends_statement; /* the next command begins another statement; since 2.2 */
};

/* RemoteStreamOptions: to which records the server adds InvocationInfo; MS-PSRP 2.2.3.26 */
enum {
    PSRP_INVOCATION_INFO_ERROR = 1,
    PSRP_INVOCATION_INFO_WARNING = 2,
    PSRP_INVOCATION_INFO_DEBUG = 4,
    PSRP_INVOCATION_INFO_VERBOSE = 8,
};

enum { PSRP_APARTMENT_STA, PSRP_APARTMENT_MTA, PSRP_APARTMENT_UNKNOWN }; /* ApartmentState, MS-PSRP 2.2.3.7 */

/** All that CREATE_PIPELINE says. Everything is borrowed for the call. */
struct psrp_creation {
    const struct psrp_command *commands;
    size_t command_count;     /* at least 1 */
    struct icm_slice history; /* no data: Nil */
    bool has_input, is_nested, add_to_history, redirect_error_output;
    int32_t stream_options;            /* PSRP_INVOCATION_INFO_*, or'ed */
    int32_t apartment_state;           /* PSRP_APARTMENT_*; Unknown where in doubt */
    const struct psrp_host_info *host; /* NULL: the pool's */
};

/** Like psrp_pipeline_new, with everything said. ICM_USAGE: no command. ICM_UNSUPPORTED: a merge or a second statement
 * that the server's version does not know. */
enum icm_code psrp_pipeline_create(struct psrp_pipeline **out, struct psrp_pool *pool,
                                   const struct psrp_creation *creation, struct icm_error *err);

enum { PSRP_COMMAND_TYPES_ALL = 383 };

/** A pipeline of GET_COMMAND_METADATA: its output is a count, then an object for each command. MS-PSRP 2.2.2.14. */
struct psrp_metadata_query {
    const struct icm_slice *names; /* patterns */
    size_t name_count;             /* 0: Nil, all */
    int32_t command_types;         /* Alias 1, Function 2, Filter 4, Cmdlet 8 …, or'ed; 0: all */
    const struct icm_slice *namespaces;
    size_t namespace_count;
    const struct psrp_value *const *arguments;
    size_t argument_count;
};
enum icm_code psrp_pipeline_query(struct psrp_pipeline **out, struct psrp_pool *pool,
                                  const struct psrp_metadata_query *query, struct icm_error *err);

/** Make a pipeline of one script (a random id) and queue CREATE_PIPELINE, which waits for the session key where a
 * SecureString is in it, and where the creation of another pipeline waits for it. It lives as long as the pool, or
 * until psrp_pipeline_free. ICM_STATE: the pool is not Opened. */
enum icm_code psrp_pipeline_new(struct psrp_pipeline **out, struct psrp_pool *pool, const struct psrp_script *script,
                                struct icm_error *err);

/** A pipeline of that id that runs in the server's pool already, begun by another client. Its input is not ours.
 * ICM_STATE: the pool is not Opened, or the pipeline is known here. MS-PSRP 3.1.4.10 */
enum icm_code psrp_pipeline_connect(struct psrp_pipeline **out, struct psrp_pool *pool,
                                    const struct icm_guid *pipeline_id, struct icm_error *err);
void psrp_pipeline_free(struct psrp_pipeline *p); /* takes it out of its pool; NULL is fine */

const struct icm_guid *psrp_pipeline_id(const struct psrp_pipeline *p);
enum psrp_pipeline_state psrp_pipeline_state(const struct psrp_pipeline *p);

/** Whether the state is Stopped, Completed or Failed. */
bool psrp_pipeline_has_ended(const struct psrp_pipeline *p);

/** Queue one input object; with a SecureString in it, it and what follows wait for the session key. ICM_STATE: the
 * input was ended or never announced. After the pipeline's end it is dropped silently. */
enum icm_code psrp_pipeline_input(struct psrp_pipeline *p, const struct psrp_value *value, struct icm_error *err);
enum icm_code psrp_pipeline_end_input(struct psrp_pipeline *p, struct icm_error *err);

/** Stopping: queued input is dropped; the transport's Signal does the rest. */
void psrp_pipeline_stop(struct psrp_pipeline *p);

/** The transport says that the peer holds this pipeline for ended (a SignalResponse after stop, CommandState Done):
 * when no state message came it becomes Stopped after a stop, else Failed with a protocol error; an event says so. */
void psrp_pipeline_transport_ended(struct psrp_pipeline *p);

/** This pipeline alone failed in its transport; an event says so with @why. */
void psrp_pipeline_fail(struct psrp_pipeline *p, const struct icm_error *why);

/** A tag for the caller's own use. */
void psrp_pipeline_set_tag(struct psrp_pipeline *p, void *tag);
void *psrp_pipeline_tag(const struct psrp_pipeline *p);

#endif
