/* Whole files, bounded. */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "base/buf.h"

/** Append what is in @path ("-": standard input) to @out. @what names it in errors. ICM_USAGE: it cannot be read, or holds more than
 *  @size_max bytes. */
enum icm_code cli_file_read(const char *path, size_t size_max, const char *what, struct icm_buf *out,
                            struct icm_error *err);

/** The same from an open descriptor, up to its end or to the first line's, whichever comes first. */
enum icm_code cli_file_read_line(int fd, size_t size_max, const char *what, struct icm_buf *out,
                                 struct icm_error *err);

#endif
