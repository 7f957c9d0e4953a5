#!/bin/sh
# The console host: icm on a terminal, what scripts of a real engine (and of the synthetic one) ask its user, and the same where there is no user.
. "${ICM_SOURCE:-.}/tests/lib.sh"

if ! command -v python3 >/dev/null 2>&1; then
    skip "the console host: no terminal to type at (package: python3)"
    finish
fi

# typed SCRIPT [WAIT TYPE]...: run the script on a terminal where the steps are taken (terminal.py); what it showed is $work/shown
typed() {
    script=$1
    shift
    # shellcheck disable=SC2086 # two sizes are two words
    python3 "$ICM_SOURCE/tests/interop/terminal.py" --size ${size:-80 25} "$@" -- "$icm" -ComputerName "${computers:-localhost}" \
        -Port "$http_port" -Authentication Basic -Credential tester -PasswordFile "$work/password" -ScriptBlock "{ $script }" \
        >"$work/shown" 2>"$work/err"
    status=$?
    [ ! -s "$work/err" ] || sed 's/^/    /' "$work/err"
}

secret_warning='WARNING: a script on the remote computer localhost asks for a line that is not shown'
credential_warning='WARNING: a script on the remote computer localhost asks for your credentials'

# ---- the synthetic engine

start_endpoint synthetic --engine synthetic
typed 'host read-line; echo after' '' 'a line\n'
equal "synthetic: a line" 'a line
a line
after' "$(cat "$work/shown")"
typed 'host read-secure' 'trust that computer and the script.\n' 'hidden\n'
equal "synthetic: a secret comes out at the other end" hidden "$(tail -n 1 "$work/shown")"
equal "synthetic: … and was not shown" 1 "$(grep -c hidden "$work/shown")"
typed 'host credential ' 'User: ' 'ana\n' 'Password for user ana: ' 'pw\n'
contains "synthetic: a credential" "$work/shown" "$credential_warning" 'PowerShell Credential Request: synthetic'
equal "synthetic: … and what was typed" "ana pw" "$(tail -n 2 "$work/shown" | paste -sd' ' -)"
typed 'host choice Yes No' 'Help (default is "Yes"): ' 'no\n'
equal "synthetic: a choice" 1 "$(tail -n 1 "$work/shown")"
typed 'host prompt name' 'name: ' 'value\n'
contains "synthetic: fields" "$work/shown" 'What shall it be?' 'value'
typed 'host name'
equal "synthetic: what the host is" icm "$(cat "$work/shown")"
computers=localhost,127.0.0.1 typed 'progress busy; sleep 1500; echo done'
check "synthetic: progress of two computers at once" grep -q "busy.*$(printf '\033')\[K\$" "$work/shown"
equal "synthetic: … and nothing of it behind them" 2 "$(sed 's/.*\[J//' "$work/shown" | grep -cx done)"
computers=localhost,127.0.0.1 typed 'echo early; host read-line; echo late' early '' early 'one\n' '' 'two\n'
equal "synthetic: two computers are asked, and what one says does not wait for the other's answer" 0 "$status"
contains "synthetic: … each by its name" "$work/shown" '[localhost] ' '[127.0.0.1] '
equal "synthetic: … and what both say comes" "2 2" "$(grep -c early "$work/shown") $(grep -c late "$work/shown")"
typed 'echo ready; host read-line' 'ready' '\003'
equal "synthetic: Ctrl+C at a prompt" 130 "$status"
typed 'host read-secure' 'trust that computer and the script.\n' '\003'
equal "synthetic: Ctrl+C at a secret" 130 "$status"
stop_all

# ---- the real one

if ! has_engine; then
    skip "the console host: no PowerShell engine (package: the .NET SDK, for fixtures/engine)"
    finish
fi
start_real_endpoint real

typed '$n = Read-Host Name; "hello $n"' 'Name: ' 'Ana\n'
equal "Read-Host" 'Name: Ana
hello Ana' "$(cat "$work/shown")"
typed '"got $($Host.UI.ReadLine())"' '' 'x y\n'
equal "ReadLine" 'got x y' "$(tail -n 1 "$work/shown")"
typed '$s = Read-Host Secret -AsSecureString; [pscredential]::new("u", $s).GetNetworkCredential().Password' 'Secret: ' 'pw 1\n'
contains "Read-Host -AsSecureString: who asks" "$work/shown" "$secret_warning"
equal "Read-Host -AsSecureString: what was typed" 'pw 1' "$(tail -n 1 "$work/shown")"
equal "Read-Host -AsSecureString: it was not shown" 1 "$(grep -c 'pw 1' "$work/shown")"
typed '$c = $Host.UI.PromptForCredential("cap", "msg", "", "t"); $c.UserName; $c.GetNetworkCredential().Password' \
    'User: ' 'CORP\\ana\n' 'Password for user CORP' 'pw2\n'
