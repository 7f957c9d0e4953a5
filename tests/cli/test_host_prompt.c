/* Prompts: what is shown for a call, what lines are asked for, and the answer that they make. MS-PSRP 2.2.3.17,
 * psrp.md 8. */
#include "tests/cli/value_of.h"

#include "cli/host_prompt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LIST(items) "<Obj N=\"mp\" RefId=\"2\"><LST>" items "</LST></Obj>"
#define HEAD "<S>Caption</S><S>Message</S>"
#define ITEMS(items) "<Obj RefId=\"7\"><LST>" items "</LST></Obj>"
#define CHOICE(id, label, help)                                                                                        \
    "<Obj RefId=\"" id "\"><MS><S N=\"label\">" label "</S><S N=\"helpMessage\">" help "</S></MS></Obj>"
#define YES_NO CHOICE("8", "&amp;Yes", "say yes") CHOICE("9", "&amp;No", "say no")
#define FIELD(id, name, type, more)                                                                                    \
    "<Obj RefId=\"" id "\"><MS><S N=\"name\">" name "</S><S N=\"label\">&amp;" name                                    \
    "</S><S N=\"parameterTypeFullName\">" type "</S>" more "</MS></Obj>"
#define MANDATORY "<B N=\"isMandatory\">true</B>"
#define ONE_FIELD(type, more) LIST(HEAD ITEMS(FIELD("8", "x", type, more)))

#define SECRET_WARNING                                                                                                 \
    "WARNING: a script on the remote computer srv asks for a line that is not shown while you type it. Type a "        \
    "password "                                                                                                        \
    "or another secret only if you trust that computer and the script.\n"
#define CREDENTIAL_WARNING                                                                                             \
    "WARNING: a script on the remote computer srv asks for your credentials. Type them only if you trust that "        \
    "computer "                                                                                                        \
    "and the script.\n"
#define CREDENTIAL "(UserName=ana Password=secret)"

/* @shown: what is shown, `<` where a line and `*` where a secret is asked for. @lines: with an end each; a missing one
 * is the end of input. */
