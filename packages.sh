# shellcheck shell=sh
# The one list of the Debian packages that icm needs, for `. ./packages.sh`. need_packages installs what is missing, as root or
# by sudo, and does not touch apt where nothing is.

build_packages='autoconf automake gcc libc6-dev libcurl4-openssl-dev libgnutls28-dev libjson-c-dev libkrb5-dev libmicrohttpd-dev libtool libuv1-dev
    libssl-dev libxml2-dev make pkg-config zlib1g-dev'

# quickstart.sh: a certificate, and a look at JSON
quickstart_packages='jq openssl'

# test.sh: unit tests, a locale with a decimal comma, fuzzing, valgrind, what the interop tests stand between, a KDC, and other
# people's clients
test_packages='ccache clang curl gss-ntlmssp krb5-admin-server krb5-kdc krb5-user libclang-rt-14-dev libcmocka-dev
    libengine-pkcs11-openssl locales python3 python3-gssapi python3-requests-kerberos python3-requests-ntlm python3-winrm
    fish softhsm2 tinyproxy-bin tzdata valgrind xz-utils zsh'

# is_there PACKAGE
is_there() {
    test "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed
}

# as_root COMMAND...: sudo asks for a password only where somebody is there to give it
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

# need_packages PACKAGE...: 0 when all are there in the end; what apt said goes to standard output
need_packages() {
    missing=
    for package; do
        is_there "$package" || missing="$missing $package"
    done
    test -n "$missing" || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "these Debian packages are missing, and so is apt-get:$missing"
        return 1
    fi
    if [ "$(id -u)" -ne 0 ] && ! as_root true 2>/dev/null; then
        echo "these packages are missing; as root: apt-get install$missing"
        return 1
    fi
    echo "installing:$missing"
    # shellcheck disable=SC2086 # names are words
    as_root apt-get -q update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing
}
