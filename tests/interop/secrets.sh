#!/bin/sh
# A password appears in no log, no list of processes, no environment of a running process, no error.
. "${ICM_SOURCE:-.}/tests/lib.sh"

start_endpoint synthetic --engine synthetic
endpoint_pid=$pid
secret=$(cat "$work/password")
encoded=$(printf 'tester:%s' "$secret" | base64 | tr -d '\n')

# look NAME FILE...: neither the password nor its base64 form is there
look() {
    look_name=$1
    shift
    if grep -qF -e "$secret" -e "$encoded" "$@" 2>/dev/null; then
        not_ok "$look_name"
    else
        ok "$look_name"
    fi
}

# while it runs, in each of the ways in
for source in file command variable; do
    case $source in
    file) set -- -PasswordFile "$work/password" ;;
    command) set -- -PasswordCommand "cat '$work/password'" ;;
    variable) set -- ;;
    esac
    if [ "$source" = variable ]; then
        ICM_PASSWORD=$secret
        export ICM_PASSWORD
    fi
    "$icm" -ComputerName localhost -Port "$http_port" -Authentication Basic -Credential tester "$@" --trace "$work/trace" \
        -ScriptBlock '{ echo ready; sleep 2000; echo done }' >"$work/out" 2>"$work/err" &
    client=$!
    unset ICM_PASSWORD
    wait_for ready "$work/out"
    check "$source: it runs" grep -q ready "$work/out"
    # as root every process can be read; else those of our own user
    look "$source: not on its command line" "/proc/$client/cmdline"
    look "$source: not in its environment" "/proc/$client/environ"
    look "$source: not on the endpoint's command line" "/proc/$endpoint_pid/cmdline" "/proc/$endpoint_pid/environ"
    wait "$client"
    equal "$source: status" 0 $?
    look "$source: not in what it printed" "$work/out" "$work/err"
    look "$source: not in the trace" "$work/trace"
    check "$source: the trace has the envelopes" grep -q '"kind":"envelope"' "$work/trace"
    check "$source: the trace has the messages" grep -q '"type":"CREATE_PIPELINE"' "$work/trace"
    equal "$source: the trace is JSON lines" "" "$(jq -e . "$work/trace" 2>&1 >/dev/null)"
done
equal "the trace is its owner's alone" "-rw-------" "$(stat -c %A "$work/trace")"
check "Show-Psrp reads the trace" sh -c "'$icm' Show-Psrp '$work/trace' | grep -q CREATE_PIPELINE"
look "not in the endpoint's log" "$work/synthetic.log" "$work/synthetic.out"

# asked for on the terminal: what is typed is not shown, and Ctrl+D is an answer too
asked() {
    python3 "$ICM_SOURCE/tests/interop/terminal.py" "$@" -- "$icm" -ComputerName localhost -Port "$http_port" -Authentication Basic \
        -Credential tester -ScriptBlock '{ echo it works }' >"$work/shown" 2>&1
    status=$?
}
asked "Password for 'tester': " "$secret\n"
equal "typed at the prompt: status" 0 "$status"
contains "typed at the prompt" "$work/shown" 'it works'
look "typed at the prompt: not shown" "$work/shown"
asked "Password for 'tester': " '\x04'
equal "Ctrl+D at the prompt: status" 2 "$status"
equal "Ctrl+D at the prompt: a line of its own" "icm: no password for 'tester': the terminal's input has ended (Ctrl+D)" \
    "$(sed -n 2p "$work/shown")"
equal "Ctrl+D at the prompt: no more than that" 2 "$(wc -l <"$work/shown")"
asked "Password for 'tester': " '\n'
equal "an empty password: status" 2 "$status"
contains "an empty password" "$work/shown" 'the terminal gives no password'
asked "Password for 'tester': " 'half\x03'
equal "Ctrl+C at the prompt: status" 130 "$status"

echo "$secret" >"$work/password-line"
printf 'not %s' "$secret" >"$work/wrong"
"$icm" -ComputerName localhost -Port "$http_port" -Authentication Basic -Credential tester -PasswordFile "$work/wrong" \
    -ScriptBlock '{ echo hi }' >"$work/out" 2>"$work/err"
equal "a wrong password: status" 3 $?
look "a wrong password is in no error" "$work/out" "$work/err"
"$icm" -ComputerName localhost -Port "$http_port" -Authentication Basic -Credential tester -Password "$secret" \
    -ScriptBlock '{ echo hi }' >"$work/out" 2>"$work/err"
equal "no password on the command line: status" 2 $?
finish
