#!/bin/sh
# Sessions that are left: by the library's client against icm-endpoint, with the built-in engine and with the real one. Nothing is lost
# over a disconnect, another process takes over what one has left, and only the same user sees it.
. "${ICM_SOURCE:-.}/tests/lib.sh"

leave=$ICM_BUILD/icm-leave
if [ ! -x "$leave" ]; then
    skip "sessions: icm-leave was not built (make check builds it)"
    finish
fi

# client VERB...: its lines in $work/out
client() {
    "$leave" "http://127.0.0.1:$http_port/wsman" tester "$work/password" "$@" >"$work/out" 2>"$work/err"
    status=$?
}

outputs() {
    sed -n 's/^output //p' "$work/out" | tr '\n' ' '
}

# sessions NAME SCRIPT: a script that says 1 to 20, slowly
sessions() {
    client cycle 3 "$2"
    equal "$1: back again: status" 0 "$status"
    equal "$1: back again: nothing is lost" "$(seq 20 | tr '\n' ' ')" "$(outputs)"
    contains "$1: back again: states" "$work/out" "pool Disconnected" "pipeline Disconnected" "pipeline Running" "pipeline Completed" \
        "pool Closed"

    client leave 3 "$2"
    equal "$1: left: status" 0 "$status"
    first=$(outputs)
    client list
    equal "$1: left: it is listed with its pipeline" "listed tester Disconnected 1" "$(cat "$work/out")"
    client take
    equal "$1: taken over: status" 0 "$status"
    equal "$1: taken over: nothing is lost" "$(seq 20 | tr '\n' ' ')" "$first$(outputs)"
    contains "$1: taken over: states" "$work/out" "pool Opened" "private data" "pipeline Completed" "pool Closed"
    client list
    equal "$1: closed: nothing is left" "" "$(cat "$work/out")"
}

start_endpoint synthetic --engine synthetic
sessions synthetic "$(for i in $(seq 20); do printf 'echo %s; sleep 20; ' "$i"; done)"
stop_all

# what is refused at first, or lost on the way, can be asked for again
printf 'Disconnect 1 fault 2150859205\nReconnect 1 fault 2150859216\nReconnect 2 cut 100\n' >"$work/plan"
start_endpoint refusing --engine synthetic --fault-plan "$work/plan"
client cycle 3 "$(for i in $(seq 20); do printf 'echo %s; sleep 20; ' "$i"; done)"
equal "refused at first: status" 0 "$status"
equal "refused at first: nothing is lost" "$(seq 20 | tr '\n' ' ')" "$(outputs)"
contains "refused at first: said so" "$work/out" "pool Opened: " "pool Disconnected: "
stop_all

# a server that leaves us in the middle is come back to
printf 'Receive 5 fault 2150859204\n' >"$work/plan"
start_endpoint leaving --engine synthetic --fault-plan "$work/plan"
client cycle 10 "$(for i in $(seq 20); do printf 'echo %s; sleep 20; ' "$i"; done)"
equal "left by the server: status" 0 "$status"
equal "left by the server: nothing is lost" "$(seq 20 | tr '\n' ' ')" "$(outputs)"
contains "left by the server: said so" "$work/out" "pool Disconnected: "
stop_all

# who asks how much the service takes sends a long script at once; who may not see it sends it in pieces
# big NAME: the status, and how many requests there were
big() {
    start_endpoint "$1" --engine synthetic --max-envelope-size 2000000 --fault-plan "$work/plan"
    client ask 500000
    stop_all
    echo "$status"
    sed -n 's/.*requests: //p' "$work/$1.log" | tail -n 1 | tr ',' '\n' | sed -n 's/^ *\(Get\|Command\|Send\) /\1 /p' | tr '\n' ' '
}
: >"$work/plan"
equal "asked and told" "0 Command 1 Get 1" "$(big told | xargs)"
printf 'Get 1 fault 5\n' >"$work/plan"
equal "asked and refused" "0 Command 1 Send 1 Get 1" "$(big refused | xargs)"

if has_engine; then
    start_real_endpoint real
    sessions "real engine" '1..20 | ForEach-Object { $_; [System.Threading.Thread]::Sleep(20) }'

    # more than the service lets wait: the pipeline stands still until somebody comes
    client cycle 1 '1..200 | ForEach-Object { "$_ " + "x" * 50000 }'
    equal "real engine: much output: status" 0 "$status"
    equal "real engine: much output: nothing is lost" "$(seq 200 | tr '\n' ' ')" \
        "$(sed -n 's/^output \([0-9]*\) .*/\1/p' "$work/out" | tr '\n' ' ')"
    # or the oldest goes, and the rest is whole
    client drop 1 '1..200 | ForEach-Object { "$_ " + "x" * 50000 }'
    equal "real engine: much output let go of: status" 0 "$status"
    numbers=$(sed -n 's/^output \([0-9]*\) x*$/\1/p' "$work/out")
    equal "real engine: much output let go of: whole" "$(grep -c '^output' "$work/out")" "$(echo "$numbers" | wc -l)"
    equal "real engine: much output let go of: in order, to the end" "$numbers" "$(echo "$numbers" | sort -n -u)"
    check "real engine: much output let go of: the newest is there" test "$(echo "$numbers" | tail -n 1)" = 200
    check "real engine: much output let go of: not all of it" test "$(echo "$numbers" | wc -l)" -lt 150

    # what has ended meanwhile still says so
    client leave 1 '"said"; [System.Threading.Thread]::Sleep(200); "and done"'
    sleep 1
    client take
    equal "real engine: an ended pipeline: status" 0 "$status"
    contains "real engine: an ended pipeline" "$work/out" "output and done" "pipeline Completed"
else
    skip "sessions: the real engine is not there (the .NET SDK brings it)"
fi
finish
