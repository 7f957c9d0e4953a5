#!/bin/sh
# What goes wrong on the way: one clear error that names the computer and the cause, the right status, and the other computers' results.
. "${ICM_SOURCE:-.}/tests/lib.sh"

relay=$ICM_SOURCE/tests/interop/relay.py
start_endpoint synthetic --engine synthetic

# told NAME STATUS TEXT...: what the last run said
told() {
    told_name=$1
    equal "$told_name: status" "$2" "$status"
    shift 2
    contains "$told_name: the error" "$work/err" "$@"
    equal "$told_name: one error" 1 "$(grep -c '^\[' "$work/err")"
}

# a server that leaves the session in the middle: it is not waited for
printf 'Receive 2 fault 2150859204\n' >"$work/left.plan"
start_endpoint leaving --engine synthetic --fault-plan "$work/left.plan"
icm_http -ScriptBlock '{ echo 1; sleep 300; echo 2 }'
told "a session that the server left" 3 localhost 0x803381C4
stop_all
start_endpoint synthetic --engine synthetic

# an address that is nobody's: the port was free a moment ago
free_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$icm" -ComputerName 127.0.0.1 -Port "$free_port" -Authentication Basic -Credential tester -PasswordFile "$work/password" \
    -ScriptBlock '{ echo hi }' >"$work/out" 2>"$work/err"
status=$?
told "an unreachable computer" 3 127.0.0.1 "$free_port" ConnectionFailed,PSSessionStateBroken

"$icm" -ComputerName no-such-computer.invalid -Authentication Basic -Credential tester -PasswordFile "$work/password" -AllowUnencrypted \
    -ScriptBlock '{ echo hi }' >"$work/out" 2>"$work/err"
status=$?
told "a name that does not exist" 3 no-such-computer.invalid

echo wrong >"$work/wrong"
"$icm" -ComputerName localhost -Port "$http_port" -Authentication Basic -Credential tester -PasswordFile "$work/wrong" \
    -ScriptBlock '{ echo hi }' >"$work/out" 2>"$work/err"
status=$?
told "a wrong password" 3 localhost AccessDenied,PSSessionStateBroken
check "a wrong password is not repeated" sh -c "! grep -q wrong '$work/err'"

"$icm" -ComputerName localhost -Port "$tls_port" -UseSSL -Authentication Basic -Credential tester -PasswordFile "$work/password" \
    -ScriptBlock '{ echo hi }' >"$work/out" 2>"$work/err"
status=$?
told "a certificate that nobody signed" 3 localhost SkipCACheck
"$icm" -ComputerName 127.0.0.1 -Port "$tls_port" -UseSSL -SessionOption SkipCACheck -Authentication Basic -Credential tester \
    -PasswordFile "$work/password" -ScriptBlock '{ echo hi }' >"$work/out" 2>"$work/err"
status=$?
told "a certificate for another name" 3 127.0.0.1 SkipCNCheck
"$icm" -ComputerName 127.0.0.1 -Port "$tls_port" -UseSSL -SessionOption SkipCACheck,SkipCNCheck -Authentication Basic -Credential tester \
    -PasswordFile "$work/password" -ScriptBlock '{ echo hi }' >"$work/out" 2>"$work/err"
equal "both checks skipped" hi "$(cat "$work/out")"
equal "both checks skipped: each is a warning" "WARNING: -SessionOption SkipCACheck, 127.0.0.1
WARNING: -SessionOption SkipCNCheck, 127.0.0.1" "$(cut -d: -f1,2 "$work/err")"
icm_tls -ScriptBlock '{ echo hi }' -WarningAction SilentlyContinue
equal "a skipped check: the warning can be silenced" "" "$(cat "$work/err")"
"$icm" -ComputerName localhost,127.0.0.1 -Port "$tls_port" -UseSSL -SessionOption SkipCACheck,SkipCNCheck,SkipRevocationCheck \
    -Authentication Basic -Credential tester -PasswordFile "$work/password" -ScriptBlock '{ echo hi }' >"$work/out" 2>"$work/err"
