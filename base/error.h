/* What went wrong: one code for programs, one sentence for people, and what the peer said where it said more. */
#ifndef ICM_BASE_ERROR_H
#define ICM_BASE_ERROR_H

#include <stdint.h>

/** Every function that can fail gives one of these. ICM_AGAIN is no failure: more bytes, or more time, are needed. */
enum icm_code {
    ICM_OK,
    ICM_AGAIN,
    ICM_NOMEM,
    ICM_SYNTAX,      /* the bytes do not follow their grammar */
    ICM_STATE,       /* right bytes at the wrong time */
    ICM_LIMIT,       /* a stated limit was passed */
    ICM_DENIED,      /* authentication or authorization refused, or refused by our own policy */
    ICM_FAULT,       /* the peer answered with a fault; @fault has it */
    ICM_IO,          /* the network, a file or a child process failed */
    ICM_TLS,         /* no trustworthy TLS connection could be made */
    ICM_TIMEOUT,     /* a time limit passed */
    ICM_CANCELLED,   /* we stopped it ourselves */
    ICM_UNSUPPORTED, /* understood, and not offered */
    ICM_USAGE,       /* the caller's arguments are wrong; nothing was sent */
};

/** What a peer said beyond one sentence. Texts are owned; any of them may be NULL. */
struct icm_fault {
    char *computer;       /* whom we asked */
    uint32_t wsman_code;  /* 0 where there is none; MS-WSMV 2.2.4.43 */
    unsigned http_status; /* 0 where no answer came */
    char *subcode;        /* the SOAP subcode's local name, as "TimedOut" */
    char *reason;         /* the fault's Reason, or the whole text of its provider */
    char *remedy;         /* what the reader can do about it */
};

/** The caller's, often on its stack: filling it in never needs memory beyond itself unless a peer's words are kept. */
struct icm_error {
    enum icm_code code;
    const char *spec;        /* the section that was broken, or NULL; a literal */
    char text[320];          /* one sentence without a full stop, cut when longer */
    struct icm_fault *fault; /* owned, or NULL */
};

#if defined(__GNUC__)
#define ICM_PRINTF(form, first) __attribute__((format(printf, form, first)))
#else
#define ICM_PRINTF(form, first)
#endif

/** Free the variable with @freep(&variable) on every way out of its block. */
#define ICM_OWN(freep) __attribute__((cleanup(freep)))

#define ICM_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** Word a failure and return its code: `return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.4", "object id 0, at least 1")`.
 *  @err may be NULL. What it held before is freed. */
enum icm_code icm_fail(struct icm_error *err, enum icm_code code, const char *spec, const char *format, ...)
    ICM_PRINTF(4, 5);

/** Out of memory; needs none itself. */
enum icm_code icm_nomem(struct icm_error *err);

/** The fault of @err, made empty where there was none. NULL when memory is short or @err is NULL. */
struct icm_fault *icm_error_fault(struct icm_error *err);

/** Copy @from over @to, which is freed first. The words are cut, never lost, when memory is short. */
void icm_error_copy(struct icm_error *to, const struct icm_error *from);

/** Free what @err owns and make it "no error". NULL is fine. */
void icm_error_reset(struct icm_error *err);

/** "timeout", "denied" …: the code as one lower-case word. */
const char *icm_code_name(enum icm_code code);

/** Replace *@field by a copy of @text (NULL empties it); an allocation that fails leaves NULL. */
void icm_set_text(char **field, const char *text);

#endif
