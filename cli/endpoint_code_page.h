/* The bytes of a command shell's streams in the code page that its client wants; here inside all is UTF-8. */
#ifndef CLI_ENDPOINT_CODE_PAGE_H
#define CLI_ENDPOINT_CODE_PAGE_H

#include "base/buf.h"

/** One direction of one stream. A zeroed one passes bytes through. */
struct endpoint_code_page {
    void *handle; /* NULL: nothing to convert */
    bool is_output;
    uint8_t rest[16]; /* of a character that has not come whole */
    size_t rest_size;
};

/** Get ready for @code_page (0: UTF-8), out of UTF-8 (@is_output) or into it. ICM_UNSUPPORTED: it is not known here. */
enum icm_code endpoint_code_page_open(struct endpoint_code_page *c, uint32_t code_page, bool is_output,
                                      struct icm_error *err);
void endpoint_code_page_close(struct endpoint_code_page *c);

/** Append @bytes, converted, to @out. What the other side has no character for becomes a question mark. */
void endpoint_code_page_convert(struct endpoint_code_page *c, struct icm_slice bytes, struct icm_buf *out);

#endif
