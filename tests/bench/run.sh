#!/bin/sh
# `make bench`: what icm costs, beside what it may cost: first its parts (icm-bench), then the program as a whole, its start, and
# many computers. Ratios come from one run on one machine; nothing here is a test.
. "${ICM_SOURCE:-.}/tests/bench/lib.sh"

bare=$ICM_BUILD/tests/bench/bare_receive
icm_bench=$ICM_BUILD/tests/bench/icm-bench

# measured ARGUMENT...: one icm command over plain http
measured() {
    "$measure" "$icm" -ComputerName localhost -Port "$http_port" -Authentication Basic -Credential tester \
        -PasswordFile "$work/password" "$@" >"$work/out" 2>"$work/err"
}

# least NAME COMMAND...: the least of five runs' field NAME, from $work/err
least() {
    least_name=$1
    shift
    for _ in 1 2 3 4 5; do
        "$@"
        field "$least_name" "$work/err"
    done | sort -n | head -n 1
}

# the whole program, as icm is measured whole; what it says of its loop alone is in $work/out
run_bare() {
    "$measure" "$bare" "http://localhost:$http_port/wsman" tester "$work/password" "$1" >"$work/out" 2>"$work/err"
}

# the real engine on the same corpus, where it could be built
measure_engine() {
    mkdir -p "$work/corpus"
    "$icm_bench" corpus "$work/corpus" || return
    if [ -x "$engine" ]; then # with the profiling that its build leaves out for the sake of short lives
        DOTNET_TieredPGO=1 "$engine" -Bench "$work/corpus" >"$work/engine.tsv" || echo "the engine could not be measured"
    else
        echo "the engine is not there: no row is measured against it"
        : >"$work/engine.tsv"
    fi
}

measure_engine
"$icm_bench" --peers "$work/engine.tsv"
rm -rf "$work/corpus"
"$ICM_BUILD/tests/bench/auth-bench"

ulimit -n "$(ulimit -H -n)" # a thousand sessions have three connections each
start_endpoint bench --engine synthetic
row "what" "measured" "ceiling"

# connections URL MECHANISM KB: what each costs after the first, on our side, once it is at rest
connections() {
    "$ICM_BUILD/tests/bench/lanes" "$1" "$work/cert.pem" tester "$work/password" 50 "$2" >"$work/lanes" 2>"$work/err"
    row "one more connection, $2, ${1%%:*}: processor time, ms" "$(field cpu "$work/lanes")" "5"
    row "  memory, KB" "$(field memory "$work/lanes")" "$3"
}
connections "https://localhost:$tls_port/wsman" Basic 64
connections "https://localhost:$tls_port/wsman" Negotiate 64
connections "http://localhost:$http_port/wsman" Basic 16
connections "http://localhost:$http_port/wsman" Negotiate 24

# sessions COUNT MECHANISM: what each of so many more costs over http, once it is open and at rest, on its three connections
sessions() {
    "$ICM_BUILD/tests/bench/sessions" "http://localhost:$http_port/wsman" "" tester "$work/password" "$1" "$2" \
        >"$work/sessions" 2>"$work/err" || cat "$work/err"
}
sessions 50 Basic
row "one more session at rest, Basic, http: memory, KB" "$(field memory "$work/sessions")" "64"
sessions 50 Negotiate
row "  Negotiate" "$(field memory "$work/sessions")" "64"
sessions 999 Negotiate
row "1,000 sessions at once, Negotiate, http: peak memory, KB" "$(field peak "$work/sessions")" "153600"

# logon MECHANISM ARGUMENT...: how many requests a one-line command costs, and how many of them are the logon's, over its two connections
logon() {
    logon_name=$1
    shift
    start logon "$endpoint" --listen 127.0.0.1:0 --user "$logon_user" --password-file "$logon_password" --engine synthetic \
        --cert "$work/cert.pem" --key "$work/key.pem" "$@" --auth "credssp,$(echo "$logon_name" | tr '[:upper:]' '[:lower:]')"
    "$icm" -ComputerName localhost -Port "$(port_of logon http)" -Authentication "$logon_name" -Credential "$logon_user" \
        -PasswordFile "$logon_password" -ScriptBlock '{ echo hi }' >"$work/out" 2>"$work/err" </dev/null || cat "$work/err"
    kill "$pid"
    wait "$pid" 2>/dev/null
    row "$logon_name: requests of a one-line command, of these the logon's" "$(sed -n 's/^.*requests: //p' "$work/logon.log" |
        tail -n 1 | tr ',' '\n' | awk '{ sum += $2 } $1 == "Logon" { logon = $2 } END { print sum + 0, logon + 0 }')" ""
}
logon_user=tester
logon_password=$work/password
for mechanism in Basic Digest Negotiate Credssp; do
    logon "$mechanism"
done
. "${ICM_SOURCE:-.}/fixtures/kdc/kdc.sh"
if kdc_there && kdc_start; then
    logon_user=ana
    logon_password=$kdc_password
    logon Kerberos --keytab "$kdc_keytab"
else
    echo "no KDC: nothing is measured of Kerberos"
fi

script='emit 10000 1000'
bare_cpu=$(least cpu run_bare "$script")
loop_cpu=$(field cpu "$work/out")
icm_cpu=$(least cpu measured -ScriptBlock "{ $script }")
[ "$(wc -c <"$work/out")" -ge 10010000 ] || echo "the output is short: $(wc -c <"$work/out") bytes"
row "10 MB in 10,000 strings: icm's processor time, s" "$icm_cpu" ""
row "  a bare libcurl and libxml2 program's, s" "$bare_cpu" ""
row "  of that its loop alone, s" "$loop_cpu" ""
row "  ratio" "$(ratio "$icm_cpu" "$bare_cpu")" "3"
icm_cpu=$(least cpu measured -ScriptBlock "{ $script }" -OutputFormat Json)
row "  the same as Json, ratio" "$(ratio "$icm_cpu" "$bare_cpu")" ""

measured -ScriptBlock '{ emit 100000 1000 }'
[ "$(wc -c <"$work/out")" -ge 100100000 ] || echo "the output is short: $(wc -c <"$work/out") bytes"
row "100 MB in strings of 1 KB: peak memory, KB" "$(field peak "$work/err")" "65536"
row "  wall time, s" "$(field wall "$work/err")" ""
stop_all

for part in start many; do
    sh "${ICM_SOURCE:-.}/tests/bench/$part.sh"
done
finish
