/* A folder of recorded cases: its files, and its index.tsv, a row a case with the names of the columns in the first
 * line. */
#ifndef TESTS_PSRP_GOLDEN_H
#define TESTS_PSRP_GOLDEN_H

#include "base/buf.h"

/** The folder @name: in $ICM_DATA_DIR where that is set, else in fixtures/. Valid until the next call. */
const char *golden_folder(const char *name);

/** Append a file of @folder; false when it cannot be read. */
bool golden_load(const char *folder, const char *name, struct icm_buf *out);

/** The @index-th cell of a row, borrowed and not terminated; empty where the row has fewer. */
struct icm_slice golden_cell(const char *row, unsigned index);

/** The rows behind the first, each terminated, in @lines, which holds them: how many were put into @rows. */
size_t golden_rows(const char *folder, struct icm_buf *lines, char **rows, size_t rows_max);

#endif
