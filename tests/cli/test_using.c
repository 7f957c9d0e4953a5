/* $Using: in scripts: what is found (the rows were made by the real engine's parser), what it is worth, and the command that carries it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/using.h"
#include "psrp/clixml.h"

#include <stdlib.h>

/* ---- scanning ---- */

static const struct scan_row {
    const char *name, *script;
    const char *found; /* each expression in < >; a ! in front: glued, a # in front: nested */
} scans[] = {
    {"a variable", "$using:a", "<$using:a>"},
    {"any case", "$USING:An", "<$USING:An>"},
    {"in braces", "${using:p q} ${Using:a`}m}", "<${using:p q}><${Using:a`}m}>"},
    {"splatted", "foo @using:k @Using:l", "<@using:k><@Using:l>"},
    {"from the environment", "$using:env:PATH", "<$using:env:PATH>"},
    {"of a scope", "$using:global:ao.b", "<$using:global:ao.b>"},
    {"members and elements", "$using:a.b[0].'c d'[ 'k' ].5", "<$using:a.b[0].'c d'[ 'k' ].5>"},
    {"a member in double quotes", "$using:u.\"v w\".x", "<$using:u.\"v w\".x>"},
    {"of braces", "${using:al}.m[0,1]", "<${using:al}.m[0,1]>"},
    {"with a question", "$using:bl?.b ${using:bm}?.b", "<$using:bl?.b><${using:bm}?.b>"},
    {"static", "$using:s::t", "<$using:s::t>"},
    {"a blank in front of the dot", "$using:aj .b", "<$using:aj>"},
    {"a range", "1..$using:o..2", "<$using:o>"},
    {"a call", "$using:m.n.ToString()", "<$using:m.n.ToString(>"},
    {"assigned", "$using:bt.u=5; $using:bd.e++", "<$using:bt.u><$using:bd.e>"},
    {"operators", "-join $using:ah.b; 1-$using:af[0]; !$using:az.b; ++$using:be.f", "<$using:ah.b><!$using:af[0]><$using:az.b><!$using:be.f>"},
    {"in a word", "foo x$using:e.f a=$using:i.j $using:ab/d.e", "<!$using:e.f><!$using:i.j><$using:ab>"},
    {"behind a parameter's colon", "foo -P:$using:g.h", "<!$using:g.h>"},
    {"behind a string", "foo \"x\"$using:aq.b $using:ar\"x\"", "<$using:aq.b><$using:ar>"},
    {"two in one word", "foo $using:as.b.c$using:at", "<$using:as.b.c><$using:at>"},
    {"redirected", "foo 2>$using:bf.g", "<$using:bf.g>"},
    {"called", "& $using:bg.h $using:bh.i", "<$using:bg.h><$using:bh.i>"},
    {"brackets, lists", "(1+$using:ac.d) ,$using:ae.b @($using:ba.b) $a=1,$using:bj.k", "<!$using:ac.d><$using:ae.b><$using:ba.b><$using:bj.k>"},
    {"a hashtable is no block", "@{a=$using:bb.c; $using:bc.d=1}", "<!$using:bb.c><$using:bc.d>"},
    {"blocks", "$using:a; % { $using:b; @{x=$using:c} }; $using:d", "<$using:a><#$using:b><#$using:c><$using:d>"},
    {"in a string no members", "\"$using:a.b[0]x\"", "<$using:a>"},
    {"in a string, in code", "\"$($using:c.d) $using:e\"", "<$using:c.d><$using:e>"},
    {"strings in strings", "\"$(\"$($using:a.b)\" + 'x' + (1)) $using:c\"", "<$using:a.b><$using:c>"},
    {"braces in a string", "\"${using:p q}.r\"", "<${using:p q}>"},
    {"a backtick hides it", "\"`$using:no $using:a\"; `$using:no", "<$using:a>"},
    {"a doubled quote", "\"\"\"$using:a\"\"\"", "<$using:a>"},
    {"single quotes hide it", "'$using:no'; 'it''s $using:no'; $using:a", "<$using:a>"},
    {"typographic quotes", "\xE2\x80\x98$using:no\xE2\x80\x99; \xE2\x80\x9C$using:a\xE2\x80\x9D; $using:b", "<$using:a><$using:b>"},
    {"a here-string", "@\"\n$using:a.b \"q\" `$using:no \"@ x\n\"@; $using:c", "<$using:a><$using:c>"},
    {"a single one hides it", "@'\n$using:no '@\n'@; $using:a", "<$using:a>"},
    {"one with blanks behind its quote", "@' \t\n$using:no\n'@\n$using:a", "<$using:a>"},
    {"a comment hides it", "1 # $using:no\n$using:a", "<$using:a>"},
    {"a hash in a word is none", "foo a#$using:aw $using:ax#no", "<$using:aw><$using:ax>"},
    {"a comment behind a string or a variable", "\"a\"# $using:no\n$using:b# $using:no\n", "<$using:b>"},
    {"a sign inside a word splats nothing", "user@using:no @using:a", "<@using:a>"},
    {"a block comment hides it", "<# $using:no #> $using:av.b", "<$using:av.b>"},
    {"one that is never closed", "$using:a <# $using:no", "<$using:a>"},
    {"what is handed on as it is", "foo --% $using:no | bar $using:a\nfoo $using:b", "<$using:a><$using:b>"},
    {"$$ is a variable", "$$using:no $^using:no", ""},
    {"$? is one", "$?using:no", ""},
    {"other scopes", "$script:using:a $user:x $using: x", ""},
    {"a word", "using:a; using namespace System; $x = 'using:'", ""},
    {"other scripts' letters", "$using:\xC3\x84pfel.b", "<$using:\xC3\x84pfel.b>"},
    {"brackets that have no partner", ") } ] $using:a { ( \" $(", "<$using:a>"},
    {"a backtick at the end", "$using:a`", "<$using:a>"},
    {"an index that is not closed", "$using:a[0", "<$using:a>"},
    {"braces that are not closed", "${using:a", ""},
    {"nothing", "", ""},
};

