#!/bin/sh
# The main job, end to end: icm, PSRP, WS-Man, HTTP over TLS, icm-endpoint, a real PowerShell engine, and back.
. "${ICM_SOURCE:-.}/tests/lib.sh"

if ! has_engine; then
    skip "main job: no PowerShell engine (package: the .NET SDK, for fixtures/engine)"
    finish
fi
start_real_endpoint real

# arguments and input: the issue's own example, in its three forms
script='param($a,$b) $a+$b; $input | % { $_*2 }'
printf '4\n5\n' >"$work/numbers"
icm_tls -ScriptBlock "{ $script }" -ArgumentList 2,3 -InputObject - -InputFormat Json <"$work/numbers"
equal "arguments and input: status" 0 "$status"
equal "arguments and input: output" "5 8 10" "$(tr '\n' ' ' <"$work/out" | sed 's/ $//')"
printf '%s\n' "$script" >"$work/script.ps1"
icm_tls -FilePath "$work/script.ps1" -ArgumentList 2,3 -InputObject - -InputFormat Json <"$work/numbers"
equal "a script file: output" "5 8 10" "$(tr '\n' ' ' <"$work/out" | sed 's/ $//')"
icm_tls -ScriptBlock "{ $script }" -ArgumentList 2,3 -InputObject 7
equal "one input object" "5 14" "$(tr '\n' ' ' <"$work/out" | sed 's/ $//')"
printf 'x\ny z\n' >"$work/lines"
icm_tls -ScriptBlock '{ $input | % { "<$_>" } }' -InputObject - <"$work/lines"
equal "lines of standard input" "<x> <y z>" "$(tr '\n' ' ' <"$work/out" | sed 's/ $//')"
icm_tls -ScriptBlock '{ @($input)[0].Count }' -InputObject 1,2,3
equal "a list is one input object" 3 "$(cat "$work/out")"

# every stream, in Json
cat >"$work/streams.ps1" <<'END'
'text'; 42; [pscustomobject]@{ Name = 'a'; Inner = [pscustomobject]@{ Deep = 1 } }
[datetime]::new(2026, 11, 24, 1, 2, 3, [DateTimeKind]::Utc); 12345678901234567890; 1.5; $null; $true
Write-Warning 'careful'; Write-Verbose 'wordy' -Verbose; Write-Debug 'bug' -Debug; Write-Information 'told'
Write-Progress -Activity 'busy' -Status 'half' -PercentComplete 50
Write-Error 'not so good'
END
icm_tls -FilePath "$work/streams.ps1" -OutputFormat Json
equal "streams: an error record gives 1" 1 "$status"
equal "streams: every line is JSON" "" "$(jq -e . "$work/out" 2>&1 >/dev/null)"
equal "streams: output" '"text",42,{"Name":"a","Inner":{"Deep":1}},"2026-11-24T01:02:03Z",12345678901234567890,1.5,null,true' \
    "$(grep '"stream":"output"' "$work/out" | sed 's/.*"value"://; s/}$//' | paste -sd, -)"
for stream in warning verbose debug information progress error; do
    equal "streams: one $stream" 1 "$(grep -c "\"stream\":\"$stream\"" "$work/out")"
done
equal "streams: the error's id" "Microsoft.PowerShell.Commands.WriteErrorException" \
    "$(jq -r 'select(.stream == "error") | .value.id' "$work/out")"
equal "streams: status" '{"computer":"localhost","stream":"status","state":"Completed","hadErrors":true}' "$(tail -n 1 "$work/out")"

# many objects, in their order
icm_tls -ScriptBlock '{ 1..20000 | % { [pscustomobject]@{ N = $_ } } }' -OutputFormat Json
equal "20,000 objects: status" 0 "$status"
equal "20,000 objects: all, in order" "$(seq 20000 | cksum)" "$(jq 'select(.stream == "output") | .value.N' "$work/out" | cksum)"

# what programs and `exit` end with
native() {
    icm_tls -ScriptBlock "$2" -OutputFormat Json -NativeExitCode
    equal "$1: the exit status" "$3" "$status"
    equal "$1: exitCode" "$4" "$(tail -n 1 "$work/out" | jq -r .exitCode)"
}
native "a program that fails" '{ /bin/sh -c "echo no >&2; exit 5" }' 5 5
native "a program that does not" '{ /bin/sh -c "echo no >&2" }' 0 0
native "no program" '{ 1 }' 0 null
native "no program, and an error" '{ Write-Error no }' 1 null
native "exit" '{ exit 3 }' 3 3
native "a code of Windows" '{ exit 3010 }' 194 3010
native "one whose low bits are 0" '{ exit 256 }' 255 256
native "a script that throws behind a program" '{ /bin/sh -c "exit 5"; throw "no" }' 1 null
icm_tls -ScriptBlock '{ /bin/sh -c "exit 5" }' -OutputFormat Json
equal "not asked for: the exit status" 0 "$status"
equal "not asked for: no exitCode" false "$(tail -n 1 "$work/out" | jq 'has("exitCode")')"

# what scripts do wrong
icm_tls -ScriptBlock '{ throw "boom" }' -OutputFormat Json
equal "throw: status" 1 "$status"
equal "throw: state" Failed "$(tail -n 1 "$work/out" | jq -r .state)"
equal "throw: message" boom "$(tail -n 1 "$work/out" | jq -r .error.message)"
icm_tls -ScriptBlock '{ if ( }'
equal "a parse error: status" 1 "$status"
check "a parse error is told" test -s "$work/err"
icm_tls -ScriptBlock '{ 1; [Environment]::Exit(3) }'
equal "the engine dies: status" 3 "$status"
contains "the engine dies: said with the computer" "$work/err" localhost

# text that is hard on the way
text=$(printf '\303\244\342\202\254\360\237\230\200 _x0041_ <&>"')
icm_tls -ScriptBlock '{ $args[0]; $args[0].Length }' -ArgumentList "'$text'"
equal "any text, there and back" "$text" "$(head -n 1 "$work/out")"
icm_tls -ScriptBlock '{ "a" * 3MB | % Length }'
equal "a script runs" 3145728 "$(cat "$work/out")"
icm_tls -ScriptBlock '{ "a" * 3MB }'
equal "one string of 3 MB" 3145729 "$(wc -c <"$work/out" | tr -d ' ')"
{ printf '"'; head -c 400000 /dev/zero | tr '\0' b; printf '".Length'; } >"$work/long.ps1"
icm_tls -FilePath "$work/long.ps1"
equal "a script of 400 KB" 400000 "$(cat "$work/out")"
head -c 700000 /dev/zero | tr '\0' c >"$work/long.txt"
icm_tls -ScriptBlock '{ $input | % Length }' -InputObject - <"$work/long.txt"
equal "an input of 700 KB" 700000 "$(cat "$work/out")"
finish
