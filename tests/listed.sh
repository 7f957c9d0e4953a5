#!/bin/sh
# Makefile.am names every source and every test there is: what it does not name is neither built nor shipped.
set -u

srcdir=${srcdir:-$(dirname "$0")/..}
cd "$srcdir" || exit 1
count=0
failed=0

# is_listed NAME: as a word of its own
is_listed() {
    grep -Eq "(^|[[:space:]])$(echo "$1" | sed 's/[.]/[.]/g')([[:space:]]|\$)" Makefile.am
}

for file in auth/*.[ch] base/*.[ch] cli/*.[ch] psrp/*.[ch] wsman/*.[ch] include/icm/*.h tests/*/*.[ch] doc/*.1 doc/*.bash-completion doc/_icm doc/*.fish; do
    test -f "$file" || continue
    name=$file
    case $file in
    tests/bench/auth_bench*.c | tests/bench/bare.c | tests/bench/icm_bench*.c) ;;
    tests/*/test_*.c | tests/fuzz/fuzz_*.c | tests/bench/*.c) name=${file%.c} ;;
    esac
    count=$((count + 1))
    if ! is_listed "$name"; then
        echo "not ok $name is not in Makefile.am"
        failed=$((failed + 1))
    fi
done
for target in tests/fuzz/fuzz_*.c; do
    name=$(basename "$target" .c)
    if ! ls "tests/fuzz/corpus/${name#fuzz_}"/* >/dev/null 2>&1; then
        echo "not ok $target has no seed corpus"
        failed=$((failed + 1))
    fi
done

test "$failed" -eq 0 && echo "ok $count files are listed"
test "$failed" -eq 0 && test "$count" -gt 20