static const struct row {
    const char *name;
    int method;
    const char *parameters, *lines, *shown, *answer;
    bool names_computer;
} rows[] = {
    {"a line", 11, "", "typed\n", "<", "typed", false},
    {"a line in another encoding", 11, "", "\344\n\303\244\n", "[srv] <That is no UTF-8.\n[srv] <", "\303\244", true},
    {"a secret in another encoding", 12, "", "\344\nhidden\n", SECRET_WARNING "*That is no UTF-8.\n*", "secret", false},
    {"an empty line", 11, "", "\n", "<", "", false},
    {"a line, its computer named", 11, "", "typed\n", "[srv] <", "typed", true},
    {"the end of the input", 11, "", "", "<", "refused: the user ended the input without an answer", false},
    {"a secret line", 12, "", "hidden\n", SECRET_WARNING "*", "secret", false},

    {"a credential", 24, LIST(HEAD "<S></S><S>t</S>"), "ana\npw\n",
     CREDENTIAL_WARNING "PowerShell Credential Request: Caption\nMessage\nUser: <Password for user ana: *", CREDENTIAL,
     false},
    {"a credential of a known user", 25, LIST(HEAD "<S>ana</S><S>t</S><I32>3</I32><I32>1</I32>"), "pw\n",
     CREDENTIAL_WARNING "PowerShell Credential Request: Caption\nMessage\nPassword for user ana: *", CREDENTIAL, false},
    {"a credential without any words", 24, LIST("<Nil /><Nil /><Nil /><Nil />"), "\n ana \npw\n",
     CREDENTIAL_WARNING "PowerShell Credential Request: \nUser: <User: <Password for user ana: *", CREDENTIAL, false},
    {"a credential that is not given", 24, LIST(HEAD "<S></S><S>t</S>"), "ana\n",
     CREDENTIAL_WARNING "PowerShell Credential Request: Caption\nMessage\nUser: <Password for user ana: *",
     "refused: the user ended the input without an answer", false},
    {"a user whose name is a trick", 24, LIST("<S></S><S></S><S>a_x001B_[2J</S><S>t</S>"), "pw\n",
     CREDENTIAL_WARNING "PowerShell Credential Request: \nPassword for user a\\u001b[2J: *",
     "(UserName=a\033[2J Password=secret)", false},

    {"a choice by its key", 26, LIST(HEAD ITEMS(YES_NO) "<I32>0</I32>"), "n\n",
     "Caption\nMessage\n[Y] Yes  [N] No  [?] Help (default is \"Y\"): <", "1", false},
    {"a choice by its name", 26, LIST(HEAD ITEMS(YES_NO) "<I32>0</I32>"), " NO \n",
     "Caption\nMessage\n[Y] Yes  [N] No  [?] Help (default is \"Y\"): <", "1", false},
    {"the default", 26, LIST(HEAD ITEMS(YES_NO) "<I32>1</I32>"), "\n",
     "Caption\nMessage\n[Y] Yes  [N] No  [?] Help (default is \"N\"): <", "1", false},
    {"no default", 26, LIST("<S></S><S></S>" ITEMS(YES_NO) "<I32>-1</I32>"), "\nmaybe\ny\n",
     "[Y] Yes  [N] No  [?] Help: <[Y] Yes  [N] No  [?] Help: <[Y] Yes  [N] No  [?] Help: <", "0", false},
    {"a default that is no choice", 26, LIST("<S></S><S></S>" ITEMS(YES_NO) "<I32>7</I32>"), "y\n",
     "[Y] Yes  [N] No  [?] Help: <", "0", false},
    {"help", 26, LIST("<S></S><S></S>" ITEMS(YES_NO) "<I32>0</I32>"), "?\ny\n",
     "[Y] Yes  [N] No  [?] Help (default is \"Y\"): <Y - say yes\nN - say no\n[Y] Yes  [N] No  [?] Help (default is "
     "\"Y\"): <",
     "0", false},
    {"a label without a key", 26, LIST("<S></S><S></S>" ITEMS(CHOICE("8", "Go on", "")) "<I32>0</I32>"), "go on\n",
     "[Go on] Go on  [?] Help (default is \"Go on\"): <", "0", false},
    {"a key inside a label, in lower case", 26,
     LIST("<S></S><S></S>" ITEMS(CHOICE("8", "s&amp;uspend", "")) "<I32>-1</I32>"), "U\n", "[U] suspend  [?] Help: <",
     "0", false},
    {"a label that is nothing but a mark", 26, LIST("<S></S><S></S>" ITEMS(CHOICE("8", "&amp;", "")) "<I32>0</I32>"),
     "\n", "[]   [?] Help: <", "0", false},
    {"nothing to choose from", 26, LIST(HEAD ITEMS("") "<I32>0</I32>"), "", "",
     "refused: there is nothing to choose from", false},

    {"several choices", 56, LIST(HEAD ITEMS(YES_NO) "<Nil />"), "n\ny\nn\n\n",
     "Caption\nMessage\n[Y] Yes  [N] No  [?] Help\nChoice[0]: <Choice[1]: <Choice[2]: <Choice[2]: <", "1,0", false},
    {"none of several", 56, LIST("<S></S><S></S>" ITEMS(YES_NO) "<Nil />"), "\n",
     "[Y] Yes  [N] No  [?] Help\nChoice[0]: <", "", false},
    {"the defaults of several", 56,
     LIST("<S></S><S></S>" ITEMS(YES_NO) "<Obj RefId=\"10\"><LST><I32>1</I32><I32>9</I32><I32>0</I32></LST></Obj>"),
     "\n", "[Y] Yes  [N] No  [?] Help (default is \"N,Y\")\nChoice[0]: <", "1,0", false},
    {"defaults in an array with its lengths", 56,
     LIST("<S></S><S></S>" ITEMS(
         YES_NO) "<Obj RefId=\"10\"><MS><Obj N=\"mae\" RefId=\"11\"><LST><I32>1</I32></LST></Obj>"
                 "<Nil N=\"mal\" /></MS></Obj>"),
     "\n", "[Y] Yes  [N] No  [?] Help (default is \"N\")\nChoice[0]: <", "1", false},
    {"help for several", 56, LIST("<S></S><S></S>" ITEMS(YES_NO) "<Nil />"), "?\ny\n\n",
     "[Y] Yes  [N] No  [?] Help\nChoice[0]: <Y - say yes\nN - say no\nChoice[0]: <Choice[1]: <", "0", false},

    {"a text", 23, ONE_FIELD("System.String", MANDATORY), "some text\n", "Caption\nMessage\nx: <", "{x=some text}",
     false},
    {"an empty text", 23, ONE_FIELD("System.String", MANDATORY), "\n", "Caption\nMessage\nx: <", "{x=}", false},
    {"a text, its computer named", 23, ONE_FIELD("System.String", ""), "y\n", "Caption\nMessage\n[srv] x: <", "{x=y}",
     true},
    {"a number", 23, ONE_FIELD("System.Int32", MANDATORY), "\n4x\n99999999999\n 42 \n",
     "Caption\nMessage\nx: <That is no System.Int32.\nx: <That is no System.Int32.\nx: <That is no System.Int32.\nx: <",
     "{x=42}", false},
    {"a number that may be left out", 23, ONE_FIELD("System.Int32", ""), "\n", "Caption\nMessage\nx: <", "{x=null}",
     false},
    {"a byte", 23, ONE_FIELD("System.Byte", ""), "256\n255\n", "Caption\nMessage\nx: <That is no System.Byte.\nx: <",
     "{x=255}", false},
    {"a real number", 23, ONE_FIELD("System.Double", ""), "1.5\n", "Caption\nMessage\nx: <", "{x=1.5}", false},
    {"a truth", 23, ONE_FIELD("System.Boolean", ""), "maybe\n$True\n",
     "Caption\nMessage\nx: <That is no System.Boolean.\nx: <", "{x=True}", false},
    {"a character", 23, ONE_FIELD("System.Char", ""), "ab\nb\n", "Caption\nMessage\nx: <That is no System.Char.\nx: <",
     "{x=b}", false},
    {"a type that the remote side reads itself", 23, ONE_FIELD("System.DateTime", ""), "2026-11-24\n",
     "Caption\nMessage\nx: <", "{x=2026-11-24}", false},
    {"a default", 23, ONE_FIELD("System.Int32", "<I32 N=\"defaultValue\">7</I32>"), "\n",
     "Caption\nMessage\nx (default is \"7\"): <", "{x=7}", false},
    {"not the default", 23, ONE_FIELD("System.String", "<S N=\"defaultValue\">d</S>"), "e\n",
     "Caption\nMessage\nx (default is \"d\"): <", "{x=e}", false},
    {"a list", 23, ONE_FIELD("System.String[]", ""), "a\nb\n\n", "Caption\nMessage\nx[0]: <x[1]: <x[2]: <", "{x=a,b}",
     false},
    {"a list of numbers", 23, ONE_FIELD("System.Int32[]", ""), "1\nz\n2\n\n",
     "Caption\nMessage\nx[0]: <x[1]: <That is no System.Int32.\nx[1]: <x[2]: <", "{x=1,2}", false},
    {"an empty list", 23, ONE_FIELD("System.String[]", ""), "\n", "Caption\nMessage\nx[0]: <", "{x=}", false},
    {"a list's default", 23,
     ONE_FIELD("System.String[]", "<Obj N=\"defaultValue\" RefId=\"9\"><LST><S>d</S><S>e</S></LST></Obj>"), "\n",
     "Caption\nMessage\nx[0]: <", "{x=d,e}", false},
    {"a secret field", 23, ONE_FIELD("System.Security.SecureString", ""), "pw\n",
     SECRET_WARNING "Caption\nMessage\nx: *", "{x=secret}", false},
    {"a credential field", 23, ONE_FIELD("System.Management.Automation.PSCredential", ""), "ana\npw\n",
     CREDENTIAL_WARNING "PowerShell Credential Request: Caption\nMessage\nx\nUser: <Password for user ana: *",
     "{x=" CREDENTIAL "}", false},
    {"help for a field", 23, ONE_FIELD("System.String", "<S N=\"helpMessage\">type it</S>"), "!?\ny\n",
     "Caption\nMessage\n(Type !? for help.)\nx: <type it\nx: <", "{x=y}", false},
    {"no help for a field", 23, ONE_FIELD("System.String", ""), "!?\ny\n",
     "Caption\nMessage\nx: <There is no help for it.\nx: <", "{x=y}", false},
    {"no help where a secret is", 23, ONE_FIELD("System.Security.SecureString", "<S N=\"helpMessage\">type it</S>"),
     "!?\n", SECRET_WARNING "Caption\nMessage\n(Type !? for help.)\nx: *", "{x=secret}", false},
    {"two fields", 23, LIST(HEAD ITEMS(FIELD("8", "a", "System.String", "") FIELD("9", "b", "System.Int32", ""))),
     "one\n2\n", "Caption\nMessage\na: <b: <", "{a=one b=2}", false},
    {"no fields", 23, LIST(HEAD ITEMS("")), "", "Caption\nMessage\n", "{}", false},
    {"words that a terminal would act on", 23,
     LIST("<S>a_x001B_[31m</S><S>b_x0007_</S>" ITEMS(FIELD("8", "x_x009B_", "System.String", ""))), "y\n",
     "a\\u001b[31m\nb\\u0007\nx\\u009b: <", "{x\302\233=y}", false},
};

