/* Runs a fuzz target over its seed corpus without libFuzzer, so that `make check` covers it with any compiler. The program
 * replay_NAME reads every file of corpus/NAME; with arguments it reads those files instead. */
#include "base/buf.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_file(const char *path, struct icm_buf *out)
{
    FILE *file = fopen(path, "rb");
    size_t count = 0;

    if (!file)
        return false;
    do {
        uint8_t *room = icm_buf_room(out, 65536);
        count = room ? fread(room, 1, 65536, file) : 0;
        out->size += count;
    } while (count > 0);
    bool whole = !ferror(file) && !out->failed;
    fclose(file);
    return whole;
}

/* A copy of the exact size, so that a sanitizer sees a read past the end. */
static void replay(const char *path)
{
    struct icm_buf bytes = {0};

    if (!read_file(path, &bytes)) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(1);
    }
    uint8_t *exact = malloc(bytes.size > 0 ? bytes.size : 1);
    if (!exact)
        exit(1);
    if (bytes.size > 0)
        memcpy(exact, bytes.data, bytes.size);
    LLVMFuzzerTestOneInput(exact, bytes.size);
    free(exact);
    icm_buf_reset(&bytes);
}

static int replay_folder(const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort), replayed = 0;

    if (count < 0)
        fprintf(stderr, "%s: %s\n", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        char path[4096];

        if (entries[i]->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
            replay(path);
            replayed++;
        }
        free(entries[i]);
    }
    free(entries);
    return replayed;
}

int main(int argc, char **argv)
{
    const char *name = strstr(program_invocation_short_name, "replay_");
    char folder[4096];
    int replayed = 0;

    for (; replayed < argc - 1; replayed++)
        replay(argv[replayed + 1]);
    if (argc == 1 && name) {
        snprintf(folder, sizeof folder, "%s/%s", ICM_CORPUS, name + strlen("replay_"));
        replayed = replay_folder(folder);
    }
    printf("%s %s: %d inputs\n", replayed > 0 ? "ok" : "not ok", program_invocation_short_name, replayed);
    return replayed > 0 ? 0 : 1;
}
