/* A terminal's screen, as far as a test needs one: text, CR, LF, cursor up, clear to the line's end and to the screen's. Anything else that
 * begins with ESC fails the test. */
#ifndef TESTS_CLI_SCREEN_H
#define TESTS_CLI_SCREEN_H

#include "base/text.h"

enum { SCREEN_COLUMNS = 128, SCREEN_ROWS = 32 };

struct screen {
    size_t columns, rows, x, y;
    int32_t cells[SCREEN_ROWS][SCREEN_COLUMNS]; /* 0: nothing; -1: the right half of a wide character */
};

void screen_init(struct screen *s, size_t columns, size_t rows);
void screen_write(struct screen *s, struct icm_slice text);

/** Lines without the blanks at their ends, and without empty lines at the end. */
void screen_shows(const struct screen *s, const char *expected);

#endif
