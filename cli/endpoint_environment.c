#include "cli/endpoint_environment.h"

#include <stdlib.h>

extern char **environ;

static bool is_passed_on(const char *variable)
{
    static const char *const names[] = {"PATH=",   "HOME=",  "USER=",   "LOGNAME=", "SHELL=", "LANG=",
                                        "TZ=",     "TERM=",  "TMPDIR=", "LC_",      "XDG_",   "DOTNET_",
                                        "PSModulePath=", "POWERSHELL_", "LD_LIBRARY_PATH=", "SSL_CERT_"};

    for (size_t i = 0; i < ICM_COUNT(names); i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

bool endpoint_environment_takes(struct icm_slice name)
{
    return name.size > 0 && !memchr(name.data, '=', name.size) && !memchr(name.data, '\0', name.size);
}

/* whether one of @variables stands in the place of our own @variable */
static bool is_replaced(const char *variable, const struct wsman_pair *variables)
{
    struct icm_slice name = icm_slice_of(variable, strcspn(variable, "="));

    for (; variables; variables = variables->next)
        if (icm_slice_equal(variables->name, name))
            return true;
    return false;
}

/* whether a later one of the same name counts */
static bool is_repeated(const struct wsman_pair *variable)
{
    for (const struct wsman_pair *other = variable->next; other; other = other->next)
        if (icm_slice_equal(other->name, variable->name))
            return true;
    return false;
}

static char *add_text(char *to, struct icm_slice text)
{
    if (text.size > 0)
        memcpy(to, text.data, text.size);
    return to + text.size;
}

char **endpoint_environment_make(const struct wsman_pair *variables)
{
    size_t count = 0, own = 0, bytes = 0;

    for (; environ[own]; own++)
        bytes += strlen(environ[own]) + 1;
    for (const struct wsman_pair *v = variables; v; v = v->next, count++)
        bytes += v->name.size + v->value.size + 2;
    size_t list = (own + count + 1) * sizeof(char *);
    char **made = malloc(list + bytes), **at = made;
    char *text = (char *)made + list;
    for (size_t i = 0; made && i < own; i++)
        if (is_passed_on(environ[i]) && !is_replaced(environ[i], variables)) {
            *at++ = text;
            text = add_text(text, icm_slice_of(environ[i], strlen(environ[i]) + 1));
        }
    for (const struct wsman_pair *v = made ? variables : NULL; v; v = v->next)
        if (!is_repeated(v)) {
            *at++ = text;
            text = add_text(text, v->name);
            *text++ = '=';
            text = add_text(text, v->value);
            *text++ = '\0';
        }
    if (made)
        *at = NULL;
    return made;
}
