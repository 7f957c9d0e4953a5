#include "cli/host_about.h"

#include <stdlib.h>

void cli_about_culture(const char *locale, char *out, size_t size)
{
    size_t length = locale ? strcspn(locale, ".@") : 0;
    bool is_name = length >= 2 && length < size &&
                   strspn(locale, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == length;

    if (!is_name || strncmp(locale, "C", length) == 0 || strncmp(locale, "POSIX", length) == 0) {
        locale = "en-US";
        length = strlen(locale);
    }
    for (size_t i = 0; i < length; i++)
        out[i] = locale[i] == '_' ? '-' : locale[i];
    out[length] = 0;
}

/* as locale(7) looks for it */
static const char *locale_of(const char *category)
{
    const char *const names[] = {"LC_ALL", category, "LANG"};

    for (size_t i = 0; i < ICM_COUNT(names); i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return value;
    }
    return NULL;
}

void cli_about_own_culture(bool of_messages, char *out, size_t size)
{
    cli_about_culture(locale_of(of_messages ? "LC_MESSAGES" : "LC_NUMERIC"), out, size);
}

static struct psrp_value *culture(struct icm_arena *a, bool of_messages)
{
    char name[CLI_CULTURE_MAX];

    cli_about_own_culture(of_messages, name, sizeof name);
    return psrp_value_string(a, name);
}

/* one for the life of the program, as a host has */
static struct psrp_value *instance_id(struct icm_arena *a)
{
    static struct icm_guid id;
    char text[ICM_GUID_TEXT + 1];

    if (icm_guid_is_zero(&id) && icm_guid_random(&id, NULL) != ICM_OK)
        return NULL;
    icm_guid_format_lower(&id, text);
    return psrp_value_text(a, PSRP_GUID, icm_slice_text(text));
}

bool cli_about_take(const struct psrp_host_call *call, struct icm_arena *a, struct psrp_value **result)
{
    switch (call->method) {
    case PSRP_HOST_GET_NAME:
        *result = psrp_value_string(a, "icm");
        return true;
    case PSRP_HOST_GET_VERSION:
        *result = psrp_value_text(a, PSRP_VERSION, icm_slice_text(ICM_VERSION));
        return true;
    case PSRP_HOST_GET_INSTANCE_ID:
        *result = instance_id(a);
        return true;
    case PSRP_HOST_GET_CURRENT_CULTURE:
        *result = culture(a, false);
        return true;
    case PSRP_HOST_GET_CURRENT_UI_CULTURE:
        *result = culture(a, true);
        return true;
    case PSRP_HOST_GET_IS_RUNSPACE_PUSHED:
        *result = psrp_value_bool(a, false);
        return true;
    default:
        return false;
    }
}
