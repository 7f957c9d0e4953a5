#include "wsman/shell_kind.h"

#include "base/text.h"
#include "wsman/names.h"

const struct wsman_shell_kind wsman_shell_kinds[WSMAN_SHELL_KIND_COUNT] = {
    [WSMAN_SHELL_POWERSHELL] = {.resource_uri = WSMAN_RESOURCE_POWERSHELL,
                                .input_streams = "stdin pr",
                                .output_streams = "stdout",
                                .no_profile = "1",
                                .needs_create = "A shell of PowerShell needs a creationXml.",
                                .needs_command = "A command of PowerShell needs Arguments.",
                                .has_pool = true},
    [WSMAN_SHELL_CMD] = {.resource_uri = WSMAN_RESOURCE_CMD,
                         .input_streams = "stdin",
                         .output_streams = "stdout stderr",
                         .no_profile = "TRUE",
                         .ends_streams = true,
                         .signals_ended = true},
};

static bool begins(struct icm_slice text, const char *start)
{
    size_t size = strlen(start);

    return text.size >= size && icm_slice_equal_nocase(icm_slice_of(text.data, size), icm_slice_text(start));
}

const struct wsman_shell_kind *wsman_shell_kind_of(struct icm_slice resource_uri)
{
    if (resource_uri.size == 0 || begins(resource_uri, WSMAN_NS_POWERSHELL "/"))
        return &wsman_shell_kinds[WSMAN_SHELL_POWERSHELL];
    if (icm_slice_equal_nocase(resource_uri, icm_slice_text(WSMAN_RESOURCE_CMD)))
        return &wsman_shell_kinds[WSMAN_SHELL_CMD];
    return NULL;
}

/* the first name of @streams, which moves past it */
static struct icm_slice next_name(const char **streams)
{
    size_t size = strcspn(*streams, " ");
    struct icm_slice name = icm_slice_of(*streams, size);

    *streams += size + ((*streams)[size] == ' ');
    return name;
}

int wsman_stream_number(const char *streams, struct icm_slice name)
{
    for (int number = 0; *streams; number++)
        if (icm_slice_equal(next_name(&streams), name))
            return number;
    return -1;
}

struct icm_slice wsman_stream_name(const char *streams, int number)
{
    struct icm_slice name = next_name(&streams);

    while (number-- > 0)
        name = next_name(&streams);
    return name;
}
