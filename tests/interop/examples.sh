#!/bin/sh
# The 21 examples of Invoke-Command's help page, as a Unix user types them: the script blocks quoted, variables of PowerShell as -Variable or the
# shell's own, a list file as @FILE. Commands that only Windows has are replaced by ones that the engine here has. What needs a session that
# outlives a command, a job, a redirection or SSH goes up to the sentence that says so.
. "${ICM_SOURCE:-.}/tests/lib.sh"

if ! has_engine; then
    skip "examples: no PowerShell engine (package: the .NET SDK, for fixtures/engine)"
    finish
fi
start_real_endpoint real

# the computer that all examples mean, as their author would have it in the configuration
mkdir -p "$work/config/icm"
cat >"$work/config/icm/config" <<END
Authentication Basic
Credential tester
PasswordFile $work/password
Port $http_port
END
XDG_CONFIG_HOME=$work/config
export XDG_CONFIG_HOME

# run ARGUMENT...
run() {
    "$icm" "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
}

# gives NAME OUTPUT: what the last run wrote, lines joined by blanks, and that all was well
gives() {
    equal "$1" "0 $2" "$status $(tr '\n' ' ' <"$work/out" | sed 's/ $//')"
    [ -s "$work/err" ] && sed 's/^/    /' "$work/err"
}

# refused NAME TEXT: one line that says TEXT, and the status of wrong usage
refused() {
    equal "$1" "2 1" "$status $(wc -l <"$work/err")"
    contains "$1: the sentence" "$work/err" "$2"
}

later="is not in this version of icm yet"
culture='[cultureinfo]::InvariantCulture.LCID'

printf '"script"\n' >"$work/test.ps1"
run -FilePath "$work/test.ps1" -ComputerName localhost
gives "1: a script on a server" script

run -ComputerName localhost -Credential tester -ScriptBlock "{ $culture }"
gives "2: a command on a remote server" 127

run New-PSSession -ComputerName localhost -Credential tester
refused "3: a session" "New-PSSession"
run -Session s -ScriptBlock "{$culture}"
refused "3: a command in a persistent connection" "-Session $later"

# shellcheck disable=SC2016 # PowerShell's variables
run -ComputerName localhost -ScriptBlock '{$p = Get-Command Get-Command}'
gives "4: a variable" ""
# shellcheck disable=SC2016
run -ComputerName localhost -ScriptBlock '{$null -eq $p}'
gives "4: is gone in the next command" True
# shellcheck disable=SC2016
run -Session s -ScriptBlock '{$p.Name}'
refused "4: and would stay in a session" "-Session $later"

# shellcheck disable=SC2016
command='{ Get-Command -Name Get-* |
  Where-Object {$_.Name -like "*-History"} | ForEach-Object Name }'
run -ComputerName localhost, 127.0.0.1 -ScriptBlock "$command"
gives "5: a command in a variable" "Get-History Get-History"

run -ComputerName localhost, 127.0.0.1, localhost, . -ConfigurationName Microsoft.PowerShell -ScriptBlock '{ (Get-Command Get-Job).Name }'
gives "6: a command on several computers" "Get-Job Get-Job Get-Job Get-Job"

printf 'localhost  # the first\n\n127.0.0.1\n' >"$work/Machines.txt"
version=$("$icm" -ComputerName "@$work/Machines.txt" -ScriptBlock '{(Get-Host).Version.Major}' 2>"$work/err")
status=$?
printf '%s\n' "$version" >"$work/out"
check "7: the host's version on the computers of a file" sh -c '[ "$1" = 0 ] && [ "$(printf "%s\n" "$2" | grep -c "^[0-9][0-9]*$")" = 2 ]' \
    sh "$status" "$version"

run -Session s1, s2 -ScriptBlock '{Get-EventLog system}' -AsJob
refused "8: a background job" "-Session $later"
run -ComputerName localhost -ScriptBlock '{Get-EventLog system}' -AsJob
refused "8: a background job without a session" "-AsJob $later"
run Get-Job
refused "8: jobs" "Get-Job"
run Receive-Job
refused "8: their results" "Receive-Job"

Log=Get-History
# shellcheck disable=SC2016
run -ComputerName localhost -ScriptBlock '{(Get-Command -Name $Using:Log).CommandType.ToString()}' -Variable "Log=$Log"
gives "9: a local variable" Cmdlet
export Log
# shellcheck disable=SC2016
run -ComputerName localhost -ScriptBlock '{(Get-Command -Name $Using:env:Log -TotalCount 1).Name}'
gives "9: a variable of the environment" Get-History
# shellcheck disable=SC2016
run -ComputerName localhost -ScriptBlock '{Get-Command -Name $Using:NoSuch}'
refused "9: a variable without a value" '$Using:NoSuch has no value'

run -ComputerName localhost, 127.0.0.1 -ScriptBlock '{[pscustomobject]@{Name="PowerShell"}}' -OutputFormat Csv
contains "10: the computer's name" "$work/out" PSComputerName '"127.0.0.1"'
run -ComputerName localhost, 127.0.0.1 -ScriptBlock '{[pscustomobject]@{Name="PowerShell"}}' -OutputFormat Csv -HideComputerName
gives "10: hidden" '"Name" "PowerShell" "PowerShell"'

# shellcheck disable=SC2016
run -ComputerName localhost -ScriptBlock '{ Param ($param1,$param2) "$param1 $param2" }' -ArgumentList "a*", "*.pdf"
gives "11: the Param keyword" "a* *.pdf"

# shellcheck disable=SC2016
run -ComputerName localhost -ScriptBlock '{ $args[1] + $args[0] }' -ArgumentList 'C:\Test', '*.txt*'
gives "12: the args variable" '*.txt*C:\Test'

