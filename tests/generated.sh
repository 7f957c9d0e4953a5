#!/bin/sh
# What doc/ holds of the tables in cli/params.c and cli/verbs.c is what icm makes of them. `sh tests/generated.sh --write` makes it so.
set -u

srcdir=${srcdir:-$(dirname "$0")/..}
icm=${ICM_BUILD:-.}/icm
failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
test "${1-}" = --write && is_writing=yes || is_writing=no

# compare FILE: with what lies in $work/new
compare() {
    if cmp -s "$work/new" "$srcdir/$1"; then
        echo "ok $1 is what icm makes of its tables"
    elif test "$is_writing" = yes; then
        cat "$work/new" >"$srcdir/$1"
        echo "wrote $1"
    else
        echo "not ok $1 is not what icm makes of its tables: sh tests/generated.sh --write"
        diff "$srcdir/$1" "$work/new" | head -n 10
        failed=$((failed + 1))
    fi
}

# generated WHAT FILE
generated() {
    "$icm" -Generate "$1" >"$work/new" || exit 1
    compare "$2"
}

generated Bash doc/icm.bash-completion
generated Zsh doc/_icm
generated Fish doc/icm.fish

# of the manual it is the part between two comments
"$icm" -Generate Manual >"$work/part" || exit 1
sed -e '/^\.\\" parameters: made by icm -Generate Manual/,/^\.\\" parameters: end/{
/^\.\\" parameters: made/{
p
r '"$work/part"'
}
/^\.\\" parameters: end/!d
}' "$srcdir/doc/icm.1" >"$work/new"
compare doc/icm.1
for shell in bash zsh; do
    command -v $shell >/dev/null || continue
    test $shell = bash && file=doc/icm.bash-completion || file=doc/_icm
    $shell -n "$srcdir/$file" || failed=$((failed + 1))
done

test "$failed" -eq 0