static void finds(void **state)
{
    const struct scan_row *row = *state;
    struct icm_arena a = {0};
    struct icm_buf found = {0};
    struct cli_usings usings;

    assert_int_equal(cli_using_scan(&a, icm_slice_text(row->script), &usings, NULL), ICM_OK);
    for (const struct cli_using *u = usings.first; u; u = u->next)
        icm_buf_add_format(&found, "<%s%s%.*s>", u->is_nested ? "#" : "", u->may_be_bare ? "!" : "",
                           (int)u->text.size, (const char *)u->text.data);
    assert_string_equal(icm_buf_text(&found), row->found);
    icm_buf_reset(&found);
    icm_arena_reset(&a);
}

/* ---- values, by their text ---- */

static const char *const variables[] = {"a=5", "name='x y'", "list=1,2,3", "table=@{Key=@{Deep=@(7,8)}; 3=9; 'two words'='z'}", "p q=1",
                                        "text=h\xC3\xA4user", "$dollar=1", "A=6", "@{one=1; two=@(2)}", "empty="};

static const struct value_row {
    const char *name, *script;
    const char *value; /* NULL: refused */
    const char *why;
} values[] = {
    {"the last value of a name, in any case", "$using:a", "6", NULL},
    {"a string", "$using:name", "x y", NULL},
    {"a blank in a name", "${using:p q}", "1", NULL},
    {"a backtick in a name", "${using:p` q}", "1", NULL},
    {"a dollar in front of a name that was set", "$using:dollar", "1", NULL},
    {"of a hashtable", "$using:one", "1", NULL},
    {"nothing", "\"$using:empty\"", "", NULL},
    {"a scope", "$using:script:a", "6", NULL},
    {"true", "$using:true", "True", NULL},
    {"null", "$using:null", "", NULL},
    {"an element", "$using:list[1]", "2", NULL},
    {"from the end", "$using:list[-1]", "3", NULL},
    {"an element that is not there", "$using:list[3]", NULL, "$using:list[3]: there is no such element"},
    {"how many", "$using:list.Count", "3", NULL},
    {"how long", "$using:text.length", "6", NULL},
    {"a key, its key, its element", "$using:table.key['deep'][-2]", "7", NULL},
    {"a key that is a number", "$using:table[3]", "9", NULL},
    {"a key in quotes", "$using:table.'two words'", "z", NULL},
    {"a key that is not there", "$using:table.x", NULL, "$using:table.x: there is no such member"},
    {"a member of a number", "$using:a.x", NULL, "there is no such member"},
    {"a member of nothing", "$using:null.x", NULL, "there is no such member"},
    {"an element of a number", "$using:a[0]", NULL, "it is no list"},
    {"an index that is a variable", "$using:list[$i]", NULL, "an index is a number or a string"},
    {"a call", "$using:name.Trim()", NULL, "a method cannot be called"},
    {"static", "$using:name::x", NULL, "only members and elements"},
    {"glued to a word that has a dot", "foo x$using:name.y", "x y", NULL},
    {"the environment", "$using:env:ICM_TEST_USING", "from outside", NULL},
    {"not in the environment", "$using:env:ICM_TEST_UNSET", NULL, "$using:env:ICM_TEST_UNSET is not in the environment"},
    {"the environment has case", "$using:env:icm_test_using", NULL, "is not in the environment"},
    {"unset", "1; $using:nope.x", NULL, "$using:nope has no value: give -Variable nope=VALUE; nothing was sent"},
    {"unset in braces", "${using:no pe}", NULL, "${using:no pe} has no value: give -Variable no pe=VALUE"},
};

