#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

/* one read into @out; *@count 0 at the end */
static enum icm_code read_piece(int fd, const char *what, struct icm_buf *out, size_t *count, struct icm_error *err)
{
    uint8_t *room = icm_buf_room(out, PIECE);
    ssize_t got;

    if (!room)
        return icm_nomem(err);
    do
        got = read(fd, room, PIECE);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return icm_fail(err, ICM_USAGE, NULL, "cannot read %s: %s", what, strerror(errno));
    out->size += (size_t)got;
    *count = (size_t)got;
    return ICM_OK;
}

static enum icm_code check_size(const struct icm_buf *out, size_t size_max, const char *what, struct icm_error *err)
{
    return out->size <= size_max ? ICM_OK
                                 : icm_fail(err, ICM_USAGE, NULL, "%s holds over %zu bytes", what, size_max);
}

enum icm_code cli_file_read(const char *path, size_t size_max, const char *what, struct icm_buf *out,
                            struct icm_error *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    enum icm_code code = ICM_OK;
    size_t count = 1;

    if (fd < 0)
        return icm_fail(err, ICM_USAGE, NULL, "cannot read %s: %s", what, strerror(errno));
    while (code == ICM_OK && count > 0)
        if ((code = read_piece(fd, what, out, &count, err)) == ICM_OK)
            code = check_size(out, size_max, what, err);
    if (!is_stdin)
        close(fd);
    return code;
}

enum icm_code cli_file_read_line(int fd, size_t size_max, const char *what, struct icm_buf *out,
                                 struct icm_error *err)
{
    enum icm_code code = ICM_OK;
    size_t count = 1;

    while (code == ICM_OK && count > 0 && !(out->size > 0 && memchr(out->data, '\n', out->size)))
        if ((code = read_piece(fd, what, out, &count, err)) == ICM_OK)
            code = check_size(out, size_max, what, err);
    return code;
}
