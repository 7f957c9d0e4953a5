#!/bin/sh
# Our NTLM and gss-ntlmssp's, each as the other's client and server: handshakes, channel bindings, sealed messages, signatures.
. "${ICM_SOURCE:-.}/tests/lib.sh"

peer=$ICM_BUILD/icm-ntlm-peer

if [ ! -x "$peer" ]; then
    skip "ntlm: icm-ntlm-peer was not built (make check builds it)"
    finish
fi
(umask 077 && echo "DOMAIN:ana:secret" >"$work/users")
NTLM_USER_FILE=$work/users "$peer"
status=$?
[ "$status" -eq 0 ] || [ "$status" -eq 77 ] || failures=1
finish
