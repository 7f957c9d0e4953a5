#!/bin/sh
# The program icm against recorded servers (tests/replay/icm_replay.c): a row is a recording, how its answers are given, what icm exits
# with, and what it says. Which script is run does not matter: the answers are the recorded ones.
. "${ICM_SOURCE:-.}/tests/lib.sh"

replay=$ICM_BUILD/icm-replay
captures=${ICM_CAPTURES:-$ICM_SOURCE/../shared/captures}
if [ ! -d "$captures" ]; then
    skip "recorded servers: no captures in $captures"
    finish
fi
if [ ! -x "$replay" ]; then
    skip "recorded servers: icm-replay was not built (cmocka is missing?)"
    finish
fi
printf not-a-secret >"$work/password"

# recording | options of icm-replay | status | lines of standard output, or - | a text in what it said
rows='
pypsrp_client_execute_ps||0|8|Windows Remote Management (WS-Manag...
pypsrp_client_execute_ps|--piece 1|0|8|Windows Remote Management (WS-Manag...
pypsrp_client_execute_ps|--gzip|0|8|Windows Remote Management (WS-Manag...
pypsrp_client_execute_ps|--odd|0|8|Windows Remote Management (WS-Manag...
pypsrp_client_execute_ps|--cut 1|3|0|closed in the middle of the answer
pypsrp_client_execute_ps|--cut 700|3|0|closed in the middle of the answer
pypsrp_client_execute_ps_environment||0|41|COMPUTERNAME
pypsrp_client_fetch_file_fail_dir||1|0|src must be a file
pypsrp_psrp_error_failed||1|1|before
pypsrp_psrp_stream_no_output_invocation||1|-|output stream
omi/pypsrp_omi_objects_2000||0|-|item 2000
omi/pypsrp_omi_string_1mb|--piece 1 --piece-max 1000|0|1|abcdefghijEND
omi/pypsrp_omi_unicode_script||0|1|grüße 你好 😀 <&>
omi/pypsrp_omi_parse_error||1|0|Missing closing
omi/pypsrp_omi_wrong_password||3|0|did not accept the user name
omi/pypsrp_omi_big_argument_1mb||3|0|A general error occurred
'

echo "$rows" | grep . >"$work/rows"
while IFS='|' read -r name options wanted lines text; do
    row="$name${options:+ $options}"
    if [ ! -f "$captures/$name.jsonl" ]; then
        skip "$row: no such recording"
        continue
    fi
    # shellcheck disable=SC2086 # options are words
    start replay "$replay" "$captures/$name.jsonl" $options
    "$icm" -ComputerName localhost -Port "$(port_of replay http)" -Authentication Basic -Credential replay -PasswordFile "$work/password" \
        -ScriptBlock '{ recorded }' >"$work/out" 2>"$work/err" </dev/null
    status=$?
    stop_all
    cat "$work/out" "$work/err" >"$work/said"
    equal "$row: status" "$wanted" "$status"
    [ "$lines" = - ] || equal "$row: lines" "$lines" "$(wc -l <"$work/out" | tr -d ' ')"
    contains "$row: what it says" "$work/said" "$text"
done <"$work/rows"
finish
