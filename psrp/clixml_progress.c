#include "psrp/clixml_progress.h"

#include "psrp/clixml.h"

/* clang-format off */
/* in the order that the engine's reader insists on */
static const struct part {
    const char *element, *member;
    enum psrp_kind kind;
    bool may_be_null;
} parts[] = {
    {"AV", "Activity",          PSRP_STRING, false},
    {"AI", "ActivityId",        PSRP_I32,    false},
    {"S",  "CurrentOperation",  PSRP_STRING, true},
    {"PI", "ParentActivityId",  PSRP_I32,    false},
    {"PC", "PercentComplete",   PSRP_I32,    false},
    {"T",  "Type",              PSRP_I32,    false},
    {"SR", "SecondsRemaining",  PSRP_I32,    false},
    {"SD", "StatusDescription", PSRP_STRING, false},
};
/* clang-format on */

static bool fits(const struct part *part, const struct psrp_value *value)
{
    if (!value)
        return false;
    return value->kind == part->kind || (part->may_be_null && value->kind == PSRP_NIL);
}

bool psrp_clixml_is_progress(const struct psrp_value *value)
{
    const struct psrp_object *object = value->object;
    size_t count = 0;

    if (value->kind != PSRP_OBJECT || !object || !object->types || object->types->count == 0 || object->adapted ||
        object->has_to_string || !icm_slice_is(object->types->names[0], "System.Management.Automation.ProgressRecord"))
        return false;
    for (const struct psrp_member *member = object->extended; member; member = member->next)
        count++;
    for (size_t i = 0; i < ICM_COUNT(parts) && count == ICM_COUNT(parts); i++)
        if (!fits(&parts[i], psrp_value_member(value, parts[i].member)))
            return false;
    return count == ICM_COUNT(parts);
}

void psrp_clixml_write_progress(struct icm_buf *out, const struct psrp_value *value)
{
    for (size_t i = 0; i < ICM_COUNT(parts); i++) {
        const struct psrp_value *part = psrp_value_member(value, parts[i].member);
        struct icm_buf text = {0};

        if (part->kind == PSRP_NIL) {
            icm_buf_add_text(out, "<Nil />");
            continue;
        }
        psrp_value_write_text(part, &text); /* the type is an enum, whose text is its name */
        icm_buf_add_format(out, "<%s>", parts[i].element);
        psrp_clixml_escape(out, icm_buf_slice(&text));
        icm_buf_add_format(out, "</%s>", parts[i].element);
        out->failed |= text.failed;
        icm_buf_reset(&text);
    }
}
