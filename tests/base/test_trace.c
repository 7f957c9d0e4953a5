#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char folder[32], path[64];
};

static int make_place(void **state)
{
    struct place *p = calloc(1, sizeof *p);

    if (!p)
        return -1;
    strcpy(p->folder, "trace-test-XXXXXX");
    if (!mkdtemp(p->folder)) {
        free(p);
        return -1;
    }
    snprintf(p->path, sizeof p->path, "%s/log", p->folder);
    *state = p;
    return 0;
}

static int remove_place(void **state)
{
    struct place *p = *state;

    unlink(p->path);
    rmdir(p->folder);
    free(p);
    return 0;
}

static void read_file(const char *path, struct icm_buf *out)
{
    FILE *file = fopen(path, "r");
    int c;

    assert_non_null(file);
    while ((c = getc(file)) != EOF)
        icm_buf_add_u8(out, (uint8_t)c);
    fclose(file);
}

static void writes_lines(void **state)
{
    const struct place *p = *state;
    struct icm_trace *t = NULL;
    struct icm_buf text = {0};

    assert_int_equal(icm_trace_open(&t, p->path, NULL), ICM_OK);
    struct icm_json *j = icm_trace_begin(t, "srv1", true, "envelope");
    icm_json_member_text(j, "text", "two\nlines");
    icm_trace_end(t);
    icm_trace_begin(t, "srv1", false, "fragment");
    icm_trace_end(t);

    read_file(p->path, &text); /* it is there before the trace is closed */
    const char *first = icm_buf_text(&text), *second = strchr(first, '\n') + 1;
    assert_int_equal(strncmp(first, "{\"t\":0.", 7), 0);
    assert_non_null(strstr(first, ",\"computer\":\"srv1\",\"direction\":\"sent\",\"kind\":\"envelope\",\"text\":\"two\\nlines\"}\n{"));
    assert_non_null(strstr(second, "\"direction\":\"received\",\"kind\":\"fragment\"}\n"));
    icm_trace_close(t);
    icm_buf_reset(&text);
}

static void only_its_owner_reads_it(void **state)
{
    const struct place *p = *state;
    struct icm_trace *t = NULL;
    struct stat about;

    assert_int_equal(icm_trace_open(&t, p->path, NULL), ICM_OK);
    icm_trace_close(t);
    assert_int_equal(stat(p->path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

/* a file that others could read before is not made private by writing to it */
static void an_older_file_becomes_its_owners(void **state)
{
    const struct place *p = *state;
    struct icm_trace *t = NULL;
    struct stat about;

    FILE *file = fopen(p->path, "w");
    assert_non_null(file);
    fputs("old", file);
    fclose(file);
    assert_int_equal(chmod(p->path, 0644), 0);
    assert_int_equal(icm_trace_open(&t, p->path, NULL), ICM_OK);
    icm_trace_close(t);
    assert_int_equal(stat(p->path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(about.st_size, 0);
}

static void a_link_is_not_followed(void **state)
{
    const struct place *p = *state;
    struct icm_trace *t = NULL;
    struct icm_error err = {0};

    assert_int_equal(symlink("elsewhere", p->path), 0);
    assert_int_equal(icm_trace_open(&t, p->path, &err), ICM_USAGE);
    assert_null(t);
    assert_non_null(strstr(err.text, p->path));
}

static void no_trace_writes_nothing(void **state)
{
    assert_null(icm_trace_begin(NULL, "srv1", true, "envelope"));
    icm_trace_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_lines, make_place, remove_place),
        cmocka_unit_test_setup_teardown(only_its_owner_reads_it, make_place, remove_place),
        cmocka_unit_test_setup_teardown(an_older_file_becomes_its_owners, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_link_is_not_followed, make_place, remove_place),
        cmocka_unit_test(no_trace_writes_nothing),
    };

    return cmocka_run_group_tests_name("icm_trace", tests, NULL, NULL);
}
