#include "cli/endpoint_gate.h"

#include <string.h>
#include <strings.h>

#define PATH "/wsman"
#define PATH_OF_NOBODY "/wsman-anon/identify"

/* the wsman path, what lies below it and what is asked of it */
static bool is_path(const char *path)
{
    if (!path || strncmp(path, PATH, strlen(PATH)) != 0)
        return false;
    char next = path[strlen(PATH)];
    return next == '\0' || next == '/' || next == '?' || strcmp(path, PATH_OF_NOBODY) == 0;
}

unsigned endpoint_gate_check_address(const struct endpoint_head *head)
{
    if (!is_path(head->path))
        return 404;
    return strcmp(head->method, "POST") == 0 ? 0 : 405;
}

bool endpoint_gate_is_anonymous(const struct endpoint_head *head)
{
    return !head->authorization && (strcmp(head->path, PATH_OF_NOBODY) == 0 ||
                                    (head->identify && strcasecmp(head->identify, "unauthenticated") == 0));
}

/* Windows sends application/soap+xml, older peers text/xml. A body in UTF-16 cannot be read. */
bool endpoint_gate_is_envelope(const char *content_type)
{
    const char *charset = content_type ? strcasestr(content_type, "charset=") : NULL;

    if (!content_type || (!strcasestr(content_type, "soap+xml") && !strcasestr(content_type, "text/xml")))
        return false;
    if (!charset)
        return true;
    charset += strlen("charset=");
    charset += *charset == '"';
    return strncasecmp(charset, "utf-8", 5) == 0 || strncasecmp(charset, "utf-16", 6) == 0;
}
