#!/bin/sh
# Negotiate with Kerberos and NTLM inside, against a KDC of this run: ours against ours, and against MIT's SPNEGO with its Kerberos and
# gss-ntlmssp underneath, in both roles; which mechanism is taken, when another is, and what is said where none will do.
. "${ICM_SOURCE:-.}/tests/lib.sh"
. "$ICM_SOURCE/fixtures/kdc/kdc.sh"

peer=$ICM_BUILD/icm-negotiate
if ! kdc_there; then
    skip "Negotiate (packages: krb5-kdc krb5-admin-server krb5-user)"
    finish
fi
if [ ! -x "$peer" ]; then
    skip "Negotiate: $peer was not built (make unit-tests)"
    finish
fi
kdc_start || finish
said=$work/out
NTLM_USER_FILE=$work/users # gss-ntlmssp's own accounts
export NTLM_USER_FILE
(umask 077 && for name in ana bob nobody; do echo "ICM:$name:$(cat "$kdc_password")"; done >"$NTLM_USER_FILE")

# talk ARGUMENT...: one handshake, and messages both ways; ana with her password unless told otherwise
talk() {
    "$peer" user=ana "password-file=$kdc_password" account=ana "account-password-file=$kdc_password" "$@" >"$said" 2>&1
    status=$?
}

# works NAME TOKENS TEXT...: the last talk went well with so many tokens, and said so much
works() {
    works_name=$1
    works_tokens=$2
    shift 2
    if [ "$status" -eq 77 ]; then
        skip "$works_name ($(cat "$said"))"
        return
    fi
    equal "$works_name: status" 0 "$status"
    contains "$works_name" "$said" "tokens: $works_tokens" "$@"
}

# fails NAME TEXT...: it went wrong, said why, and told no secret
fails() {
    fails_name=$1
    shift
    if [ "$status" -eq 77 ]; then
        skip "$fails_name ($(cat "$said"))"
        return
    fi
    equal "$fails_name: status" 1 "$status"
    contains "$fails_name" "$said" "$@"
    check "$fails_name: no secret" sh -c "! grep -qFf '$kdc_password' '$said'"
}

kerberos="Negotiate: Kerberos to HTTP/srv1.icm.test"
ntlm="Negotiate: NTLM"

# ---- Kerberos inside
talk
works "Kerberos, with a password" 2 "initiator: $kerberos" "acceptor: Negotiate: Kerberos" "user: ana"
talk binding=one acceptor-binding=one
works "Kerberos, with a channel binding" 2 "initiator: $kerberos, with channel binding"
talk acceptor=gss serves=k
works "Kerberos, to MIT" 2 "initiator: $kerberos"
talk acceptor=gss serves=kn
works "Kerberos, to MIT that has NTLM too" 2 "initiator: $kerberos"
talk acceptor=gss serves=nk
works "Kerberos, to MIT that would rather have NTLM" 2 "initiator: $kerberos"
talk initiator=gss offers=k
works "Kerberos, from MIT" 2 "user: ana"
talk initiator=gss offers=kn
works "Kerberos, from MIT that has NTLM too" 2 "user: ana"
talk host=127.0.0.1 spn-host=srv1.icm.test
works "Kerberos, to an address whose name is given" 2 "initiator: $kerberos"
kdc_ticket ana
talk mechanism=NegotiateWithImplicitCredential user=bob
works "Kerberos, as who we are already" 2 "initiator: $kerberos" "user: ana"

# ---- NTLM inside
talk host=127.0.0.1
works "NTLM, to an address" 4 "initiator: $ntlm" "acceptor: $ntlm" "user: ana"
talk host=127.0.0.1 'user=ICM\ana' acceptor=gss
works "NTLM, to gss-ntlmssp" 4 "initiator: $ntlm"
talk host=127.0.0.1 'user=ICM\ana' acceptor=gss binding=one acceptor-binding=one
works "NTLM, to gss-ntlmssp, with a channel binding" 4 "initiator: $ntlm, with channel binding"
talk 'user=ICM\ana' initiator=gss
works "NTLM, from gss-ntlmssp" 4 "acceptor: $ntlm" "user: ana"
talk 'user=ICM\ana' initiator=gss binding=one acceptor-binding=one
works "NTLM, from gss-ntlmssp, with a channel binding" 4 "acceptor: $ntlm"
talk host=127.0.0.1 mechanism=Ntlm
works "NTLM that is in no SPNEGO" 3 "acceptor: $ntlm" "user: ana"

