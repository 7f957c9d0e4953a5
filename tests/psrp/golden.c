#include "tests/psrp/golden.h"

#include <stdio.h>
#include <stdlib.h>

const char *golden_folder(const char *name)
{
    static char path[4096];
    const char *other = getenv("ICM_DATA_DIR");

    snprintf(path, sizeof path, "%s/%s", other ? other : ICM_FIXTURES, name);
    return path;
}

bool golden_load(const char *folder, const char *name, struct icm_buf *out)
{
    char path[8192];
    size_t got = 1;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    for (; got > 0; out->size += got) {
        uint8_t *room = icm_buf_room(out, 65536);
        got = room ? fread(room, 1, 65536, file) : 0;
    }
    fclose(file);
    return !out->failed;
}

struct icm_slice golden_cell(const char *row, unsigned index)
{
    for (; index > 0 && row; index--) {
        row = strchr(row, '\t');
        row = row ? row + 1 : NULL;
    }
    return icm_slice_of(row, row ? strcspn(row, "\t") : 0);
}

size_t golden_rows(const char *folder, struct icm_buf *lines, char **rows, size_t rows_max)
{
    size_t count = 0;
    char *rest;

    if (!golden_load(folder, "index.tsv", lines))
        return 0;
    icm_buf_add_u8(lines, '\0');
    if (!strtok_r((char *)lines->data, "\r\n", &rest)) /* the names of the columns */
        return 0;
    while (count < rows_max && (rows[count] = strtok_r(NULL, "\r\n", &rest)))
        count++;
    return count;
}
