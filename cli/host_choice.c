/* PromptForChoice and PromptForChoiceMultipleSelection: labels with hot keys, defaults, and help for `?`. */
#include "cli/host_prompt_private.h"

#include "cli/visible.h"

enum {
    NONE = -1,
    KEYS_SHOWN_MAX = 4096, /* bytes of the defaults' keys: enough for a user to read */
};

static const struct psrp_item *first_choice(const struct cli_prompt *p)
{
    return psrp_host_parameter(p->call, 2)->as.list->first;
}

static struct icm_slice label_of(const struct psrp_item *item)
{
    struct psrp_host_choice choice = {0};

    psrp_host_read_choice(item->value, &choice);
    return choice.label;
}

/* ---- labels: "&Yes" is Yes, and Y chooses it ---- */

static const uint8_t *mark_of(struct icm_slice label)
{
    return label.size > 0 ? memchr(label.data, '&', label.size) : NULL;
}

/* The label without its first &. */
static void add_name(struct icm_buf *out, struct icm_slice label)
{
    const uint8_t *mark = mark_of(label);
    size_t before = mark ? (size_t)(mark - label.data) : label.size;

    icm_buf_add(out, icm_slice_of(label.data, before));
    if (mark)
        icm_buf_add(out, icm_slice_from(label, before + 1));
}

/* The character behind the &; empty where there is none. */
static struct icm_slice hot_key(struct icm_slice label)
{
    const uint8_t *mark = mark_of(label);
    struct icm_slice key = mark ? icm_slice_from(label, (size_t)(mark - label.data) + 1) : icm_slice_of(NULL, 0),
                     rest = key;

    if (icm_utf8_next(&rest) < 0)
        return icm_slice_of(NULL, 0);
    key.size -= rest.size;
    return key;
}

/* What the user types for it: its hot key, else its name. */
static void add_key(struct icm_buf *out, struct icm_slice label)
{
    struct icm_slice key = hot_key(label);

    for (size_t i = 0; i < key.size; i++)
        icm_buf_add_u8(out,
                       key.data[i] >= 'a' && key.data[i] <= 'z' ? (uint8_t)(key.data[i] - 'a' + 'A') : key.data[i]);
    if (key.size == 0)
        add_name(out, label);
}

static bool is_meant(struct icm_slice line, struct icm_slice label)
{
    ICM_OWN(icm_buf_reset) struct icm_buf name = {0};
    struct icm_slice key = hot_key(label);

    add_name(&name, label);
    return icm_slice_equal_nocase(line, icm_buf_slice(&name)) || (key.size > 0 && icm_slice_equal_nocase(line, key));
}

static int64_t find(const struct cli_prompt *p, struct icm_slice line)
{
    int64_t index = 0;

    for (const struct psrp_item *i = first_choice(p); i; i = i->next, index++)
        if (is_meant(line, label_of(i)))
            return index;
    return NONE;
}

/* ---- defaults ---- */

/* The numbers of a list, also of one that came as an array with its lengths (engine.md 4). */
static const struct psrp_item *first_default(const struct cli_prompt *p)
{
    const struct psrp_value *defaults = psrp_host_parameter(p->call, 3), *elements = psrp_value_member(defaults, "mae");

    if (elements)
        defaults = elements;
    return defaults->kind == PSRP_LIST || defaults->kind == PSRP_ENUMERABLE ? defaults->as.list->first : NULL;
}

static const struct psrp_item *choice_at(const struct cli_prompt *p, int64_t index)
{
    const struct psrp_item *i = index >= 0 ? first_choice(p) : NULL;

    while (i && index-- > 0)
        i = i->next;
    return i;
}

static int64_t one_default(const struct cli_prompt *p)
{
    int64_t index = NONE;

    psrp_value_integer(psrp_host_parameter(p->call, 3), &index);
    return choice_at(p, index) ? index : NONE;
}

static void add_default(struct cli_prompt *p, struct icm_buf *keys, int64_t index)
{
    const struct psrp_item *choice = choice_at(p, index);

    if (!choice)
        return;
    if (keys->size > 0)
        icm_buf_add_u8(keys, ',');
    add_key(keys, label_of(choice));
}

/* Their numbers, as many as there may be choices, each that is a choice's; a peer may name more of them, and one often.
 */
static void add_list_of_defaults(struct cli_prompt *p, struct icm_buf *keys)
{
    size_t left = CLI_PROMPT_ITEMS_MAX;
    int64_t index;

    for (const struct psrp_item *i = first_default(p); i && left > 0 && keys->size < KEYS_SHOWN_MAX;
         i = i->next, left--)
        if (psrp_value_integer(i->value, &index))
            add_default(p, keys, index);
}

static void add_defaults(struct cli_prompt *p, struct icm_buf *question)
{
    ICM_OWN(icm_buf_reset) struct icm_buf keys = {0};

    if (p->kind == &cli_prompt_one_choice)
        add_default(p, &keys, one_default(p));
    else
        add_list_of_defaults(p, &keys);
    if (keys.size == 0)
        return;
    icm_buf_add_text(question, " (default is \"");
    cli_visible_add(question, icm_buf_slice(&keys), true);
    icm_buf_add_text(question, "\")");
}

