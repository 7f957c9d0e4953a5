#!/bin/sh
# The whole suite: installs what it needs, then runs every part and adds up what the runners themselves say. The last line is
# "passed N, failed N, skipped N"; the exit status is 1 when anything failed. `sh test.sh PART...` runs only those parts.
set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
cd "$here" || exit 1
# shellcheck source=packages.sh
. ./packages.sh

all_parts='unit data clang sanitizers fuzz interop valgrind distcheck quickstart'
build=$here/build-test
logs=$build/logs
jobs=$(nproc)
fuzz_seconds=${FUZZ_SECONDS:-5}
passed=0
failed=0
skipped=0
valgrind_pid= # while it runs behind other parts

# what a run leaves in the temporary folder is removed with it
TMPDIR=$(mktemp -d) || exit 1
export TMPDIR
clean_up() {
    test -z "$valgrind_pid" || kill "$valgrind_pid" 2>/dev/null
    chmod -R u+w "$TMPDIR" 2>/dev/null
    rm -rf "$TMPDIR"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# count FILE...: cmocka's closing lines, the shell tests' "ok", "not ok" and "skip" lines, and the sums of make check-data
count() {
    set -- "$(cat "$@" /dev/null | awk '
        /^\[  PASSED  \] [0-9]+ test/ { passed += $4 }
        /^\[  FAILED  \] [0-9]+ test/ { failed += $4 }
        /^\[  SKIPPED \] [0-9]+ test/ { skipped += $4 }
        /^ok( |$)/ { passed++ }
        /^not ok( |$)/ { failed++ }
        /^[a-z]+: [0-9]+ cases, [0-9]+ passed$/ { passed += $4; failed += $2 - $4 }
        /^skip( |$)/ { skipped++ }
        END { print passed + 0, failed + 0, skipped + 0 }')"
    # shellcheck disable=SC2086 # three numbers
    set -- $1
    passed=$((passed + $1))
    failed=$((failed + $2))
    skipped=$((skipped + $3))
    counted_failed=$2
    echo "-- passed $1, failed $2, skipped $3"
}

# finished NAME STATUS FILE...: counts the files; a runner that failed without a failed test is a failed test itself
finished() {
    finished_name=$1
    finished_status=$2
    shift 2
    count "$@"
    if [ "$finished_status" -ne 0 ] && [ "$counted_failed" -eq 0 ]; then
        echo "not ok $finished_name ended with $finished_status"
        failed=$((failed + 1))
    fi
}

# single NAME COMMAND...: a test that is one command; its log is shown when it fails
single() {
    single_name=$1
    single_log=$logs/$(echo "$1" | tr ' /' '__').log
    shift
    "$@" >"$single_log" 2>&1 </dev/null
    single_status=$?
    case $single_status in
    0)
        echo "ok $single_name"
        passed=$((passed + 1))
        ;;
    77)
        echo "skip $single_name: $(tail -n 1 "$single_log")"
        skipped=$((skipped + 1))
        ;;
    *)
        tail -n 60 "$single_log"
        echo "not ok $single_name: status $single_status"
        failed=$((failed + 1))
        ;;
    esac
    return "$single_status"
}

# configured FOLDER OPTION...: a build folder that the later calls of make work in
configured() {
    folder=$1
    shift
    mkdir -p "$folder" && (cd "$folder" && "$here/configure" --quiet --enable-werror "$@")
}

# check_logs FOLDER: the logs of make check, each program's own lines
check_logs() {
    find "$1/tests" -name '*.log' ! -name test-suite.log | LC_ALL=C sort
}

