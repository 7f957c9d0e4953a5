#include "cli/near.h"

#include <ctype.h>
#include <stdio.h>

enum { LENGTH_MAX = 48, DISTANCE_MAX = 3 };

static unsigned smallest(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;

    return least < c ? least : c;
}

/* Levenshtein's distance, letters of either case alike. */
static unsigned distance(struct icm_slice a, struct icm_slice b)
{
    unsigned row[LENGTH_MAX + 1];

    for (size_t j = 0; j <= b.size; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a.size; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.size; j++) {
            unsigned above = row[j];
            bool is_same = tolower(a.data[i - 1]) == tolower(b.data[j - 1]);

            row[j] = smallest(above + 1, row[j - 1] + 1, diagonal + (is_same ? 0 : 1));
            diagonal = above;
        }
    }
    return row[b.size];
}

/* A name that begins with what was typed is nearer than one that is only spelled like it. */
static unsigned rate(struct icm_slice wanted, struct icm_slice name)
{
    if (wanted.size > LENGTH_MAX || name.size > LENGTH_MAX || wanted.size == 0)
        return DISTANCE_MAX + 1;
    if (name.size > wanted.size && icm_slice_equal_nocase(icm_slice_of(name.data, wanted.size), wanted))
        return 0;

    unsigned d = distance(wanted, name);
    return d < wanted.size ? d : DISTANCE_MAX + 1;
}

void cli_near_offer(struct cli_near *n, const char *name)
{
    unsigned d = rate(n->wanted, icm_slice_text(name));
    size_t at = n->count;

    if (d > DISTANCE_MAX)
        return;
    while (at > 0 && n->distances[at - 1] > d)
        at--;
    if (at == CLI_NEAR_MAX)
        return;
    if (n->count < CLI_NEAR_MAX)
        n->count++;
    for (size_t i = n->count - 1; i > at; i--) {
        n->names[i] = n->names[i - 1];
        n->distances[i] = n->distances[i - 1];
    }
    n->names[at] = name;
    n->distances[at] = d;
}

const char *cli_near_text(const struct cli_near *n, const char *mark, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n->count && used < size; i++) {
        int more = snprintf(out + used, size - used, "%s%s%s", i ? ", " : "; near it: ", mark, n->names[i]);
        used += more > 0 ? (size_t)more : 0;
    }
    return out;
}
