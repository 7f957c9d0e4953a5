#!/bin/sh
# icm against icm-endpoint by every mechanism, over http (sealed) and over TLS, as ana of a realm made for the run: what works, what is
# refused and in which words, what goes over the wire, and how many requests a logon costs.
. "${ICM_SOURCE:-.}/tests/lib.sh"
. "${ICM_SOURCE:-.}/fixtures/kdc/kdc.sh"

if ! kdc_there; then
    skip "every mechanism (packages: krb5-kdc krb5-admin-server krb5-user)"
    finish
fi
kdc_start || finish
make_certificate
cp "$kdc_password" "$work/password"
printf 'wrong\n' >"$work/wrong"
export XDG_CONFIG_HOME="$work/config"
mkdir -p "$XDG_CONFIG_HOME/icm"

# start_all NAME ARGUMENT...: an endpoint that offers everything, for ana
start_all() {
    all_name=$1
    shift
    start "$all_name" "$endpoint" --listen 127.0.0.1:0 --listen-tls 127.0.0.1:0 --cert "$work/cert.pem" --key "$work/key.pem" \
        --user ana --password-file "$work/password" --keytab "$kdc_keytab" --engine synthetic "$@"
    http_port=$(port_of "$all_name" http)
    tls_port=$(port_of "$all_name" https)
}

# ask SCHEME ARGUMENT...: standard output in $work/out, error in $work/err, status in $status
ask() {
    ask_scheme=$1
    shift
    case $ask_scheme in
    http) set -- -Port "$http_port" "$@" ;;
    https) set -- -Port "$tls_port" -UseSSL -SessionOption SkipCACheck "$@" ;;
    esac
    "$icm" -ComputerName localhost "$@" -ScriptBlock '{ echo it works }' >"$work/out" 2>"$work/err" </dev/null
    status=$?
}

# works NAME SCHEME ARGUMENT...
works() {
    works_name=$1
    shift
    ask "$@"
    if [ "$status" -eq 0 ] && [ "$(cat "$work/out")" = "it works" ]; then
        ok "$works_name"
    else
        not_ok "$works_name: status $status"
        sed 's/^/    /' "$work/err"
    fi
}

# refused NAME TEXT SCHEME ARGUMENT...: status 3, and the words
refused() {
    refused_name=$1
    refused_text=$2
    shift 2
    ask "$@"
    if [ "$status" -eq 3 ] && grep -qiE -e "$refused_text" "$work/err" && ! grep -qF -e "$(cat "$work/password")" "$work/err"; then
        ok "$refused_name"
    else
        not_ok "$refused_name: status $status, '$refused_text' expected"
        sed 's/^/    /' "$work/err"
    fi
}

# usage NAME TEXT SCHEME ARGUMENT...: status 2, the words, and nobody was asked
usage() {
    usage_name=$1
    usage_text=$2
    shift 2
    ask "$@"
    if [ "$status" -eq 2 ] && grep -qF -e "$usage_text" "$work/err" && [ "$(wc -l <"$work/err")" -eq 1 ]; then
        ok "$usage_name"
    else
        not_ok "$usage_name: status $status, '$usage_text' expected"
        sed 's/^/    /' "$work/err"
    fi
}

start_all all --auth negotiate,kerberos,ntlm,credssp,digest,basic

# ---- what works: mechanism, scheme