equal "skipped checks of two computers: said once" 3 "$(grep -c '^WARNING: .* localhost and 1 more: ' "$work/err")"
icm_http -ScriptBlock '{ echo hi }' -SessionOption SkipCACheck
equal "plain http has no certificate to warn of" "" "$(cat "$work/err")"
"$icm" -ComputerName localhost -Port "$http_port" -UseSSL -SessionOption SkipCACheck -Authentication Basic -Credential tester \
    -PasswordFile "$work/password" -ScriptBlock '{ echo hi }' >"$work/out" 2>"$work/err"
status=$?
told "TLS to a plain port" 3 localhost "without -UseSSL"
"$icm" -ComputerName localhost -Port "$tls_port" -Authentication Basic -Credential tester -PasswordFile "$work/password" \
    -ScriptBlock '{ echo hi }' >"$work/out" 2>"$work/err"
status=$?
told "plain HTTP to a TLS port" 3 localhost "-UseSSL"
"$icm" -ComputerName 192.0.2.1 -Authentication Basic -Credential tester -PasswordFile "$work/password" \
    -ScriptBlock '{ echo hi }' >"$work/out" 2>"$work/err"
status=$?
told "Basic in clear to another machine" 3 192.0.2.1 AllowUnencrypted

# the zone of an IPv6 address, in both ways of naming it
if [ -e /proc/net/if_inet6 ]; then
    start six "$endpoint" --listen '[::1]:0' --user tester --password-file "$work/password" --engine synthetic
    six_port=$(port_of six http)
    "$icm" -ComputerName ::1%lo -Port "$six_port" -Authentication Basic -Credential tester -PasswordFile "$work/password" \
        -ScriptBlock '{ echo hi }' >"$work/out" 2>"$work/err"
    equal "an address with a zone" hi "$(cat "$work/out")"
    "$icm" -ConnectionUri "http://[::1%25lo]:$six_port/wsman" -Authentication Basic -Credential tester -PasswordFile "$work/password" \
        -ScriptBlock '{ echo hi }' >"$work/out" 2>"$work/err"
    equal "a zone in a URI" hi "$(cat "$work/out")"
else
    skip "an address with a zone: this machine has no IPv6"
fi

icm_http -FilePath "$work/no-such-script.ps1"
equal "a script that is not there: status" 2 "$status"
contains "a script that is not there: the error" "$work/err" no-such-script.ps1
"$icm" -ComputerName localhost -Port "$http_port" -PasswordFile "$work/password" -ScriptBlock '{ echo hi }' >"$work/out" 2>"$work/err"
equal "a password of nobody: status" 2 "$?"
contains "a password of nobody: the error" "$work/err" 'localhost: -PasswordFile without -Credential: add -Credential USER'
equal "a password of nobody: lines" 1 "$(wc -l <"$work/err")"
icm_http -ScriptBlock '{ echo hi }' -NoSuchParameter
equal "a parameter that is not there: status" 2 "$status"
contains "a parameter that is not there: the error" "$work/err" NoSuchParameter

# spoilt NAME ACTION N FAULT TEXT...: through the relay, beside a computer that is well
spoilt() {
    spoilt_name=$1
    start "relay" python3 "$relay" "$http_port" "$2" "$3" "$4"
    relay_pid=$pid
    relay_port=$(port_of relay)
    shift 4
    timeout 60 "$icm" -ComputerName localhost -Port "$relay_port" -Authentication Basic -Credential tester \
        -PasswordFile "$work/password" -ScriptBlock '{ echo first; emit 20 1000; echo last }' >"$work/out" 2>"$work/err"
    status=$?
    told "$spoilt_name" 3 localhost "$@"
    kill "$relay_pid"
}