/* ---- what is shown ---- */

static void add_entry(struct icm_buf *out, struct icm_slice label)
{
    ICM_OWN(icm_buf_reset) struct icm_buf plain = {0};

    icm_buf_add_u8(&plain, '[');
    add_key(&plain, label);
    icm_buf_add_text(&plain, "] ");
    add_name(&plain, label);
    icm_buf_add_text(&plain, "  ");
    cli_visible_add(out, icm_buf_slice(&plain), true);
}

static void add_menu(struct cli_prompt *p, struct icm_buf *out)
{
    for (const struct psrp_item *i = first_choice(p); i; i = i->next)
        add_entry(out, label_of(i));
    icm_buf_add_text(out, "[?] Help");
    add_defaults(p, out);
}

static void ask_one(struct cli_prompt *p)
{
    ICM_OWN(icm_buf_reset) struct icm_buf question = {0};

    add_menu(p, &question);
    icm_buf_add_text(&question, ": ");
    cli_prompt_ask(p, CLI_PROMPT_WANTS_LINE, &question);
}

static void ask_next(struct cli_prompt *p)
{
    ICM_OWN(icm_buf_reset) struct icm_buf question = {0};

    icm_buf_add_format(&question, "Choice[%zu]: ", p->list->as.list->count);
    cli_prompt_ask(p, CLI_PROMPT_WANTS_LINE, &question);
}

static void show_help(struct cli_prompt *p)
{
    for (const struct psrp_item *i = first_choice(p); i; i = i->next) {
        ICM_OWN(icm_buf_reset) struct icm_buf key = {0};
        struct psrp_host_choice choice = {0};

        psrp_host_read_choice(i->value, &choice);
        add_key(&key, choice.label);
        cli_prompt_show(p, icm_buf_slice(&key));
        cli_prompt_say(p, " - ");
        cli_prompt_show(p, choice.help);
        cli_prompt_say(p, "\n");
    }
}

/* false: there is nothing to choose from, or too much of it */
static bool has_choices(struct cli_prompt *p)
{
    size_t count = psrp_host_parameter(p->call, 2)->as.list->count;

    if (count > 0 && count <= CLI_PROMPT_ITEMS_MAX)
        return true;
    cli_prompt_refuse(p, count > 0 ? "there are more choices than this host offers (4096)"
                                   : "there is nothing to choose from");
    return false;
}

/* ---- one ---- */

static void begin_one(struct cli_prompt *p)
{
    if (!has_choices(p))
        return;
    cli_prompt_show_head(p, NULL);
    ask_one(p);
}

static void take_one(struct cli_prompt *p, struct icm_slice line)
{
    line = icm_slice_trim(line);
    int64_t index = line.size > 0 ? find(p, line) : one_default(p);

    if (index != NONE) {
        cli_prompt_finish(p, psrp_value_i32(&p->arena, (int32_t)index));
        return;
    }
    if (icm_slice_is(line, "?"))
        show_help(p);
    ask_one(p);
}

const struct cli_prompt_kind cli_prompt_one_choice = {begin_one, take_one};

/* ---- several: a line each, an empty one ends them ---- */

static void begin_many(struct cli_prompt *p)
{
    if (!has_choices(p))
        return;
    p->list = psrp_host_numbers(&p->arena, NULL, 0);
    if (!p->list) {
        cli_prompt_finish(p, NULL);
        return;
    }
    cli_prompt_show_head(p, NULL);
    add_menu(p, &p->text);
    cli_prompt_say(p, "\n");
    ask_next(p);
}

static bool is_chosen(const struct psrp_value *list, int64_t index)
{
    for (const struct psrp_item *i = list->as.list->first; i; i = i->next)
        if (i->value->as.i64 == index)
            return true;
    return false;
}

static bool choose(struct cli_prompt *p, int64_t index)
{
    return is_chosen(p->list, index) ||
           psrp_value_add_item(&p->arena, p->list, psrp_value_i32(&p->arena, (int32_t)index));
}

static void finish_many(struct cli_prompt *p)
{
    size_t left = CLI_PROMPT_ITEMS_MAX;
    bool is_whole = true;
    int64_t index;

    if (!p->list->as.list->first)
        for (const struct psrp_item *i = first_default(p); is_whole && i && left > 0; i = i->next, left--)
            if (psrp_value_integer(i->value, &index) && choice_at(p, index))
                is_whole = choose(p, index);
    cli_prompt_finish(p, is_whole ? p->list : NULL);
}

static void take_many(struct cli_prompt *p, struct icm_slice line)
{
    line = icm_slice_trim(line);
    int64_t index = line.size > 0 ? find(p, line) : NONE;

    if (line.size == 0) {
        finish_many(p);
        return;
    }
    if (index != NONE && !choose(p, index)) {
        cli_prompt_finish(p, NULL);
        return;
    }
    if (index == NONE && icm_slice_is(line, "?"))
        show_help(p);
    ask_next(p);
}

const struct cli_prompt_kind cli_prompt_many_choices = {begin_many, take_many};