contains "a credential: who asks" "$work/shown" "$credential_warning" 'PowerShell Credential Request: cap' msg
equal "a credential: what was typed" 'CORP\ana pw2' "$(tail -n 2 "$work/shown" | paste -sd' ' -)"

choices='[System.Management.Automation.Host.ChoiceDescription[]]@(
    [System.Management.Automation.Host.ChoiceDescription]::new("&Yes", "say yes"), [System.Management.Automation.Host.ChoiceDescription]::new("&No", "say no"))'
typed "\$Host.UI.PromptForChoice('cap', 'msg', $choices, 0)" 'Help (default is "Y"): ' '?\n' 'Help (default is "Y"): ' 'n\n'
contains "a choice: its help" "$work/shown" 'Y - say yes' 'N - say no'
equal "a choice" 1 "$(tail -n 1 "$work/shown")"
typed "(\$Host.UI.PromptForChoice('cap', 'msg', $choices, [int[]]@(1)))" 'Choice[0]: ' '\n'
equal "several choices: an array's default" 1 "$(tail -n 1 "$work/shown")"
typed 'function f { param([Parameter(Mandatory)][int]$Count, [Parameter(Mandatory)][string[]]$Names) $Count * 2; $Names -join "+" }; f' \
    'Count: ' 'x\n' 'Count: ' '3\n' 'Names[0]: ' 'a\n' 'Names[1]: ' 'b\n' 'Names[2]: ' '\n'
contains "mandatory parameters: what is no number is asked for again" "$work/shown" 'That is no System.Int32.'
equal "mandatory parameters" '6 a+b' "$(tail -n 2 "$work/shown" | paste -sd' ' -)"

esc=$(printf '\033')
typed 'Write-Host red -ForegroundColor Red; Write-Host plain; $Host.UI.WriteLine("Green", "Black", "direct"); Write-Warning careful'
equal "Write-Host in colours, each line once" "$esc[91mred$esc[0m
plain
$esc[92mdirect$esc[0m
$esc[33;1mWARNING: careful$esc[0m" "$(cat "$work/shown")"
size="101 33" typed '"$($Host.UI.RawUI.WindowSize)"; $Host.UI.RawUI.ForegroundColor = "Blue"; "$($Host.UI.RawUI.ForegroundColor)"'
equal "the window's size, a colour that is remembered" '101,33 Blue' "$(paste -sd' ' "$work/shown")"
typed '$Host.UI.RawUI.WindowTitle = "a" + [char]7 + "b"; "done"'
equal "a title, made harmless" "$esc]0;a\\u0007b$(printf '\007')done" "$(cat "$work/shown")"
typed 'Write-Progress -Activity busy -Status half -PercentComplete 50; [Threading.Thread]::Sleep(1000); $null = Read-Host go; "done"' 'go: ' '\n'
contains "progress" "$work/shown" '[localhost] busy: half   ' '[==========          ]  50%'
contains "progress goes where a prompt comes" "$work/shown" "$esc[Jgo: "
typed '$null = Read-Host go; $k = $Host.UI.RawUI.ReadKey("NoEcho,IncludeKeyDown"); "key $($k.VirtualKeyCode) $($k.Character)"' 'go: ' '\n' '' 'k'
contains "a key" "$work/shown" 'key 75 k'
typed 'Read-Host wait' 'wait: ' '\003'
equal "Ctrl+C at a prompt: status" 130 "$status"
typed 'Read-Host wait; "after"' 'wait: ' '\004'
contains "the end of the input is an error that the script goes on from" "$work/shown" 'the user ended the input' after
typed '"one"; exit 3'
equal "a script's exit" "0 one" "$status $(cat "$work/shown")"

# ---- without a user

icm_http -ScriptBlock '{ Read-Host Name; "after" }' </dev/null
equal "no terminal: the script goes on behind the error" "1 after" "$status $(cat "$work/out")"
contains "no terminal: nobody was asked" "$work/err" 'does not support user interaction'
icm_http -ScriptBlock '{ Write-Host red -ForegroundColor Red; Write-Warning careful }' </dev/null
equal "no terminal: what is written" red "$(cat "$work/out")"
equal "no terminal: a warning, once" 'WARNING: careful' "$(cat "$work/err")"
finish
