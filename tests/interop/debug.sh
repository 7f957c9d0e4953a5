#!/bin/sh
# -RemoteDebug: the debugger's prompt of a real engine, on a terminal.
. "${ICM_SOURCE:-.}/tests/lib.sh"

if ! command -v python3 >/dev/null 2>&1 || ! has_engine; then
    skip "the debugger: no terminal to type at (package: python3), or no PowerShell engine (package: the .NET SDK, for fixtures/engine)"
    finish
fi

# typed SCRIPT [WAIT TYPE]...: debug the script on a terminal where the steps are taken (terminal.py); what it showed is $work/shown
typed() {
    script=$1
    shift
    # shellcheck disable=SC2086 # words
    python3 "$ICM_SOURCE/tests/interop/terminal.py" "$@" -- "$icm" ${to:--ComputerName "${computers:-localhost}" -Port "$http_port"} \
        -Authentication Basic -Credential tester -PasswordFile "$work/password" -RemoteDebug $more -ScriptBlock "{$script}" \
        >"$work/shown" 2>"$work/err"
    status=$?
    [ ! -s "$work/err" ] || sed 's/^/    /' "$work/err"
}

more=
lines='$a = 1
$b = 2
"sum $($a + $b)"'
p='[localhost]: PS>> '

start_real_endpoint real
typed "$lines" "$p" 'v\n' "$p" '\n' "$p" '"a is $a"\n' "$p" 'c\n'
equal "steps, a line of the user's, and on to the end" 'Entering debug mode. Use h or ? for help.

At line:1 char:1
+ $a = 1
+ ~~~~~~
[DBG]: [localhost]: PS>> v
At line:2 char:1
+ $b = 2
+ ~~~~~~
[DBG]: [localhost]: PS>> 
At line:3 char:1
+ "sum $($a + $b)"
+ ~~~~~~~~~~~~~~~~
[DBG]: [localhost]: PS>> "a is $a"
a is 1
[DBG]: [localhost]: PS>> c
sum 3' "$(cat "$work/shown")"
equal "... status" 0 "$status"
typed "$lines" "$p" 'l\n' "$p" 'h\n' "$p" 'q\n'
contains "the script's source, and help" "$work/shown" '    1:* $a = 1' '    3:  "sum $($a + $b)"' 'Stop operation and exit the debugger'
equal "q ends the script before its next line" "0 0" "$status $(grep -c 'sum 3' "$work/shown")"
typed "$lines" "$p" '\004'
equal "so does the end of the input" "0 0" "$status $(grep -c 'sum 3' "$work/shown")"
typed "$lines" "$p" '\003' "$p" '\003'
equal "so does Ctrl+C, the second one" "130 0" "$status $(grep -c 'sum 3' "$work/shown")"
typed "$lines" "$p" 'half\003' "$p" '"going"; while ($true) {}\n' 'going
' '\003' "$p" '"b" + 2\n' "$p" 'Read-Host name\n' 'name: ' '\003' "$p" '"b" + 3\n' "$p" 'c\n'
contains "one Ctrl+C ends no more than a line" "$work/shown" 'PS>> ^C' b2 'name: ^C' b3 'sum 3'
equal "... status" 0 "$status"
typed "$lines" "$p" '"going"; while ($true) {}\n' 'going
' '\003' "$p" '\003'
equal "a second one ends the script" "130 0" "$status $(grep -c 'sum 3' "$work/shown")"
typed "$lines" "$p" 'throw "ouch"\n' "$p" '(\n' "$p" '1/0; "still " + "here"\n' "$p" '$a = 7; $a\n' "$p" 'Read-Host name\n' 'name: ' 'joe\n' "$p" 'c\n'
contains "lines that fail, and those behind them" "$work/shown" 'ouch' 'still here' '7' 'joe' 'sum 3'
equal "... are not the script's errors" 0 "$status"

# The engine tells the end of a line, and that it stands at a stop, before it is ready for the next line, and drops what comes in between:
# here it takes its time for both.
typed 'function slow($ms) {
    $r = [runspace]::DefaultRunspace
    $x = [Linq.Expressions.Expression]
    $state = [Management.Automation.Runspaces.PipelineStateEventArgs]
    $pipeline = $r.GetType().GetMethod("GetCurrentlyRunningPipeline", [Reflection.BindingFlags]"NonPublic,Instance").Invoke($r, @())
    $sleep = $x::Call([Threading.Thread].GetMethod("Sleep", [type[]]@([int])), $x::Constant([int]$ms))
    $parameters = [Linq.Expressions.ParameterExpression[]]@($x::Parameter([object]), $x::Parameter($state))
    $pipeline.add_StateChanged($x::Lambda([EventHandler[Management.Automation.Runspaces.PipelineStateEventArgs]], $sleep, $parameters).Compile())
}
$n = 0
"counted $n"' "$p" 'v\n' "$p" 'slow 700; "slow"\n' "$p" '$n++\n' "$p" '"n is $n"\n' "$p" 'c\n'
contains "an engine that is slow to leave a line: the next one is run, once" "$work/shown" 'n is 1' 'counted 1'
typed '$level = $ExecutionContext.SessionState.PSVariable.Get("NestedPromptLevel")
$level.Attributes.Add([Management.Automation.ValidateScriptAttribute]::new({ [Threading.Thread]::Sleep(700); $true }))
$n = 0
"counted $n"' "$p" 'v\n' "$p" 'v\n' "$p" 'v\n' "$p" '$n++\n' "$p" '"n is $n"\n' "$p" 'c\n'
contains "... to come to a stop" "$work/shown" 'n is 1' 'counted 1'
typed 'function f($x) { $y = $x; $y }
$b = f 2
"end $b"' "$p" '$null = [runspace]::DefaultRunspace.Debugger.SetCommandBreakpoint("f", $null, $null)\n' "$p" 'c\n' \
    "on 'f'" '' "$p" '"x is $x"\n' "$p" 'o\n' "$p" 'c\n'
contains "a breakpoint" "$work/shown" "Hit Command breakpoint on 'f'" 'x is 2' 'end 2'
more=-NativeExitCode
typed '$a = 1
$global:LASTEXITCODE = 3' "$p" 's\n' "$p" 's\n'
equal "a step off the end, and the native exit code" 3 "$status"
more=
to="-ConnectionUri http://127.0.0.1:$http_port/wsman"
typed "$lines" 'PS>> ' '"by its uri"\n' 'PS>> ' 'c\n'
contains "a computer by its uri" "$work/shown" '[DBG]: [127.0.0.1]: PS>> ' 'by its uri' 'sum 3'
equal "... status" 0 "$status"
to=
computers=localhost,127.0.0.1
typed "$lines" 'PS>> ' 'v\n' 'PS>> ' 'c\n' 'PS>> ' 'c\n'
computers=
equal "two computers, one behind the other" "0 2 1" \
    "$status $(grep -c 'sum 3' "$work/shown") $(grep -c 'Entering debug mode' "$work/shown")"
contains "... each by its name" "$work/shown" '[DBG]: [localhost]: ' '[DBG]: [127.0.0.1]: '

icm_http -RemoteDebug -ScriptBlock '{ 1 }' </dev/null
equal "no terminal: status" 2 "$status"
contains "no terminal: why" "$work/err" '-RemoteDebug asks at a terminal'
more='-SessionOption @{ApplicationArguments=@{PSVersionTable=@{x=1}}}'
typed '1'
contains "a server that gives us no debugger" "$work/shown" 'has no remote debugger (-RemoteDebug)'
equal "... status" 3 "$status"
finish
