/* The verb-nouns, and which of them this version carries. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "cli/options.h"

struct cli_verb_row {
    const char *name;
    const char *aliases[2];
    int verb; /* enum cli_verb; 0: not in this version */
    const char *help;
};
extern const struct cli_verb_row cli_verbs[];
extern const size_t cli_verb_count;

/** The row of @word, in any case; NULL: it is no verb-noun. */
const struct cli_verb_row *cli_verb_find(const char *word);

#endif
