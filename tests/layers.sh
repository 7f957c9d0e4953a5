#!/bin/sh
# Calls go down only, cli -> psrp -> wsman -> auth -> base, and each outside library has its few home files. Looks at every
# #include; prints a line for each that breaks a row below. Without arguments it looks at the tree and then tests itself on a
# planted one.
set -u

srcdir=${srcdir:-$(dirname "$0")/..}

# Which folders a file may include from. The first pattern that fits the file counts: doors stand in front of their folder.
edges='
base/*              base
auth/*              auth base
wsman/*             wsman auth base
psrp/over_wsman.*   psrp wsman auth base
psrp/over_wsman_*   psrp wsman auth base
psrp/*              psrp base
cli/run*            cli psrp auth base
cli/*               cli psrp wsman auth base
include/icm/psrp.h  psrp
include/icm/wsman.h wsman
include/icm/auth.h  auth
tests/base/*        tests base
tests/auth/*        tests auth base
tests/wsman/*       tests wsman auth base
tests/psrp/*        tests psrp wsman auth base
tests/*             tests icm cli psrp wsman auth base
'

# The files that may include a header of an outside library. What is in no row is the C library or POSIX.
homes='
libxml/*            base/xml.c tests/bench/*
json-c/*            base/json_read.c
curl/*              wsman/http_*.[ch] tests/bench/*
microhttpd.h        cli/endpoint_http.c cli/endpoint_http_*
gnutls/*            cli/endpoint_http_tls.c
zlib.h              cli/endpoint_gzip.c
openssl/*           base/crypto.c base/digest.c auth/binding.c auth/tls.c auth/tls_*.c wsman/http_tls.c wsman/http_tls_*.c tests/auth/* tests/bench/* tests/psrp/clixml_form_live.c
gssapi/*            auth/kerberos.c auth/kerberos_* tests/auth/* tests/bench/* tests/fuzz/* tests/interop/*
krb5.h              auth/kerberos_* tests/auth/*
uv.h                wsman/http_*.[ch] psrp/drive.c psrp/farewell.c psrp/over_wsman.c psrp/over_process.c psrp/child.c cli/* tests/*
cmocka.h            tests/*
'

# row TABLE NAME: the rest of the first row whose pattern fits NAME
row() {
    echo "$1" | while read -r pattern rest; do
        # shellcheck disable=SC2254 # patterns are wanted
        case ${pattern:-none} in
        none) continue ;;
        esac
        # shellcheck disable=SC2254
        case $2 in
        $pattern)
            echo "$rest"
            break
            ;;
        esac
    done
}

# fits NAME PATTERN...
fits() {
    name=$1
    shift
    for pattern; do
        # shellcheck disable=SC2254
        case $name in
        $pattern) return 0 ;;
        esac
    done
    return 1
}

# inner FILE HEADER: a header of ours
inner() {
    allowed=$(row "$edges" "$1")
    case " $allowed " in
    *" ${2%%/*} "*) ;;
    *) echo "$1 includes \"$2\": $1 may include from: ${allowed:-nowhere}" ;;
    esac
}

# outer FILE HEADER: a header of somebody else
outer() {
    allowed=$(row "$homes" "$2")
    # shellcheck disable=SC2086 # patterns are words
    test -z "$allowed" || fits "$1" $allowed || echo "$1 includes <$2>: only these may: $allowed"
}

# look FOLDER: every violation below it, one a line
look() {
    (
        set -f # the patterns in the tables are not for the file system
        cd "$1" || exit 1
        find auth base cli include psrp tests wsman -name '*.[ch]' -type f 2>/dev/null | LC_ALL=C sort |
            xargs grep -Eo '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<][^">]+[">]' /dev/null |
            sed 's/:[^"<]*/ /' |
            while read -r file header; do
                name=${header#?}
                name=${name%?}
                case $header in
                '"'*) inner "$file" "$name" ;;
                *) case $name in icm/*) inner "$file" "$name" ;; *) outer "$file" "$name" ;; esac ;;
                esac
            done
    )
}

# plant FILE LINE EXPECTED: whether a tree with just this line is found fault with (1) or not (0)
plant() {
    tree=$(mktemp -d) || exit 1
    mkdir -p "$tree/$(dirname "$1")"
    echo "$2" >"$tree/$1"
    found=$(look "$tree" | wc -l)
    rm -rf "$tree"
    test "$found" -eq "$3" || echo "self-test: '$2' in $1: $found violations, $3 expected"
}

self_test() {
    plant base/x.c '#include "base/y.h"' 0
    plant base/x.c '#include "auth/auth.h"' 1
    plant wsman/x.h '#  include "psrp/pool.h"' 1
    plant psrp/x.c '#include "wsman/shell.h"' 1
    plant psrp/over_wsman.c '#include "wsman/shell.h"' 0
    plant cli/run.c '#include "wsman/shell.h"' 1
    plant cli/endpoint_http.c '#include "wsman/service.h"' 0
    plant cli/x.c '#include "x.h"' 1
    plant psrp/x.c '#include <libxml/parser.h>' 1
    plant base/xml.c '#include <libxml/parser.h>' 0
    plant cli/main.c '#include <curl/curl.h>' 1
    plant base/x.c '#include <uv.h>' 1
    plant base/x.c '#include <stdio.h>' 0
    plant psrp/x.c '#include <cmocka.h>' 1
}

if [ $# -gt 0 ]; then
    look "$1"
    exit
fi
violations=$(look "$srcdir")
wrong=$(self_test)
test -z "$violations" || echo "$violations" | sed 's/^/not ok /'
test -z "$wrong" || echo "$wrong" | sed 's/^/not ok /'
test -z "$violations$wrong" || exit 1
echo "ok calls go down only, and outside libraries stay in their homes"
