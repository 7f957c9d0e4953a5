/* Recorded dialogues, fixtures/psrp or $ICM_DATA_DIR/psrp: their index, their lines, their keys, and the streams of
 * messages in them. For the tests of both roles. */
#ifndef TESTS_PSRP_RECORDED_H
#define TESTS_PSRP_RECORDED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "psrp/defragmenter.h"
#include "psrp/secret.h"
#include "psrp/value.h"

enum { RECORDED_CASES_MAX = 10000, RECORDED_DEPTH_MAX = 64 };

/* a row of the index */
struct recorded_case {
    char name[256];
    bool is_bad;             /* its client breaks the rules on purpose */
    struct icm_buf messages; /* who said what, in words */
};

/** The rows of index.tsv, each a test that gets its case as its initial state: what cmocka's main returns. */
int recorded_run(const char *group, CMUnitTestFunction replays);

enum recorded_dir { RECORDED_OTHER, RECORDED_C2S, RECORDED_S2C, RECORDED_EOF };

/** Give each line of the dialogue to @take, in order; the end of the client's is one without a text. */
void recorded_read(const char *name, void (*take)(void *context, enum recorded_dir dir, struct icm_slice line),
                   void *context);

/** The keys of a dialogue that exchanged them; else both are empty. */
struct recorded_keys {
    struct icm_buf pair;        /* the client's RSA pair, PKCS#1 DER */
    struct icm_buf session_key; /* 32 bytes */
};
void recorded_keys_read(struct recorded_keys *out, const char *name);
void recorded_keys_reset(struct recorded_keys *keys);

/** Visit each SecureString in @value. */
void recorded_each_secret(struct psrp_value *value, void (*visit)(void *context, struct psrp_value *secret),
                          void *context);

/** SecureStrings that @keys open get their text back, so that they are sealed anew; NULL: they were never sealed. */
void recorded_open_secrets(struct icm_arena *a, struct psrp_value *value, const struct psrp_secret *keys);

/* a message, whole and not looked at yet */
struct recorded_message {
    struct recorded_message *next;
    struct icm_buf bytes;
};

/* a target's stream, of one speaker */
struct recorded_stream {
    struct recorded_stream *next;
    struct icm_guid target; /* zero: the pool */
    bool is_prompt_response;
    struct psrp_defragmenter *joined;
    struct recorded_message *first, **end;
};

/** The stream in the list *@all, which gets it where it has none. */
struct recorded_stream *recorded_stream_of(struct recorded_stream **all, const struct icm_guid *target,
                                           bool is_prompt_response);
void recorded_streams_reset(struct recorded_stream **all);

/** Join fragments, which may be wrong on purpose; and the first whole message, the caller's to free, or NULL. */
void recorded_join(struct recorded_stream *s, struct icm_slice fragments);
struct recorded_message *recorded_take(struct recorded_stream *s);
void recorded_put(struct recorded_stream *s, struct recorded_message *m);
void recorded_message_free(struct recorded_message *m);

#endif
