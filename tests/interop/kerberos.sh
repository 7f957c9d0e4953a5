#!/bin/sh
# Kerberos against a KDC of this run: ours against ours, ours against GSSAPI's bare calls, and everything that goes wrong on the way.
. "${ICM_SOURCE:-.}/tests/lib.sh"
. "$ICM_SOURCE/fixtures/kdc/kdc.sh"

peer=$ICM_BUILD/icm-kerberos
if ! kdc_there; then
    skip "Kerberos (packages: krb5-kdc krb5-admin-server krb5-user)"
    finish
fi
if [ ! -x "$peer" ]; then
    skip "Kerberos: $peer was not built (make unit-tests)"
    finish
fi
kdc_start || finish

# talk ARGUMENT...: one handshake, and messages of all sizes both ways
talk() {
    "$peer" "$@" >"$work/out" 2>&1
    status=$?
}

# works NAME TEXT...: the last talk went well, and said so much
works() {
    equal "$1: status" 0 "$status"
    contains "$@"
}

# fails NAME TEXT...: it went wrong, said why, and told no secret
fails() {
    equal "$1: status" 1 "$status"
    contains "$@"
    check "$1: no secret" sh -c "! grep -qFf '$kdc_password' '$work/out'"
}
said=$work/out

talk
fails "no ticket cache" "$said" "initiator failed: unsupported: Kerberos: there is no ticket" kinit -Credential

# ---- who we are: a cache, a password, a keytab
kdc_ticket ana -f
talk
works "from the cache" "$said" "initiator: Kerberos to HTTP/srv1.icm.test" "user: ana@ICM.TEST" "header 60, padding 0, in all 2108"
talk user=ana
works "a name without a password, from the cache" "$said" "user: ana@ICM.TEST"
talk user=bob
fails "another name than the cache's" "$said" "Kerberos as bob@ICM.TEST: there is no ticket"
cp "$kdc_folder/ccache" "$work/other"
KRB5CCNAME=FILE:$work/none
talk "ccache=FILE:$work/other"
works "from a cache that is named" "$said" "user: ana@ICM.TEST"
talk user=bob "password-file=$kdc_password"
works "with a password" "$said" "user: bob@ICM.TEST"
talk user=bob@icm.test "password-file=$kdc_password"
works "with a realm in small letters" "$said" "user: bob@ICM.TEST"
talk 'user=ICM\bob' "password-file=$kdc_password"
works "with a short domain" "$said" "user: bob@ICM.TEST"
talk user=ana "keytab=$kdc_user_keytab"
works "with a keytab" "$said" "user: ana@ICM.TEST"
talk "keytab=$kdc_user_keytab"
works "with a keytab and no name" "$said" "user: ana@ICM.TEST"
check "a password makes no cache of the user's" test ! -e "$work/none"
KRB5CCNAME=FILE:$kdc_folder/ccache

# ---- to whom
talk host=wsman.icm.test
works "WSMAN where HTTP is not registered" "$said" "initiator: Kerberos to WSMAN/wsman.icm.test"
talk host=wsman.icm.test service=HTTP
fails "only the service that is asked for" "$said" "Kerberos to HTTP/wsman.icm.test: server not found in the Kerberos database"
talk service=host host=localhost
works "another service" "$said" "Kerberos to host/localhost"
talk port=5985
works "with the port" "$said" "Kerberos to HTTP/srv1.icm.test:5985"
talk host=127.0.0.1 spn-host=localhost
works "an address, with another name" "$said" "Kerberos to HTTP/localhost"
talk host=nothing.icm.test
fails "a server that nobody knows" "$said" \
    "Kerberos to HTTP/nothing.icm.test and WSMAN/nothing.icm.test: server not found in the Kerberos database" "remedy: use the computer's full name"
for address in 192.0.2.1 ::1 '[2001:db8::1]' 'fe80::1%lo'; do
    talk "host=$address"
    fails "the address $address" "$said" "Kerberos needs the computer's name"
done

# ---- every type of keys, and GSSAPI on the other side; RFC 4121, 8009, and 4757, whose header holds the length in two bytes more from 128 on
while read -r type header padding; do
    kdc_config "$work/$type.conf" "$kdc_port" "$kdc_realm" "permitted_enctypes = $type"
    talk "initiator-config=$work/$type.conf" "acceptor-config=$KRB5_CONFIG" user=ana "password-file=$kdc_password"
    works "$type" "$said" "initiator seals 2048: header $header, padding $padding," "acceptor seals 2048: header $header, padding $padding,"
    talk "initiator-config=$work/$type.conf" "acceptor-config=$KRB5_CONFIG" user=ana "password-file=$kdc_password" acceptor=gss
    works "$type, to GSSAPI" "$said" "initiator seals 2048: header $header, padding $padding,"
done <<END
aes256-cts-hmac-sha1-96 60 0
aes128-cts-hmac-sha1-96 60 0
aes256-cts-hmac-sha384-192 72 0
aes128-cts-hmac-sha256-128 64 0
arcfour-hmac 47 1
END
talk acceptor=gss
works "to GSSAPI" "$said" "delegated: no" "bound: no"
talk initiator=gss
works "from GSSAPI" "$said" "user: ana@ICM.TEST"

# ---- delegation
talk acceptor=gss delegate=1
works "delegation" "$said" "Kerberos to HTTP/srv1.icm.test, delegating" "delegated: yes"
talk acceptor=gss delegate=1 user=ana "password-file=$kdc_password"
works "delegation with a password" "$said" "delegated: yes"
talk delegate=1 user=bob "password-file=$kdc_password"
fails "delegation that the KDC does not allow" "$said" "Kerberos as bob@ICM.TEST: the KDC gives no ticket that is forwardable"
kdc_ticket ana
talk acceptor=gss delegate=1
fails "a ticket that is not forwardable" "$said" "initiator failed: denied: Kerberos as ana@ICM.TEST: your ticket is not forwardable (kinit -f)"
equal "a ticket that is not forwardable: nothing was sent" 0 "$(grep -c acceptor "$said")"

