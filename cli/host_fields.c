/* Prompt: a value for each field, read by the field's type. MS-PSRP 2.2.6.1.2 */
#include "cli/host_prompt_private.h"

#include "cli/value_inline.h"
#include "cli/visible.h"

enum form { WORD, INTEGER, REAL, BOOLEAN, CHARACTER, SECRET, CREDENTIAL };

/* Types that are read here; a value of another one travels as its text, of which the remote side makes what it wants.
 */
static const struct field_type {
    const char *name;
    enum form form;
    enum psrp_kind kind;
    int64_t min, max;
} types[] = {
    {"System.SByte", INTEGER, PSRP_I8, INT8_MIN, INT8_MAX},
    {"System.Byte", INTEGER, PSRP_U8, 0, UINT8_MAX},
    {"System.Int16", INTEGER, PSRP_I16, INT16_MIN, INT16_MAX},
    {"System.UInt16", INTEGER, PSRP_U16, 0, UINT16_MAX},
    {"System.Int32", INTEGER, PSRP_I32, INT32_MIN, INT32_MAX},
    {"System.UInt32", INTEGER, PSRP_U32, 0, UINT32_MAX},
    {"System.Int64", INTEGER, PSRP_I64, INT64_MIN, INT64_MAX},
    {"System.Double", REAL, PSRP_DOUBLE, 0, 0},
    {"System.Boolean", BOOLEAN, PSRP_BOOL, 0, 0},
    {"System.Char", CHARACTER, PSRP_CHAR, 0, 0},
    {"System.Security.SecureString", SECRET, PSRP_SECURESTRING, 0, 0},
    {"System.Management.Automation.PSCredential", CREDENTIAL, PSRP_OBJECT, 0, 0},
};
static const struct field_type word = {"System.String", WORD, PSRP_STRING, 0, 0};

static bool is_list(struct icm_slice type_name)
{
    return type_name.size > 2 && memcmp(type_name.data + type_name.size - 2, "[]", 2) == 0;
}

/* of a list: its elements' */
static const struct field_type *type_of(struct icm_slice name)
{
    if (is_list(name))
        name.size -= 2;
    for (size_t i = 0; i < ICM_COUNT(types); i++)
        if (icm_slice_is(name, types[i].name))
            return &types[i];
    return &word;
}

/* ---- values ---- */

static bool read_boolean(struct icm_slice text, bool *out)
{
    static const struct {
        const char *text;
        bool value;
    } words[] = {{"true", true}, {"$true", true}, {"1", true}, {"false", false}, {"$false", false}, {"0", false}};

    for (size_t i = 0; i < ICM_COUNT(words); i++)
        if (icm_slice_equal_nocase(text, icm_slice_text(words[i].text))) {
            *out = words[i].value;
            return true;
        }
    return false;
}

static bool read_character(struct icm_slice text, uint64_t *out)
{
    int32_t c = icm_utf8_next(&text);

    *out = (uint64_t)c;
    return c >= 0 && c <= 0xFFFF && text.size == 0;
}

/* Fill in @v by @text; false: it is none of the type's. */
static bool read_plain(const struct field_type *type, struct icm_slice text, struct psrp_value *v)
{
    v->kind = type->kind;
    text = icm_slice_trim(text);
    if (type->form == INTEGER) /* the unsigned ones here fit, and i64 and u64 lie in one place */
        return icm_parse_i64(text, type->min, type->max, &v->as.i64);
    if (type->form == REAL)
        return icm_parse_double(text, &v->as.number);
    if (type->form == BOOLEAN)
        return read_boolean(text, &v->as.boolean);
    return read_character(text, &v->as.u64);
}

static struct psrp_value *value_of(struct cli_prompt *p, const struct field_type *type, struct icm_slice line,
                                   bool *is_wrong)
{
    struct psrp_value read = {0};

    *is_wrong = false;
    if (type->form == WORD)
        return psrp_value_text(&p->arena, PSRP_STRING, line);
    if (type->form == SECRET)
        return psrp_value_secure(&p->arena, line);
    *is_wrong = !read_plain(type, line, &read);
    struct psrp_value *value = *is_wrong ? NULL : psrp_value_new(&p->arena, type->kind);
    if (value)
        value->as = read.as;
    return value;
}

/* ---- questions ---- */

/* "&Name" is Name */
static void add_label(struct icm_buf *out, const struct psrp_host_field *field)
{
    struct icm_slice label = field->label.size > 0 ? field->label : field->name;
    const uint8_t *mark = memchr(label.data ? (const void *)label.data : "", '&', label.size);
    size_t before = mark ? (size_t)(mark - label.data) : label.size;

    cli_visible_add(out, icm_slice_of(label.data, before), true);
    if (mark)
        cli_visible_add(out, icm_slice_from(label, before + 1), true);
}

static void add_default(struct icm_buf *out, const struct psrp_host_field *field)
{
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};

    if (!field->default_value || type_of(field->type_name)->form >= SECRET)
        return;
    cli_value_write_inline(field->default_value, &text);
    icm_buf_add_text(out, " (default is \"");
    cli_visible_add(out, icm_buf_slice(&text), true);
    icm_buf_add_text(out, "\")");
}

static void ask_value(struct cli_prompt *p)
{
    ICM_OWN(icm_buf_reset) struct icm_buf question = {0};
    bool is_secret = type_of(p->field.type_name)->form == SECRET;

    add_label(&question, &p->field);
    if (p->list)
        icm_buf_add_format(&question, "[%zu]", p->list->as.list->count);
    else
        add_default(&question, &p->field);
    icm_buf_add_text(&question, ": ");
    cli_prompt_ask(p, is_secret ? CLI_PROMPT_WANTS_SECRET : CLI_PROMPT_WANTS_LINE, &question);
}

