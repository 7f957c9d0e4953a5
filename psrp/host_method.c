/* The methods of a client's host: what each takes and gives, and a call as its server sends it. MS-PSRP 2.2.3.17,
 * 2.2.2.27. */
#include "psrp/host_kind.h"

#define SECTION "MS-PSRP 2.2.2.27"

enum { PARAMETERS_MAX = 6 };

#define K(name) PSRP_HOST_##name

/* by number */
static const struct host_method {
    const char *name;
    enum psrp_host_kind gives;
    enum psrp_host_kind takes[PARAMETERS_MAX + 1];
} methods[] = {
    [1]  = {"GetName",                          K(TEXT),        {K(NOTHING)}},
    [2]  = {"GetVersion",                       K(VERSION),     {K(NOTHING)}},
    [3]  = {"GetInstanceId",                    K(IDENTITY),    {K(NOTHING)}},
    [4]  = {"GetCurrentCulture",                K(TEXT),        {K(NOTHING)}},
    [5]  = {"GetCurrentUICulture",              K(TEXT),        {K(NOTHING)}},
    [6]  = {"SetShouldExit",                    K(NOTHING),     {K(NUMBER)}},
    [7]  = {"EnterNestedPrompt",                K(NOTHING),     {K(NOTHING)}},
    [8]  = {"ExitNestedPrompt",                 K(NOTHING),     {K(NOTHING)}},
    [9]  = {"NotifyBeginApplication",           K(NOTHING),     {K(NOTHING)}},
    [10] = {"NotifyEndApplication",             K(NOTHING),     {K(NOTHING)}},
    [11] = {"ReadLine",                         K(TEXT),        {K(NOTHING)}},
    [12] = {"ReadLineAsSecureString",           K(SECRET),      {K(NOTHING)}},
    [13] = {"Write1",                           K(NOTHING),     {K(TEXT)}},
    [14] = {"Write2",                           K(NOTHING),     {K(NUMBER), K(NUMBER), K(TEXT)}},
    [15] = {"WriteLine1",                       K(NOTHING),     {K(NOTHING)}},
    [16] = {"WriteLine2",                       K(NOTHING),     {K(TEXT)}},
    [17] = {"WriteLine3",                       K(NOTHING),     {K(NUMBER), K(NUMBER), K(TEXT)}},
    [18] = {"WriteErrorLine",                   K(NOTHING),     {K(TEXT)}},
    [19] = {"WriteDebugLine",                   K(NOTHING),     {K(TEXT)}},
    [20] = {"WriteProgress",                    K(NOTHING),     {K(NUMBER), K(RECORD)}},
    [21] = {"WriteVerboseLine",                 K(NOTHING),     {K(TEXT)}},
    [22] = {"WriteWarningLine",                 K(NOTHING),     {K(TEXT)}},
    [23] = {"Prompt",                           K(ANSWERS),     {K(TEXT), K(TEXT), K(FIELDS)}},
    [24] = {"PromptForCredential1",             K(CREDENTIAL),  {K(TEXT), K(TEXT), K(TEXT), K(TEXT)}},
    [25] = {"PromptForCredential2",             K(CREDENTIAL),  {K(TEXT), K(TEXT), K(TEXT), K(TEXT), K(NUMBER), K(NUMBER)}},
    [26] = {"PromptForChoice",                  K(NUMBER),      {K(TEXT), K(TEXT), K(CHOICES), K(NUMBER)}},
    [27] = {"GetForegroundColor",               K(NUMBER),      {K(NOTHING)}},
    [28] = {"SetForegroundColor",               K(NOTHING),     {K(NUMBER)}},
    [29] = {"GetBackgroundColor",               K(NUMBER),      {K(NOTHING)}},
    [30] = {"SetBackgroundColor",               K(NOTHING),     {K(NUMBER)}},
    [31] = {"GetCursorPosition",                K(PAIR_XY),     {K(NOTHING)}},
    [32] = {"SetCursorPosition",                K(NOTHING),     {K(PAIR_XY)}},
    [33] = {"GetWindowPosition",                K(PAIR_XY),     {K(NOTHING)}},
    [34] = {"SetWindowPosition",                K(NOTHING),     {K(PAIR_XY)}},
    [35] = {"GetCursorSize",                    K(NUMBER),      {K(NOTHING)}},
    [36] = {"SetCursorSize",                    K(NOTHING),     {K(NUMBER)}},
    [37] = {"GetBufferSize",                    K(PAIR_SIZE),   {K(NOTHING)}},
    [38] = {"SetBufferSize",                    K(NOTHING),     {K(PAIR_SIZE)}},
    [39] = {"GetWindowSize",                    K(PAIR_SIZE),   {K(NOTHING)}},
    [40] = {"SetWindowSize",                    K(NOTHING),     {K(PAIR_SIZE)}},
    [41] = {"GetWindowTitle",                   K(TEXT),        {K(NOTHING)}},
    [42] = {"SetWindowTitle",                   K(NOTHING),     {K(TEXT)}},
    [43] = {"GetMaxWindowSize",                 K(PAIR_SIZE),   {K(NOTHING)}},
    [44] = {"GetMaxPhysicalWindowSize",         K(PAIR_SIZE),   {K(NOTHING)}},
    [45] = {"GetKeyAvailable",                  K(FLAG),        {K(NOTHING)}},
    [46] = {"ReadKey",                          K(KEY),         {K(NUMBER)}},
    [47] = {"FlushInputBuffer",                 K(NOTHING),     {K(NOTHING)}},
    [48] = {"SetBufferContents1",               K(NOTHING),     {K(RECTANGLE), K(CELL)}},
    [49] = {"SetBufferContents2",               K(NOTHING),     {K(PAIR_XY), K(CELLS)}},
    [50] = {"GetBufferContents",                K(CELLS),       {K(RECTANGLE)}},
    [51] = {"ScrollBufferContents",             K(NOTHING),     {K(RECTANGLE), K(PAIR_XY), K(RECTANGLE), K(CELL)}},
    [52] = {"PushRunspace",                     K(NOTHING),     {K(ANYTHING)}},
    [53] = {"PopRunspace",                      K(NOTHING),     {K(NOTHING)}},
    [54] = {"GetIsRunspacePushed",              K(FLAG),        {K(NOTHING)}},
    [55] = {"GetRunspace",                      K(ANYTHING),    {K(NOTHING)}},
    [56] = {"PromptForChoiceMultipleSelection", K(NUMBERS),     {K(TEXT), K(TEXT), K(CHOICES), K(NUMBERS)}},
};

