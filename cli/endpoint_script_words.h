/* What endpoint_script.c and endpoint_script_words.c share: a script under way, and its words. Not for others. */
#ifndef CLI_ENDPOINT_SCRIPT_WORDS_H
#define CLI_ENDPOINT_SCRIPT_WORDS_H

#include "cli/endpoint_script.h"

struct endpoint_word;

struct endpoint_script_input {
    struct endpoint_script_input *next;
    struct psrp_server_event event;
};

struct endpoint_script {
    struct psrp_server_event creation; /* the text and the arguments live in it */
    struct icm_slice rest;             /* of the text: what no word was taken from yet */
    const struct endpoint_word *word;  /* under way; NULL: the next is due */
    struct icm_slice text;             /* the word's */
    struct icm_buf said;               /* what the word says: emit's strings, a complaint */
    uint64_t left, count, size;        /* emit's */
    int64_t wake_ms;                   /* sleep's */
    const struct psrp_item *argument;  /* the next of args */
    const struct endpoint_host_call *call; /* host's */
    int64_t call_id;                   /* of the host call that waits for its answer; 0: none */
    struct psrp_server_event answer;   /* … and what came; has a message_type where something did */
    struct endpoint_script_input *first, **end_of_input;
    size_t input_bytes;
    bool has_input_ended, is_stopped, has_ended;
};

/** A script's turn: whose it is, and what it needs to go on where a word gives ICM_AGAIN. */
struct endpoint_script_turn {
    struct endpoint_script *script;
    struct psrp_server *server;
    int64_t now_ms;
    enum endpoint_script_state needs;
};

typedef enum icm_code endpoint_word_act(struct endpoint_script_turn *t, struct icm_error *err);

struct endpoint_word {
    const char *name;
    endpoint_word_act *begin; /* look at the text; ICM_USAGE: it is wrong. NULL: any text will do */
    endpoint_word_act *step;  /* ICM_OK: the word is done. ICM_AGAIN: @needs says for what */
    uint32_t message_type;    /* of the record that it sends */
    const char *const *types; /* of that record */
};

/** The word of @name (case does not count); ICM_USAGE names it, and those that there are. */
enum icm_code endpoint_word_find(const struct endpoint_word **out, struct icm_slice name, struct icm_error *err);

/** The name of the word at @index; NULL behind the last. */
const char *endpoint_word_name(size_t index);

/** Send what a word has to say; ICM_AGAIN: it needs a key of the client's first, and the turn says so. @value NULL: memory was short. */
enum icm_code endpoint_word_send(struct endpoint_script_turn *t, uint32_t type, const struct psrp_value *value,
                                 struct icm_error *err);

/** `host METHOD TEXT`, in endpoint_script_host.c. */
endpoint_word_act endpoint_host_begin, endpoint_host_step;

/** The word that says @said as an error. */
extern const struct endpoint_word endpoint_word_complain;

/** The first input object that waits, taken out; NULL: none does. */
struct endpoint_script_input *endpoint_script_take_input(struct endpoint_script *s);
void endpoint_script_input_free(struct endpoint_script_input *input);

/** End as Failed, for @message. */
enum icm_code endpoint_script_fail(struct endpoint_script_turn *t, struct icm_slice message, struct icm_error *err);

#endif
