/* An answer of ours beside the recorded one: of the same kind, with all that a client of the recorded server may have
 * read in it. What ours may have otherwise is a table in judge.c, each row with its reason. */
#ifndef TESTS_REPLAY_JUDGE_H
#define TESTS_REPLAY_JUDGE_H

#include "tests/replay/substitute.h"

/* an answer, and what is known around it */
struct replay_answer {
    unsigned status; /* 0: none came */
    const struct replay_envelope *envelope;
};
struct replay_judged {
    enum replay_operation operation;
    bool is_omi;     /* the recorded server is not Windows */
    bool is_created; /* ours has the shell, or had it */
    bool has_ended;  /* ours has told the end of the command before */
    bool is_deleted; /* ours was asked to delete the shell before */
    bool is_left;    /* a shell was disconnected before */
    struct replay_answer recorded, live;
    const struct replay_ids *ids;
};

/** Append to @complaints a line for each thing that is not as it has to be, behind @what. */
void replay_judge(const struct replay_judged *j, const char *what, struct icm_buf *complaints);

/** The rows of the tables: why, and how often each was needed up to now. false: there is no row @index. */
bool replay_judge_excuse(size_t index, const char **reason, size_t *count);

#endif
