#!/usr/bin/env python3
"""Stands between a client and an endpoint as somebody on the network does: connection for connection, so that a logon passes, with a record of
all that passes, and does to one answer what such a person would.

usage: wire.py UPSTREAM-PORT RECORD [N FAULT]...

N counts requests, from 1; "b2" counts those that have a body, "e1" those that have none. The answer to it gets FAULT:

    clear      an envelope in clear with status 200 in its place
    clear500   the same with status 500
    basic      401 with a Basic challenge in its place; the request is not passed on
    forget     401 with the client's own scheme; the request is not passed on
    forge      the same, but the request was passed on and carried out
    cut        the connection is closed behind it
    break      the connection is closed in its place; the request was passed on

Prints "listening on PORT", then one line for each request: "request N KIND BYTES", KIND being empty, sealed or clear; and "connection N".
"""
import re
import socket
import sys
import threading

SOAP = (b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header/><s:Body><injected/></s:Body></s:Envelope>')
CLEAR = b"HTTP/1.1 %s \r\nContent-Type: application/soap+xml;charset=UTF-8\r\nContent-Length: %d\r\n\r\n%s"
DENIED = b"HTTP/1.1 401 \r\nWWW-Authenticate: %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

lock = threading.Lock()
counts = {"connection": 0, "": 0, "b": 0, "e": 0}
plan = {}
record = None


def read_message(source, kept):
    """One HTTP message of @source; @kept holds what was read beyond the last one. None at the end."""
    while b"\r\n\r\n" not in kept[0]:
        piece = source.recv(65536)
        if not piece:
            return None
        kept[0] += piece
    head, _, rest = kept[0].partition(b"\r\n\r\n")
    match = re.search(rb"(?im)^content-length:\s*(\d+)", head)
    size = int(match.group(1)) if match else 0
    while len(rest) < size:
        piece = source.recv(65536)
        if not piece:
            return None
        rest += piece
    kept[0] = rest[size:]
    return head + b"\r\n\r\n", rest[:size]


def count(head, body):
    kind = "empty" if not body else "sealed" if b"multipart/" in head and b"Encrypted Boundary" in body else "clear"
    letter = "b" if body else "e"
    with lock:
        counts[""] += 1
        counts[letter] += 1
        print("request", counts[""], kind, len(body), flush=True)
        return plan.get(str(counts[""])) or plan.get(letter + str(counts[letter]))


def note(*parts):
    with lock:
        for part in parts:
            record.write(part)
        record.flush()


def instead(fault, head):
    """What takes the place of an answer; None: nothing does."""
    scheme = re.search(rb"(?im)^authorization:\s*(\S+)", head)
    return {
        "clear": CLEAR % (b"200", len(SOAP), SOAP),
        "clear500": CLEAR % (b"500", len(SOAP), SOAP),
        "basic": DENIED % b'Basic realm="WSMAN"',
        "forget": DENIED % (scheme.group(1) if scheme else b"Negotiate, CredSSP"),
        "forge": DENIED % (scheme.group(1) if scheme else b"Negotiate, CredSSP"),
    }.get(fault)


def carry(client, upstream_port):
    upstream = socket.create_connection(("127.0.0.1", upstream_port))
    upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    from_client, from_upstream = [b""], [b""]
    try:
        while True:
            request = read_message(client, from_client)
            if not request:
                return
            fault = count(*request)
            note(*request)
            if fault in ("basic", "forget"):
                client.sendall(instead(fault, request[0]))
                return
            upstream.sendall(b"".join(request))
            answer = read_message(upstream, from_upstream)
            if not answer or fault == "break":
                return
            note(*answer)
            client.sendall(instead(fault, request[0]) or b"".join(answer))
            if fault in ("cut", "forge"):
                return
    except OSError:
        pass
    finally:
        client.close()
        upstream.close()


def main():
    global record
    upstream_port, arguments = int(sys.argv[1]), sys.argv[3:]
    record = open(sys.argv[2], "wb")
    plan.update(zip(arguments[0::2], arguments[1::2]))
    listener = socket.create_server(("127.0.0.1", 0))
    print("listening on", listener.getsockname()[1], flush=True)
    while True:
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with lock:
            counts["connection"] += 1
            print("connection", counts["connection"], flush=True)
        threading.Thread(target=carry, args=(client, upstream_port), daemon=True).start()


if __name__ == "__main__":
    main()
