# For the shell tests: `. tests/lib.sh`. What a test starts it stops by pid, what it makes lies in $work, and each check is a line:
# "ok NAME", "not ok NAME" or "skip NAME: WHY". A test ends with `finish`.
#
# ICM_BUILD: the folder with the built programs. ICM_SOURCE: the checkout.

: "${ICM_BUILD:=build}"
: "${ICM_SOURCE:=.}"
icm=$ICM_BUILD/icm
endpoint=$ICM_BUILD/icm-endpoint
engine=${ICM_ENGINE:-$ICM_BUILD/engine/icm-engine-host}
work=$(mktemp -d)
started=
failures=0

# pids of what was started; the name's log is $work/NAME.log, what it said on standard output $work/NAME.out
stop_all() {
    for pid in $started; do
        kill "$pid" 2>/dev/null
    done
    for pid in $started; do
        wait "$pid" 2>/dev/null
    done
    started=
}

clean_up() {
    stop_all
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP PIPE # dash runs no EXIT trap when a signal ends it

ok() {
    echo "ok $*"
}

not_ok() {
    echo "not ok $*"
    failures=$((failures + 1))
}

skip() {
    echo "skip $*"
}

# check NAME COMMAND...: the command's status decides
check() {
    name=$1
    shift
    if "$@"; then ok "$name"; else not_ok "$name ($*)"; fi
}

# equal NAME EXPECTED SEEN
equal() {
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1"
        printf 'expected: %s\nseen:     %s\n' "$2" "$3" | sed 's/^/    /'
    fi
}

# contains NAME FILE TEXT...: the file has each text
contains() {
    contains_name=$1
    contains_file=$2
    shift 2
    for text in "$@"; do
        if ! grep -qF -e "$text" "$contains_file"; then
            not_ok "$contains_name: no '$text' in:"
            sed 's/^/    /' "$contains_file" | head -n 20
            return
        fi
    done
    ok "$contains_name"
}

# wait_for PATTERN FILE [PID]: until a line of the file matches, while the process lives; a busy machine has taken longer than 10 s
wait_for() {
    wait_tries=0
    until grep -qs -e "$1" "$2"; do
        wait_tries=$((wait_tries + 1))
        if [ "$wait_tries" -gt 600 ] || { [ $# -gt 2 ] && ! kill -0 "$3" 2>/dev/null; }; then
            return 1
        fi
        sleep 0.1
    done
}

# start NAME COMMAND...: in the background, until it says "listening on"; $pid is its pid
start() {
    start_name=$1
    shift
    : >"$work/$start_name.out"
    "$@" >"$work/$start_name.out" 2>"$work/$start_name.log" </dev/null &
    pid=$!
    started="$started $pid"
    if ! wait_for '^listening on' "$work/$start_name.out" "$pid"; then
        not_ok "$start_name starts"
        sed 's/^/    /' "$work/$start_name.log" | tail -n 20
        finish
    fi
}

# the port of the first "listening on" line of NAME that has the scheme (http, https, or nothing for a relay)
port_of() {
    sed -n "s|^listening on ${2:+$2://[^ ]*:}\([0-9][0-9]*\).*|\1|p" "$work/$1.out" | head -n 1
}

# a throw-away certificate for localhost: $work/cert.pem, $work/key.pem
make_certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=${1:-localhost}" \
        -addext "subjectAltName=DNS:${1:-localhost}" -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
}

# a random password: $work/password
make_password() {
    (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$work/password")
}

# start_endpoint NAME ARGUMENT...: on free loopback ports, http and https, with the account "tester"
start_endpoint() {
    endpoint_name=$1
    shift
    [ -f "$work/cert.pem" ] || make_certificate
    [ -f "$work/password" ] || make_password
    start "$endpoint_name" "$endpoint" --listen 127.0.0.1:0 --listen-tls 127.0.0.1:0 --cert "$work/cert.pem" --key "$work/key.pem" \
        --user tester --password-file "$work/password" "$@"
    http_port=$(port_of "$endpoint_name" http)
    tls_port=$(port_of "$endpoint_name" https)
}

# has_engine: the real one; without it the test skips itself
has_engine() {
    [ -x "$engine" ] || command -v pwsh >/dev/null 2>&1
}

start_real_endpoint() {
    real_name=$1
    shift
    if [ -x "$engine" ]; then
        start_endpoint "$real_name" --engine pwsh --engine-command "$engine -s" "$@"
    else
        start_endpoint "$real_name" --engine pwsh "$@"
    fi
}

# run icm against the endpoint's http port, or over TLS; standard output in $work/out, error in $work/err, status in $status
icm_http() {
    "$icm" -ComputerName localhost -Port "$http_port" -Authentication Basic -Credential tester \
        -PasswordFile "$work/password" "$@" >"$work/out" 2>"$work/err"
    status=$?
}

icm_tls() {
    "$icm" -ComputerName localhost -Port "$tls_port" -UseSSL -SessionOption SkipCACheck -Authentication Basic -Credential tester \
        -PasswordFile "$work/password" "$@" >"$work/out" 2>"$work/err"
    status=$?
}

finish() {
    [ "$failures" -eq 0 ]
    exit $?
}