static void add_answer(struct icm_buf *out, const struct psrp_value *v);

static void add_list(struct icm_buf *out, const struct psrp_value *v)
{
    for (const struct psrp_item *i = v->as.list->first; i; i = i->next) {
        add_answer(out, i->value);
        icm_buf_add_text(out, i->next ? "," : "");
    }
}

static void add_dictionary(struct icm_buf *out, const struct psrp_value *v)
{
    icm_buf_add_text(out, "{");
    for (const struct psrp_entry *e = v->as.dictionary->first; e; e = e->next) {
        icm_buf_add(out, psrp_value_text_of(e->key));
        icm_buf_add_text(out, "=");
        add_answer(out, e->value);
        icm_buf_add_text(out, e->next ? " " : "");
    }
    icm_buf_add_text(out, "}");
}

/* A secret is told as "secret" where it is the line that was typed for it. */
static void add_answer(struct icm_buf *out, const struct psrp_value *v)
{
    if (v->kind == PSRP_SECURESTRING) {
        assert_true(v->is_clear);
        icm_buf_add_text(out, "secret");
    } else if (v->kind == PSRP_LIST) {
        add_list(out, v);
    } else if (v->kind == PSRP_DICTIONARY) {
        add_dictionary(out, v);
    } else if (v->kind == PSRP_NIL) {
        icm_buf_add_text(out, "null");
    } else if (psrp_value_member(v, "UserName")) {
        icm_buf_add_text(out, "(UserName=");
        add_answer(out, psrp_value_member(v, "UserName"));
        icm_buf_add_text(out, " Password=");
        add_answer(out, psrp_value_member(v, "Password"));
        icm_buf_add_text(out, ")");
    } else {
        psrp_value_write_text(v, out);
    }
}