static void set_variables(struct cli_options *o, struct icm_arena *a)
{
    cli_options_init(o, a);
    for (size_t i = 0; i < ICM_COUNT(variables); i++)
        assert_int_equal(cli_variable_read(o, icm_slice_text(variables[i]), NULL), ICM_OK);
}

static void is_worth(void **state)
{
    const struct value_row *row = *state;
    struct icm_arena a = {0};
    struct icm_buf text = {0};
    struct icm_error err = {0};
    struct cli_options o;
    struct cli_using_values found;

    setenv("ICM_TEST_USING", "from outside", 1);
    unsetenv("ICM_TEST_UNSET");
    set_variables(&o, &a);
    enum icm_code code = cli_using_bind(&a, icm_slice_text(row->script), o.variables, &found, &err);
    if (row->value) {
        assert_string_equal(err.text, "");
        assert_int_equal(code, ICM_OK);
        assert_int_equal(found.count, 1);
        psrp_value_write_text(found.values[0].value, &text);
        assert_string_equal(icm_buf_text(&text), row->value);
    } else {
        assert_int_equal(code, ICM_USAGE);
        if (!strstr(err.text, row->why))
            fail_msg("%s", err.text);
    }
    icm_buf_reset(&text);
    icm_error_reset(&err);
    icm_arena_reset(&a);
}

static void variables_that_are_none(void **state)
{
    static const char *const texts[] = {"a", "", "=1", "@{a=1", "a=$x", "@(1)"};
    struct icm_arena a = {0};
    struct cli_options o;

    cli_options_init(&o, &a);
    for (size_t i = 0; i < ICM_COUNT(texts); i++)
        assert_int_equal(cli_variable_read(&o, icm_slice_text(texts[i]), NULL), ICM_USAGE);
    assert_null(o.variables);
    icm_arena_reset(&a);
}

/* ---- the command ---- */