# ---- channel bindings
talk binding=one acceptor-binding=one requires-binding=1
works "a channel binding" "$said" "with channel binding"
talk binding=one acceptor-binding=one acceptor=gss
works "a channel binding, to GSSAPI" "$said" "bound: yes"
talk binding=one acceptor-binding=one requires-binding=1 initiator=gss
works "a channel binding, from GSSAPI" "$said" "user: ana@ICM.TEST"
talk binding=one acceptor-binding=two
fails "another channel binding" "$said" "acceptor failed: denied: Kerberos: the channel binding is of another TLS connection" \
    "initiator failed: denied: Kerberos to HTTP/srv1.icm.test: the server refuses the ticket"
talk acceptor-binding=one
works "no channel binding, and none required" "$said" "user: ana@ICM.TEST"
talk acceptor-binding=one requires-binding=1
fails "no channel binding, and one required" "$said" "acceptor failed: denied: the client does not prove that it speaks over this TLS connection"

# ---- messages on their way; what GSSAPI seals is header and data in one
for sender in ours gss; do
    [ "$sender" = gss ] && set -- initiator=gss || set --
    talk tamper=flip "$@"
    fails "a changed bit, $sender" "$said" "acceptor failed: denied: a message that was tampered with"
    talk tamper=cut "$@"
    fails "a byte too few, $sender" "$said" "acceptor failed: denied: a message that was tampered with"
    talk tamper=replay "$@"
    fails "a message twice, $sender" "$said" "acceptor failed: denied: a message that came before: a replay"
    talk tamper=gap "$@"
    fails "a message missing, $sender" "$said" "acceptor failed: denied: a message out of order"
done
talk tamper=clear initiator=gss
fails "a message in clear" "$said" "acceptor failed: denied: a message that is signed and not sealed"

# ---- what the KDC says
echo wrong >"$work/wrong"
talk user=ana "password-file=$work/wrong"
fails "a wrong password" "$said" "denied: Kerberos as ana@ICM.TEST: wrong password"
equal "a wrong password: asked once" 1 "$(grep -c 'PREAUTH_FAILED' "$kdc_folder/kdc.log")"
talk user=nobody "password-file=$kdc_password"
fails "an unknown user" "$said" "unsupported: Kerberos as nobody@ICM.TEST: the KDC does not know this user"
talk user=expired "password-file=$kdc_password"
fails "an expired password" "$said" "denied: Kerberos as expired@ICM.TEST: the password has expired" kpasswd
talk user=locked "password-file=$kdc_password"
fails "a locked account" "$said" "denied: Kerberos as locked@ICM.TEST: the account is disabled or locked"
talk user=gone "password-file=$kdc_password"
fails "an expired account" "$said" "denied: Kerberos as gone@ICM.TEST: the account has expired"
talk user=bob "keytab=$kdc_user_keytab"
fails "a keytab of another" "$said" "Kerberos as bob@ICM.TEST: the keytab has no key of this user"
talk user=bob "keytab=$work/none"
fails "a keytab that is not there" "$said" "$work/none"
talk 'user=.\ana' "password-file=$kdc_password"
fails "an account of the computer's own" "$said" '.\ana is an account of the computer'
talk "acceptor-keytab=$kdc_user_keytab"
fails "a keytab without the service" "$said" "acceptor failed: denied: Kerberos: the keytab has no key for the service"
talk "acceptor-keytab=$work/none"
fails "a server without a keytab" "$said" "acceptor failed: denied: Kerberos"

# ---- clocks, realms, and KDCs that are not there
kdc_config "$work/skew.conf" "$kdc_port" "$kdc_realm" 'clockskew = -1' 'kdc_timesync = 0'
talk "acceptor-config=$work/skew.conf" "initiator-config=$KRB5_CONFIG"
fails "clocks that differ, the server's" "$said" "acceptor failed: denied: Kerberos: the " \
    "initiator failed: denied: Kerberos to HTTP/srv1.icm.test: the " "remedy: set the clocks" # skewed, or not valid yet
talk "initiator-config=$work/skew.conf" user=ana "password-file=$kdc_password"
fails "clocks that differ, the KDC's" "$said" "initiator failed: denied: Kerberos as ana@ICM.TEST: the clocks"
talk user=ana@OTHER.TEST "password-file=$kdc_password"
fails "another realm" "$said" "unsupported: Kerberos as ana@OTHER.TEST: no KDC is known for the realm" NAME@REALM
kdc_config "$work/wrong.conf" "$kdc_port" WRONG.TEST
talk "initiator-config=$work/wrong.conf" user=ana "password-file=$kdc_password"
fails "a KDC of another realm" "$said" "unsupported: Kerberos as ana@WRONG.TEST: "
kdc_expired_ticket ana
talk
fails "an expired ticket" "$said" "denied: Kerberos as ana@ICM.TEST: the ticket has expired" kinit
kdc_swallow swallow
kdc_config "$work/silent.conf" "$swallow_port"
talk "initiator-config=$work/silent.conf" user=ana "password-file=$kdc_password"
fails "a KDC that does not answer" "$said" "io: Kerberos as ana@ICM.TEST: the KDC does not answer"
kdc_stop
talk user=ana "password-file=$kdc_password"
fails "no KDC" "$said" "io: Kerberos as ana@ICM.TEST: the KDC does not answer"
finish