spoilt "an XML bomb" Receive/command 1 bomb DOCTYPE
spoilt "an external entity" Create 1 external DOCTYPE
spoilt "a fragment that lies about its length" Receive/command 1 length blob
spoilt "a fragment that is one byte short" Receive/command 1 overrun
spoilt "a gap in the fragments" Receive/command 1 gap fragment
spoilt "a stream that is no base64" Receive/pool 1 garbage base64
spoilt "a web page" Command 1 html text/html
spoilt "an answer without end" Receive/command 1 endless
spoilt "elements without end" Create 1 deep depth
spoilt "an answer to somebody else" Create 1 wrong-id "relates to"
start elsewhere python3 "$relay" "$http_port"
spoilt "a redirect is not followed" Create 1 "redirect:$(port_of elsewhere)" 302
equal "a redirect is not followed: who asked there" "" "$(grep request "$work/elsewhere.out")"
spoilt "an answer that unpacks to 64 MiB" Create 1 gzip-bomb 'more than'
spoilt "a login that is taken back" Receive/command 1 clear401

# byte by byte nothing is wrong
start relay python3 "$relay" "$http_port" Receive/command 1 bytes Create 1 bytes
"$icm" -ComputerName localhost -Port "$(port_of relay)" -Authentication Basic -Credential tester -PasswordFile "$work/password" \
    -ScriptBlock '{ echo first; echo last }' >"$work/out" 2>"$work/err"
equal "byte by byte" "first last" "$(tr '\n' ' ' <"$work/out" | sed 's/ $//')"

# what strangers send to our endpoint
python3 "$ICM_SOURCE/tests/interop/abuse.py" "$http_port" >"$work/abuse" || failures=$((failures + 1))
cat "$work/abuse"

# an endpoint says so when it cannot do what it was told to
timeout 20 "$endpoint" --listen "127.0.0.1:$http_port" --user tester --password-file "$work/password" --engine synthetic >"$work/out" 2>"$work/err"
equal "a port that is taken: status" 3 $?
contains "a port that is taken: the error" "$work/err" "cannot listen on 127.0.0.1:$http_port"
timeout 20 "$endpoint" --listen 127.0.0.1:0 --user tester --password-file "$work/password" --engine synthetic --auth kerberos \
    --keytab "$work/no.keytab" >"$work/out" 2>"$work/err"
equal "a keytab that is not there: status" 2 $?
contains "a keytab that is not there: the error" "$work/err" "cannot read the keytab '$work/no.keytab'"

# faults that the endpoint itself plans; each at its own endpoint, so that counts begin at 1
planned() {
    printf '%s\n' "$2" >"$work/plan"
    start_endpoint planned --engine synthetic --fault-plan "$work/plan"
    planned_pid=$pid
    icm_http -ScriptBlock '{ echo first; emit 200 1000; echo last }'
    planned_name=$1
    shift 2
    told "$planned_name" 3 localhost "$@"
    kill "$planned_pid"
}

planned "cut in the middle of an answer" "Receive 2 cut 300"
planned "cut before any answer" "Command 1 cut 0"
planned "a fault for the command" "Command 1 fault 2150859174" 0x803381A6
planned "503" "Create 1 status 503" 503
planned "a garbled envelope" "Receive 2 garble 0"

# the others' results come all the same
start_endpoint whole --engine synthetic
cat >"$work/config-names" <<END
127.0.0.1
localhost
no-such-computer.invalid
END
"$icm" -ComputerName "@$work/config-names" -Port "$http_port" -Authentication Basic -Credential tester -PasswordFile "$work/password" \
    -AllowUnencrypted -ScriptBlock '{ echo hi }' -OutputFormat Json >"$work/out" 2>"$work/err"
equal "one of three fails: status" 3 $?
equal "one of three fails: the others' output" "127.0.0.1 localhost" \
    "$(jq -r 'select(.stream == "output") | .computer' "$work/out" | sort | tr '\n' ' ' | sed 's/ $//')"
equal "one of three fails: its status line" "Failed no-such-computer.invalid" \
    "$(jq -r 'select(.stream == "status" and .state == "Failed") | .state + " " + .error.computer' "$work/out")"
finish