static void ask_field(struct cli_prompt *p)
{
    if (type_of(p->field.type_name)->form == CREDENTIAL) {
        ICM_OWN(icm_buf_reset) struct icm_buf label = {0};

        add_label(&label, &p->field);
        icm_buf_add(&p->text, icm_buf_slice(&label));
        cli_prompt_say(p, "\n");
        cli_prompt_ask_credential(p, icm_slice_of(NULL, 0));
        return;
    }
    p->list = NULL;
    if (is_list(p->field.type_name) && !(p->list = psrp_value_array(&p->arena)))
        cli_prompt_finish(p, NULL);
    else
        ask_value(p);
}

/* The next field; behind the last one the answers are whole. */
static void go_on(struct cli_prompt *p)
{
    if (!p->item) {
        cli_prompt_finish(p, p->answers);
        return;
    }
    psrp_host_read_field(p->item->value, &p->field);
    ask_field(p);
}

/* ---- answers ---- */

static void give(struct cli_prompt *p, struct psrp_value *value)
{
    struct psrp_value *name = psrp_value_text(&p->arena, PSRP_STRING, p->field.name);

    if (!psrp_value_add_entry(&p->arena, p->answers, name, value)) {
        cli_prompt_finish(p, NULL);
        return;
    }
    p->item = p->item->next;
    go_on(p);
}

/* A copy of the top will do: what hangs on it lives as long as the call. */
static struct psrp_value *default_of(struct cli_prompt *p)
{
    struct psrp_value *value = psrp_value_new(&p->arena, PSRP_NIL);

    if (value)
        *value = *p->field.default_value;
    return value;
}

static void complain(struct cli_prompt *p, const struct field_type *type)
{
    icm_buf_add_format(&p->text, "That is no %s.\n", type->name);
    ask_value(p);
}

static void take_item(struct cli_prompt *p, const struct field_type *type, struct icm_slice line)
{
    bool is_wrong;

    if (line.size == 0) {
        give(p, p->list->as.list->first || !p->field.default_value ? p->list : default_of(p));
        return;
    }
    if (p->list->as.list->count >= CLI_PROMPT_ITEMS_MAX) {
        cli_prompt_say(p, "That is one too many: end with an empty line.\n");
        ask_value(p);
        return;
    }
    struct psrp_value *value = value_of(p, type, line, &is_wrong);
    if (is_wrong)
        complain(p, type);
    else if (!psrp_value_add_item(&p->arena, p->list, value))
        cli_prompt_finish(p, NULL);
    else
        ask_value(p);
}

static void take_value(struct cli_prompt *p, const struct field_type *type, struct icm_slice line)
{
    bool is_text = type->form == WORD || type->form == SECRET, is_wrong;

    if (line.size == 0 && p->field.default_value && type->form != SECRET) {
        give(p, default_of(p));
        return;
    }
    if (line.size == 0 && !is_text && !p->field.is_mandatory) {
        give(p, psrp_value_nil(&p->arena));
        return;
    }
    struct psrp_value *value = value_of(p, type, line, &is_wrong);
    if (is_wrong)
        complain(p, type);
    else
        give(p, value);
}

/* ---- the prompt ---- */

static bool has_form(const struct cli_prompt *p, enum form form)
{
    struct psrp_host_field field;

    for (const struct psrp_item *i = p->item; i; i = i->next)
        if (psrp_host_read_field(i->value, &field) && type_of(field.type_name)->form == form)
            return true;
    return false;
}

static bool has_help(const struct cli_prompt *p)
{
    struct psrp_host_field field;

    for (const struct psrp_item *i = p->item; i; i = i->next)
        if (psrp_host_read_field(i->value, &field) && field.help.size > 0)
            return true;
    return false;
}

static void begin_fields(struct cli_prompt *p)
{
    p->item = psrp_host_parameter(p->call, 2)->as.list->first;
    p->answers = psrp_host_answers(&p->arena);
    if (!p->answers) {
        cli_prompt_finish(p, NULL);
        return;
    }
    bool has_credential = has_form(p, CREDENTIAL);
    if (has_credential)
        cli_prompt_warn_of_credential(p);
    else if (has_form(p, SECRET))
        cli_prompt_warn_of_secret(p);
    cli_prompt_show_head(p, has_credential ? CLI_PROMPT_CREDENTIAL_CAPTION : NULL);
    if (has_help(p))
        cli_prompt_say(p, "(Type !? for help.)\n");
    go_on(p);
}

static void take_field(struct cli_prompt *p, struct icm_slice line)
{
    const struct field_type *type = type_of(p->field.type_name);
    struct psrp_value *credential;

    if (type->form == CREDENTIAL) {
        if (cli_prompt_take_credential(p, line, &credential))
            give(p, credential);
        return;
    }
    if (type->form != SECRET && icm_slice_is(line, "!?")) {
        cli_prompt_show(p, p->field.help);
        cli_prompt_say(p, p->field.help.size > 0 ? "\n" : "There is no help for it.\n");
        ask_value(p);
        return;
    }
    if (p->list)
        take_item(p, type, line);
    else
        take_value(p, type, line);
}

const struct cli_prompt_kind cli_prompt_fields = {begin_fields, take_field};
