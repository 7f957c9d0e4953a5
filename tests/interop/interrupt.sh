#!/bin/sh
# Whoever interrupts icm gets the prompt back: whatever it waits for, and from peers that do not answer any more. A client that has not
# ended in time is killed, and its status says so.
. "${ICM_SOURCE:-.}/tests/lib.sh"

# begin ARGUMENT...: icm behind us; $client
begin() {
    : >"$work/out"
    "$icm" -Port "$http_port" -Authentication Basic -Credential tester -PasswordFile "$work/password" "$@" >"$work/out" 2>"$work/err" &
    client=$!
    started="$started $client"
}

# ends NAME STATUS [PATIENCE]: in so many tenths of a second (5 s)
ends() {
    ends_tries=0
    while kill -0 "$client" 2>/dev/null && [ "$ends_tries" -lt "${3:-50}" ]; do
        ends_tries=$((ends_tries + 1))
        sleep 0.1
    done
    kill -KILL "$client" 2>/dev/null
    wait "$client" 2>/dev/null
    equal "$1" "$2" "$?"
}

start_endpoint synthetic --engine synthetic
endpoint_pid=$pid

for signal in INT:130 TERM:143 HUP:129; do
    begin -ComputerName localhost -ScriptBlock '{ echo ready; sleep 600000 }'
    wait_for ready "$work/out" "$client"
    kill "-${signal%:*}" "$client"
    ends "SIG${signal%:*} while a script runs" "${signal#*:}"
    equal "... what had come is shown" ready "$(cat "$work/out")"
done

# the computer is there, and says nothing any more
begin -ComputerName localhost -ScriptBlock '{ echo ready; sleep 600000 }'
wait_for ready "$work/out" "$client"
kill -STOP "$endpoint_pid"
kill -INT "$client"
ends "a dead computer while a script runs" 130
begin -ComputerName localhost -ScriptBlock '{ echo never }'
sleep 0.5
kill -INT "$client"
ends "a dead computer that is to be connected with" 130
begin -ComputerName "$(seq -s, 1 200 | sed 's/[0-9][0-9]*/localhost/g')" -ThrottleLimit 200 -ScriptBlock '{ echo never }'
sleep 0.5
kill -INT "$client"
ends "200 of them" 130
kill -CONT "$endpoint_pid"

# CancelTimeout is how long a stop may take; the second signal does not wait for it
begin -ComputerName localhost -SessionOption '@{CancelTimeout=300000}' -ScriptBlock '{ echo ready; sleep 600000 }'
wait_for ready "$work/out" "$client"
kill -STOP "$endpoint_pid"
kill -INT "$client"
sleep 1
check "with a long CancelTimeout it waits" kill -0 "$client"
kill -INT "$client"
ends "a second signal" 130 20
kill -CONT "$endpoint_pid"

# nobody takes our output
mkfifo "$work/fifo"
sleep 600 <"$work/fifo" &
reader=$!
started="$started $reader"
"$icm" -ComputerName localhost -Port "$http_port" -Authentication Basic -Credential tester -PasswordFile "$work/password" \
    -ScriptBlock '{ emit 1000000 100 }' >"$work/fifo" 2>"$work/err" &
client=$!
started="$started $client"
sleep 1
kill -INT "$client"
ends "a reader that takes nothing" 130
kill "$reader"

# a password that is asked for, by a program too
if command -v python3 >/dev/null 2>&1; then
    python3 "$ICM_SOURCE/tests/interop/terminal.py" 'Password for ' '\003' -- "$icm" -ComputerName localhost -Port "$http_port" \
        -Authentication Basic -Credential tester -ScriptBlock '{ echo never }' >"$work/out" 2>&1
    equal "Ctrl+C at the password's prompt" 130 $?
    python3 "$ICM_SOURCE/tests/interop/terminal.py" 'asking' '\003' -- "$icm" -ComputerName localhost -Port "$http_port" \
        -Authentication Basic -Credential tester -PasswordCommand "echo asking >&2; sleep 600" -ScriptBlock '{ echo never }' >"$work/out" 2>&1
    equal "Ctrl+C while a program is asked for the password" 130 $?
fi

# input that does not come
sleep 600 >"$work/fifo" &
started="$started $!"
"$icm" -ComputerName localhost -Port "$http_port" -Authentication Basic -Credential tester -PasswordFile "$work/password" -InputObject - \
    -ScriptBlock '{ input }' <"$work/fifo" >"$work/out" 2>"$work/err" &
client=$!
started="$started $client"
sleep 0.5
kill -INT "$client"
ends "input that does not come" 130

if [ -x "$engine" ]; then
    "$icm" -EngineCommand "'$engine' -s" -ScriptBlock '{ "ready"; while ($true) { [Threading.Thread]::Sleep(100) } }' >"$work/out" 2>"$work/err" &
    client=$!
    started="$started $client"
    wait_for ready "$work/out" "$client"
    kill -INT "$client"
    ends "a script in an engine of this machine" 130
fi
finish
