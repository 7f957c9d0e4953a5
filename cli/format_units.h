/* Texts by UTF-16 units, which is what PowerShell counts and cuts by outside cells. Texts are (W)UTF-8. */
#ifndef CLI_FORMAT_UNITS_H
#define CLI_FORMAT_UNITS_H

#include "base/text.h"

size_t cli_units(struct icm_slice text);

/** The first @count units of @text, less one where that would cut a character; all of it where it has no more. */
struct icm_slice cli_units_first(struct icm_slice text, size_t count);

/** @text behind them. */
struct icm_slice cli_units_from(struct icm_slice text, size_t count);

#endif
