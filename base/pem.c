#include "base/pem.h"

#include "base/text.h"

enum icm_code icm_pem_certificate(struct icm_slice text, struct icm_buf *der, struct icm_error *err)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
    ICM_OWN(icm_buf_reset) struct icm_buf bytes = {0};
    const uint8_t *from = text.size > 0 ? memmem(text.data, text.size, begin, strlen(begin)) : NULL;
    struct icm_slice rest =
        from ? icm_slice_from(text, (size_t)(from - text.data) + strlen(begin)) : icm_slice_text("");
    const uint8_t *to = rest.size > 0 ? memmem(rest.data, rest.size, end, strlen(end)) : NULL;

    if (!to)
        return icm_fail(err, ICM_SYNTAX, "RFC 7468 5", "no PEM certificate is in it");
    enum icm_code code = icm_base64_read(icm_slice_of(rest.data, (size_t)(to - rest.data)), &bytes, err);
    if (code != ICM_OK)
        return code;
    icm_buf_add(der, icm_buf_slice(&bytes));
    return icm_buf_check(der, err);
}
