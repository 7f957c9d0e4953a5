#!/bin/sh
# Our server's machine and a client that we did not write: the real engine's, in a script that the engine runs for icm. Its host
# answers by itself; what it gets is what the synthetic engine's words say.
. "${ICM_SOURCE:-.}/tests/lib.sh"

serve=$ICM_BUILD/icm-serve

if ! has_engine; then
    skip "server: no PowerShell engine (package: the .NET SDK, for fixtures/engine)"
    finish
fi
if [ ! -x "$serve" ]; then
    skip "server: icm-serve was not built (make check builds it)"
    finish
fi

start_real_endpoint real
icm_http -FilePath "$ICM_SOURCE/tests/interop/server.ps1" -ArgumentList "$serve"
equal "status" 0 "$status"
sed 's/^lines: .*,/lines: ..., /' "$work/out" >"$work/seen"
cat >"$work/expected" <<'END'
pool Opened, edition Core
echo hello; warning w; information i; error e -> hello
echo hello; warning w; information i; error e -> Error e
echo hello; warning w; information i; error e -> Warning w
echo hello; warning w; information i; error e -> Information i
echo hello; warning w; information i; error e -> Completed
throw gone -> threw gone
throw gone -> Failed
input -> 1
input -> two
input -> Completed
secure top secret -> secret:top secret
secure top secret -> Completed
host name; host read-line -> answering host
host name; host read-line -> typed line
host name; host read-line -> Completed
host read-secure; host credential ana -> typed secret
host read-secure; host credential ana -> ana at last
host read-secure; host credential ana -> typed secret
host read-secure; host credential ana -> Completed
host choice a b c; host write said -> 2
host choice a b c; host write said -> Completed
host prompt one two -> one=answer for one two=answer for two
host prompt one two -> Completed
lines: ..., said
available 2
set True True 5 2
available 5
busy: available 4
stopped: Stopped, available 5
pool Closed
END
equal "what the client got" "$(cat "$work/expected")" "$(cat "$work/seen")"
finish