static void next_line(struct cli_prompt *p, struct icm_slice *lines)
{
    const uint8_t *end = lines->size > 0 ? memchr(lines->data, '\n', lines->size) : NULL;

    if (!end) {
        cli_prompt_end(p);
        return;
    }
    size_t size = (size_t)(end - lines->data);
    cli_prompt_take(p, icm_slice_of(lines->data, size));
    *lines = icm_slice_from(*lines, size + 1);
}

static void asks(void **state)
{
    const struct row *row = *state;
    ICM_OWN(icm_buf_reset) struct icm_buf xml = {0}, shown = {0}, told = {0};
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct icm_slice lines = icm_slice_text(row->lines);
    struct psrp_host_call call;
    struct cli_prompt *p = NULL;
    struct icm_error err = {0};
    const char *why;

    icm_buf_add_format(
        &xml, "<Obj RefId=\"0\"><MS><I64 N=\"ci\">1</I64><Obj N=\"mi\" RefId=\"1\"><I32>%d</I32></Obj>%s</MS></Obj>",
        row->method, row->parameters);
    if (psrp_host_call_read(value_of(&a, icm_buf_text(&xml)), &call, &err) != ICM_OK)
        fail_msg("%s", err.text);
    assert_true(cli_prompt_is_for(row->method));
    assert_int_equal(cli_prompt_new(&p, &call, "srv", row->names_computer, NULL), ICM_OK);
    while (cli_prompt_wants(p) != CLI_PROMPT_WANTS_NOTHING) {
        icm_buf_add(&shown, cli_prompt_text(p));
        icm_buf_add_text(&shown, cli_prompt_wants(p) == CLI_PROMPT_WANTS_SECRET ? "*" : "<");
        next_line(p, &lines);
    }
    icm_buf_add(&shown, cli_prompt_text(p));
    const struct psrp_value *answer = cli_prompt_answer(p, &why);
    if (why)
        icm_buf_add_format(&told, "refused: %s", why);
    else
        add_answer(&told, answer);
    assert_string_equal(icm_buf_text(&shown), row->shown);
    assert_string_equal(icm_buf_text(&told), row->answer);
    assert_int_equal(lines.size, 0);
    assert_true(why || psrp_host_may_give(row->method, answer));
    cli_prompt_free(p);
}

static void secrets_are_what_was_typed(void **state)
{
    const struct psrp_host_call call = {.call_id = 1, .method = PSRP_HOST_READ_LINE_AS_SECURE_STRING};
    struct cli_prompt *p = NULL;
    const char *why;

    assert_int_equal(cli_prompt_new(&p, &call, "srv", false, NULL), ICM_OK);
    cli_prompt_take(p, icm_slice_text(" p w "));
    const struct psrp_value *secret = cli_prompt_answer(p, &why);
    assert_null(why);
    assert_true(secret->is_clear && icm_slice_is(secret->as.text, " p w "));
    cli_prompt_free(p);
}

static void other_methods_ask_for_no_line(void **state)
{
    size_t count = 0;

    for (int64_t m = -1; m <= PSRP_HOST_METHOD_END; m++)
        count += cli_prompt_is_for(m);
    assert_int_equal(count, 7);
    assert_false(cli_prompt_is_for(PSRP_HOST_WRITE1));
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(secrets_are_what_was_typed),
        cmocka_unit_test(other_methods_ask_for_no_line),
    };
    struct CMUnitTest tests[ICM_COUNT(rows) + ICM_COUNT(others)];

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[i] =
            (struct CMUnitTest){.name = rows[i].name, .test_func = asks, .initial_state = (void *)(uintptr_t)&rows[i]};
    memcpy(tests + ICM_COUNT(rows), others, sizeof others);
    return cmocka_run_group_tests_name("prompts", tests, NULL, NULL);
}
