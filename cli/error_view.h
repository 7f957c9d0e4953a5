/* What is told about an error, whoever found it: the remote command (an ErrorRecord), or we on the way there (an icm_error). */
#ifndef CLI_ERROR_VIEW_H
#define CLI_ERROR_VIEW_H

#include "base/json.h"
#include "psrp/value.h"

/** Owned texts; those that may be empty say so. */
struct cli_error_view {
    struct icm_buf id;       /* FullyQualifiedErrorId, or a word of our own */
    struct icm_buf message;  /* what happened */
    struct icm_buf category_info; /* "InvalidOperation: (targ:String) [f], InvalidOperationException"; empty for our own */
    struct icm_buf remedy;   /* what the reader can do; empty where nobody knows */
    bool is_text;            /* no record: a line that powershell.exe wrote for the eye */
    const char *category;    /* the ErrorCategory's name */
    uint32_t wsman_code;     /* 0: none */
    unsigned http_status;    /* 0: none */
};

/** @v is filled and is to be reset; NULL is "no record" and gives an empty view. MS-PSRP 2.2.2.20. */
void cli_error_view_of_record(struct cli_error_view *v, const struct psrp_value *record);
void cli_error_view_of_error(struct cli_error_view *v, const struct icm_error *why);
void cli_error_view_reset(struct cli_error_view *v);

/** {"id","category","message","computer","remedy"}, without "computer" where it is NULL, with "wsman_code" and "http_status" where there are any. */
void cli_error_view_write_json(const struct cli_error_view *v, const char *computer, struct icm_json *json);

#endif
