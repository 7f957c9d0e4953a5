#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fault_free(struct icm_fault *fault)
{
    if (!fault)
        return;
    free(fault->computer);
    free(fault->subcode);
    free(fault->reason);
    free(fault->remedy);
    free(fault);
}

void icm_error_reset(struct icm_error *err)
{
    if (!err)
        return;
    fault_free(err->fault);
    memset(err, 0, sizeof *err);
}

enum icm_code icm_fail(struct icm_error *err, enum icm_code code, const char *spec, const char *format, ...)
{
    if (!err)
        return code;

    /* worded before the old text goes: the arguments may point into it */
    char text[sizeof err->text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);

    icm_error_reset(err);
    err->code = code;
    err->spec = spec;
    memcpy(err->text, text, sizeof text);
    return code;
}

enum icm_code icm_nomem(struct icm_error *err)
{
    return icm_fail(err, ICM_NOMEM, NULL, "out of memory");
}

struct icm_fault *icm_error_fault(struct icm_error *err)
{
    if (err && !err->fault)
        err->fault = calloc(1, sizeof *err->fault);
    return err ? err->fault : NULL;
}

void icm_set_text(char **field, const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    free(*field);
    *field = copy;
}

void icm_error_copy(struct icm_error *to, const struct icm_error *from)
{
    if (!to || to == from)
        return;
    icm_error_reset(to);
    to->code = from->code;
    to->spec = from->spec;
    memcpy(to->text, from->text, sizeof to->text);
    if (!from->fault || !icm_error_fault(to))
        return;
    to->fault->wsman_code = from->fault->wsman_code;
    to->fault->http_status = from->fault->http_status;
    icm_set_text(&to->fault->computer, from->fault->computer);
    icm_set_text(&to->fault->subcode, from->fault->subcode);
    icm_set_text(&to->fault->reason, from->fault->reason);
    icm_set_text(&to->fault->remedy, from->fault->remedy);
}

const char *icm_code_name(enum icm_code code)
{
    static const char *const names[] = {
        [ICM_OK] = "ok",           [ICM_AGAIN] = "again",         [ICM_NOMEM] = "nomem",
        [ICM_SYNTAX] = "syntax",   [ICM_STATE] = "state",         [ICM_LIMIT] = "limit",
        [ICM_DENIED] = "denied",   [ICM_FAULT] = "fault",         [ICM_IO] = "io",
        [ICM_TLS] = "tls",         [ICM_TIMEOUT] = "timeout",     [ICM_CANCELLED] = "cancelled",
        [ICM_USAGE] = "usage",     [ICM_UNSUPPORTED] = "unsupported",
    };

    return (size_t)code < ICM_COUNT(names) && names[code] ? names[code] : "unknown";
}