kdc_ticket ana -f || not_ok "a ticket for ana"
for scheme in http https; do
    works "Kerberos from the ticket cache, $scheme" "$scheme" -Authentication Kerberos
    works "Negotiate takes the ticket, $scheme" "$scheme"
    works "NegotiateWithImplicitCredential, $scheme" "$scheme" -Authentication NegotiateWithImplicitCredential
    works "Kerberos by password, $scheme" "$scheme" -Authentication Kerberos -Credential ana@ICM.TEST -PasswordFile "$work/password"
    works "Kerberos by keytab, $scheme" "$scheme" -Authentication Kerberos -Credential ana@ICM.TEST -Keytab "$kdc_user_keytab"
    works "Negotiate by keytab, $scheme" "$scheme" -Credential ana -Keytab "$kdc_user_keytab"
    works "Kerberos that delegates, $scheme" "$scheme" -Authentication Kerberos -Delegate
    works "Negotiate by password, $scheme" "$scheme" -Credential ana -PasswordFile "$work/password"
    works "CredSSP, $scheme" "$scheme" -Authentication Credssp -Credential ana -PasswordFile "$work/password"
    asked=$(grep -c TGS_REQ "$kdc_folder/kdc.log")
    works "CredSSP of a user with a realm, $scheme" "$scheme" -Authentication Credssp -Credential ana@ICM.TEST -PasswordFile "$work/password"
    check "CredSSP of a user with a realm, $scheme: Kerberos inside" test "$(grep -c TGS_REQ "$kdc_folder/kdc.log")" -gt "$asked"
    works "Digest, $scheme" "$scheme" -Authentication Digest -Credential ana -PasswordFile "$work/password"
    works "Basic, $scheme" "$scheme" -Authentication Basic -Credential ana -PasswordFile "$work/password"
done

# ---- one account by whatever name; a realm that has no KDC means NTLM, and the account's own password proves it

for authentication in Negotiate Credssp Digest Basic; do
    for user in ana@ICM.TEST 'ICM\ana' '.\ana' ana@OTHER.TEST; do
        works "$authentication as $user" http -Authentication "$authentication" -Credential "$user" -PasswordFile "$work/password"
    done
done

# ---- a wrong password: one error each, and one attempt

for authentication in Kerberos Negotiate Credssp Digest Basic; do
    refused "$authentication with a wrong password" 'password|not accepted|refused|logon' http -Authentication "$authentication" \
        -Credential ana -PasswordFile "$work/wrong"
done

# ---- a keytab is Kerberos', and no password

usage "a keytab that is not there" "cannot read the keytab '$work/no.keytab'" http -Authentication Kerberos -Credential ana \
    -Keytab "$work/no.keytab"
usage "a keytab for Basic" '-Authentication Basic cannot use -Keytab' http -Authentication Basic -Credential ana \
    -Keytab "$kdc_user_keytab"
refused "a file that is no keytab" 'the file is no keytab' http -Authentication Kerberos -Credential ana -Keytab "$work/password"
printf '\005\002' >"$work/none.keytab"
refused "a keytab without a key" 'the keytab holds no key' http -Authentication Kerberos -Credential ana -Keytab "$work/none.keytab"
refused "a directory, by Negotiate" 'the keytab is a directory' http -Credential ana -Keytab "$work"
refused "a keytab of somebody else, without a try by NTLM" 'the keytab has no key of this user' http -Credential bob \
    -Keytab "$kdc_user_keytab"

# ---- nothing in clear

cat >"$work/look.py" <<'END'
"""usage: look.py PORT FILE: a byte relay that writes down both directions."""
import socket, sys, threading

out = open(sys.argv[2], "wb")
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(16)
print("listening on %d" % listener.getsockname()[1], flush=True)

def copy(a, b):
    while data := a.recv(65536):
        out.write(data)
        out.flush()
        b.sendall(data)
    b.shutdown(socket.SHUT_WR)

while True:
    client, _ = listener.accept()
    server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    for pair in ((client, server), (server, client)):
        threading.Thread(target=copy, args=pair, daemon=True).start()
END
real_http=$http_port
for authentication in Kerberos Negotiate Credssp; do
    start look python3 "$work/look.py" "$real_http" "$work/seen"
    http_port=$(port_of look)
    works "$authentication through a relay" http -Authentication "$authentication" -Credential ana -PasswordFile "$work/password"
    if [ -s "$work/seen" ] && ! grep -qaE 'Envelope|it works|<rsp:|PowerShell' "$work/seen"; then
        ok "$authentication: no word of it is in clear"
    else
        not_ok "$authentication: no word of it is in clear"
    fi
    kill "$pid"
    wait "$pid" 2>/dev/null
done
http_port=$real_http

# ---- policies

refused "a ticket that cannot be forwarded is not delegated" 'no ticket that is forwardable' http -Authentication Kerberos -Delegate \
    -Credential bob -PasswordFile "$work/password"
refused "somebody who is no account of the endpoint" 'refused|denied|not accepted|401' http -Authentication Kerberos \
    -Credential bob -PasswordFile "$work/password"
