# For the benchmarks in shell: `. tests/bench/lib.sh`. A row is what was measured beside what it may be; nothing here is a test.
. "${ICM_SOURCE:-.}/tests/lib.sh"

measure=$ICM_BUILD/tests/bench/measure

# field NAME FILE: the word behind NAME on the last line that has it
field() {
    sed -n "s/.*$1 \([0-9.]*\).*/\1/p" "$2" | tail -n 1
}

row() {
    printf '%-58s %10s   %s\n' "$1" "$2" "$3"
}

# ratio THIS THAT
ratio() {
    echo "$1 $2" | awk '{ printf "%.2f", $1 / ($2 > 0 ? $2 : 0.001) }'
}
