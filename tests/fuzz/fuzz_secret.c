/* Laws: what is no key or no secret is refused and changes nothing; what opens, sealed again, is the same bytes; and
 * every text that is sealed opens to itself. The first byte chooses the decoder. MS-PSRP 2.2.2.3, 2.2.2.4, 2.2.5.1.24.
 */
#include "psrp/secret.h"

#include "base/text.h"

#include <stdlib.h>

static void must(bool law)
{
    if (!law)
        abort();
}

static struct psrp_secret *new_secret(bool has_key)
{
    static const uint8_t key[32] = {1, 2, 3};
    struct psrp_secret *s = NULL;

    must(psrp_secret_new(&s, NULL) == ICM_OK);
    must(!has_key || psrp_secret_set_session_key(s, icm_slice_of(key, sizeof key), NULL) == ICM_OK);
    return s;
}

/* The server's: a client's public key. */
static void answer(struct icm_slice text)
{
    struct psrp_secret *s = new_secret(false);
    struct icm_buf out = {0};
    struct icm_error err = {0};
    enum icm_code code = psrp_secret_answer(s, text, &out, &err);

    must(code == ICM_OK ? out.size > 0 && psrp_secret_has_session_key(s) : out.size == 0 && err.code == code);
    must(code == ICM_OK || code == ICM_SYNTAX || code == ICM_LIMIT);
    icm_buf_reset(&out);
    icm_error_reset(&err);
    psrp_secret_free(s);
}

/* The client's: a server's session key. Making a pair of keys takes long, so one serves all inputs. */
static void take(struct icm_slice text)
{
    static struct psrp_secret *s;
    struct icm_buf key = {0};
    struct icm_error err = {0};

    if (!s) {
        s = new_secret(false);
        must(psrp_secret_public_key(s, &key, NULL) == ICM_OK);
        icm_buf_reset(&key);
    }
    enum icm_code code = psrp_secret_take_session_key(s, text, &err);
    must((code == ICM_SYNTAX || code == ICM_LIMIT) && err.code == code && !psrp_secret_has_session_key(s));
    icm_error_reset(&err);
}

static void open_sealed(struct icm_slice sealed, bool has_key)
{
    struct psrp_secret *s = has_key ? new_secret(true) : NULL; /* none: the form of 2.4 */
    struct icm_buf text = {0}, again = {0};
    struct icm_error err = {0};
    enum icm_code code = psrp_secret_open(s, sealed, &text, &err);

    must(code == ICM_OK || (code == ICM_SYNTAX && err.code == code && text.size == 0));
    if (code == ICM_OK) {
        must(psrp_secret_seal(s, icm_buf_slice(&text), &again, NULL) == ICM_OK);
        must(icm_slice_equal(icm_buf_slice(&again), sealed));
    }
    icm_buf_reset(&text);
    icm_buf_reset(&again);
    icm_error_reset(&err);
    psrp_secret_free(s);
}

static void seal(struct icm_slice text, bool has_key)
{
    struct psrp_secret *s = has_key ? new_secret(true) : NULL;
    struct icm_buf sealed = {0}, again = {0};
    enum icm_code code = psrp_secret_seal(s, text, &sealed, NULL);

    must(code == ICM_OK || (code == ICM_SYNTAX && icm_utf8_valid_size(text) < text.size && sealed.size == 0));
    if (code == ICM_OK) {
        must(psrp_secret_open(s, icm_buf_slice(&sealed), &again, NULL) == ICM_OK);
        must(icm_utf8_valid_size(text) < text.size || icm_slice_equal(icm_buf_slice(&again), text));
    }
    icm_buf_reset(&sealed);
    icm_buf_reset(&again);
    psrp_secret_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_slice rest = icm_slice_of(data, size);

    if (size == 0)
        return 0;
    rest = icm_slice_from(rest, 1);
    switch (data[0]) {
    case 'a':
        answer(rest);
        break;
    case 't':
        take(rest);
        break;
    case 'o':
        open_sealed(rest, true);
        break;
    case 'c':
        open_sealed(rest, false);
        break;
    default:
        seal(rest, data[0] != 'C');
    }
    return 0;
}
