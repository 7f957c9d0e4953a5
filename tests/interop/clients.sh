#!/bin/sh
# Other people's clients against our endpoint: curl by each of its authentications, pywinrm by each of its transports;
# over http and over TLS, sealed and not, with what they get wrong and with what we refuse.
. "${ICM_SOURCE:-.}/tests/lib.sh"
. "$ICM_SOURCE/fixtures/kdc/kdc.sh"

# Debian's packages belong to Debian's interpreter
python=/usr/bin/python3
pywinrm=$ICM_SOURCE/tests/interop/pywinrm.py

make_certificate
make_password
printf 'wrong\n' >"$work/wrong"
: >"$work/empty"

has_kdc=no
if ! kdc_there; then
    skip "clients with Kerberos (packages: krb5-kdc krb5-admin-server krb5-user)"
elif kdc_start; then
    has_kdc=yes
    cp "$kdc_password" "$work/password"
fi

# listen NAME ARGUMENT...: an endpoint for ana, whose principal is ana@ICM.TEST where there is a KDC
listen() {
    listen_name=$1
    shift
    [ "$has_kdc" = no ] || set -- --keytab "$kdc_keytab" "$@"
    start_endpoint "$listen_name" --user ana --engine synthetic "$@"
    listening "$listen_name"
}

# listening NAME: the ports of an endpoint that runs
listening() {
    listening_log=$work/$1.log
    http_port=$(port_of "$1" http)
    tls_port=$(port_of "$1" https)
}

# url SCHEME
url() {
    case $1 in
    http) echo "http://localhost:$http_port/wsman" ;;
    https) echo "https://localhost:$tls_port/wsman" ;;
    esac
}

# ---- curl

soap='Content-Type: application/soap+xml;charset=UTF-8'
mutual='Authorization: http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual'

# ask STATUS NAME SCHEME BODY CURL'S-ARGUMENT...: curl gets this status; the answer is in $work/answer
ask() {
    ask_status=$1
    ask_name=$2
    ask_scheme=$3
    ask_body=$4
    shift 4
    seen=$(curl -sS --max-time 60 --cacert "$work/cert.pem" -H "$soap" -o "$work/answer" -w '%{http_code}' \
        --data-binary "@$work/$ask_body.xml" "$@" "$(url "$ask_scheme")" 2>"$work/err")
    equal "$ask_name" "$ask_status" "$seen"
}

# who USER PASSWORD-FILE: a file with curl's user, so that no password stands on a command line
who() {
    (umask 077 && printf 'user = "%s:%s"\n' "$1" "$(head -n 1 "$2")" >"$work/who")
    echo "$work/who"
}

# dance AUTHENTICATION SCHEME: its right words let curl in, wrong ones do not
dance() {
    ask 200 "curl --$1, $2: Identify" "$2" identify "--$1" -K "$(who ana "$work/password")"
    contains "curl --$1, $2: who answers" "$work/answer" "<wsmid:ProductVendor>icm<"
    ask 200 "curl --$1, $2: Create" "$2" create "--$1" -K "$(who ana "$work/password")"
    contains "curl --$1, $2: a shell" "$work/answer" 'Name="ShellId"' "/Microsoft.PowerShell<"
    ask 200 "curl --$1, $2: another case of the name" "$2" identify "--$1" -K "$(who ANA "$work/password")"
    ask 401 "curl --$1, $2: a wrong password" "$2" identify "--$1" -K "$(who ana "$work/wrong")"
    ask 401 "curl --$1, $2: an empty password" "$2" identify "--$1" -K "$(who ana "$work/empty")"
    ask 401 "curl --$1, $2: somebody else" "$2" identify "--$1" -K "$(who bob "$work/password")"
}

curl_dances() {
    listen open --auth basic,digest,ntlm --allow-unencrypted
    for scheme in http https; do
        for authentication in basic digest ntlm; do
            dance "$authentication" "$scheme"
        done
        ask 401 "curl, $scheme: nobody" "$scheme" identify
        ask 200 "curl, $scheme: nobody may ask for an Identify" "$scheme" identify -H 'WSMANIDENTIFY: unauthenticated'
        ask 401 "curl, $scheme: nobody may ask for no more" "$scheme" create
        ask 200 "curl --anyauth, $scheme" "$scheme" identify --anyauth -K "$(who ana "$work/password")"
    done
    name=$(printf 'an\303\244')
    ask 401 "curl --ntlm: a name that is not ASCII" https identify --ntlm -K "$(who "$name" "$work/password")"
    contains "curl --ntlm: a name that is not ASCII, in the log" "$listening_log" "a name that is not ASCII"
}

