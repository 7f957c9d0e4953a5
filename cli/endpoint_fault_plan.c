#include "cli/endpoint_fault_plan.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const struct fault_row {
    const char *name;
    enum endpoint_fault_kind kind;
    uint32_t min, max;
} rows[] = {
    {"cut", ENDPOINT_FAULT_CUT, 0, INT32_MAX},
    {"delay", ENDPOINT_FAULT_DELAY, 0, 24 * 60 * 60 * 1000},
    {"status", ENDPOINT_FAULT_STATUS, 200, 599}, /* RFC 9110 15: what can be an answer's last status */
    {"fault", ENDPOINT_FAULT_FAULT, 0, UINT32_MAX},
    {"garble", ENDPOINT_FAULT_GARBLE, 0, INT32_MAX},
};

enum { WORDS = 4 };

static const char *const actions[] = {"Identify", "Create",     "Command",   "Send",    "Receive", "Signal", "Delete",
                                      "Get",      "Disconnect", "Reconnect", "Connect", "Enumerate", "Pull", "Release"};

struct planned {
    size_t action;
    uint64_t number; /* from 1 */
    struct endpoint_fault fault;
};

struct endpoint_fault_plan {
    struct planned *planned;
    size_t count;
    uint64_t seen[ICM_COUNT(actions)];
};

/* ICM_COUNT(actions): none */
static size_t find_action(struct icm_slice name)
{
    size_t i = 0;

    while (i < ICM_COUNT(actions) && !icm_slice_equal_nocase(name, icm_slice_text(actions[i])))
        i++;
    return i;
}

static const struct fault_row *find_fault(struct icm_slice name)
{
    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        if (icm_slice_is(name, rows[i].name))
            return &rows[i];
    return NULL;
}

static struct icm_slice take_until(struct icm_slice *text, const char *ends)
{
    size_t size = 0;

    while (size < text->size && !memchr(ends, text->data[size], strlen(ends)))
        size++;
    struct icm_slice taken = icm_slice_of(text->data, size);
    *text = icm_slice_from(*text, size);
    return taken;
}

/* The words of a line; those that are not there are empty. true: there were no more. */
static bool split_words(struct icm_slice line, struct icm_slice words[WORDS])
{
    memset(words, 0, WORDS * sizeof *words);
    line = icm_slice_trim(take_until(&line, "#"));
    for (size_t i = 0; i < WORDS && line.size > 0; i++) {
        words[i] = take_until(&line, " \t");
        line = icm_slice_trim(line);
    }
    return line.size == 0;
}

static enum icm_code read_line(struct planned *out, const struct icm_slice words[WORDS], unsigned line,
                               struct icm_error *err)
{
    const struct fault_row *row = find_fault(words[2]);
    struct planned planned = {.action = find_action(words[0])};
    uint64_t argument;

    if (planned.action == ICM_COUNT(actions))
        return icm_fail(err, ICM_USAGE, NULL, "fault plan, line %u: '%.*s' is no action", line, (int)words[0].size,
                        (const char *)words[0].data);
    if (!icm_parse_u64(words[1], INT32_MAX, &planned.number) || planned.number == 0)
        return icm_fail(err, ICM_USAGE, NULL, "fault plan, line %u: behind the action stands a number from 1", line);
    if (!row)
        return icm_fail(err, ICM_USAGE, NULL, "fault plan, line %u: the third word is cut, delay, status, fault or garble",
                        line);
    if (!icm_parse_u64(words[3], row->max, &argument) || argument < row->min)
        return icm_fail(err, ICM_USAGE, NULL, "fault plan, line %u: %s takes a number from %u to %u", line, row->name,
                        row->min, row->max);
    planned.fault = (struct endpoint_fault){row->kind, (uint32_t)argument};
    *out = planned;
    return ICM_OK;
}

static enum icm_code read_plan(struct endpoint_fault_plan *p, struct icm_slice text, struct icm_error *err)
{
    for (unsigned line = 1; text.size > 0; line++) {
        struct icm_slice words[WORDS];
        bool is_whole = split_words(take_until(&text, "\n"), words);
        text = icm_slice_from(text, text.size > 0); /* the line's end */
        if (words[0].size == 0)
            continue;
        if (!is_whole)
            return icm_fail(err, ICM_USAGE, NULL, "fault plan, line %u: more than ACTION N FAULT ARGUMENT", line);
        if (p->count == ENDPOINT_FAULTS_MAX)
            return icm_fail(err, ICM_USAGE, NULL, "fault plan: more than %d faults", ENDPOINT_FAULTS_MAX);
        enum icm_code code = read_line(&p->planned[p->count], words, line, err);
        if (code != ICM_OK)
            return code;
        p->count++;
    }
    return ICM_OK;
}

enum icm_code endpoint_fault_plan_new(struct endpoint_fault_plan **out, struct icm_slice text, struct icm_error *err)
{
    struct endpoint_fault_plan *p = calloc(1, sizeof *p);

    if (!p)
        return icm_nomem(err);
    p->planned = calloc(ENDPOINT_FAULTS_MAX, sizeof *p->planned);
    enum icm_code code = p->planned ? read_plan(p, text, err) : icm_nomem(err);
    if (code != ICM_OK)
        endpoint_fault_plan_free(p);
    else
        *out = p;
    return code;
}

enum icm_code endpoint_fault_plan_load(struct endpoint_fault_plan **out, const char *path, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};
    uint8_t *room = icm_buf_room(&text, ENDPOINT_FAULT_PLAN_BYTES_MAX + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 || !room ? -1 : read(fd, room, ENDPOINT_FAULT_PLAN_BYTES_MAX + 1);
    int why = errno;

    if (fd >= 0)
        close(fd);
    if (size < 0)
        return icm_fail(err, ICM_USAGE, NULL, "cannot read the fault plan '%s': %s", path, strerror(why));
    if (size > ENDPOINT_FAULT_PLAN_BYTES_MAX)
        return icm_fail(err, ICM_USAGE, NULL, "the fault plan '%s' has more than %d bytes", path,
                        ENDPOINT_FAULT_PLAN_BYTES_MAX);
    return endpoint_fault_plan_new(out, icm_slice_of(room, (size_t)size), err);
}

void endpoint_fault_plan_free(struct endpoint_fault_plan *p)
{
    if (!p)
        return;
    free(p->planned);
    free(p);
}

const struct endpoint_fault *endpoint_fault_plan_next(struct endpoint_fault_plan *p, struct icm_slice action)
{
    size_t index = find_action(action);

    if (index == ICM_COUNT(actions))
        return NULL;
    p->seen[index]++;
    for (size_t i = 0; i < p->count; i++)
        if (p->planned[i].action == index && p->planned[i].number == p->seen[index])
            return &p->planned[i].fault;
    return NULL;
}
