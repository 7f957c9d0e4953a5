#!/bin/sh
# Every header compiles alone, the installed ones by the flags that icm.pc gives. Prints a line for each that does not.
set -u

srcdir=${srcdir:-$(dirname "$0")/..}
cd "$srcdir" || exit 1
count=0
failed=0

# compiles FLAGS HEADER
compiles() {
    count=$((count + 1))
    # shellcheck disable=SC2086 # flags are words
    if ! said=$(echo "#include \"$2\"" | ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Wall -Werror -fsyntax-only $1 -x c - 2>&1); then
        echo "not ok $2 does not compile alone"
        echo "$said"
        failed=$((failed + 1))
    fi
}

for header in auth/*.h base/*.h cli/*.h psrp/*.h tests/*/*.h wsman/*.h; do
    test -f "$header" && compiles "-I." "$header"
done
for header in include/icm/*.h; do
    compiles "-I. -Iinclude" "icm/$(basename "$header")"
done

test "$failed" -eq 0 && echo "ok $count headers compile alone"
test "$failed" -eq 0 && test "$count" -gt 3
