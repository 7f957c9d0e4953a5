#!/bin/sh
# No computer: scripts in a PowerShell of this machine, over pipes.
. "${ICM_SOURCE:-.}/tests/lib.sh"

if ! [ -x "$engine" ]; then
    skip "local: no PowerShell engine (package: the .NET SDK, for fixtures/engine)"
    finish
fi

# local ARGUMENT...: $work/out, $work/err, $status
local_icm() {
    "$icm" -EngineCommand "'$engine' -s" "$@" >"$work/out" 2>"$work/err"
    status=$?
}

local_icm -ScriptBlock '{ 1; "two"; [pscustomobject]@{ Name = "x" } }' -OutputFormat Json
equal "output: status" 0 "$status"
equal "output" '1 "two" {"Name":"x"}' "$(jq -c 'select(.stream == "output") | .value' "$work/out" | tr '\n' ' ' | sed 's/ $//')"
equal "output: no computer has a name" "" "$(grep '"computer"' "$work/out")"
equal "output: the status line" '{"stream":"status","state":"Completed","hadErrors":false}' "$(tail -n 1 "$work/out")"
(cd "$work" && "$icm" -EngineCommand "'$engine' -s" -ScriptBlock '{ "$pwd" }' >"$work/out" 2>"$work/err")
equal "the script runs where we are" "$(cd "$work" && pwd -P)" "$(cat "$work/out")"
mkdir "$work/a [b] '"
(cd "$work/a [b] '" && "$icm" -EngineCommand "'$engine' -s" -ScriptBlock '{ "$pwd" }' >"$work/out" 2>"$work/err")
equal "in a folder of an odd name, too" "$(cd "$work" && pwd -P)/a [b] '" "$(cat "$work/out")"
ICM_PASSWORD=hush TOLD=aloud "$icm" -EngineCommand "'$engine' -s" -ScriptBlock '{ "$env:TOLD|$env:ICM_PASSWORD" }' >"$work/out" 2>"$work/err"
equal "in our environment, without the password" "aloud|" "$(cat "$work/out")"

local_icm -ScriptBlock '{ param($a, $b) $a + $b; $input | ForEach-Object { $_ * 2 } }' -ArgumentList 2,3 -InputObject 7
equal "arguments and input" "5 14" "$(tr '\n' ' ' <"$work/out" | sed 's/ $//')"
seq 100000 >"$work/numbers"
local_icm -ScriptBlock '{ $input | ForEach-Object { $_ } }' -InputObject - <"$work/numbers"
equal "much of it, both ways: status" 0 "$status"
equal "much of it, both ways" "$(cksum <"$work/numbers")" "$(cksum <"$work/out")"
local_icm -ScriptBlock '{ Write-Warning w; Write-Error e }'
equal "streams: status" 1 "$status"
contains "streams" "$work/err" "WARNING: w" "Write-Error: e"
local_icm -ScriptBlock '{ throw "no" }'
equal "a script that throws: status" 1 "$status"
local_icm -NativeExitCode -ScriptBlock '{ /bin/sh -c "exit 7" }'
equal "the exit code of a program" 7 "$status"
local_icm -NoNewScope -ScriptBlock '{ $x = 1; "$(Get-Variable -Name x -Scope Global -ValueOnly -ErrorAction Ignore)" }'
case $(cat "$work/err") in
*Get-Variable*) skip "scopes: the engine has no Get-Variable" ;;
*) equal "-NoNewScope: the global scope" 1 "$(cat "$work/out")" ;;
esac

# bad input, and engines that are none
local_icm -UseSSL -ScriptBlock '{ 1 }'
equal "what only a computer has: status" 2 "$status"
contains "what only a computer has" "$work/err" "nowhere to run: give -ComputerName NAME, which -UseSSL goes with"
engine_command() {
    "$icm" -EngineCommand "$1" -ScriptBlock '{ 1 }' >"$work/out" 2>"$work/err"
    status=$?
}
PATH_WAS=$PATH
PATH=$work
"$icm" -ScriptBlock '{ 1 }' >"$work/out" 2>"$work/err"
status=$?
PATH=$PATH_WAS
equal "no PowerShell here: status" 2 "$status"
contains "no PowerShell here" "$work/err" "there is no pwsh here" "-EngineCommand"
engine_command "'"
equal "half a command: status" 2 "$status"
engine_command /no/such/program
equal "no such engine: status" 3 "$status"
contains "no such engine" "$work/err" "cannot start '/no/such/program'"
engine_command false
equal "an engine that ends: status" 3 "$status"
contains "an engine that ends" "$work/err" "the engine has ended"
engine_command "echo Welcome"
equal "something else: status" 3 "$status"
contains "something else" "$work/err" "no packet" "Welcome"

# stopping leaves nothing behind
"$icm" -EngineCommand "'$engine' -s" -TimeoutSec 2 -ScriptBlock '{ "$PID"; while (1) { } }' >"$work/out" 2>"$work/err"
equal "a script without end: status" 124 $?
number=$(cat "$work/out")
check "a script without end: its process is gone" test -n "$number" -a ! -d "/proc/$number"
finish
