/* Certificates by their thumbprint. */
#include "cli/certificate.h"

#include "base/text.h"
#include "tests/auth/vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* what `openssl x509 -fingerprint -sha1` says of the vector rsa-sha256 of channel-binding.json */
#define THUMBPRINT "8265CF76789A58E640711AF8D9AB159E2173FCE3"

struct folder {
    char path[64];
};

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[200];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void write_pem(const char *folder, const char *name, const char *id)
{
    struct vectors *v = vectors_load("channel-binding.json");
    struct icm_buf der = {0}, pem = {0};

    assert_non_null(v);
    for (size_t i = 0; i < vectors_count(v); i++)
        if (strcmp(vectors_text(v, i, "id"), id) == 0)
            assert_true(vectors_bytes(v, i, "certificate_der", &der));
    assert_true(der.size > 0);
    icm_buf_add_text(&pem, "a comment\n-----BEGIN CERTIFICATE-----\n");
    icm_base64_write(&pem, icm_buf_slice(&der));
    icm_buf_add_text(&pem, "\n-----END CERTIFICATE-----\n");
    write_file(folder, name, icm_buf_text(&pem));
    icm_buf_reset(&der);
    icm_buf_reset(&pem);
    vectors_free(v);
}

static int set_up(void **state)
{
    static struct folder f;

    snprintf(f.path, sizeof f.path, "%s", "/tmp/icm-certificates-XXXXXX");
    if (!mkdtemp(f.path))
        return -1;
    write_pem(f.path, "other.pem", "ecdsa-sha256");
    write_pem(f.path, "mine.crt", "rsa-sha256");
    write_pem(f.path, "mine.txt", "rsa-sha256"); /* no certificate's ending */
    write_file(f.path, "broken.pem", "-----BEGIN CERTIFICATE-----\n!!!\n");
    write_file(f.path, "00112233445566778899aabbccddeeff00112233.p12", "");
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"other.pem", "mine.crt", "mine.txt", "broken.pem",
                                        "00112233445566778899aabbccddeeff00112233.p12"};
    const struct folder *f = *state;
    char path[200];

    for (size_t i = 0; i < ICM_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", f->path, names[i]);
        unlink(path);
    }
    return rmdir(f->path);
}

static const struct {
    const char *thumbprint;
    enum icm_code code;
    const char *file, *says;
} rows[] = {
    {THUMBPRINT, ICM_OK, "mine.crt", NULL},
    {"82:65:cf:76:78:9a:58:e6:40:71:1a:f8:d9:ab:15:9e:21:73:fc:e3", ICM_OK, "mine.crt", NULL},
    {"00112233 44556677 8899AABB CCDDEEFF 00112233", ICM_OK, "00112233445566778899aabbccddeeff00112233.p12", NULL},
    {"0011223344556677889900112233445566778899", ICM_USAGE, NULL, "no certificate in"},
    {"0011", ICM_USAGE, NULL, "is no thumbprint"},
    {THUMBPRINT "00", ICM_USAGE, NULL, "is no thumbprint"},
    {"../../../../../../../../../../etc/passwd..", ICM_USAGE, NULL, "is no thumbprint"},
    {"", ICM_USAGE, NULL, "is no thumbprint"},
};

static void found_by_thumbprint(void **state)
{
    const struct folder *f = *state;

    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        struct icm_buf path = {0};
        struct icm_error err = {0};
        char expected[200];

        if (cli_certificate_find(f->path, rows[i].thumbprint, &path, &err) != rows[i].code)
            fail_msg("%s: %s", rows[i].thumbprint, err.text);
        snprintf(expected, sizeof expected, "%s/%s", f->path, rows[i].file ? rows[i].file : "");
        assert_string_equal(icm_buf_text(&path), rows[i].file ? expected : "");
        assert_true(!rows[i].says || strstr(err.text, rows[i].says));
        icm_buf_reset(&path);
        icm_error_reset(&err);
    }
}

static void no_folder(void **state)
{
    struct icm_buf path = {0};
    struct icm_error err = {0};

    (void)state;
    assert_int_equal(cli_certificate_find("/nowhere/at/all", THUMBPRINT, &path, &err), ICM_USAGE);
    assert_non_null(strstr(err.text, "cannot be read"));
    assert_non_null(err.fault->remedy);
    assert_int_equal(path.size, 0);
    icm_error_reset(&err);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(found_by_thumbprint, set_up, tear_down),
        cmocka_unit_test(no_folder),
    };

    return cmocka_run_group_tests_name("certificates by their thumbprint", tests, NULL, NULL);
}
