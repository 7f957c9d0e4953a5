#!/bin/sh
# From a checkout on a fresh machine to objects that come back from a real PowerShell: installs the Debian packages that are
# missing (as root or by sudo), builds in build/, starts icm-endpoint on a free loopback port with TLS, a throw-away certificate and a
# random password, and runs icm against it. Everything it starts it stops again.
set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
cd "$here" || exit 1
# shellcheck source=packages.sh
. ./packages.sh

build=$here/build
log=$build/quickstart.log
work=
endpoint_pid=
mkdir -p "$build" && : >"$log" || exit 1

clean_up() {
    if [ -n "$endpoint_pid" ]; then
        kill "$endpoint_pid" 2>/dev/null
        wait "$endpoint_pid" 2>/dev/null
    fi
    test -z "$work" || rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

step() {
    printf '\n== %s\n' "$*"
}

fail() {
    printf 'quickstart: %s\n' "$*" >&2
    exit 1
}

# quietly WHAT COMMAND...: its output goes to the log, of which the end is shown when it fails
quietly() {
    what=$1
    shift
    "$@" >>"$log" 2>&1 </dev/null && return
    tail -n 30 "$log" >&2
    fail "$what failed; all of it is in $log"
}

# build_icm: what a developer has configured in build/ stays as it is
build_icm() {
    test -x configure || quietly "autogen.sh" ./autogen.sh
    test -f "$build/Makefile" || (cd "$build" && quietly "configure" "$here/configure" --disable-werror) || exit 1
    quietly "make" make -C "$build" -j"$(nproc)"
}

# choose_engine: sets $engine to the real one where there is one
choose_engine() {
    engine=pwsh
    if command -v pwsh >/dev/null 2>&1; then
        echo "pwsh $(pwsh -NoLogo -NoProfile -Version 2>/dev/null | sed 's/[^0-9.]//g') is installed: it is the engine."
        return
    fi
    sh fixtures/engine/build.sh "$build/engine" >>"$log" 2>&1 </dev/null
    case $? in
    0)
        echo "The real PowerShell engine (System.Management.Automation) in build/engine."
        return
        ;;
    77) echo "Neither pwsh nor dotnet is here, so this is NOT a real PowerShell:" ;;
    *) echo "The real engine could not be built (see $log), so this is NOT a real PowerShell:" ;;
    esac
    echo "the endpoint's built-in synthetic engine answers, whose scripts are a few words of its own."
    engine=synthetic
}

make_secrets() {
    work=$(mktemp -d) || exit 1
    (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$work/password") || exit 1
    quietly "openssl" openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost -keyout "$work/key.pem" -out "$work/cert.pem"
}

# start_endpoint: sets $endpoint_pid and $port
start_endpoint() {
    set -- --listen-tls 127.0.0.1:0 --cert "$work/cert.pem" --key "$work/key.pem" \
        --user demo --password-file "$work/password" --engine "$engine"
    if [ "$engine" = pwsh ] && [ -x "$build/engine/icm-engine-host" ]; then
        set -- "$@" --engine-command "'$build/engine/icm-engine-host' -s"
    fi
    "$build/icm-endpoint" "$@" >"$work/endpoint.out" 2>"$work/endpoint.log" </dev/null &
    endpoint_pid=$!
    tries=0
    until grep -q '^listening on' "$work/endpoint.out"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 300 ] || ! kill -0 "$endpoint_pid" 2>/dev/null; then
            cat "$work/endpoint.log" >&2
            fail "icm-endpoint does not listen"
        fi
        sleep 0.1
    done
    cat "$work/endpoint.out"
    port=$(sed -n 's|^listening on https://[^ ]*:\([0-9][0-9]*\).*|\1|p' "$work/endpoint.out")
    test -n "$port" || fail "icm-endpoint did not say on which port it listens"
}

# ask SCRIPT ARGUMENT...: shows the command and runs it; what comes back is in $work/back, the exit status in $status
ask() {
    script=$1
    shift
    cat <<END
\$ icm -ComputerName localhost -Port $port -UseSSL -SessionOption SkipCACheck -Authentication Basic \\
      -Credential demo -PasswordFile FILE${*:+ $*} -ScriptBlock '$script'
END
    "$build/icm" -ComputerName localhost -Port "$port" -UseSSL -SessionOption SkipCACheck -Authentication Basic \
        -Credential demo -PasswordFile "$work/password" "$@" -ScriptBlock "$script" >"$work/back" 2>&1 </dev/null
    status=$?
}

# expect TEXT...: each is in what came back
expect() {
    for text; do
        grep -qF -e "$text" "$work/back" || fail "'$text' did not come back"
    done
}

step "Packages"
# shellcheck disable=SC2086 # names are words; standard input stays, where sudo may ask for a password
if ! need_packages $build_packages $quickstart_packages >>"$log" 2>&1; then
    tail -n 30 "$log" >&2
    fail "packages are missing"
fi
echo "All there."

step "Building in build/"
build_icm
echo "Built build/icm and build/icm-endpoint."

step "The engine"
choose_engine

step "Starting icm-endpoint on loopback"
make_secrets
start_endpoint

# PowerShell, or the few words that the synthetic engine knows
if [ "$engine" = pwsh ]; then
    first='{
    "Hello from PowerShell"
    6 * 7
    [pscustomobject]@{ Name = "web1"; Disk = [pscustomobject]@{ SizeGB = 40; Free = 0.25 } }
    Get-Date
    Write-Warning "the disk fills up"
    Write-Progress -Activity "Looking around" -Status "half way" -PercentComplete 50
    Write-Error "there is no disk D"
}'
    many='{ 1..20000 | ForEach-Object { [pscustomobject]@{ Number = $_; Square = $_ * $_ } } }'
else
    first='{ echo Hello; echo 42; warning the disk fills up; progress half way; error there is no disk D }'
    many='{ emit 20000 40 }'
fi

step "Objects, a warning and an error, as text"
ask "$first"
sed 's/^/    /' "$work/back"
expect Hello 42 "the disk fills up" "there is no disk D"
test "$status" -eq 1 || fail "icm's exit status is $status; 1 was expected"
echo "Exit status 1: the script ended with an error record, and that is how icm says so."

step "The same as JSON, one object a line: every stream, progress too"
ask "$first" -OutputFormat Json
cat "$work/back"
expect '"stream":"output"' '"stream":"warning"' '"stream":"progress"' '"stream":"error"' '"stream":"status"'
test "$engine" != pwsh || expect '"value":42}' '"value":{"Name":"web1","Disk":{"SizeGB":40,"Free":0.25}}' "\"value\":\"$(date -u +%Y)"

step "20,000 objects, streamed"
ask "$many" -OutputFormat Json
test "$status" -eq 0 || fail "icm's exit status is $status: $(tail -n 3 "$work/back")"
grep '^{' "$work/back" >"$work/lines" # beside the warning that the certificate is not checked
count=$(jq -c 'select(.stream == "output") | .value' "$work/lines" | wc -l)
sed -n '1,2p' "$work/lines"
echo "..."
grep '"stream":"output"' "$work/lines" | tail -n 1
echo "$count objects came back."
test "$count" -eq 20000 || fail "20000 were expected"

step "Done"
cat <<END
The endpoint is stopped, and its certificate and password are gone. To run icm against a computer of yours:

    build/icm -ComputerName HOST -UseSSL -Credential NAME -ScriptBlock '{ Get-Process }'
END
