#!/bin/sh
# What it costs to start icm, beside curl: a part of `make bench`.
. "${ICM_SOURCE:-.}/tests/bench/lib.sh"

# in_turn COUNT COMMAND [-- COMMAND]...: each command COUNT times, one after the other; what they print is in $work/out
in_turn() {
    "$measure" -times "$@" >"$work/out" 2>"$work/err" || cat "$work/err"
    grep '^wall' "$work/err" >"$work/least"
}

# least WHICH NAME: the least that the command, 1 or 2, had of it, in milliseconds
least() {
    sed -n "$1s/.*$2 \([0-9.]*\).*/\1/p" "$work/least" | awk '{ printf "%.1f", $1 * 1000 }'
}

in_turn 100 "$icm" --version -- curl --version
row "icm --version: wall time, ms" "$(least 1 wall)" ""
row "  curl --version, ms" "$(least 2 wall)" ""
row "  ratio" "$(ratio "$(least 1 wall)" "$(least 2 wall)")" "1.2"

start_endpoint warm --engine synthetic
in_turn 50 "$icm" -ComputerName localhost -Port "$http_port" -Authentication Basic -Credential tester \
    -PasswordFile "$work/password" -ScriptBlock '{ echo hi }' -- "$icm" --version
[ "$(grep -c '^hi$' "$work/out")" -eq 50 ] || echo "not every command has printed its line"
row "a one-line command: processor time, ms" "$(least 1 cpu)" ""
row "  beyond icm --version, ms" "$(echo "$(least 1 cpu) $(least 2 cpu)" | awk '{ printf "%.1f", $1 - $2 }')" "5"
row "  wall time, ms" "$(least 1 wall)" ""
row "  peak memory, KB" "$(sed -n '1s/.*peak \([0-9]*\).*/\1/p' "$work/least")" ""
finish
