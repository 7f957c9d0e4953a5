#!/bin/sh
# Several computers at once: Json lines as designed, each computer's records in their order, what signals do.
. "${ICM_SOURCE:-.}/tests/lib.sh"

start_endpoint synthetic --engine synthetic
names=$(seq 1 40 | sed 's/^/127.0.0./' | paste -sd, -)
"$icm" -ComputerName "$names" -Port "$http_port" -Authentication Basic -Credential tester -PasswordFile "$work/password" \
    -ScriptBlock '{ echo a; warning w; emit 50 10; echo z }' -OutputFormat Json >"$work/out" 2>"$work/err"
status=$?
# the endpoint listens on 127.0.0.1 alone: 39 of them are refused, and one is served
equal "39 of 40 refused: status" 3 "$status"
equal "39 of 40 refused: failures" 39 "$(jq -r 'select(.state == "Failed") | .computer' "$work/out" | sort -u | wc -l | tr -d ' ')"

names=$(seq 1 40 | sed 's/.*/localhost/' | paste -sd, -)
"$icm" -ComputerName "$names" -Port "$http_port" -Authentication Basic -Credential tester -PasswordFile "$work/password" -ThrottleLimit 8 \
    -ScriptBlock '{ emit 50 10 }' -OutputFormat Json >"$work/out" 2>"$work/err"
equal "40 sessions, 8 at a time: status" 0 $?
equal "40 sessions: all their objects" 2000 "$(grep -c '"stream":"output"' "$work/out")"
equal "40 sessions: all their status lines" 40 "$(jq -r 'select(.state == "Completed") | .state' "$work/out" | wc -l | tr -d ' ')"

# the limit of descriptors is raised as far as that goes, and named where it is in the way
limited() {
    (
        ulimit -S -n 40
        ulimit -H -n "$1"
        "$icm" -ComputerName "$names" -Port "$http_port" -Authentication Basic -Credential tester -PasswordFile "$work/password" \
            -ThrottleLimit 40 -ScriptBlock '{ sleep 300; echo a }' -OutputFormat Json >"$work/out" 2>"$work/err"
    )
    status=$?
}
limited 400
equal "40 sessions at a time, 40 descriptors of 400: status" 0 "$status"
limited 50
equal "40 sessions at a time, 50 descriptors: status" 3 "$status"
contains "50 descriptors: what is said" "$work/out" "this process may have 50 descriptors, and has them" "-ThrottleLimit"

"$icm" -ComputerName localhost,127.0.0.1 -Port "$http_port" -Authentication Basic -Credential tester -PasswordFile "$work/password" \
    -ScriptBlock '{ args }' -ArgumentList 1,two,'$true' -OutputFormat Json >"$work/out" 2>"$work/err"
equal "two computers: status" 0 $?
for computer in localhost 127.0.0.1; do
    equal "$computer: its records in order" '1 "two" true Completed' \
        "$(jq -c "select(.computer == \"$computer\") | .value, .state | select(. != null)" "$work/out" | tr '\n' ' ' | sed 's/ $//; s/"Completed"/Completed/')"
done

# one computer waits for the other, and gets all of an input that is too much for memory
seq 120000 | sed 's/$/ and so much more that sixteen megabytes of memory would be needed to keep it/' >"$work/lines"
"$icm" -ComputerName localhost,127.0.0.1 -ThrottleLimit 1 -Port "$http_port" -Authentication Basic -Credential tester \
    -PasswordFile "$work/password" -ScriptBlock '{ input }' -InputObject - -OutputFormat Json <"$work/lines" >"$work/out" 2>"$work/err"
equal "a long input, for one and then the other: status" 0 $?
for computer in localhost 127.0.0.1; do
    equal "a long input: $computer got all of it, in order" "$(cksum <"$work/lines")" \
        "$(grep "\"$computer\",\"stream\":\"output\"" "$work/out" | sed 's/.*"value":"//; s/"}$//' | cksum)"
done

# Ctrl+C stops the remote pipeline first
"$icm" -ComputerName localhost -Port "$http_port" -Authentication Basic -Credential tester -PasswordFile "$work/password" \
    -ScriptBlock '{ echo ready; sleep 600000 }' >"$work/out" 2>"$work/err" &
client=$!
wait_for ready "$work/out"
kill -INT "$client"
wait "$client"
equal "Ctrl+C: status" 130 $?

# the time limit: what came is shown, what runs is stopped, what waits is not begun with
"$icm" -ComputerName localhost,localhost,localhost -Port "$http_port" -Authentication Basic -Credential tester -PasswordFile "$work/password" \
    -ThrottleLimit 2 -TimeoutSec 1 -OutputFormat Json -ScriptBlock '{ echo ready; sleep 600000 }' >"$work/out" 2>"$work/err"
equal "-TimeoutSec: status" 124 $?
equal "-TimeoutSec: what came" 2 "$(grep -c '"value":"ready"' "$work/out")"
equal "-TimeoutSec: all were stopped" 3 "$(jq -r 'select(.state == "Stopped") | .state' "$work/out" | wc -l | tr -d ' ')"
contains "-TimeoutSec: what it says" "$work/err" "the time limit of 1 s (-TimeoutSec) has passed: 2 of 3 computers are stopped, 1 are not begun"
mkfifo "$work/fifo"
sleep 600 <"$work/fifo" &
reader=$!
"$icm" -ComputerName localhost -Port "$http_port" -Authentication Basic -Credential tester -PasswordFile "$work/password" \
    -TimeoutSec 1 -ScriptBlock '{ emit 1000000 100 }' >"$work/fifo" 2>"$work/err"
equal "-TimeoutSec while nobody reads the output: status" 124 $?
kill "$reader"

# a reader that goes away
"$icm" -ComputerName localhost -Port "$http_port" -Authentication Basic -Credential tester -PasswordFile "$work/password" \
    -ScriptBlock '{ emit 1000000 100 }' 2>"$work/err" | head -n 3 >"$work/out"
equal "a reader that goes away: what it read" 3 "$(wc -l <"$work/out" | tr -d ' ')"
endpoint_pid=${started##* }
kill "$endpoint_pid"
wait "$endpoint_pid" 2>/dev/null
# every shell that was made was deleted again, the interrupted ones too
log=$(grep 'requests:' "$work/synthetic.log" | tail -n 1)
equal "every shell was deleted" "$(echo "$log" | sed 's/.*Create \([0-9]*\).*/\1/')" "$(echo "$log" | sed 's/.*Delete \([0-9]*\).*/\1/')"
finish
