#!/bin/sh
# valgrind.sh TEST: one unit test under valgrind. Says its name, and what was found where something was; 255 stops xargs then.
set -u

log=$(mktemp) || exit 255
trap 'rm -f "$log"' EXIT
timeout 900 valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --child-silent-after-fork=yes "./$1" \
    >"$log" 2>&1 </dev/null
case $? in
0) echo "== $1" ;;
77) echo "== $1: not run: $(tail -n 1 "$log")" ;; # what it reads is not here
*)
    echo "not ok $1 under valgrind"
    cat "$log"
    exit 255
    ;;
esac
