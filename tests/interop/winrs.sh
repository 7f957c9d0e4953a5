#!/bin/sh
# icm winrs against icm-endpoint's command shells: by Basic over TLS and by NTLM, sealed, over http; its streams, statuses and
# signals; what is left behind when a client goes. And pywinrm's run_cmd against the same.
. "${ICM_SOURCE:-.}/tests/lib.sh"

make_certificate
make_password
start_endpoint endpoint --engine synthetic --cmd-shell on --auth negotiate,ntlm,basic --idle-timeout 1500
http_port=$(port_of endpoint http)
tls_port=$(port_of endpoint https)

# winrs SWITCH... COMMAND...: by NTLM over http
winrs() {
    "$icm" winrs "-r:localhost:$http_port" -u:tester -PasswordFile "$work/password" "$@"
}

# winrs_tls SWITCH... COMMAND...: by Basic over TLS
winrs_tls() {
    "$icm" winrs "/r:https://localhost:$tls_port/wsman" /u:tester -PasswordFile "$work/password" -Authentication Basic \
        -SessionOption SkipCACheck "$@"
}

# says NAME OUT ERR STATUS COMMAND...: what it wrote on both, and its status; without standard input; the warning of winrs_tls' own apart
says() {
    says_name=$1
    says_out=$2
    says_err=$3
    says_status=$4
    shift 4
    "$@" </dev/null >"$work/out" 2>"$work/err"
    seen=$?
    equal "$says_name" "$says_status|$says_out|$says_err" "$seen|$(cat "$work/out")|$(grep -v '^WARNING: -SessionOption SkipCACheck, localhost: ' "$work/err")"
}

# running PATTERN: the processes whose words, with zero bytes between them, begin like that
running() {
    LC_ALL=C grep -lsaP "^$1" /proc/[0-9]*/cmdline
}

# soon TRUTH PATTERN: whether somebody (yes) or nobody (no) runs that, before a minute has gone
soon() {
    soon_tries=0
    while [ "$soon_tries" -le 600 ]; do
        [ -n "$(running "$2")" ] && soon_seen=yes || soon_seen=no
        [ "$soon_seen" = "$1" ] && return
        soon_tries=$((soon_tries + 1))
        sleep 0.1
    done
    return 1
}

# what our commands are known by
mark=icm-winrs-$$

winrs_tls echo >"$work/out" 2>"$work/err" </dev/null
equal "a check that is skipped is a warning" 1 "$(grep -c '^WARNING: -SessionOption SkipCACheck, localhost: ' "$work/err")"

# ---- one command after another, by both ways

for way in winrs winrs_tls; do
    says "$way: output" "hello there" "" 0 $way echo hello there
    says "$way: both outputs, and the exit code" "out" "bad" 7 $way 'echo out; echo bad >&2; exit 7'
    # shellcheck disable=SC2016 # the remote side's variables
    says "$way: environment and directory" "1-b c
/tmp" "" 0 $way -d:/tmp -env:A=1 -env:'B=b c' 'echo $A-$B; pwd'
    says "$way: no such command" "" "/bin/sh: 1: nosuch: not found" 127 $way nosuch
    head -c 1048576 /dev/urandom >"$work/big"
    $way cat <"$work/big" >"$work/back"
    check "$way: a megabyte there and back" cmp "$work/big" "$work/back"
    equal "$way: much output" 20000000 "$($way 'head -c 20000000 /dev/zero' </dev/null | wc -c)"
    equal "$way: input in pieces" "a b " "$( (echo a; sleep 0.3; echo b) | $way 'while read -r x; do printf "%s " "$x"; done')"
done

says "a command that is silent for longer than an answer waits" "late" "" 0 winrs 'sleep 2; echo late'
says "another code page" "$(printf 'h\202')" "" 0 winrs -CodePage:437 'printf "h\303\251"'
says "input that is not read" "" "" 3 sh -c "head -c 5000000 /dev/zero | \"$icm\" winrs -r:localhost:$http_port -u:tester \
    -PasswordFile '$work/password' 'exit 3'"
equal "what its reader does not want ends it as SIGPIPE does" "$mark 141" \
    "$( (winrs yes "$mark" </dev/null; echo $? >"$work/status") | head -n 1) $(cat "$work/status")"
check "and nothing of it is left" soon no "yes\\0$mark"

# ---- what goes wrong

