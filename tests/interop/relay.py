#!/usr/bin/env python3
"""Stands between a client and an endpoint and does to an answer what a real part cannot be made to do.

usage: relay.py UPSTREAM-PORT [ACTION N FAULT]...

The N-th answer to ACTION (Create, Command, Receive, ...; "Receive/pool" and "Receive/command" tell the two apart) gets FAULT:

    bomb       an entity bomb in place of the envelope
    external   an external entity in place of the envelope
    length     the first fragment in it says that its blob is 2 GB long
    overrun    the first fragment's blob length is one more than the bytes that there are, and the command is done
    gap        the first fragment's id is raised by one
    garbage    the first stream is no base64
    html       a web page with status 200
    endless    white space without end
    deep       elements nested without end
    wrong-id   RelatesTo is somebody else's
    bytes      nothing wrong: each byte is a segment of its own
    redirect:P 302 to port P
    gzip-bomb  an answer whose 64 KB are 64 MiB
    clear401   401 with a Basic challenge

Prints "listening on PORT", then one line for each request: "request ACTION N".
"""
import base64
import http.client
import http.server
import re
import socket
import struct
import sys
import threading
import zlib

BOMB = ('<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">' +
        "".join(f'<!ENTITY {chr(98 + i)} "{"&" + chr(97 + i) + ";"}{("&" + chr(97 + i) + ";") * 9}">' for i in range(12)) +
        ']><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>&m;</s:Body></s:Envelope>').encode()
EXTERNAL = (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
            b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>&e;</s:Body></s:Envelope>')

STREAM = re.compile(rb"(<[A-Za-z]+:Stream[^>]*>)([^<]+)(<)")


def with_fragment(body, change):
    """The first stream's bytes through @change."""
    def replace(match):
        data = change(bytearray(base64.b64decode(match.group(2))))
        return match.group(1) + base64.b64encode(bytes(data)) + match.group(3)
    return STREAM.sub(replace, body, count=1)


def set_length(data):
    data[17:21] = struct.pack(">I", 0x7FFFFFFF)
    return data


def overrun(data):
    """Only the first fragment, which promises a byte that never comes."""
    size = struct.unpack(">I", data[17:21])[0]
    data[17:21] = struct.pack(">I", size + 1)
    return data[:21 + size]


def raise_id(data):
    data[8:16] = struct.pack(">Q", struct.unpack(">Q", data[8:16])[0] + 1)
    return data


def only_first_stream(body):
    """Drops every stream but the first, so that nothing comes behind it."""
    streams = list(re.finditer(rb"<[A-Za-z]+:Stream[^>]*>[^<]*</[A-Za-z]+:Stream>", body))
    for match in reversed(streams[1:]):
        body = body[:match.start()] + body[match.end():]
    return body


def gzip_bomb():
    """An envelope of 64 MiB in some 64 KB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">'
    return packer.compress(start) + b"".join(packer.compress(b" " * (1 << 20)) for _ in range(64)) + packer.flush()


BODY_FAULTS = {
    "bomb": lambda body: BOMB,
    "external": lambda body: EXTERNAL,
    "length": lambda body: with_fragment(body, set_length),
    "overrun": lambda body: only_first_stream(with_fragment(body, overrun)),
    "gap": lambda body: with_fragment(body, raise_id),
    "garbage": lambda body: STREAM.sub(rb"\1!!!!\3", body, count=1),
    "deep": lambda body: b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">' + b"<a>" * 100000,
    "wrong-id": lambda body: re.sub(rb"(RelatesTo>)[^<]*", rb"\1uuid:00000000-0000-0000-0000-000000000001", body),
    "bytes": lambda body: body,
}


class Relay(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    counts = {}
    lock = threading.Lock()
    upstream = 0
    plan = []

    def log_message(self, *args):
        pass

    def name_of(self, body):
        match = re.search(rb"Action[^>]*>([^<]*)<", body)
        name = match.group(1).decode().rsplit("/", 1)[-1] if match else "Identify"
        if name != "Receive":
            return [name]
        return [name, name + ("/command" if b"CommandId" in body else "/pool")]

    def faults_for(self, names):
        found = []
        with self.lock:
            for name in names:
                self.counts[name] = self.counts.get(name, 0) + 1
                print("request", name, self.counts[name], flush=True)
                found += [f for a, n, f in self.plan if a == name and n == self.counts[name]]
        return found

    def forward(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=200)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection", "accept-encoding")}
        connection.request("POST", self.path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, answer.headers, data

    def reply(self, status, headers, data):
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        return data

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        faults = self.faults_for(self.name_of(body))
        for fault in faults:
            if fault.startswith("redirect:"):
                self.wfile.write(self.reply(302, [("Location", "http://127.0.0.1:%s/wsman" % fault[9:])], b""))
                return
        if "gzip-bomb" in faults:
            kind = [("Content-Type", "application/soap+xml;charset=UTF-8"), ("Content-Encoding", "gzip")]
            self.wfile.write(self.reply(200, kind, gzip_bomb()))
            return
        if "clear401" in faults:
            self.wfile.write(self.reply(401, [("WWW-Authenticate", 'Basic realm="WSMAN"')], b""))
            return
        status, headers, data = self.forward(body)
        kept = [(k, v) for k, v in headers.items() if k.lower() in ("content-type", "www-authenticate")]
        if "html" in faults:
            status, kept, data = 200, [("Content-Type", "text/html")], b"<html><body>proxy login</body></html>"
        for fault in faults:
            data = BODY_FAULTS.get(fault, lambda b: b)(data)
        if "endless" in faults:
            self.endless()
            return
        data = self.reply(status, kept, data)
        if "bytes" in faults:
            for i in range(len(data)):
                self.wfile.write(data[i:i + 1])
                self.wfile.flush()
        else:
            self.wfile.write(data)

    def endless(self):
        self.send_response_only(200)
        self.send_header("Content-Type", "application/soap+xml;charset=UTF-8")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">')
        try:
            for _ in range(100000):
                self.wfile.write(b" " * 65536)
        except OSError:
            pass
        self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def get_request(self):
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address

    def handle_error(self, request, client_address):
        pass


def main():
    arguments = sys.argv[2:]
    Relay.upstream = int(sys.argv[1])
    Relay.plan = [(arguments[i], int(arguments[i + 1]), arguments[i + 2]) for i in range(0, len(arguments), 3)]
    server = Server(("127.0.0.1", 0), Relay)
    print("listening on", server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
