/* What runs pipelines behind the shells: a real PowerShell in a process, or the built-in one. A session is one shell's runspace
 * pool; bytes of fragments go in and come out, and nobody here looks at what they mean but for the states. */
#ifndef CLI_ENGINE_H
#define CLI_ENGINE_H

#include "base/text.h"

struct uv_loop_s;

/** News of a session; never from inside one of its own operations but for done and failed's text. @target zero: the pool. */
struct endpoint_sink {
    void (*output)(void *up, const struct icm_guid *target, struct icm_slice fragments);
    void (*opened)(void *up); /* RUNSPACEPOOL_STATE is in the output that was given before */
    void (*ended)(void *up, const struct icm_guid *target); /* PIPELINE_STATE is in the output that was given before */
    void (*done)(void *up, uint64_t ticket); /* what came with @ticket has been taken in; may come from inside the operation */
    void (*failed)(void *up, const char *text); /* the engine is gone; only close makes sense now */
};

struct endpoint_session;
struct endpoint_engine;

struct endpoint_engine_ops {
    /** A session, empty: the first data for the pool opens it. It is to be closed, whatever becomes of it. @culture: what it
     *  is to write numbers and times in, "de-DE"; NULL: the engine's own. */
    enum icm_code (*open)(struct endpoint_engine *e, const char *culture, const struct endpoint_sink *sink, void *up,
                          struct endpoint_session **out, struct icm_error *err);
    /** Fragments for the pool or a command; @bytes becomes the session's. @ticket 0: nobody waits. */
    enum icm_code (*data)(struct endpoint_session *s, uint64_t ticket, const struct icm_guid *target,
                          bool is_prompt_response, struct icm_buf *bytes, struct icm_error *err);
    /** A new command with the first fragments of its CREATE_PIPELINE. ICM_STATE: there is one of that id. */
    enum icm_code (*command)(struct endpoint_session *s, uint64_t ticket, const struct icm_guid *target,
                             struct icm_buf *bytes, struct icm_error *err);
    /** Stop a pipeline, whose state message then comes in the output. */
    void (*stop)(struct endpoint_session *s, uint64_t ticket, const struct icm_guid *target);
    /** The command is over for its client: stop it where it runs, and forget it. */
    void (*end)(struct endpoint_session *s, uint64_t ticket, const struct icm_guid *target);
    /** No more output for now (back-pressure), or again. */
    void (*pause)(struct endpoint_session *s, bool is_paused);
    /** Close the pool in order and free the session; its sink hears nothing more. */
    void (*close)(struct endpoint_session *s);
    /** The program ends: let go of everything that no open session needs. The loop has nothing of the engine left once
     *  all sessions are closed as well. */
    void (*shut_down)(struct endpoint_engine *e);
    void (*free)(struct endpoint_engine *e);
};

/** The first member of each engine's own struct; each session's first member is a pointer to its ops. */
struct endpoint_engine {
    const struct endpoint_engine_ops *ops;
};
struct endpoint_session {
    const struct endpoint_engine_ops *ops;
};

/** A process for each shell that speaks the out-of-process packets on its standard input and output. @words is its command,
 *  NULL-ended, borrowed for the engine's life. */
enum icm_code endpoint_process_engine_new(struct endpoint_engine **out, struct uv_loop_s *loop, char *const *words,
                                          struct icm_error *err);

/** The built-in engine, whose scripts are words (endpoint_script.h). */
enum icm_code endpoint_synthetic_engine_new(struct endpoint_engine **out, struct uv_loop_s *loop,
                                            struct icm_error *err);

#endif
