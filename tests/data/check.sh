#!/bin/sh
# make check-data: every recorded case. A line for each row below, "clixml: 628 cases, 628 passed", and in front of it, for each
# case that fails, what was expected and what came; status 1 then.
#
# ICM_DATA_DIR: a folder with other cases, in folders of the same names and forms as fixtures/ (each has a README.md). A folder
# that it lacks is passed over. ICM_CAPTURES: other captures than ../shared/captures. ICM_BUILD: where the programs were built.
set -u

: "${ICM_SOURCE:=.}"
: "${ICM_BUILD:=.}"
data=${ICM_DATA_DIR:-$ICM_SOURCE/fixtures}
captures=${ICM_CAPTURES:-$ICM_SOURCE/../shared/captures}
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM HUP PIPE
status=0

# Which program takes the cases of which folder: a new kind of case is a row here.
rows='
clixml    fixtures  clixml  tests/psrp/test_clixml_golden
format    fixtures  format  tests/cli/test_format_golden
psrp      fixtures  psrp    tests/psrp/test_recorded
server    fixtures  psrp    tests/psrp/test_recorded_server
digest    fixtures  vectors tests/auth/test_digest
spnego    fixtures  vectors tests/auth/test_spnego_vectors
captures  captures  .       tests/wsman/test_captures
replay    captures  .       tests/replay/test_replay
player    captures  .       tests/replay/test_player
wire      captures  wire    tests/replay/test_wire
binding   fixtures  vectors tests/auth/test_binding
kerberos  fixtures  vectors tests/auth/test_kerberos
sealed    fixtures  vectors tests/wsman/test_seal_vectors
credssp   fixtures  vectors tests/auth/test_credssp_message
'

# what cmocka said, as we say it; status 1: a case failed, or the program did not come to its end
tell() {
    awk -v name="$1" -v program="$2" -v ended="$3" '
        /^\[ RUN      \]/ { said = "" }
        /^\[ RUN      \]|^\[=|^\[-|^\[       OK/ { next }
        /^\[  PASSED  \] [0-9]+ test/ { passed = $4; whole = 1; next }
        /^\[  FAILED  \] [0-9]+ test/ { failed = $4; next }
        /^\[  SKIPPED \] [0-9]+ test/ { next }
        /^\[  FAILED  \]/ {
            if (said != "" || !(("" $4) in told)) printf "FAILED %s/%s\n%s", name, $4, said
            told["" $4] = 1
            said = ""
            next
        }
        /\[   LINE   \]/ { next }
        { sub(/^(ERROR: |\[ *[A-Z]* *\] --- )/, ""); if ($0 != "") said = said "    " $0 "\n" }
        END {
            if (!whole) printf "not ok %s: %s ended with %s\n%s", name, program, ended, said
            printf "%s: %d cases, %d passed\n", name, passed + failed, passed
            exit !whole || failed > 0 || passed + failed == 0
        }' "$log"
}

# run NAME FOLDER PROGRAM
run() {
    if [ ! -d "$2" ]; then
        echo "skip $1: no folder $2"
        return
    fi
    if [ ! -x "$ICM_BUILD/$3" ]; then
        echo "skip $1: $3 was not built (cmocka is missing?)"
        return
    fi
    "$ICM_BUILD/$3" >"$log" 2>&1 </dev/null
    tell "$1" "$3" $? || status=1
}

while read -r name base folder program; do
    case $base in
    fixtures) run "$name" "$data/$folder" "$program" ;;
    captures) run "$name" "$captures/$folder" "$program" ;;
    esac
done <<END
$rows
END
exit "$status"