refused "a service that is not there" 'nothing/localhost.*not found' http -Authentication Kerberos -SpnService nothing
works "another name of the service" http -Authentication Kerberos -SpnService host

# ---- channel bindings

start_all strict --auth negotiate,kerberos,ntlm,credssp --require-channel-binding
works "Kerberos is bound to the certificate" https -Authentication Kerberos
works "Negotiate is bound to the certificate" https -Credential ana -PasswordFile "$work/password"
refused "CredSSP cannot be bound, and is not offered" 'does not take CredSSP; it offers Negotiate' https -Authentication Credssp \
    -Credential ana -PasswordFile "$work/password"

# ---- what is offered is what counts

start_all weak --auth basic
refused "a server that offers only Basic gets no Negotiate" 'offers.*Basic' http -Credential ana -PasswordFile "$work/password"
refused "nor Kerberos" 'offers.*Basic' http -Authentication Kerberos

# ---- client certificates: the user is the common name

# issue NAME: $work/NAME.crt, NAME.key, and both in NAME.pem
issue() {
    {
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" -keyout "$work/$1.key" -out "$work/$1.csr" &&
            openssl x509 -req -in "$work/$1.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 2 -out "$work/$1.crt"
    } 2>/dev/null && cat "$work/$1.crt" "$work/$1.key" >"$work/$1.pem"
}

thumbprint_of() {
    openssl x509 -in "$work/$1.crt" -noout -fingerprint -sha1 | sed 's/.*=//; s/://g'
}

certificates=$XDG_CONFIG_HOME/icm/certs
mkdir -p "$certificates"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=authority" -keyout "$work/ca.key" \
    -out "$work/ca.pem" 2>/dev/null
issue ana && issue bob
cp "$work/ana.pem" "$certificates/any-name.pem"
printf 'sesame\n' >"$work/sesame"
openssl pkcs12 -export -in "$work/ana.crt" -inkey "$work/ana.key" -passout pass: -out "$work/open.p12"
openssl pkcs12 -export -in "$work/ana.crt" -inkey "$work/ana.key" -passout "file:$work/sesame" -out "$work/locked.pfx"
openssl ec -in "$work/ana.key" -aes128 -passout "file:$work/sesame" -out "$work/locked.key" 2>/dev/null

start certificate "$endpoint" --listen-tls 127.0.0.1:0 --cert "$work/cert.pem" --key "$work/key.pem" --user ana \
    --password-file "$work/password" --auth certificate --client-ca "$work/ca.pem" --engine synthetic
weak_tls=$tls_port
tls_port=$(port_of certificate https)
thumbprint=$(thumbprint_of ana)
works "a certificate by its thumbprint" https -CertificateThumbprint "$thumbprint"
works "a thumbprint as Windows shows it" https -CertificateThumbprint "$(echo "$thumbprint" | tr A-F a-f | sed 's/../& /g; s/ $//')"
works "a certificate by its file" https -Certificate "$work/ana.pem"
works "a key in another file" https -Certificate "$work/ana.crt" -CertificateKey "$work/ana.key"
works "a key with a password" https -Certificate "$work/ana.crt" -CertificateKey "$work/locked.key" -PasswordFile "$work/sesame"
works "PKCS#12 without a password" https -Certificate "$work/open.p12"
works "PKCS#12 with a password" https -Certificate "$work/locked.pfx" -PasswordCommand "cat '$work/sesame'"
rm "$certificates/any-name.pem"
cp "$work/locked.pfx" "$certificates/$thumbprint.pfx"
works "PKCS#12 by its thumbprint" https -CertificateThumbprint "$thumbprint" -PasswordFile "$work/sesame"
refused "PKCS#12 with a wrong password" "its key.*the key's password" https -Certificate "$work/locked.pfx" -PasswordFile "$work/wrong"
refused "a key with a password, and none given" "the key's password" https -Certificate "$work/ana.crt" -CertificateKey "$work/locked.key"
equal "and nobody is asked for it" 0 "$(grep -c 'pass phrase' "$work/err")"
refused "a certificate of somebody else" 'did not accept the certificate' https -Certificate "$work/bob.pem"
refused "a certificate that the endpoint's authority did not issue" 'did not accept the certificate' https -Certificate "$work/cert.pem" \
    -CertificateKey "$work/key.pem"
