/* WAITS: for the disk. Bytes that memory is too small for, in a file without a name: gone with the process, whatever ends it. */
#ifndef CLI_SPOOL_H
#define CLI_SPOOL_H

#include "base/buf.h"
#include "base/error.h"

/** { .fd = -1 } is a fresh one: the file is made when there is something to put into it. */
struct cli_spool {
    int fd;
    uint64_t size;
};

/** Where a piece lies. */
struct cli_spool_piece {
    uint64_t at;
    size_t size; /* 0: nowhere */
};

/** Append @bytes, which are not none. ICM_IO: $TMPDIR, or /tmp, takes no more; the error names it. */
enum icm_code cli_spool_add(struct cli_spool *s, struct icm_slice bytes, struct cli_spool_piece *out,
                            struct icm_error *err);

/** Append what lies at @piece to @out. */
enum icm_code cli_spool_read(const struct cli_spool *s, struct cli_spool_piece piece, struct icm_buf *out,
                             struct icm_error *err);

/** Give the disk back what lies at @piece. */
void cli_spool_drop(struct cli_spool *s, struct cli_spool_piece piece);

void cli_spool_close(struct cli_spool *s);

#endif
