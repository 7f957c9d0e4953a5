#!/bin/sh
# What -SessionOption says, from one end to the other: seen by the endpoint, by what runs behind it, or by the client's own limits.
. "${ICM_SOURCE:-.}/tests/lib.sh"

# run ARGUMENT...: as the account, by NTLM over http
run() {
    "$icm" -ComputerName localhost -Port "$http_port" -Credential tester -PasswordFile "$work/password" "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
}

# fails NAME TEXT...: the last run failed on its way, and its error has each text
fails() {
    fails_name=$1
    shift
    equal "$fails_name: status" 3 "$status"
    contains "$fails_name: the error" "$work/err" "$@"
}

start_endpoint plain --engine synthetic --auth negotiate,ntlm,basic

# ---- limits

run -ScriptBlock '{ emit 10 1000 }' -SessionOption MaximumReceivedDataSizePerCommand=5000
fails "a command that gives too much" localhost "more than 5000 bytes" "-SessionOption MaximumReceivedDataSizePerCommand"
run -ScriptBlock '{ emit 1 5000 }' -SessionOption MaximumReceivedObjectSize=3000
fails "an object that is too large" localhost "more than 3000 bytes" "-SessionOption MaximumReceivedObjectSize"
run -ScriptBlock '{ emit 10 1000 }' -SessionOption MaximumReceivedDataSizePerCommand=1mb,MaximumReceivedObjectSize=3000
equal "both within their limits" "0 10" "$status $(wc -l <"$work/out")"

# ---- NoEncryption

run -ScriptBlock '{ echo hi }' -SessionOption NoEncryption
fails "in clear to a service that does not take it" localhost "leave -SessionOption NoEncryption out"
contains "it was in clear, and not carried out" "$work/plain.log" "a body in clear on a connection that was to be sealed"
"$icm" -ComputerName 192.0.2.1 -Credential tester -PasswordFile "$work/password" -TrustComputer -SessionOption NoEncryption \
    -ScriptBlock '{ echo hi }' >"$work/out" 2>"$work/err"
status=$?
fails "in clear to another machine" 192.0.2.1 NoEncryption -AllowUnencrypted
stop_all
start_endpoint clear --engine synthetic --allow-unencrypted --auth negotiate,ntlm,basic
run -ScriptBlock '{ echo hi }' -SessionOption NoEncryption
equal "in clear to a service that takes it" hi "$(cat "$work/out")"

# ---- UseUTF16

text="déjà 😀"
run -ScriptBlock "{ echo $text }" -SessionOption UseUTF16
equal "UTF-16, sealed" "$text" "$(cat "$work/out")"
icm_http -ScriptBlock "{ echo $text }" -SessionOption UseUTF16 -Trace "$work/trace.wide"
equal "UTF-16, in clear" "$text" "$(cat "$work/out")"
contains "the wire log is read as ever" "$work/trace.wide" '<s:Envelope' 'CreateResponse'
"$icm" -ComputerName localhost -Port "$tls_port" -UseSSL -Credential tester -PasswordFile "$work/password" -ScriptBlock '{ emit 3 300000 }' \
    -SessionOption UseUTF16,SkipCACheck -WarningAction SilentlyContinue >"$work/out" 2>"$work/err"
status=$?
equal "UTF-16, answers of many envelopes" "0 3" "$status $(wc -l <"$work/out")"
seq 1 50000 >"$work/numbers"
"$icm" -ComputerName localhost -Port "$http_port" -Credential tester -PasswordFile "$work/password" -ScriptBlock '{ input }' -InputObject - \
    -SessionOption UseUTF16 <"$work/numbers" >"$work/out" 2>"$work/err"
check "UTF-16, requests of many envelopes" cmp -s "$work/numbers" "$work/out"
start ear python3 -c '
import socket
s = socket.create_server(("127.0.0.1", 0))
print("listening on", s.getsockname()[1], flush=True)
c, _ = s.accept()
got = b""
while b"\r\n\r\n" not in got or not got.split(b"\r\n\r\n", 1)[1][:4]:
    got += c.recv(65536)
head, body = got.split(b"\r\n\r\n", 1)
print([line.decode() for line in head.split(b"\r\n") if line.lower().startswith(b"content-type")][0], body[:4].hex(), flush=True)'
"$icm" -ComputerName localhost -Port "$(port_of ear)" -Authentication Basic -Credential tester -PasswordFile "$work/password" \
    -ScriptBlock '{ echo }' -SessionOption UseUTF16 >/dev/null 2>&1
contains "UTF-16 is what is sent, and said" "$work/ear.out" "Content-Type: application/soap+xml;charset=UTF-16 fffe3c00"

# ---- Culture and UICulture

run -ScriptBlock '{ echo hi }' -SessionOption Culture=de-AT,UICulture=fr-FR -Trace "$work/trace"
equal "cultures: all is well" hi "$(cat "$work/out")"
contains "cultures are said" "$work/trace" 'w:Locale xml:lang=\"fr-FR\"' 'p:DataLocale xml:lang=\"de-AT\"'
contains "and told back" "$work/trace" '<rsp:Locale>fr-FR</rsp:Locale><rsp:DataLocale>de-AT</rsp:DataLocale>'
LC_ALL=pt_BR.UTF-8
export LC_ALL
run -ScriptBlock '{ echo hi }' -Trace "$work/trace.own"
unset LC_ALL
contains "without them our own are said" "$work/trace.own" 'w:Locale xml:lang=\"pt-BR\"' 'p:DataLocale xml:lang=\"pt-BR\"'
if [ -x "$engine" ]; then
    stop_all
    printf '#!/bin/sh\necho "$LC_ALL" >>"%s/cultures"\nexec "%s" -s\n' "$work" "$engine" >"$work/engine"
    chmod +x "$work/engine"
    start_endpoint real --engine pwsh --engine-command "$work/engine" --auth negotiate,ntlm,basic
    run -ScriptBlock '{ 1 + 1 }' -SessionOption Culture=de-AT
    equal "an engine of that culture" 2 "$(cat "$work/out")"
    contains "the engine's environment has it" "$work/cultures" de_AT.UTF-8
else
    skip "an engine of that culture: no PowerShell engine (package: the .NET SDK, for fixtures/engine)"
fi

# ---- MaxConnectionRetryCount: an endpoint that is not there yet

stop_all
later_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$icm" -ComputerName localhost -Port "$later_port" -Credential tester -PasswordFile "$work/password" -ScriptBlock '{ echo hi }' \
    -SessionOption MaxConnectionRetryCount=20 >"$work/later.out" 2>"$work/later.err" </dev/null &
later=$!
sleep 0.5 # it has been refused once by then, and if not it is connected at once
start late "$endpoint" --listen "127.0.0.1:$later_port" --user tester --password-file "$work/password" --engine synthetic --auth negotiate,ntlm
wait "$later"
equal "an endpoint that comes later is found" "0 hi" "$? $(cat "$work/later.out")"
stop_all
http_port=$later_port
run -ScriptBlock '{ echo hi }' -SessionOption MaxConnectionRetryCount=100,OpenTimeout=1500
fails "one that does not come: OpenTimeout holds" "no session could be opened within 1500 ms"
run -ScriptBlock '{ echo hi }'
fails "without it the first failure is told" "no connection could be made"

finish