static const struct command_row {
    const char *name, *script;
    int64_t major;
    const char *text;       /* the script that is sent */
    const char *parameters; /* NAME=VALUE of each; a table's keys decoded */
} commands[] = {
    {"nothing to carry", "$x", 7, "$x", "(arg)"},
    {"a table for version 5 and on", "$Using:A; \"$using:a\"; ${using:A}", 5, "$Using:A; \"$using:a\"; ${using:A}",
     "(arg) --%={$using:a=6 ${using:a}=6}"},
    {"members keep their case", "$using:Table.Key['Deep'][0]", 7, "$using:Table.Key['Deep'][0]", "(arg) --%={$using:Table.Key['Deep'][0]=7}"},
    {"glued to a word: both", "x$using:list.Count", 7, "x$using:list.Count", "(arg) --%={$using:list.Count=3 $using:list=list}"},
    {"splatted", "foo @Using:List", 7, "foo @Using:List", "(arg) --%={@using:list=list}"},
    {"in a block too", "% { $using:a }", 7, "% { $using:a }", "(arg) --%={$using:a=6}"},
    {"an array for 3", "$using:a $using:one $using:A", 3, "$using:a $using:one $using:A", "(arg) --%=[6 1 6]"},
    {"an array for 4", "$using:list[1]", 4, "$using:list[1]", "(arg) --%=[2]"},
    {"an array where nobody knows", "$using:a", 0, "$using:a", "(arg) --%=[6]"},
    {"a table where nobody knows, and blocks", "% { $using:a }", 0, "% { $using:a }", "(arg) --%={$using:a=6}"},
    {"parameters for blocks in 3", "$using:a; % { $using:A }", 3, "param(${__using_a}) ${__using_a}; % { ${__using_A} }", "(arg) -__using_a=6"},
    {"parameters for 2", "\"$using:a\"; foo @using:list ${using:p q}", 2,
     "param(${__using_a}, ${__using_list}, ${__using_p q}) \"${__using_a}\"; foo @__using_list ${__using_p q}",
     "(arg) -__using_a=6 -__using_list=list -__using_p q=1"},
    {"a param block that is there", "# x\n[CmdletBinding()] param (\n $p) $using:a", 2,
     "# x\n[CmdletBinding()] param (${__using_a}, \n $p) ${__using_a}", "(arg) -__using_a=6"},
    {"a comment right behind an attribute", "[CmdletBinding()]# x\nparam ($p) $using:a", 2,
     "[CmdletBinding()]# x\nparam (${__using_a}, $p) ${__using_a}", "(arg) -__using_a=6"},
    {"in front of it, too", "[x($using:a)] param($p) $using:a", 2, "[x(${__using_a})] param(${__using_a}, $p) ${__using_a}", "(arg) -__using_a=6"},
    {"an empty one", "param( )$using:a", 2, "param(${__using_a} )${__using_a}", "(arg) -__using_a=6"},
    {"a drive", "$using:env:ICM_TEST_USING", 2, "param(${__using_env_ICM_TEST_USING}) ${__using_env_ICM_TEST_USING}",
     "(arg) -__using_env_ICM_TEST_USING=from outside"},
};

static void tell_value(struct icm_buf *out, const struct psrp_value *v)
{
    if (v->kind == PSRP_LIST)
        icm_buf_add_text(out, "list");
    else
        psrp_value_write_text(v, out);
}

static void tell_key(struct icm_buf *out, const struct psrp_value *key)
{
    struct icm_buf units = {0};

    assert_int_equal(icm_base64_read(key->as.text, &units, NULL), ICM_OK);
    assert_int_equal(icm_utf8_from_utf16(out, icm_buf_slice(&units), NULL), ICM_OK);
    icm_buf_reset(&units);
}

static void tell_values(struct icm_buf *out, const struct psrp_value *v)
{
    bool is_table = v->kind == PSRP_DICTIONARY;

    icm_buf_add_text(out, is_table ? "{" : "[");
    for (const struct psrp_item *i = is_table ? NULL : v->as.list->first; i; i = i->next) {
        tell_value(out, i->value);
        icm_buf_add_text(out, i->next ? " " : "]");
    }
    for (const struct psrp_entry *e = is_table ? v->as.dictionary->first : NULL; e; e = e->next) {
        tell_key(out, e->key);
        icm_buf_add_u8(out, '=');
        tell_value(out, e->value);
        icm_buf_add_text(out, e->next ? " " : "}");
    }
}

