#include "cli/endpoint_code_page.h"

#include <errno.h>
#include <iconv.h>

static const struct {
    uint32_t number;
    const char *name; /* NULL: bytes pass */
} pages[] = {
    {0, NULL},        {65001, NULL},    {437, "IBM437"},  {850, "IBM850"},  {852, "IBM852"},       {858, "IBM858"},
    {866, "IBM866"},  {1250, "CP1250"}, {1251, "CP1251"}, {1252, "CP1252"}, {28591, "ISO-8859-1"}, {20127, "ASCII"},
};

enum icm_code endpoint_code_page_open(struct endpoint_code_page *c, uint32_t code_page, bool is_output,
                                      struct icm_error *err)
{
    size_t i = 0;

    while (i < ICM_COUNT(pages) && pages[i].number != code_page)
        i++;
    *c = (struct endpoint_code_page){0};
    if (i < ICM_COUNT(pages) && !pages[i].name)
        return ICM_OK;
    iconv_t handle = (iconv_t)-1;
    if (i < ICM_COUNT(pages))
        handle = is_output ? iconv_open(pages[i].name, "UTF-8") : iconv_open("UTF-8", pages[i].name);
    if (handle == (iconv_t)-1)
        return icm_fail(err, ICM_UNSUPPORTED, NULL, "code page %u is not known here; 65001 is UTF-8", code_page);
    c->handle = handle;
    c->is_output = is_output;
    return ICM_OK;
}

void endpoint_code_page_close(struct endpoint_code_page *c)
{
    if (c->handle)
        iconv_close(c->handle);
    *c = (struct endpoint_code_page){0};
}

/* Convert what iconv takes off the front of @in; true: go on behind the byte that it does not take. */
static bool convert_some(struct endpoint_code_page *c, struct icm_slice *in, struct icm_buf *out)
{
    char room[4096];
    char *from = (char *)(uintptr_t)in->data, *to = room; /* iconv does not write there, and does not say so */
    size_t left = in->size, space = sizeof room;
    size_t done = iconv(c->handle, &from, &left, &to, &space);
    int why = done == (size_t)-1 ? errno : 0;

    icm_buf_add(out, icm_slice_of(room, sizeof room - space));
    *in = icm_slice_from(*in, in->size - left);
    if (why != EILSEQ)
        return why == E2BIG;
    icm_buf_add_u8(out, '?');
    *in = icm_slice_from(*in, 1);
    while (c->is_output && in->size > 0 && (in->data[0] & 0xC0) == 0x80) /* the rest of the character */
        *in = icm_slice_from(*in, 1);
    return in->size > 0;
}

void endpoint_code_page_convert(struct endpoint_code_page *c, struct icm_slice bytes, struct icm_buf *out)
{
    struct icm_buf joined = {0};

    if (!c->handle) {
        icm_buf_add(out, bytes);
        return;
    }
    icm_buf_add(&joined, icm_slice_of(c->rest, c->rest_size));
    icm_buf_add(&joined, bytes);
    out->failed = out->failed || joined.failed;
    struct icm_slice in = icm_buf_slice(&joined);
    while (in.size > 0 && convert_some(c, &in, out))
        continue;
    c->rest_size = in.size <= sizeof c->rest ? in.size : 0;
    if (c->rest_size > 0)
        memcpy(c->rest, in.data, c->rest_size);
    icm_buf_reset(&joined);
}
