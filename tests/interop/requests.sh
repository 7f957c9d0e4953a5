#!/bin/sh
# How many requests and connections a command costs, counted by the endpoint, and when the next request is under way.
. "${ICM_SOURCE:-.}/tests/lib.sh"

# counted NAME ARGUMENT...: one command, then the endpoint's own count of all requests is at most 6, on at most 3 connections
counted() {
    counted_name=$1
    counted_pid=$pid
    shift
    icm_http "$@"
    equal "$counted_name: status" 0 "$status"
    kill "$counted_pid"
    wait "$counted_pid" 2>/dev/null
    total=$(sed -n 's/^.*requests: //p' "$work/counted.log" | tail -n 1 | tr ',' '\n' | awk '{ sum += $2 } END { print sum + 0 }')
    check "$counted_name: $total requests, at most 6" test "$total" -le 6 -a "$total" -ge 5
    connections=$(sed -n 's/^.*connections: //p' "$work/counted.log" | tail -n 1)
    check "$counted_name: $connections connections, at most 3" test "$connections" -le 3 -a "$connections" -ge 1
}

start_endpoint counted --engine synthetic
counted "synthetic" -ScriptBlock '{ echo hi }'
if has_engine; then
    start_real_endpoint counted
    sleep 3 # the spare gets warm
    counted "the real engine" -ScriptBlock '{ "hi"; 42 }'
else
    skip "requests of the real engine (package: the .NET SDK)"
fi

# The next Receive is sent before the answer is decoded: with standard output held back the client cannot have printed the first answer,
# and yet the relay sees the second request.
start_endpoint held --engine synthetic
start relay python3 "$ICM_SOURCE/tests/interop/relay.py" "$http_port"
mkfifo "$work/held"
sleep 1000 <>"$work/held" &
holder=$!
started="$started $holder"
"$icm" -ComputerName localhost -Port "$(port_of relay)" -Authentication Basic -Credential tester -PasswordFile "$work/password" \
    -ScriptBlock '{ emit 3000 1000 }' >"$work/held" 2>"$work/err" &
client=$!
started="$started $client"
wait_for '^request Receive/command 2' "$work/relay.out"
check "the next Receive is under way while the last answer waits to be printed" grep -q '^request Receive/command 2' "$work/relay.out"
check "the client waits for its reader" kill -0 "$client"
sleep 1
asked=$(grep -c '^request Receive/command' "$work/relay.out")
check "and asks no further: $asked requests" test "$asked" -le 3
finish