# ---- the server takes the second: mechListMICs
talk "acceptor-keytab=$work/none"
works "the server has no keytab" 6 "initiator: $ntlm" "acceptor: $ntlm" "user: ana"
talk 'user=ICM\ana' acceptor=gss serves=n
works "MIT has NTLM alone" 6 "initiator: $ntlm"
talk initiator=gss offers=kn "acceptor-keytab=$work/none"
works "MIT offers Kerberos first, and we have no keytab" 6 "acceptor: $ntlm" "user: ana"

# ---- no ticket can be had
talk host=nothing.icm.test
works "no ticket for this server" 4 "initiator: $ntlm"
talk user=nobody account=nobody
works "the KDC does not know the user" 4 "initiator: $ntlm" "user: nobody"
talk host=nothing.icm.test no-ntlm=1
fails "no ticket, and NTLM is not allowed" "initiator failed: unsupported: Negotiate has no mechanism to offer to nothing.icm.test" \
    "(not used: Kerberos to HTTP/nothing.icm.test and WSMAN/nothing.icm.test: server not found" \
    "NTLM: it does not prove who the server is" "remedy: use the computer's full name" "; or use -UseSSL"
talk host=nothing.icm.test delegate=1
fails "no ticket, and NTLM cannot delegate" "NTLM: it cannot delegate credentials"
talk host=nothing.icm.test account=bob
fails "no ticket, and NTLM is refused" "acceptor failed: denied: "

# ---- a no is a no
echo wrong >"$work/wrong"
asked=$(grep -c PREAUTH_FAILED "$kdc_folder/kdc.log")
talk "password-file=$work/wrong"
fails "a wrong password" "initiator failed: denied: Kerberos as ana@ICM.TEST: wrong password"
equal "a wrong password: asked once" 1 "$(($(grep -c PREAUTH_FAILED "$kdc_folder/kdc.log") - asked))"
equal "a wrong password: nothing was sent" 0 "$(grep -c acceptor "$said")"
talk user=locked
fails "a locked account" "initiator failed: denied: Kerberos as locked@ICM.TEST: the account is disabled or locked"
talk host=127.0.0.1 "password-file=$work/wrong"
fails "a wrong password with NTLM" "acceptor failed: denied: wrong user name or password"
kdc_config "$work/skew.conf" "$kdc_port" "$kdc_realm" 'clockskew = -1' 'kdc_timesync = 0'
talk "acceptor-config=$work/skew.conf" "initiator-config=$KRB5_CONFIG"
fails "the server's clock" "initiator failed: denied: Kerberos to HTTP/srv1.icm.test: the " "remedy: set the clocks"
talk acceptor=gss serves=k "acceptor-config=$work/skew.conf" "initiator-config=$KRB5_CONFIG"
fails "MIT's clock" "initiator failed: denied: Kerberos to HTTP/srv1.icm.test: the " "remedy: set the clocks"
talk binding=one acceptor-binding=two
fails "another channel binding" "acceptor failed: denied: Kerberos: the channel binding is of another TLS connection"
talk acceptor=gss serves=n no-ntlm=1
fails "MIT has only what we do not offer" "initiator failed: denied: " "srv1.icm.test"
talk initiator=gss offers=k "acceptor-keytab=$work/none"
fails "MIT offers only what we cannot serve" "acceptor failed: denied: the client offers " "and none of it is served here: Kerberos"

kdc_stop
talk
works "no KDC" 4 "initiator: $ntlm"
talk mechanism=NegotiateWithImplicitCredential "initiator-config=$KRB5_CONFIG" no-ntlm=1 host=other.icm.test
fails "no KDC, and NTLM has no password" "the KDC does not answer" "NTLM: it needs a user name and a password"
finish
