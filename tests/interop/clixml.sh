#!/bin/sh
# CLIXML both ways between us and the real engine, every document of fixtures/clixml: what we write of what we have read is
# to the engine's reader the value that the index has, and what the engine writes of it is to ours what it is to the engine.
. "${ICM_SOURCE:-.}/tests/lib.sh"

dump=$ICM_BUILD/icm-clixml-dump
cases=${ICM_DATA_DIR:-$ICM_SOURCE/fixtures}/clixml

if [ ! -x "$engine" ]; then
    skip "clixml: no PowerShell engine (package: the .NET SDK, for fixtures/engine)"
    finish
fi
if [ ! -x "$dump" ]; then
    skip "clixml: icm-clixml-dump was not built (package: libcmocka-dev)"
    finish
fi

# where the documents were recorded: their local times are to stay what they are
TZ=America/St_Johns
export TZ

# the engine's line for each document of standard input, and its copy where one is named
engine_reads() {
    "$engine" -Clixml 2>"$work/engine.err" || {
        not_ok "the engine reads documents"
        sed 's/^/    /' "$work/engine.err" | head -n 20
    }
}

# what the index expects of each case, one line each, or the file's; the words of a refusal are everybody's own
expected_lines() {
    tail -n +2 "$cases/index.tsv" | cut -f 8 | while IFS= read -r line; do
        case $line in
        @*) head -n 1 "$cases/${line#@}" ;;
        *) printf '%s\n' "$line" ;;
        esac
    done | only_refused
}

only_refused() {
    sed 's/^{"k":"DeserializeError".*/{"k":"DeserializeError"}/'
}

# same NAME NAMES EXPECTED SEEN: files of lines; each case that differs is shown from where it does
same() {
    same_count=$(wc -l <"$2")
    paste "$2" "$3" "$4" | awk -F '\t' '
        $2 != $3 {
            at = 1
            while (substr($2, at, 1) == substr($3, at, 1)) at++
            from = at > 60 ? at - 60 : 1
            printf "not ok %s, character %d\n    expected: ...%s\n    seen:     ...%s\n", $1, at, substr($2, from, 160), substr($3, from, 160)
        }' >"$work/differ"
    if [ -s "$work/differ" ]; then
        cat "$work/differ"
        failures=$((failures + 1))
    elif [ "$same_count" -eq 0 ] || [ "$(wc -l <"$4")" -ne "$same_count" ]; then
        not_ok "$1: $same_count cases, $(wc -l <"$4") lines"
    else
        ok "$1: $same_count documents"
    fi
}

mkdir "$work/ours" "$work/theirs"
if [ -f "$cases/keys.json" ]; then
    cp "$cases/keys.json" "$work/ours"
    cp "$cases/keys.json" "$work/theirs"
fi
tail -n +2 "$cases/index.tsv" | cut -f 2 >"$work/names"
expected_lines >"$work/expected"

# the engine, and its copies
awk -v from="$cases" -v to="$work/theirs" '{ print from "/" $1 "\t" to "/" $1 }' "$work/names" |
    engine_reads | only_refused >"$work/engine"
same "the engine reads what was recorded" "$work/names" "$work/expected" "$work/engine"

# from us to the engine: what it refuses we refuse
: >"$work/kept"
: >"$work/refused"
: >"$work/kept.expected"
paste "$work/names" "$work/expected" | while IFS='	' read -r name line; do
    if [ "$line" = '{"k":"DeserializeError"}' ]; then
        "$dump" "$cases/$name" 2>/dev/null | only_refused >>"$work/refused"
    else
        "$dump" --write "$cases/$name" >"$work/ours/$name" 2>"$work/dump.err" || sed "s|^|    |" "$work/dump.err"
        echo "$name" >>"$work/kept"
        printf '%s\n' "$line" >>"$work/kept.expected"
    fi
done
equal "what the engine refuses we refuse" "$(grep -c '^{"k":"DeserializeError"}' "$work/expected")" "$(wc -l <"$work/refused" | tr -d ' ')"
equal "a refusal is one" '{"k":"DeserializeError"}' "$(sort -u "$work/refused")"
sed "s|^|$work/ours/|" "$work/kept" | engine_reads >"$work/engine.ours"
same "the engine reads what we write" "$work/kept" "$work/kept.expected" "$work/engine.ours"

# from the engine to us
while read -r name; do
    [ ! -f "$work/theirs/$name" ] || echo "$name"
done <"$work/names" >"$work/copied"
sed "s|^|$work/theirs/|" "$work/copied" | engine_reads >"$work/engine.theirs"
sed "s|^|$work/theirs/|" "$work/copied" | xargs "$dump" >"$work/dump.theirs"
same "we read what the engine writes" "$work/copied" "$work/engine.theirs" "$work/dump.theirs"
equal "the engine wrote every document" "$(wc -l <"$work/kept" | tr -d ' ')" "$(wc -l <"$work/copied" | tr -d ' ')"
finish
