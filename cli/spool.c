#include "cli/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const char *folder(void)
{
    const char *named = getenv("TMPDIR");

    return named && named[0] ? named : "/tmp";
}

static enum icm_code fail(struct icm_error *err, int number)
{
    return icm_fail(err, ICM_IO, NULL, "cannot keep what waits in a file in '%s' (TMPDIR): %s", folder(),
                    strerror(number));
}

/* A file system that has no files without a name gives one that loses it at once. */
static int open_named(void)
{
    struct icm_buf path = {0};
    int fd = -1;

    icm_buf_add_format(&path, "%s/icm-XXXXXX", folder());
    if (path.failed)
        errno = ENOMEM;
    else if ((fd = mkostemp((char *)path.data, O_CLOEXEC)) >= 0)
        unlink((const char *)path.data);
    icm_buf_reset(&path);
    return fd;
}

static enum icm_code open_file(struct cli_spool *s, struct icm_error *err)
{
    s->fd = open(folder(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (s->fd < 0)
        s->fd = open_named();
    return s->fd < 0 ? fail(err, errno) : ICM_OK;
}

enum icm_code cli_spool_add(struct cli_spool *s, struct icm_slice bytes, struct cli_spool_piece *out,
                            struct icm_error *err)
{
    size_t done = 0;

    if (s->fd < 0 && open_file(s, err) != ICM_OK)
        return ICM_IO;
    while (done < bytes.size) {
        ssize_t written = pwrite(s->fd, bytes.data + done, bytes.size - done, (off_t)(s->size + done));

        if (written < 0 && errno != EINTR)
            return fail(err, errno);
        done += written > 0 ? (size_t)written : 0;
    }
    *out = (struct cli_spool_piece){.at = s->size, .size = bytes.size};
    s->size += bytes.size;
    return ICM_OK;
}

enum icm_code cli_spool_read(const struct cli_spool *s, struct cli_spool_piece piece, struct icm_buf *out,
                             struct icm_error *err)
{
    size_t done = 0;
    uint8_t *room = icm_buf_room(out, piece.size);

    if (!room)
        return icm_nomem(err);
    while (done < piece.size) {
        ssize_t got = pread(s->fd, room + done, piece.size - done, (off_t)(piece.at + done));

        if (got == 0 || (got < 0 && errno != EINTR))
            return fail(err, got == 0 ? ENODATA : errno);
        done += got > 0 ? (size_t)got : 0;
    }
    out->size += piece.size;
    return ICM_OK;
}

void cli_spool_drop(struct cli_spool *s, struct cli_spool_piece piece)
{
    /* not every file system can: the file is bounded by the input then, and gone with us */
    if (piece.size > 0)
        fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)piece.at, (off_t)piece.size);
}

void cli_spool_close(struct cli_spool *s)
{
    if (s->fd >= 0)
        close(s->fd);
    *s = (struct cli_spool){.fd = -1};
}