# make_check FOLDER [TESTS]: whether it went well; test-suite.log has what failed
make_check() {
    if [ $# -gt 1 ]; then set -- "$1" TESTS="$2"; else set -- "$1"; fi
    check_folder=$1
    shift
    find "$check_folder/tests" -name '*.log' -exec rm -f {} + 2>/dev/null
    LOCPATH=$locale LSAN_OPTIONS=print_suppressions=0:suppressions=$build/lsan-suppressions \
        make -C "$check_folder" -k -j"$jobs" check "$@" </dev/null
    check_status=$?
    test "$check_status" -eq 0 || cat "$check_folder/test-suite.log" 2>/dev/null
    return "$check_status"
}

# ---- the parts

# A test of numbers wants a locale with a decimal comma, which Debian's machines do not have by themselves. glibc never frees
# what it makes of LOCPATH.
make_locale() {
    locale=$build/locale
    mkdir -p "$locale"
    test -d "$locale/de_DE.UTF-8" || localedef -i de_DE -f UTF-8 "$locale/de_DE.UTF-8" || echo "no locale de_DE.UTF-8"
    echo 'leak:argz_add_sep' >"$build/lsan-suppressions"
}

part_unit() {
    make_check "$build" >"$logs/unit.log" 2>&1
    unit_status=$?
    grep -E '^(PASS|FAIL|ERROR|SKIP|XPASS):|^not ok|\[  ERROR|\[   LINE|\[  FAILED' "$logs/unit.log" | LC_ALL=C sort -u
    test "$unit_status" -eq 0 || tail -n 40 "$logs/unit.log"
    # shellcheck disable=SC2046 # no blanks in names of tests
    finished "make check" "$unit_status" $(check_logs "$build")
}

# make_all FOLDER: one goal after the other, since both would make the same files at once
make_all() {
    make -C "$1" -j"$jobs" all && make -C "$1" -j"$jobs" unit-tests
}

# the sums tell the failures too, and each failed case has its own line
part_data() {
    make -C "$build" --no-print-directory check-data >"$logs/data.log" 2>&1 </dev/null
    data_status=$?
    cat "$logs/data.log"
    finished "make check-data" "$data_status" "$logs/data.log"
}

build_with_clang() {
    CFLAGS=-O0 configured "$build/clang" CC=clang --disable-shared && make_all "$build/clang"
}

part_clang() {
    single "clang takes every file without a warning" build_with_clang
}

check_sanitized() {
    CFLAGS='-g -O1' configured "$build/asan" --enable-sanitizers --disable-shared && make_check "$build/asan" '$(unit_tests) $(corpus_replays)'
}

part_sanitizers() {
    check_sanitized >"$logs/sanitizers.log" 2>&1
    sanitizers_status=$?
    grep -E '^(FAIL|ERROR):|SUMMARY: |runtime error|\[  ERROR|\[   LINE' "$logs/sanitizers.log"
    test "$sanitizers_status" -eq 0 || tail -n 40 "$logs/sanitizers.log"
    # shellcheck disable=SC2046
    finished "the unit tests under sanitizers" "$sanitizers_status" $(check_logs "$build/asan")
}

build_fuzzers() {
    CFLAGS='-g -O1' CC=clang configured "$build/fuzz" --enable-fuzzers --disable-shared &&
        make -C "$build/fuzz" -j"$jobs" fuzz-targets
}

# libFuzzer ends with 77 where it has found something, which is how a test says that it was skipped
fuzz_one() {
    mkdir -p "$TMPDIR/found-$1" &&
        # shellcheck disable=SC2046 # folders without blanks in their names
        "$build/fuzz/tests/fuzz/fuzz_$1" -max_total_time="$fuzz_seconds" -timeout=20 -rss_limit_mb=4096 -verbosity=0 -error_exitcode=1 \
            -artifact_prefix="$logs/$1-" "$TMPDIR/found-$1" $(sh tests/fuzz/corpora.sh "$here" "$1")
}

# fuzzed NAME: what fuzz_one said of it, and its status
fuzzed() {
    cat "$TMPDIR/fuzz-$1.log"
    return "$(cat "$TMPDIR/fuzz-$1.status")"
}

# as many at a time as there are processors
part_fuzz() {
    single "the fuzz targets build" build_fuzzers || return
    fuzz_targets=$(find tests/fuzz -name 'fuzz_*.c' | sed 's/.*fuzz_//; s/[.]c$//' | LC_ALL=C sort)
    # shellcheck disable=SC2086 # names
    set -- $fuzz_targets
    while [ $# -gt 0 ]; do
        fuzz_pids=
        for _ in $(seq "$jobs"); do
            [ $# -gt 0 ] || break
            (
                fuzz_one "$1" >"$TMPDIR/fuzz-$1.log" 2>&1 </dev/null
                echo $? >"$TMPDIR/fuzz-$1.status"
            ) &
            fuzz_pids="$fuzz_pids $!"
            shift
        done
        # shellcheck disable=SC2086 # numbers
        wait $fuzz_pids
    done
    for name in $fuzz_targets; do
        single "fuzz $name, $fuzz_seconds s" fuzzed "$name"
    done
}

# valgrind keeps the processors busy and the interop tests mostly wait: where both are asked for it runs behind them, and gives way.
begin_valgrind() {
    nice -n 19 make -C "$build" check-valgrind >"$logs/valgrind.log" 2>&1 </dev/null &
    valgrind_pid=$!
}

end_valgrind() {
    wait "$valgrind_pid"
    valgrind_status=$?
    valgrind_pid=
    cat "$logs/valgrind.log"
    return "$valgrind_status"
}

part_valgrind() {
    test -n "$valgrind_pid" || begin_valgrind
    single "valgrind finds nothing in the unit tests" end_valgrind
}

part_interop() {
    single "the real PowerShell engine builds" sh fixtures/engine/build.sh "$build/engine"
    case " $parts " in
    *" valgrind "*) begin_valgrind ;;
    esac
    for test in tests/interop/*.sh; do
        echo "-- $test"
        ICM_SOURCE=$here ICM_BUILD=$build sh "$test" >"$logs/interop.log" 2>&1 </dev/null
        interop_status=$?
        cat "$logs/interop.log"
        finished "$test" "$interop_status" "$logs/interop.log"
    done
}

# as_nobody COMMAND...: distcheck unpacks a read-only tree, and root would not notice
as_nobody() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups env CCACHE_DISABLE=1 HOME="$nobody_home" TMPDIR="$nobody_home" "$@"
    else
        env CCACHE_DISABLE=1 HOME="$nobody_home" TMPDIR="$nobody_home" "$@"
    fi
}

check_dist() {
    nobody_home=$TMPDIR/nobody
    make -C "$build" dist &&
        mkdir -p "$nobody_home/build" &&
        tar -xf "$build"/icm-*.tar.xz -C "$nobody_home" &&
        chmod 755 "$TMPDIR" &&
        { [ "$(id -u)" -ne 0 ] || chown -R 65534:65534 "$nobody_home"; } &&
        (cd "$nobody_home/build" && as_nobody "$nobody_home"/icm-*/configure --quiet &&
            as_nobody make -j"$jobs" distcheck)
}

part_distcheck() {
    single "make distcheck as a user who is not root" check_dist
}

part_quickstart() {
    single "quickstart.sh" sh quickstart.sh && cat "$logs/quickstart.sh.log"
}

# ----

mkdir -p "$logs" || exit 1
echo "== packages"
# shellcheck disable=SC2086 # names are words
need_packages $build_packages $quickstart_packages $test_packages || echo "going on without them"

# The quick start compiles what the first build has compiled: with ccache each source is compiled once for each set of flags.
if [ -d /usr/lib/ccache ]; then
    PATH=/usr/lib/ccache:$PATH
    CCACHE_DIR=$build/ccache
    CCACHE_BASEDIR=$here
    CCACHE_NOHASHDIR=1
    CCACHE_IGNOREOPTIONS=-Werror
    export PATH CCACHE_DIR CCACHE_BASEDIR CCACHE_NOHASHDIR CCACHE_IGNOREOPTIONS
fi

echo "== build"
if ! { ./autogen.sh && configured "$build" && make_all "$build"; } >"$logs/build.log" 2>&1; then
    tail -n 60 "$logs/build.log"
    echo "the build failed"
    printf '%s\n' '0 passed, 1 failed, 0 skipped' 'passed 0, failed 1, skipped 0'
    exit 1
fi

make_locale
# shellcheck disable=SC2086 # names are words
test $# -gt 0 || set -- $all_parts
parts=$*
for part; do
    echo "== $part"
    began=$(date +%s)
    "part_$part"
    echo "-- $part took $(($(date +%s) - began)) s"
done

printf '\n%s\n' "$passed passed, $failed failed, $skipped skipped"
echo "passed $passed, failed $failed, skipped $skipped"
test "$failed" -eq 0 && test "$passed" -gt 0
