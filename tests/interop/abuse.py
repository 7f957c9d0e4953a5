#!/usr/bin/env python3
"""What strangers send to an HTTP server that they wish ill: abuse.py PORT. Each is answered with a refusal or hung up on, none is let in,
and a well-meant request beside all of them is answered. One line each: "ok NAME" or "not ok NAME: WHAT CAME"."""
import socket
import sys

PORT = int(sys.argv[1])
HEAD = b"POST /wsman HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/soap+xml;charset=UTF-8\r\n"
WELL_MEANT = HEAD + b"Content-Length: 0\r\n\r\n"
failures = 0


def ask(data, patience=3.0):
    """The first answer's status; "" where the connection is closed without one, "open" where nothing comes."""
    with socket.create_connection(("127.0.0.1", PORT), timeout=patience) as s:
        try:
            s.sendall(data)
        except OSError:
            pass  # it has heard enough
        got = b""
        try:
            while b"\r\n" not in got and (piece := s.recv(4096)):
                got += piece
        except socket.timeout:
            return "open"
        except OSError:
            pass
        return got.split(b" ")[1][:3].decode() if got.startswith(b"HTTP/1.") else ""


def check(name, seen, *expected):
    global failures
    if seen in expected:
        print("ok", name)
    else:
        failures += 1
        print("not ok %s: %r, and not one of %r" % (name, seen, expected))


# "open": the refusal waits for the rest of a body that was announced, as its sender does
REFUSED = ("", "400", "401", "403", "404", "405", "411", "413", "414", "415", "431", "501", "505", "open")
check("a request that is well meant, from nobody", ask(WELL_MEANT, 30.0), "401")
for name, data in (
    ("a header of a megabyte", HEAD + b"X-Long: " + b"a" * (1 << 20) + b"\r\n\r\n"),
    ("a hundred thousand headers", HEAD + b"X: y\r\n" * 100000 + b"\r\n"),
    ("a header that is folded for ever", HEAD + b"X-Folded: a\r\n" + b" b\r\n" * 100000 + b"\r\n"),
    ("a request line of a megabyte", b"POST /wsman?" + b"a" * (1 << 20) + b" HTTP/1.1\r\n\r\n"),
    ("an Authorization of a megabyte", HEAD + b"Authorization: Negotiate " + b"A" * (1 << 20) + b"\r\n\r\n"),
    ("a token that is no base64", HEAD + b"Authorization: Negotiate !!!!\r\nContent-Length: 0\r\n\r\n"),
    ("a negative length", HEAD + b"Content-Length: -1\r\n\r\nx"),
    ("a length that is no number", HEAD + b"Content-Length: ten\r\n\r\nx"),
    ("a length beyond 64 bits", HEAD + b"Content-Length: 99999999999999999999999\r\n\r\nx"),
    ("a length as large as 63 bits have", HEAD + b"Content-Length: 9223372036854775807\r\n\r\nx"),
    ("a chunk that is no number", HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n"),
    ("a chunk beyond 64 bits", HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"),
    ("another encoding of transfers", HEAD + b"Transfer-Encoding: gzip\r\n\r\nx"),
    ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500 + b"\r\n\r\n"),
    ("zero bytes in a header", HEAD + b"X-Zero: a\0b\r\nContent-Length: 0\r\n\r\n"),
    ("HTTP/9.9", b"POST /wsman HTTP/9.9\r\nHost: localhost\r\n\r\n"),
    ("a body from nobody", HEAD + b"Content-Length: 1000000000\r\n\r\n" + b"x" * 100000),
    ("a request behind a body that is said twice", HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + WELL_MEANT),
):
    check(name, ask(data), *REFUSED)
    check(name + ": and others are served", ask(WELL_MEANT, 30.0), "401")

# who says half and then nothing holds up nobody
waiting = [socket.create_connection(("127.0.0.1", PORT)) for _ in range(200)]
for s in waiting:
    s.sendall(HEAD)
check("two hundred who say half a request", ask(WELL_MEANT, 30.0), "401")
for s in waiting:
    s.close()
check("and go away", ask(WELL_MEANT, 30.0), "401")
sys.exit(1 if failures else 0)
