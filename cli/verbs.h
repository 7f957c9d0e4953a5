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

/** The name of @verb. */
const char *cli_verb_name(enum cli_verb verb);

/** Word "there is no verb '...'; near it: ..." into @err, with @hint, or what @err said, behind it. false: @word looks like no verb-noun, and
 *  @err stays. */
bool cli_verb_suggest(const char *word, const char *hint, struct icm_error *err);

#endif
