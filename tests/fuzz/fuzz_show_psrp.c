/* Show-Psrp of any bytes. Laws: it explains them or says that nothing in them was understood; nothing in what it prints
 * acts on a terminal; it is not longer than so many times the input. */
#include "cli/show_psrp.h"

#include "base/text.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    TIMES_MAX = 200, /* an element of four bytes is a line that may be indented by 80 */
    MORE_MAX = 4096,
};

static void must(bool law)
{
    if (!law)
        abort();
}

static int file_of(const uint8_t *data, size_t size)
{
    int file = memfd_create("input", 0);

    must(file >= 0);
    for (size_t written = 0; written < size;) {
        ssize_t count = write(file, data + written, size - written);
        must(count > 0);
        written += (size_t)count;
    }
    return file;
}

static void check_output(struct icm_slice text)
{
    while (text.size > 0) {
        int32_t c = icm_utf8_next(&text);

        must(c == '\n' || c == '\t' || (c >= ' ' && c < 0x7F) || c >= 0xA0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64], *shown = NULL;
    size_t shown_size = 0;
    struct icm_error err = {0};
    int file = file_of(data, size);
    FILE *out = open_memstream(&shown, &shown_size);

    must(out);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    enum icm_code code = cli_show_psrp(path, out, &err);
    must(fclose(out) == 0);
    must(code == ICM_OK || (code == ICM_SYNTAX && err.code == code));
    must(shown_size <= size * TIMES_MAX + MORE_MAX);
    check_output(icm_slice_of(shown, shown_size));
    free(shown);
    close(file);
    icm_error_reset(&err);
    return 0;
}