# shellcheck disable=SC2016
printf 'param($a, $b)\n"$a and $b"\n' >"$work/Sample.ps1"
run -ComputerName "@$work/Machines.txt" -FilePath "$work/Sample.ps1" -ArgumentList Process, Service
gives "13: a script on the computers of a file" "Process and Service Process and Service"
run "@$work/Machines.txt" "$work/Sample.ps1" -Args 1, 2
gives "13: by its positions" "1 and 2 1 and 2"

run -ConfigurationName Microsoft.PowerShell -ConnectionUri "http://localhost:$http_port/wsman" -Credential tester -Authentication Basic \
    -ScriptBlock '{"Dan Park"}'
gives "14: a URI" "Dan Park"

run -ComputerName localhost -UseSSL -Port "$tls_port" -ScriptBlock "{ $culture }" -SessionOption SkipCACheck, SkipCNCheck, SkipRevocationCheck \
    -Credential tester
gives "15: session options" 127
# shellcheck disable=SC2016
run -ComputerName localhost -UseSSL -Port "$tls_port" -ScriptBlock "{ $culture }" -SessionOption '@{SkipCACheck=$true; SkipCNCheck=$true}'
gives "15: as a hashtable" 127
# shellcheck disable=SC2016
PSSessionOption='@{SkipCACheck=$true}' "$icm" -ComputerName localhost -UseSSL -Port "$tls_port" -ScriptBlock "{ $culture }" >"$work/out" 2>"$work/err"
status=$?
gives "15: as the preference variable" 127

run -ConnectionUri "https://localhost:$tls_port/PowerShell" -ScriptBlock '{ Get-Mailbox dan }' -AllowRedirection -SessionOption MaximumRedirection=1
refused "16: a redirection" "-AllowRedirection $later"
run -ConnectionUri "http://localhost:$http_port/wsman" -ScriptBlock '{ 1 }' -SessionOption '@{MaximumRedirection=1}'
gives "16: its limit alone" 1

run -Session s -ScriptBlock '{ Get-Item \\Net03\Scripts\LogFiles.ps1 }' -Authentication CredSSP -Credential 'Domain01\Admin01'
refused "17: a session has its authentication already" "cannot be used together"
run New-PSSession Server02
refused "17: a session" "New-PSSession"

run -ComputerName "@$work/Machines.txt" -InDisconnectedSession -FilePath "$work/Sample.ps1" \
    -SessionOption '@{OutputBufferingMode="Drop";IdleTimeout=43200000}'
refused "18: scripts in disconnected sessions" "-InDisconnectedSession $later"

run -HostName UserA@LinuxServer01 -ScriptBlock '{ Get-MailBox * }'
refused "19: SSH" "-HostName $later"
run -HostName UserA@LinuxServer01 -ScriptBlock '{ Get-MailBox * }' -KeyFilePath /UserA/UserAKey_rsa
refused "20: SSH with a key" "-HostName $later"
run -FilePath "$work/Sample.ps1" -SSHConnection '@{ HostName="WinServer1"; UserName="Domain\UserA"; KeyFilePath="C:\Users\UserA\id_rsa" }', \
    '@{ HostName="UserB@LinuxServer5"; KeyFilePath="/Users/UserB/id_rsa" }'
refused "21: SSH connections" "-SSHConnection $later"

# ---- what the examples lead to

run localhost { Get-Command Get-History \| ForEach-Object Name }
gives "a script block in words" Get-History
# shellcheck disable=SC2016
run localhost '{ $using:t.list[-1]; "$using:n-$($using:t.x)"; function f($a,$b){"$a/$b"}; f @using:s; 1..2 | ForEach-Object { $using:n + $_ } }' \
    -Variable 't=@{x=1; list=@(7,8)}' -Variable n=5 -Variable 's=@{b=2;a=1}'
gives "all forms of \$Using:" "8 5-1 1/2 6 7"
# shellcheck disable=SC2016
run localhost '{ Write-Error no; Start-Sleep 60 }' -ErrorAction Stop
equal "-ErrorAction Stop: status" 1 "$status"
contains "-ErrorAction Stop: the error" "$work/err" "no"
run localhost '{ Write-Error no; Write-Warning w; 1 }' -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
equal "errors that are not shown count" "1 1 0" "$status $(cat "$work/out") $(wc -c <"$work/err")"
run localhost '{ Write-Error no; 1 }' -ErrorAction Ignore
gives "errors that are ignored do not" 1
run localhost '{ Write-Verbose v -Verbose; Write-Debug d -Debug; 1 }' -Verbose:\$false -Debug:\$false
equal "verbose and debug messages that are not wanted" "0 1 0" "$status $(cat "$work/out") $(wc -c <"$work/err")"

# where an error is: lines of the file, as in PowerShell without its name
printf '\357\273\277# first\nthrow "here"\n' >"$work/error.ps1"
run localhost -FilePath "$work/error.ps1" -OutputFormat Json
equal "an error's line is the file's" 1 "$status"
printf '\377\376"\0\344\0"\0' >"$work/utf16.ps1"
run localhost -FilePath "$work/utf16.ps1"
gives "a script in UTF-16" "ä"
printf 'x = "\344"' >"$work/latin1.ps1"
run localhost -FilePath "$work/latin1.ps1"
refused "a script in Latin-1" "latin1.ps1' is not UTF-8 text, at byte offset 5"

# a script of many fragments
{ echo '$x = 0'; awk 'BEGIN { for (i = 0; i < 200000; i++) print "# a line that is nothing but long, so that there are many fragments" }'; echo '"end"'; } \
    >"$work/long.ps1"
run localhost -FilePath "$work/long.ps1"
gives "a script of 13 MB" end

finish
