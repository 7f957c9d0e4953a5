/* icm-clixml-dump FILE...: what each CLIXML document holds, one line of JSON each in the form of fixtures/clixml; 1
 * where one is refused. icm-clixml-dump --write FILE...: each document as our writer writes it, one after the other. */
#include "tests/psrp/clixml_document.h"

#include "cli/file.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>

static enum icm_code dump(struct psrp_clixml_reader *reader, const char *path, struct icm_slice text,
                          struct icm_buf *out, struct icm_error *err)
{
    struct psrp_secret *secret = NULL;
    char *copy = strdup(path);
    enum icm_code code = copy ? clixml_document_secret(dirname(copy), &secret, err) : icm_nomem(err);

    if (code == ICM_OK) {
        code = clixml_document_describe(out, reader, text, secret, err);
        icm_buf_add_u8(out, '\n');
    }
    psrp_secret_free(secret);
    free(copy);
    return code;
}

static enum icm_code run(struct psrp_clixml_reader *reader, const char *path, bool is_writing, struct icm_error *err)
{
    struct icm_buf text = {0}, out = {0};
    enum icm_code code = cli_file_read(path, PSRP_CLIXML_BYTES_MAX, "the document", &text, err);

    if (code == ICM_OK)
        code = is_writing ? clixml_document_copy(&out, reader, icm_buf_slice(&text), err)
                          : dump(reader, path, icm_buf_slice(&text), &out, err);
    if (code == ICM_OK || !is_writing)
        fwrite(out.data, 1, out.size, stdout);
    icm_buf_reset(&text);
    icm_buf_reset(&out);
    return code;
}

int main(int argc, char **argv)
{
    bool is_writing = argc > 1 && strcmp(argv[1], "--write") == 0;
    struct psrp_clixml_reader *reader = NULL;
    struct icm_error error = {0};
    int status = 0;

    if (argc < (is_writing ? 3 : 2)) {
        fputs("usage: icm-clixml-dump [--write] FILE...\n", stderr);
        return 2;
    }
    if (psrp_clixml_reader_new(&reader, &error) != ICM_OK)
        return 2;
    for (int i = is_writing ? 2 : 1; i < argc; i++) {
        if (run(reader, argv[i], is_writing, &error) == ICM_OK)
            continue;
        fprintf(stderr, "icm-clixml-dump: %s: %s\n", argv[i], error.text);
        icm_error_reset(&error);
        status = 1;
    }
    psrp_clixml_reader_free(reader);
    return fflush(stdout) == 0 ? status : 2;
}