static void tell_parameter(struct icm_buf *out, const struct psrp_parameter *p)
{
    if (!p->name.data) {
        icm_buf_add_text(out, "(arg)");
        return;
    }
    icm_buf_add_text(out, " ");
    icm_buf_add(out, p->name);
    icm_buf_add_u8(out, '=');
    if (icm_slice_is(p->name, "--%"))
        tell_values(out, p->value);
    else
        tell_value(out, p->value);
}

static void is_carried(void **state)
{
    const struct command_row *row = *state;
    struct icm_arena a = {0};
    struct icm_buf parameters = {0};
    struct icm_slice script = icm_slice_text(row->script);
    struct psrp_value *arguments = psrp_value_array(&a);
    struct cli_options o;
    struct cli_using_values found;
    struct psrp_command command;

    setenv("ICM_TEST_USING", "from outside", 1);
    set_variables(&o, &a);
    psrp_value_add_item(&a, arguments, psrp_value_i32(&a, 1));
    assert_int_equal(cli_using_bind(&a, script, o.variables, &found, NULL), ICM_OK);
    assert_int_equal(cli_using_command(&a, script, arguments, &found, row->major, &command, NULL), ICM_OK);
    assert_true(icm_slice_is(command.text, row->text));
    assert_true(command.is_script);
    for (size_t i = 0; i < command.parameter_count; i++)
        tell_parameter(&parameters, &command.parameters[i]);
    assert_string_equal(icm_buf_text(&parameters), row->parameters);
    icm_buf_reset(&parameters);
    icm_arena_reset(&a);
}

static void the_server_says_its_version(void **state)
{
    static const struct {
        const char *clixml;
        int64_t major;
    } rows[] = {
        {"<Obj RefId=\"0\"><DCT><En><S N=\"Key\">PSVersionTable</S><Obj N=\"Value\" RefId=\"1\"><DCT><En><S N=\"Key\">PSVersion</S>"
         "<Version N=\"Value\">5.1.17763.1</Version></En></DCT></Obj></En></DCT></Obj>", 5},
        {"<Obj RefId=\"0\"><DCT><En><S N=\"Key\">PSVersionTable</S><Obj N=\"Value\" RefId=\"1\"><DCT><En><S N=\"Key\">PSVersion</S>"
         "<Obj N=\"Value\" RefId=\"2\"><ToString>7.6.0-rc.1</ToString></Obj></En></DCT></Obj></En></DCT></Obj>", 7},
        {"<Obj RefId=\"0\"><DCT><En><S N=\"Key\">PSVersionTable</S><S N=\"Value\">x</S></En></DCT></Obj>", 0},
        {"<Obj RefId=\"0\"><DCT></DCT></Obj>", 0},
        {"<Nil />", 0},
    };

    ICM_OWN(psrp_clixml_reader_freep) struct psrp_clixml_reader *reader = NULL;

    assert_int_equal(psrp_clixml_reader_new(&reader, NULL), ICM_OK);
    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        struct icm_arena a = {0};
        struct psrp_value *v = NULL;

        assert_int_equal(psrp_clixml_read(reader, icm_slice_text(rows[i].clixml), &a, &v, NULL), ICM_OK);
        assert_int_equal(cli_using_server_version(v), rows[i].major);
        icm_arena_reset(&a);
    }
    assert_int_equal(cli_using_server_version(NULL), 0);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(scans) + ICM_COUNT(values) + ICM_COUNT(commands) + 2];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(scans); i++)
        tests[count++] = (struct CMUnitTest){
            .name = scans[i].name, .test_func = finds, .initial_state = (void *)(uintptr_t)&scans[i]};
    for (size_t i = 0; i < ICM_COUNT(values); i++)
        tests[count++] = (struct CMUnitTest){
            .name = values[i].name, .test_func = is_worth, .initial_state = (void *)(uintptr_t)&values[i]};
    for (size_t i = 0; i < ICM_COUNT(commands); i++)
        tests[count++] = (struct CMUnitTest){
            .name = commands[i].name, .test_func = is_carried, .initial_state = (void *)(uintptr_t)&commands[i]};
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(variables_that_are_none);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(the_server_says_its_version);
    return cmocka_run_group_tests_name("cli_using", tests, NULL, NULL);
}
