#!/bin/sh
# The way through a proxy: only when told, by http and by https, with each way of logging on; and what goes wrong with it is said of it.
. "${ICM_SOURCE:-.}/tests/lib.sh"

unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY GATEWAY_INTERFACE
start_endpoint endpoint --engine synthetic --cmd-shell on --auth negotiate,ntlm,basic
printf 'geheim\n' >"$work/proxy-password"
printf 'falsch\n' >"$work/proxy-wrong"
with=ProxyAccessType=IEConfig
as_ana=$with,ProxyCredential=ana,ProxyPasswordFile=$work/proxy-password

# run ARGUMENT...: by NTLM over http
run() {
    "$icm" -ComputerName localhost -Port "$http_port" -Credential tester -PasswordFile "$work/password" -ScriptBlock '{ echo hi }' "$@" \
        >"$work/out" 2>"$work/err" </dev/null
    status=$?
}

# gives NAME: the last run's script ran
gives() {
    equal "$1" "0 hi" "$status $(cat "$work/out")"
    [ -s "$work/err" ] && sed 's/^/    /' "$work/err"
}

# fails NAME TEXT...
fails() {
    fails_name=$1
    shift
    equal "$fails_name: status" 3 "$status"
    contains "$fails_name: the error" "$work/err" localhost "$@"
    check "$fails_name: no password in it" sh -c "! grep -qE 'geheim|falsch' '$work/err'"
}

# ---- tinyproxy: Basic, the ports it lets through

if command -v tinyproxy >/dev/null 2>&1; then
    proxy_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    cat >"$work/tinyproxy.conf" <<END
Port $proxy_port
Listen 127.0.0.1
LogFile "$work/tinyproxy.log"
LogLevel Connect
BasicAuth ana geheim
ConnectPort $http_port
ConnectPort $tls_port
END
    tinyproxy -d -c "$work/tinyproxy.conf" >/dev/null 2>&1 &
    started="$started $!"
    wait_for 'Starting main loop\|Accepting connections' "$work/tinyproxy.log"
    tunnels() {
        grep -c 'CONNECT   .*CONNECT ' "$work/tinyproxy.log"
    }

    http_proxy=http://127.0.0.1:$proxy_port https_proxy=127.0.0.1:$proxy_port
    export http_proxy https_proxy
    run
    gives "the environment's proxy is not taken unasked"
    run -SessionOption ProxyAccessType=NoProxyServer
    gives "nor with NoProxyServer"
    equal "the proxy heard nothing" 0 "$(tunnels)"
    run -SessionOption "$as_ana",ProxyAuthentication=Basic
    gives "http through a proxy, with NTLM and sealed"
    check "it was asked for tunnels" [ "$(tunnels)" -gt 0 ]
    "$icm" -ComputerName localhost -Port "$tls_port" -UseSSL -Credential tester -PasswordFile "$work/password" -ScriptBlock '{ echo hi }' \
        -SessionOption "SkipCACheck,$as_ana,ProxyAuthentication=Basic" -WarningAction SilentlyContinue >"$work/out" 2>"$work/err"
    status=$?
    gives "https through a proxy, with NTLM bound to the certificate"
    http_proxy=http://ana:geh%65im@127.0.0.1:$proxy_port run -SessionOption "$with",ProxyAuthentication=Basic
    gives "a user in the proxy's address"
    before=$(tunnels)
    no_proxy=10.0.0.0/8,localhost run -SessionOption "$as_ana",ProxyAuthentication=Basic
    gives "no_proxy"
    equal "no_proxy: it heard nothing" "$before" "$(tunnels)"

    run -SessionOption "$with"
    fails "a proxy that wants a user" "127.0.0.1:$proxy_port wants to know who we are (407; it offers Basic)" ProxyCredential
    run -SessionOption "$as_ana"
    fails "another way than it offers" "offers Basic, and ProxyAuthentication is Negotiate" ProxyAuthentication=
    run -SessionOption "$with,ProxyCredential=ana,ProxyPasswordFile=$work/proxy-wrong,ProxyAuthentication=Basic"
    fails "a wrong password for the proxy" "does not take the user 'ana' with this password" ProxyCredential
    "$icm" -ConnectionUri http://localhost:1/wsman -Credential tester -PasswordFile "$work/password" -ScriptBlock '{ echo hi }' \
        -SessionOption "$as_ana",ProxyAuthentication=Basic >"$work/out" 2>"$work/err"
    status=$?
    fails "a port that it does not let through" "does not let us connect to localhost:1 " "allow CONNECT"