refused "no certificate" 'offers Certificate' https

# the key in a token (Debian: softhsm2 libengine-pkcs11-openssl)
module=$(find /usr/lib -name libsofthsm2.so 2>/dev/null | head -n 1)
if [ -n "$module" ] && command -v softhsm2-util >/dev/null 2>&1 && openssl engine pkcs11 >/dev/null 2>&1; then
    export SOFTHSM2_CONF="$work/softhsm2.conf" PKCS11_MODULE_PATH="$module"
    mkdir "$work/tokens"
    printf 'directories.tokendir = %s\nobjectstore.backend = file\n' "$work/tokens" >"$SOFTHSM2_CONF"
    printf '246810\n' >"$work/pin"
    openssl pkcs8 -topk8 -nocrypt -in "$work/ana.key" -out "$work/ana.p8"
    {
        softhsm2-util --init-token --free --label icm --so-pin 135790 --pin 246810 &&
            softhsm2-util --import "$work/ana.p8" --token icm --label ana --id 01 --pin 246810
    } >"$work/token.log" 2>&1 || not_ok "a token is made: $(cat "$work/token.log")"
    key='pkcs11:token=icm;object=ana;type=private'
    works "a key in a token" https -Certificate "$work/ana.crt" -CertificateKey "$key" -PasswordFile "$work/pin"
    works "a key in a token, its PIN in the address" https -Certificate "$work/ana.crt" -CertificateKey "$key;pin-value=246810"
    refused "a key in a token, with a wrong PIN" "the token's PIN" https -Certificate "$work/ana.crt" -CertificateKey "$key" -PasswordFile "$work/wrong"
    refused "a token that is not there" 'cannot be used' https -Certificate "$work/ana.crt" -CertificateKey 'pkcs11:token=none;object=ana' \
        -PasswordFile "$work/pin"
else
    skip "a key in a token (packages: softhsm2 libengine-pkcs11-openssl)"
fi

usage "a certificate that is not there" "cannot read the certificate '$work/no.pem'" https -Certificate "$work/no.pem"
usage "a thumbprint that is not there" 'has the thumbprint' https -CertificateThumbprint "$(thumbprint_of bob)"
usage "a certificate without TLS" 'needs -UseSSL' http -Certificate "$work/ana.pem"
tls_port=$weak_tls
refused "a server that takes no certificates" 'does not take Certificate; it offers Basic' https -Certificate "$work/ana.pem"

# ---- without a KDC

kdc_stop
KRB5CCNAME="FILE:$work/no-ccache"
export KRB5CCNAME
start_all later --auth negotiate,kerberos,basic
works "no KDC: Negotiate falls back to NTLM on this machine" http -Credential ana -PasswordFile "$work/password"
refused "no KDC: Kerberos says so" 'KDC|realm' http -Authentication Kerberos -Credential ana -PasswordFile "$work/password"

# ---- a KDC that does not answer holds up nobody else

kdc_swallow silent
kdc_config "$work/silent.conf" "$swallow_port"
cat >"$XDG_CONFIG_HOME/icm/config" <<END
Host localhost
    Authentication Kerberos
Host 127.0.0.1
    Authentication Basic
END
KRB5_CONFIG="$work/silent.conf" "$icm" -ComputerName localhost, 127.0.0.1 -Port "$tls_port" -UseSSL -SessionOption \
    SkipCACheck,SkipCNCheck,OpenTimeout=3000 -Credential ana -PasswordFile "$work/password" -OutputFormat Json \
    -ScriptBlock '{ echo it works }' >"$work/out" 2>"$work/err" </dev/null
equal "a KDC that does not answer: status" 3 "$?"
equal "the other computer has its answer first" '127.0.0.1 output it works' "$(head -n 1 "$work/out" |
    jq -r 'select(.stream == "output") | "\(.computer) \(.stream) \(.value)"')"
equal "the one whose KDC is silent fails in its time" 'OperationTimeout' "$(jq -r 'select(.computer == "localhost" and .stream == "status") |
    .error.category' "$work/out")"

finish