static const struct host_method *method_of(int64_t method)
{
    bool is_known = method > 0 && method < (int64_t)ICM_COUNT(methods);

    return is_known ? &methods[method] : NULL;
}

const char *psrp_host_method_name(int64_t method)
{
    const struct host_method *row = method_of(method);

    return row ? row->name : NULL;
}

bool psrp_host_method_is_void(int64_t method)
{
    const struct host_method *row = method_of(method);

    return row && row->gives == PSRP_HOST_NOTHING;
}

bool psrp_host_may_give(int64_t method, const struct psrp_value *result)
{
    static const struct psrp_value nil = {.kind = PSRP_NIL};
    const struct host_method *row = method_of(method);

    if (row && row->gives == PSRP_HOST_NOTHING)
        return !result || result->kind == PSRP_NIL;
    return row && psrp_host_kind_holds(row->gives, result ? result : &nil);
}

/* ---- a call ---- */

/* An object-typed place: { T: the type's name, V: the value }. MS-PSRP 2.2.6.1.1 */
static const struct psrp_value *unwrap(const struct psrp_value *value)
{
    const struct psrp_value *type, *inner;

    if (value->kind != PSRP_OBJECT)
        return value;
    type = psrp_value_member(value, "T");
    inner = psrp_value_member(value, "V");
    return type && type->kind == PSRP_STRING && inner ? inner : value;
}

const struct psrp_value *psrp_host_parameter(const struct psrp_host_call *call, size_t index)
{
    const struct psrp_item *item = call->parameters ? call->parameters->as.list->first : NULL;

    while (item && index-- > 0)
        item = item->next;
    return item ? unwrap(item->value) : NULL;
}

static enum icm_code check_parameters(const struct host_method *row, const struct psrp_value *list,
                                      struct icm_error *err)
{
    const struct psrp_item *item = list ? list->as.list->first : NULL;
    size_t wanted = 0;

    for (; row->takes[wanted] != PSRP_HOST_NOTHING; wanted++) {
        if (!item)
            break;
        if (!psrp_host_kind_holds(row->takes[wanted], unwrap(item->value)))
            return icm_fail(err, ICM_SYNTAX, SECTION, "a call of the host's %s whose parameter %zu is no %s", row->name,
                            wanted + 1, psrp_host_kind_words(row->takes[wanted]));
        item = item->next;
    }
    if (item || row->takes[wanted] != PSRP_HOST_NOTHING)
        return icm_fail(err, ICM_SYNTAX, SECTION, "a call of the host's %s with too %s parameters", row->name,
                        item ? "many" : "few");
    return ICM_OK;
}

enum icm_code psrp_host_call_read(const struct psrp_value *value, struct psrp_host_call *out, struct icm_error *err)
{
    struct psrp_host_call call;

    if (!psrp_value_integer(psrp_value_member(value, "ci"), &call.call_id))
        return icm_fail(err, ICM_SYNTAX, SECTION, "a host call without its number (ci)");
    if (!psrp_value_integer(psrp_value_member(value, "mi"), &call.method))
        return icm_fail(err, ICM_SYNTAX, SECTION, "a host call without its method (mi)");
    call.parameters = psrp_value_member(value, "mp");
    if (call.parameters && call.parameters->kind == PSRP_NIL)
        call.parameters = NULL;
    if (call.parameters && call.parameters->kind != PSRP_LIST && call.parameters->kind != PSRP_ENUMERABLE)
        return icm_fail(err, ICM_SYNTAX, SECTION, "a host call whose parameters (mp) are no list");
    const struct host_method *row = method_of(call.method);
    enum icm_code code = row ? check_parameters(row, call.parameters, err) : ICM_OK;
    if (code == ICM_OK)
        *out = call;
    return code;
}