says "no such directory" "" "icm: localhost: no such directory: '/nosuch' (0x8007010B)" 3 winrs -d:/nosuch pwd
winrs -CodePage:4711 pwd </dev/null >"$work/out" 2>"$work/err"
equal "no such code page is a status 3" 3 $?
contains "and says which there are" "$work/err" "icm: localhost: code page 4711 is not known here; 65001 is UTF-8 (0x80338039)"
printf 'wrong\n' >"$work/wrong"
"$icm" winrs "-r:localhost:$http_port" -u:tester -PasswordFile "$work/wrong" hostname </dev/null >"$work/out" 2>"$work/err"
equal "a wrong password is a status 3" 3 $?
"$icm" winrs -r:localhost:1 -u:tester -PasswordFile "$work/password" hostname </dev/null >"$work/out" 2>"$work/err"
equal "nobody there is a status 3" 3 $?
contains "and the computer is named" "$work/err" "icm: localhost: "
long=$(printf 'a%.0s' $(seq 200)) # no name: nobody is asked
"$icm" winrs "-r:https://$long" -u:tester -PasswordFile "$work/password" -Authentication Basic hostname </dev/null >"$work/out" 2>"$work/err"
equal "a long name is a status 3" 3 $?
contains "and what to do about it is said to its end" "$work/err" "check the name, and that DNS knows it"
says "a password on the command line" "" "$(winrs -password:x hostname 2>&1)" 2 winrs -password:x hostname
says "Invoke-Command goes on beside it" "hi" "" 0 "$icm" -Cn localhost -Port "$http_port" -Credential tester \
    -PasswordFile "$work/password" -ScriptBlock '{ echo hi }'

winrs -t:1 "sleep 3600; : $mark" </dev/null >"$work/out" 2>"$work/err"
equal "a time limit is a status 124" 124 $?
contains "and is said" "$work/err" "icm: localhost: the time limit of 1 s has passed"
check "and nothing of it is left" soon no "/bin/sh\\0-c\\0.*$mark"

# ---- Ctrl+C

# typed SCRIPT [WAIT TYPE]...: on a terminal; what it showed is $work/shown, the status $typed_status
typed() {
    typed_line=$1
    shift
    python3 "$ICM_SOURCE/tests/interop/terminal.py" "$@" -- "$icm" winrs "-r:localhost:$http_port" -u:tester \
        -PasswordFile "$work/password" "$typed_line" >"$work/shown" 2>"$work/shown.err"
    typed_status=$?
}

typed "trap 'echo caught; exit 5' INT; echo ready; sleep 3600" ready '\003'
equal "Ctrl+C is the command's" 5 "$typed_status"
contains "which may say something" "$work/shown" caught
typed "trap 'echo caught' INT; echo ready; while : $mark; do sleep 0.1; done" ready '\003' caught '\003'
equal "a second one ends it" 130 "$typed_status"
check "and nothing of it is left" soon no "/bin/sh\\0-c\\0.*$mark"
typed "echo name; read -r x; echo \"hello \$x\"" name 'ana\n'
equal "what is typed arrives line by line" 0 "$typed_status"
contains "and is answered" "$work/shown" "hello ana"
typed "printf '\\033]0;x\\007'"
contains "a terminal is shown no controls" "$work/shown" '\u001b]0;x\u0007'

# ---- a client that is gone

# behind COMMAND: in the background; $client is its pid
behind() {
    "$icm" winrs "-r:localhost:$http_port" -u:tester -PasswordFile "$work/password" "$1" </dev/null >/dev/null 2>&1 &
    client=$!
    check "a command runs" soon yes "/bin/sh\\0-c\\0$1"
}

behind "sleep 3601; : $mark"
kill -9 "$client"
wait "$client" 2>/dev/null
check "its client was killed: the idle time-out ends it" soon no "/bin/sh\\0-c\\0.*$mark"
contains "and the log says so" "$work/endpoint.log" "nobody asks about it any more"

behind "sleep 3602; : $mark"
kill -TERM "$client"
wait "$client" 2>/dev/null
equal "SIGTERM ends it" 143 $?
check "and what it ran, at once" soon no "/bin/sh\\0-c\\0.*$mark"

# ---- other people's client

python=/usr/bin/python3
if "$python" -c 'import winrm' 2>/dev/null; then
    "$python" "$ICM_SOURCE/tests/interop/pywinrm.py" command "http://localhost:$http_port/wsman" "$work/password" >"$work/out" 2>&1
    equal "pywinrm: run_cmd" "0 hi there
3 out bad
/tmp b c
code page: h82
no shell: \$HOME a b
fault: 2147942402" "$(cat "$work/out")"
else
    skip "pywinrm's run_cmd (package: python3-winrm)"
fi

# ---- a server that is slow, or breaks

printf 'Create 1 delay 20000\nReceive 1 cut 100\n' >"$work/plan"
start_endpoint slow --engine synthetic --cmd-shell on --auth basic --fault-plan "$work/plan"
slow() {
    "$icm" winrs "-r:localhost:$(port_of slow http)" -u:tester -PasswordFile "$work/password" -Authentication Basic "$@"
}
slow -SessionOption OpenTimeout=300 hostname </dev/null >"$work/out" 2>"$work/err"
equal "a server that does not answer is a status 3" 3 $?
contains "and the limit is named" "$work/err" "icm: localhost: no command could be begun within 300 ms (-SessionOption OpenTimeout)"
slow 'echo all of it; exit 4' </dev/null >"$work/out" 2>"$work/err"
equal "an answer that was cut is a status 3, not the command's" 3 $?
contains "and is said" "$work/err" "icm: localhost: the connection was closed in the middle of the answer"

finish