# two requests, one behind the other: the second goes over the connection that the first has made
curl_stays() {
    for authentication in basic ntlm; do # Digest asks for a new challenge, which closes the connection
        seen=$(curl -sS --max-time 60 -H "$soap" -o "$work/answer" -o "$work/answer" \
            -w '%{http_code} %{num_connects} ' --data-binary "@$work/identify.xml" "--$authentication" \
            -K "$(who ana "$work/password")" "$(url http)" "$(url http)" 2>"$work/err")
        equal "curl --$authentication: the second request needs no other connection" "200 0" \
            "$(echo "$seen" | cut -d ' ' -f 3-4)"
    done
}

# plain HTTP, where bodies have to be sealed: curl cannot
curl_seals_nothing() {
    listen closed --auth basic,digest,negotiate,ntlm
    ask 401 "curl --ntlm where bodies are to be sealed" http identify --ntlm -K "$(who ana "$work/password")"
    contains "curl --ntlm where bodies are to be sealed, in the log" "$listening_log" "NTLM NEGOTIATE offers no signing"
    ask 200 "curl --ntlm over TLS beside it" https identify --ntlm -K "$(who ana "$work/password")"
}

curl_kerberos() {
    listen kerberos --auth negotiate,kerberos --allow-unencrypted
    kdc_ticket ana
    for scheme in http https; do
        ask 200 "curl --negotiate, $scheme: Identify" "$scheme" identify --negotiate -u :
        contains "curl --negotiate, $scheme: who answers" "$work/answer" "<wsmid:ProductVendor>icm<"
        ask 200 "curl --negotiate, $scheme: Create" "$scheme" create --negotiate -u :
    done
    kdc_ticket bob
    ask 401 "curl --negotiate: a ticket of somebody else" https identify --negotiate -u :
    contains "curl --negotiate: a ticket of somebody else, in the log" "$listening_log" "'bob@ICM.TEST' is no account"
    kdestroy -q
    ask 401 "curl --negotiate: no ticket" https identify --negotiate -u :
    kdc_ticket ana
    listen sealing --auth negotiate,kerberos
    ask 400 "curl --negotiate where bodies are to be sealed" http identify --negotiate -u :
    contains "curl --negotiate where bodies are to be sealed, in the log" "$listening_log" "a body in clear"
}

