#!/bin/sh
# Logons and sealed bodies between our client and our endpoint, with somebody on the wire: what passes is sealed, what is forged is refused,
# what is cut goes on, and how many requests a logon costs.
. "${ICM_SOURCE:-.}/tests/lib.sh"

secret_text='Vogelbeerbaum'

# wire NAME [N FAULT]...: a fresh relay in front of the endpoint; $wire_port, its record in $work/NAME.record
wire() {
    wire_name=$1
    shift
    start "$wire_name" python3 "$ICM_SOURCE/tests/interop/wire.py" "$http_port" "$work/$wire_name.record" "$@"
    wire_port=$(port_of "$wire_name")
}

# icm_wire MECHANISM ARGUMENT...: through the relay, over plain HTTP
icm_wire() {
    wire_mechanism=$1
    shift
    timeout 60 "$icm" -ComputerName localhost -Port "$wire_port" -Authentication "$wire_mechanism" -Credential tester \
        -PasswordFile "$work/password" "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
}

# nothing_clear NAME RECORD: no envelope, no word of the script and no password passed
nothing_clear() {
    if grep -aqF -e 'Envelope' -e "$secret_text" -e "$(cat "$work/password")" "$2"; then
        not_ok "$1"
    else
        ok "$1"
    fi
}

# carried_out ACTION: how many such requests the endpoint has taken
carried_out() {
    lines=$(grep -c 'requests: ' "$work/accepts.log")
    kill -USR1 "$endpoint_pid"
    until [ "$(grep -c 'requests: ' "$work/accepts.log")" -gt "$lines" ]; do
        sleep 0.05
    done
    sed -n 's/^.*requests: //p' "$work/accepts.log" | tail -n 1 | tr ',' '\n' | awk -v action="$1" '$1 == action { sum += $2 } END { print sum + 0 }'
}

start_endpoint accepts --engine synthetic --auth "basic,digest,negotiate,ntlm,credssp"
endpoint_pid=$pid

# sealed MECHANISM EMPTY: a command, and at most EMPTY requests without a body for each connection
sealed() {
    mechanism=$1
    wire "sealed-$mechanism"
    icm_wire "$mechanism" -ScriptBlock "{ echo $secret_text }"
    equal "$mechanism: status" 0 "$status"
    equal "$mechanism: output" "$secret_text" "$(cat "$work/out")"
    nothing_clear "$mechanism: nothing in clear" "$work/sealed-$mechanism.record"
    equal "$mechanism: no clear body" 0 "$(grep -c '^request [0-9]* clear' "$work/sealed-$mechanism.out")"
    connections=$(grep -c '^connection' "$work/sealed-$mechanism.out")
    empties=$(grep -c '^request [0-9]* empty' "$work/sealed-$mechanism.out")
    bodies=$(grep -c '^request [0-9]* sealed' "$work/sealed-$mechanism.out")
    check "$mechanism: $empties requests for $connections logons, at most $2 each" test "$empties" -le $((connections * $2))
    check "$mechanism: $bodies requests with a body, at most 6" test "$bodies" -le 6 -a "$bodies" -ge 5

    for fault in clear clear500; do
        wire "$fault-$mechanism" b2 "$fault"
        icm_wire "$mechanism" -ScriptBlock "{ echo $secret_text }"
        check "$mechanism: an answer in clear is refused ($fault)" test "$status" -ne 0
        contains "$mechanism: and says so ($fault)" "$work/err" 'in clear'
    done

    wire "basic-$mechanism" e1 basic
    icm_wire "$mechanism" -ScriptBlock "{ echo $secret_text }"
    check "$mechanism: answered with Basic" test "$status" -ne 0
    contains "$mechanism: and says what is offered" "$work/err" 'offers Basic'
    nothing_clear "$mechanism: the password is not sent" "$work/basic-$mechanism.record"

    wire "forget-$mechanism" b2 forget
    icm_wire "$mechanism" -ScriptBlock "{ echo $secret_text }"
    equal "$mechanism: forgotten, logs on anew: status" 0 "$status"
    equal "$mechanism: forgotten, logs on anew: output" "$secret_text" "$(cat "$work/out")"

    # who lets a Command (the third body) pass and says 401 in clear
    commands=$(carried_out Command)
    wire "forge-$mechanism" b3 forge
    icm_wire "$mechanism" -ScriptBlock "{ echo $secret_text }"
    equal "$mechanism: a forged 401 to a command: status" 3 "$status"
    contains "$mechanism: a forged 401 to a command is no reason to run it again" "$work/err" 'Command was under way' 'not sent again'
    equal "$mechanism: a forged 401 to a command: carried out" 1 "$(($(carried_out Command) - commands))"
    nothing_clear "$mechanism: a forged 401 to a command: nothing in clear" "$work/forge-$mechanism.record"

    for n in 1 2 3; do
        wire "cut$n-$mechanism" "b$n" cut
        icm_wire "$mechanism" -ScriptBlock "{ echo $secret_text }"
        equal "$mechanism: cut behind request $n: status" 0 "$status"
        equal "$mechanism: cut behind request $n: output" "$secret_text" "$(cat "$work/out")"
        nothing_clear "$mechanism: cut behind request $n: nothing in clear" "$work/cut$n-$mechanism.record"
    done
}

sealed Negotiate 2
sealed Credssp 8

wire digest
icm_wire Digest -ScriptBlock "{ echo $secret_text }"
equal "Digest: status" 0 "$status"
check "Digest seals nothing, and the record would show it" grep -aqF "Envelope" "$work/digest.record"
check "Digest: one request without a body for each connection" \
    test "$(grep -c '^request [0-9]* empty' "$work/digest.out")" -le "$(grep -c '^connection' "$work/digest.out")"

# over TLS: bound to the certificate, without a relay, which would have to break TLS
bound_http_port=$http_port
start_endpoint binds --engine synthetic --auth "basic,digest,negotiate,ntlm,credssp" --require-channel-binding
over_tls() {
    timeout 60 "$icm" -ComputerName localhost -Port "$tls_port" -UseSSL -SessionOption SkipCACheck -Authentication "$1" \
        -Credential tester -PasswordFile "$work/password" -ScriptBlock "{ echo $secret_text }" >"$work/out" 2>"$work/err" </dev/null
    status=$?
}
over_tls Negotiate
equal "Negotiate over TLS, bound to its certificate: status" 0 "$status"
equal "Negotiate over TLS, bound to its certificate: output" "$secret_text" "$(cat "$work/out")"
over_tls Credssp
check "Credssp over TLS, where a binding is asked for that it has not" test "$status" -ne 0
contains "and says so" "$work/err" 'does not take CredSSP; it offers Basic, Negotiate, NTLM'
http_port=$bound_http_port

printf 'wrong' >"$work/wrong"
wire refused
timeout 60 "$icm" -ComputerName localhost -Port "$wire_port" -Authentication Credssp -Credential tester -PasswordFile "$work/wrong" \
    -ScriptBlock "{ echo $secret_text }" >"$work/out" 2>"$work/err" </dev/null
check "a wrong password" test "$?" -ne 0
nothing_clear "a wrong password: nothing in clear" "$work/refused.record"
equal "a wrong password is tried once for each lane, and never with a body" 0 "$(grep -c '^request [0-9]* [sc]' "$work/refused.out")"
finish
