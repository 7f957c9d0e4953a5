#include "base/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum icm_code icm_random(void *out, size_t size, struct icm_error *err)
{
    char *at = out;

    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return icm_fail(err, ICM_IO, NULL, "the system gives no random bytes: %s", strerror(errno));
        at += got;
        size -= (size_t)got;
    }
    return ICM_OK;
}
