/* An allocator that fails once, for a test that runs a scenario with allocation 1, 2, 3 … failing. It is linked in place of the C library's
 * by the rows of Makefile.am that have $(failing_ldflags). */
#ifndef TESTS_BASE_FAILING_MEMORY_H
#define TESTS_BASE_FAILING_MEMORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/error.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static struct {
    size_t fails_at; /* which allocation; 0: none */
    size_t count;
    bool has_failed;
    long live; /* given out and not given back */
} memory;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void __real_free(void *old);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
void __wrap_free(void *old);
char *__wrap_strdup(const char *text);

static bool fails(void)
{
    bool is_due = ++memory.count == memory.fails_at;

    memory.has_failed = memory.has_failed || is_due;
    return is_due;
}

static void *given(void *old, void *new)
{
    memory.live += new && !old;
    return new;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : given(NULL, __real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : given(NULL, __real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : given(old, __real_realloc(old, size));
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
    return fails() ? NULL : given(old, __real_reallocarray(old, count, size));
}

void __wrap_free(void *old)
{
    memory.live -= old != NULL;
    __real_free(old);
}

char *__wrap_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = __wrap_malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}

/* whether @code is for want of memory; it is ICM_OK otherwise */
static bool is_short(enum icm_code code)
{
    if (code != ICM_NOMEM)
        assert_int_equal(code, ICM_OK);
    else
        assert_true(memory.has_failed);
    return code == ICM_NOMEM;
}

/** @run again and again, each time with the next allocation failing, until none does; all that was taken is given back. */
static void memory_fails_at_each(void (*run)(void))
{
    for (size_t at = 1; at == 1 || memory.has_failed; at++) {
        long live = memory.live;

        memory.fails_at = at;
        memory.count = 0;
        memory.has_failed = false;
        run();
        memory.fails_at = 0;
        if (memory.live != live)
            fail_msg("allocation %zu failed, and %ld are not given back", at, memory.live - live);
    }
    assert_true(memory.count > 3); /* what the last run, in which none failed, has taken: the wrapping works */
}

#endif