else
    skip "a real proxy: no tinyproxy (package: tinyproxy-bin)"
fi

# ---- what it has not

# proxy NAME SCHEME
proxy() {
    start "$1" python3 "$ICM_SOURCE/tests/interop/proxy.py" "$2" ana "$work/proxy-password"
    http_proxy=http://127.0.0.1:$(port_of "$1")
    export http_proxy
}

proxy digest Digest
run -SessionOption "$as_ana",ProxyAuthentication=Digest
gives "Digest at the proxy"
contains "Digest: a tunnel" "$work/digest.out" "tunnel localhost:$http_port"
run -SessionOption "$with,ProxyCredential=ana,ProxyPasswordFile=$work/proxy-wrong,ProxyAuthentication=Digest"
fails "Digest with a wrong password" "does not take the user 'ana' with this password (407, Digest)"
: >"$work/digest.out"
"$icm" winrs "-r:localhost:$http_port" -u:tester -PasswordFile "$work/password" -SessionOption "$as_ana",ProxyAuthentication=Digest,UseUTF16 \
    echo hi >"$work/out" 2>"$work/err" </dev/null
status=$?
gives "winrs through a proxy, in UTF-16"
contains "winrs: a tunnel" "$work/digest.out" "tunnel localhost:$http_port"
"$icm" -ComputerName localhost,127.0.0.1 -Port "$http_port" -Credential tester -PasswordFile "$work/password" -ScriptBlock '{ echo hi }' \
    -SessionOption "$as_ana",ProxyAuthentication=Digest >"$work/out" 2>"$work/err" </dev/null
equal "several computers through one proxy" "0 2" "$? $(grep -c '^hi' "$work/out")"
proxy ntlm NTLM
run -SessionOption "$as_ana"
gives "NTLM at the proxy, and NTLM behind it"
proxy negotiate Negotiate
KRB5CCNAME=$work/no-cache run -SessionOption "$with"
fails "Kerberos at the proxy, without a ticket" "does not take our Kerberos ticket, or there is none" kinit
run -SessionOption "$as_ana"
fails "a user, where only Kerberos is offered" "offers Negotiate, and ProxyAuthentication is Negotiate, with a user NTLM"
proxy upstream 502
run -SessionOption "$with"
fails "a proxy that does not reach the computer" "could not connect to localhost:$http_port (HTTP status 502)"

# ---- no proxy there

http_proxy=http://127.0.0.1:1 run -SessionOption "$with"
fails "a proxy that is not on" "the proxy 127.0.0.1:1 was not reached" http_proxy
http_proxy=http://no-such-proxy.invalid run -SessionOption "$with"
fails "a proxy's name that does not exist" "the proxy no-such-proxy.invalid:80 has a name that was not found"
http_proxy=socks5://ana:geheim@127.0.0.1:1 run -SessionOption "$with"
equal "another kind of proxy: nothing is sent" "2 1" "$status $(wc -l <"$work/err")"
contains "another kind of proxy: the error" "$work/err" "none of the form http://HOST:PORT"
check "another kind of proxy: no password in it" sh -c "! grep -q geheim '$work/err'"
unset http_proxy
run -SessionOption "$with"
gives "no proxy named: straight"
HTTP_PROXY=http://127.0.0.1:1 GATEWAY_INTERFACE=CGI/1.1 run -SessionOption "$with"
gives "HTTP_PROXY of a web server's program is not believed"
run -SessionOption ProxyCredential=ana
equal "a credential without a proxy: status" 2 "$status"
contains "a credential without a proxy: the error" "$work/err" "ProxyCredential takes a ProxyAccessType"

finish
