/* A file of fixtures/vectors (or $ICM_DATA_DIR/vectors) as a flat list: "3.input.message" and its text. */
#ifndef TESTS_AUTH_VECTORS_H
#define TESTS_AUTH_VECTORS_H

#include "base/buf.h"

struct vectors;
struct vectors *vectors_load(const char *file); /* NULL: it cannot be read; the test fails then */
void vectors_free(struct vectors *v);

/** How many there are. */
size_t vectors_count(const struct vectors *v);

/** The text at @path in vector @index, "input.message"; NULL: there is none. */
const char *vectors_text(const struct vectors *v, size_t index, const char *path);

/** The same as bytes, appended to @out, or as UTF-8; false: there is none. */
bool vectors_bytes(const struct vectors *v, size_t index, const char *path, struct icm_buf *out);

#endif