# curl over GSSAPI without a ticket: MIT's SPNEGO with gss-ntlmssp inside, which takes its passwords out of a file
curl_gss_ntlm() {
    if ! curl --version | grep -q SPNEGO || ! ls /etc/gss/mech.d/*ntlmssp* >/dev/null 2>&1; then
        skip "curl --negotiate with NTLM inside (package: gss-ntlmssp)"
        return
    fi
    listen spnego --auth negotiate --allow-unencrypted
    export NTLM_USER_FILE="$work/ntlm-users"
    for scheme in http https; do
        (umask 077 && echo "ICM:ana:$(cat "$work/password")" >"$NTLM_USER_FILE")
        ask 200 "curl --negotiate, NTLM inside, $scheme: Identify" "$scheme" identify --negotiate -u :
        ask 200 "curl --negotiate, NTLM inside, $scheme: Create" "$scheme" create --negotiate -u :
        echo "ICM:ana:wrong" >"$NTLM_USER_FILE"
        ask 401 "curl --negotiate, NTLM inside, $scheme: a wrong password" "$scheme" identify --negotiate -u :
    done
    unset NTLM_USER_FILE
}

# ---- pywinrm

# talk SCHEME TRANSPORT NAME=VALUE...: identify, open a pool, be refused something, delete; in $work/said
talk() {
    talk_scheme=$1
    talk_transport=$2
    shift 2
    timeout 100 "$python" "$pywinrm" "$(url "$talk_scheme")" "$talk_transport" ca_trust_path="$work/cert.pem" "$@" \
        >"$work/said" 2>"$work/err" </dev/null
}

# works NAME SEALED: all of the last talk
works() {
    equal "$1" "vendor: icm|sealed: $2|pool: 2|fault: 2150858843|deleted|" "$(tr '\n' '|' <"$work/said")"
}

# fails NAME TEXT...
fails() {
    fails_name=$1
    shift
    contains "$fails_name" "$work/said" "failed: " "$@"
    check "$fails_name: no secret in the log" sh -c "! grep -qFf '$work/password' '$listening_log'"
}

# has TRANSPORT: else the skip line says which package is missing
has() {
    if [ ! -x "$python" ]; then
        skip "pywinrm with $1 (package: python3)"
        return 1
    fi
    missing=$("$python" "$pywinrm" there "$1" 2>/dev/null) || {
        skip "pywinrm with $1 (package: ${missing:-python3-winrm})"
        return 1
    }
}

# rejected NAME SCHEME TRANSPORT NAME=VALUE...: 401, in pywinrm's words
rejected() {
    rejected_name=$1
    shift
    talk "$@"
    fails "$rejected_name" "InvalidCredentialsError: the specified credentials were rejected"
}

pywinrm_basic() {
    listen basic --auth basic,digest
    for scheme in http https; do
        talk "$scheme" basic username=ana password-file="$work/password"
        works "pywinrm, basic, $scheme" no
        rejected "pywinrm, basic, $scheme: a wrong password" "$scheme" basic username=ana password-file="$work/wrong"
    done
    talk https ssl username=ana password-file="$work/password"
    works "pywinrm, ssl" no
    authority other
    talk https ssl username=ana password-file="$work/password" ca_trust_path="$work/other.pem"
    fails "pywinrm, ssl: another certificate" "SSLError"
}

pywinrm_ntlm() {
    for offer in ntlm negotiate; do # in its own scheme, and bare inside of Negotiate
        listen "sealed-$offer" --auth "$offer"
        talk http ntlm message_encryption=always username=ana password-file="$work/password"
        works "pywinrm, ntlm in $offer, http" yes
        talk http ntlm message_encryption=always username=ana password-file="$work/password" spaces=100000
        works "pywinrm, ntlm in $offer, http: a body of 100 KB" yes
        talk http ntlm message_encryption=always username='icm\ana' password-file="$work/password"
        works "pywinrm, ntlm in $offer, http: a name with a domain" yes
        talk https ntlm message_encryption=always username=ana password-file="$work/password"
        works "pywinrm, ntlm in $offer, https, sealed even so" yes
        talk https ntlm username=ana password-file="$work/password"
        works "pywinrm, ntlm in $offer, https" no
        for scheme in http https; do
            rejected "pywinrm, ntlm in $offer, $scheme: a wrong password" "$scheme" ntlm \
                username=ana password-file="$work/wrong"
            rejected "pywinrm, ntlm in $offer, $scheme: somebody else" "$scheme" ntlm \
                username=bob password-file="$work/password"
        done
        talk http ntlm message_encryption=never username=ana password-file="$work/password"
        fails "pywinrm, ntlm in $offer, http: a body in clear" "WinRMTransportError: Bad HTTP response" "Code 400"
    done
}

pywinrm_kerberos() {
    listen kerberos-sealed --auth negotiate
    kdc_ticket ana
    talk http kerberos message_encryption=always
    works "pywinrm, kerberos, http" yes
    talk http kerberos message_encryption=always spaces=100000
    works "pywinrm, kerberos, http: a body of 100 KB" yes
    talk http kerberos message_encryption=always service=host
    works "pywinrm, kerberos, http: another service's name" yes
    talk https kerberos message_encryption=never
    works "pywinrm, kerberos, https" no
    talk https kerberos message_encryption=always
    works "pywinrm, kerberos, https, sealed even so" yes
    talk http kerberos message_encryption=never
    fails "pywinrm, kerberos, http: a body in clear" "WinRMTransportError: Bad HTTP response" "Code 400"
    kdc_ticket bob
    talk http kerberos message_encryption=always
    fails "pywinrm, kerberos: a ticket of somebody else"
    contains "pywinrm, kerberos: a ticket of somebody else, in the log" "$listening_log" "'bob@ICM.TEST' is no account"
    kdc_ticket ana
}

# ---- nothing in clear: what stands on the wire between pywinrm and the endpoint

# overheard NAME TRANSPORT NAME=VALUE...
overheard() {
    overheard_name=$1
    overheard_upstream=$http_port
    shift
    start wire python3 "$ICM_SOURCE/tests/interop/wire.py" "$http_port" "$work/wire.record"
    http_port=$(port_of wire)
    talk http "$@" message_encryption=always
    works "pywinrm, $overheard_name, overheard" yes
    http_port=$overheard_upstream
    check "pywinrm, $overheard_name, overheard: sealed bodies passed" grep -q '^request [0-9]* sealed' "$work/wire.out"
    equal "pywinrm, $overheard_name, overheard: and no other" 0 "$(grep -c '^request [0-9]* clear' "$work/wire.out")"
    check "pywinrm, $overheard_name, overheard: no envelope, no password" \
        sh -c "! grep -aqF -e Envelope -e RunspaceState -e \"\$(cat '$work/password')\" '$work/wire.record'"
}

# ---- channel bindings

bindings() {
    listen strict --auth negotiate,ntlm --require-channel-binding
    ask 401 "curl --ntlm where a channel binding is required" https identify --ntlm -K "$(who ana "$work/password")"
    contains "curl --ntlm where a channel binding is required, in the log" "$listening_log" "sent no channel binding"
    has ntlm || return 0
    talk https ntlm username=ana password-file="$work/password" send_cbt=yes
    works "pywinrm, ntlm: the channel binding that is required" no
    rejected "pywinrm, ntlm: no channel binding where it is required" https ntlm \
        username=ana password-file="$work/password" send_cbt=no
}

# ---- client certificates

# new_key NAME OPENSSL-REQ'S-ARGUMENT...: $work/NAME.key
new_key() {
    new_name=$1
    shift
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$new_name" \
        -keyout "$work/$new_name.key" "$@" 2>/dev/null
}

# authority NAME: $work/NAME.pem
authority() {
    new_key "$1" -x509 -days 2 -out "$work/$1.pem"
}

# client_certificate NAME ISSUER: $work/NAME.pem
client_certificate() {
    new_key "$1" -out "$work/$1.csr"
    openssl x509 -req -days 2 -in "$work/$1.csr" -CA "$work/$2.pem" -CAkey "$work/$2.key" -CAcreateserial \
        -out "$work/$1.pem" 2>/dev/null
}

certificates() {
    authority ours
    authority theirs
    client_certificate ana ours
    client_certificate bob ours
    client_certificate mallory theirs
    listen certificates --auth certificate,basic --client-ca "$work/ours.pem"
    ask 200 "curl with a certificate" https identify -H "$mutual" --cert "$work/ana.pem" --key "$work/ana.key"
    ask 401 "curl with somebody else's certificate" https identify -H "$mutual" \
        --cert "$work/bob.pem" --key "$work/bob.key"
    ask 401 "curl without a certificate" https identify -H "$mutual"
    ask 401 "curl with a certificate, over http" http identify -H "$mutual" --cert "$work/ana.pem" --key "$work/ana.key"
    ask 200 "curl with a password beside it" https identify --basic -K "$(who ana "$work/password")"
    has certificate || return 0
    talk https certificate cert_pem="$work/ana.pem" cert_key_pem="$work/ana.key"
    works "pywinrm with a certificate" no
    rejected "pywinrm with somebody else's certificate" https certificate \
        cert_pem="$work/bob.pem" cert_key_pem="$work/bob.key"
    talk https certificate cert_pem="$work/mallory.pem" cert_key_pem="$work/mallory.key"
    fails "pywinrm with another authority's certificate"
}

# ---- a real engine behind it

real_engine() {
    if ! has_engine; then
        skip "clients and a real engine (package: the .NET SDK, for fixtures/engine)"
        return
    fi
    if [ "$has_kdc" = yes ]; then set -- --keytab "$kdc_keytab"; fi
    start_real_endpoint real --user ana --auth ntlm,negotiate "$@" # the last --user counts
    listening real
    if has ntlm; then
        talk http ntlm message_encryption=always username=ana password-file="$work/password"
        works "pywinrm, ntlm, a real engine" yes
    fi
    if [ "$has_kdc" = yes ] && has kerberos; then
        talk http kerberos message_encryption=always
        works "pywinrm, kerberos, a real engine" yes
    fi
}

if ! has basic; then
    finish # the envelopes are pywinrm's
fi
"$python" "$pywinrm" envelopes "$work"
if command -v curl >/dev/null 2>&1; then
    curl_dances
    curl_stays
    curl_seals_nothing
    curl_gss_ntlm
    if [ "$has_kdc" = yes ]; then curl_kerberos; fi
    certificates
else
    skip "curl (package: curl)"
fi
pywinrm_basic
if has ntlm; then
    pywinrm_ntlm
    overheard ntlm ntlm username=ana password-file="$work/password"
fi
if [ "$has_kdc" = yes ] && has kerberos; then
    pywinrm_kerberos
    overheard kerberos kerberos
fi
bindings
real_engine
finish
