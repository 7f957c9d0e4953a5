#!/bin/sh
# What icm costs on 1,000 computers, beside libcurl alone with the same requests: a part of `make bench`. The computers are loopback
# addresses, each a listener of its own.
. "${ICM_SOURCE:-.}/tests/bench/lib.sh"

bare=$ICM_BUILD/tests/bench/bare_many
computers=1000
listeners=16 # of one endpoint, at most
rounds=5

ulimit -n "$(ulimit -H -n)" # a thousand computers have three connections each

# One more endpoint holds the port that all of them have on their own addresses, and says how many connections a command takes.
make_password
start counted "$endpoint" --listen 127.0.0.1:0 --user tester --password-file "$work/password" --engine synthetic
counted_pid=$pid
port=$(port_of counted http)

# on HOSTS ARGUMENT...: one icm command
on() {
    on_hosts=$1
    shift
    "$measure" "$icm" -ComputerName "$on_hosts" -Port "$port" -Credential tester -PasswordFile "$work/password" \
        -ScriptBlock '{ echo hi }' "$@" >"$work/out" 2>"$work/err" || cat "$work/err"
}

on 127.0.0.1 -Authentication Basic
kill "$counted_pid"
wait "$counted_pid" 2>/dev/null
connections=$(sed -n 's/^.*connections: //p' "$work/counted.log" | tail -n 1)

host=0
while [ "$host" -lt "$computers" ]; do
    addresses=
    first=$host
    while [ "$host" -lt "$computers" ] && [ "$host" -lt $((first + listeners)) ]; do
        host=$((host + 1))
        echo "127.1.$((host / 250)).$((host % 250 + 1))" >>"$work/hosts"
        addresses="$addresses --listen 127.1.$((host / 250)).$((host % 250 + 1)):$port"
    done
    # shellcheck disable=SC2086 # one argument each
    "$endpoint" $addresses --user tester --password-file "$work/password" --engine synthetic >"$work/many-$host.out" 2>"$work/many-$host.log" \
        </dev/null &
    started="$started $!"
done
tries=0
until [ "$(cat "$work"/many-*.out | grep -c '^listening on')" -eq "$computers" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ]; then
        not_ok "the endpoints start"
        grep -h -v 'engine\|shells' "$work"/many-*.log | head -n 5
        finish
    fi
    sleep 0.1
done

# all THROTTLE MECHANISM: every computer prints its line
all() {
    on "@$work/hosts" -ThrottleLimit "$1" -Authentication "$2"
    [ "$(grep -c '^hi$' "$work/out")" -eq "$computers" ] || echo "not every computer has printed its line"
}

least_of() {
    sort -n "$1" | head -n 1
}

# against_bare THROTTLE: rounds of icm and of the bare program in turn; the least wall times for one computer in ms, and the most memory
against_bare() {
    rm -f "$work"/least-*
    peak=0
    for _ in $(seq "$rounds"); do
        "$bare" "$work/hosts" "$port" tester "$work/password" 'echo hi' '<S>hi</S>' "$1" "$connections" >"$work/bare" || return
        field wall "$work/bare" >>"$work/least-bare"
        all "$1" Basic
        field wall "$work/err" >>"$work/least-icm"
        field cpu "$work/err" >>"$work/least-cpu"
        last=$(field peak "$work/err")
        peak=$((last > peak ? last : peak))
    done
    bare_wall=$(least_of "$work/least-bare")
    icm_wall=$(least_of "$work/least-icm")
    cpu=$(least_of "$work/least-cpu")
}

# each SECONDS: for one of the computers, in ms
each() {
    echo "$1 $computers" | awk '{ printf "%.2f", $1 * 1000 / $2 }'
}

all "$computers" Basic # warm
for throttle in "$computers" 32; do
    against_bare "$throttle"
    row "1,000 computers, $throttle at a time, http: peak memory, KB" "$peak" "153600"
    row "  processor time for each, ms" "$(each "$cpu")" "2"
    row "  wall time for each, ms" "$(each "$icm_wall")" ""
    row "  libcurl alone, $(sed -n 's/.*requests \([0-9]*\).*/\1/p' "$work/bare") requests, $((connections * computers)) connections, ms" \
        "$(each "$bare_wall")" ""
    row "  ratio" "$(ratio "$icm_wall" "$bare_wall")" "2"
done
all "$computers" Negotiate
row "1,000 computers, Negotiate: peak memory, KB" "$(field peak "$work/err")" "153600"
row "  processor time for each, ms" "$(each "$(field cpu "$work/err")")" "2"

# of the hundred computers behind the first, with what is the same for all taken away
head -n 101 "$work/hosts" >"$work/more"
for _ in $(seq "$rounds"); do
    on 127.1.0.2 -Authentication Basic
    field cpu "$work/err" >>"$work/least-one"
    on "@$work/more" -Authentication Basic
    field cpu "$work/err" >>"$work/least-more"
done
row "a further computer: processor time, ms" "$(echo "$(least_of "$work/least-more") $(least_of "$work/least-one")" |
    awk '{ printf "%.2f", ($1 - $2) * 1000 / 100 }')" "2"
finish
