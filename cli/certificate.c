#include "cli/certificate.h"

#include "base/digest.h"
#include "base/pem.h"
#include "base/text.h"
#include "cli/file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>

enum { FILE_MAX = 1024 * 1024 };

/* Windows shows thumbprints with blanks, OpenSSL with colons. */
static bool normalize(const char *text, char out[CLI_THUMBPRINT + 1])
{
    size_t count = 0;

    for (; *text; text++) {
        if (*text == ' ' || *text == ':')
            continue;
        if (!isxdigit((unsigned char)*text) || count == CLI_THUMBPRINT)
            return false;
        out[count++] = (char)tolower((unsigned char)*text);
    }
    out[count] = '\0';
    return count == CLI_THUMBPRINT;
}

/* "4f2a….p12" */
static bool is_named(const char *name, const char *thumbprint)
{
    struct icm_slice start = icm_slice_of(name, strnlen(name, CLI_THUMBPRINT));

    return icm_slice_equal_nocase(start, icm_slice_text(thumbprint)) && name[CLI_THUMBPRINT] == '.';
}

static bool is_pem(const char *name)
{
    static const char *const endings[] = {".pem", ".crt", ".cer"};
    size_t size = strlen(name);

    for (size_t i = 0; i < ICM_COUNT(endings); i++)
        if (size > 4 && icm_slice_equal_nocase(icm_slice_text(name + size - 4), icm_slice_text(endings[i])))
            return true;
    return false;
}

static bool has_thumbprint(const char *path, const char *thumbprint)
{
    ICM_OWN(icm_buf_reset) struct icm_buf pem = {0}, der = {0}, text = {0};
    uint8_t digest[ICM_SHA1_SIZE];

    if (cli_file_read(path, FILE_MAX, path, &pem, NULL) != ICM_OK || icm_pem_certificate(icm_buf_slice(&pem), &der, NULL) != ICM_OK)
        return false;
    struct icm_slice piece = icm_buf_slice(&der);
    if (icm_digest(ICM_SHA1, &piece, 1, digest, NULL) != ICM_OK)
        return false;
    icm_hex_write(&text, icm_slice_of(digest, sizeof digest));
    return strcmp(icm_buf_text(&text), thumbprint) == 0;
}

/* @path holds the folder and a slash; the name is put behind it for the look */
static bool is_it(struct icm_buf *path, const char *name, const char *thumbprint)
{
    size_t size = path->size;

    if (!is_named(name, thumbprint) && !is_pem(name))
        return false;
    icm_buf_add_text(path, name);
    if (is_named(name, thumbprint) || has_thumbprint(icm_buf_text(path), thumbprint))
        return true;
    path->size = size;
    return false;
}

static enum icm_code missing(const char *folder, const char *thumbprint, int why, struct icm_error *err)
{
    enum icm_code code =
        why ? icm_fail(err, ICM_USAGE, NULL, "the folder of certificates '%.150s' cannot be read: %s", folder,
                       strerror(why))
            : icm_fail(err, ICM_USAGE, NULL, "no certificate in '%.150s' has the thumbprint %s", folder, thumbprint);

    if (icm_error_fault(err))
        icm_set_text(&err->fault->remedy,
                     "put the certificate and its key there, in one PEM file or as THUMBPRINT.p12");
    return code;
}

enum icm_code cli_certificate_find(const char *folder, const char *thumbprint, struct icm_buf *path,
                                   struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf candidate = {0};
    char wanted[CLI_THUMBPRINT + 1];
    size_t looked_at = 0;
    bool is_found = false;

    if (!normalize(thumbprint, wanted))
        return icm_fail(err, ICM_USAGE, NULL, "'%.60s' is no thumbprint: it has %d hexadecimal digits", thumbprint,
                        CLI_THUMBPRINT);
    DIR *entries = opendir(folder);
    if (!entries)
        return missing(folder, wanted, errno, err);
    icm_buf_add_format(&candidate, "%s/", folder);
    for (struct dirent *e; !is_found && looked_at < CLI_CERTIFICATES_MAX && (e = readdir(entries)); looked_at++)
        is_found = is_it(&candidate, e->d_name, wanted);
    closedir(entries);
    if (!is_found)
        return missing(folder, wanted, 0, err);
    icm_buf_add(path, icm_buf_slice(&candidate));
    return icm_buf_check(path, err);
}
