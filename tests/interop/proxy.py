#!/usr/bin/env python3
"""An HTTP proxy that knows CONNECT alone, for the ways of logging on that tinyproxy does not have.

usage: proxy.py SCHEME USER PASSWORD-FILE

SCHEME is Digest (the response is checked), NTLM (its three messages have to come on one connection, and name the user),
Negotiate (which nobody gets through), or an answer's status, which everybody gets. Prints "listening on PORT", then a line for each tunnel: "tunnel HOST:PORT".
"""
import base64
import hashlib
import re
import socket
import socketserver
import sys
import threading

SCHEME, USER, PASSWORD = sys.argv[1], sys.argv[2], open(sys.argv[3], encoding="utf-8").readline().rstrip("\n")
NONCE = "6e6f6e6365"
# a CHALLENGE of MS-NLMP 2.2.1.2: Unicode, NTLM, extended session security, target information of no pairs
CHALLENGE = (b"NTLMSSP\0" + (2).to_bytes(4, "little") + bytes(4) + (56).to_bytes(4, "little") + (0xA2888205).to_bytes(4, "little") +
             b"\1\2\3\4\5\6\7\10" + bytes(8) + (4).to_bytes(2, "little") * 2 + (56).to_bytes(4, "little") + bytes(8) + bytes(4))


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def digest_verdict(request, value):
    """RFC 7616 3.4.1, with qop auth."""
    fields = {k: v.strip('"') for k, v in re.findall(r'(\w+)=("[^"]*"|[^,\s]+)', value)}
    a1 = md5(f"{USER}:proxy:{PASSWORD}")
    a2 = md5(f"CONNECT:{request.split()[1]}")
    right = md5(f"{a1}:{NONCE}:{fields.get('nc')}:{fields.get('cnonce')}:auth:{a2}")
    return fields.get("username") == USER and fields.get("response") == right, ""


def ntlm_verdict(state, value):
    message = base64.b64decode(value.split()[1])
    if message[8] == 1:
        state.append("negotiated")
        return False, " " + base64.b64encode(CHALLENGE).decode()
    size, offset = int.from_bytes(message[36:38], "little"), int.from_bytes(message[40:44], "little")
    return bool(state) and message[offset:offset + size].decode("utf-16-le") == USER, ""


class Proxy(socketserver.StreamRequestHandler):
    def verdict(self, request, headers, state):
        value = headers.get("proxy-authorization", "")
        if not value.startswith(SCHEME + " "):
            return False, ""
        if SCHEME == "Negotiate":
            return False, ""
        return digest_verdict(request, value) if SCHEME == "Digest" else ntlm_verdict(state, value)

    def refuse(self, rest):
        challenge = f'Digest realm="proxy", nonce="{NONCE}", qop="auth", algorithm=MD5' if SCHEME == "Digest" else SCHEME + rest
        self.wfile.write(f"HTTP/1.1 407 Who\r\nProxy-Authenticate: {challenge}\r\nContent-Length: 4\r\n\r\nwho?".encode())

    def handle(self):
        state = []
        while True:
            request = self.rfile.readline(8192).decode()
            headers = {}
            while (line := self.rfile.readline(65536).decode().strip()):
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            if not request.startswith("CONNECT ") or "authorization" in headers:
                return
            if SCHEME.isdigit():
                self.wfile.write(f"HTTP/1.1 {SCHEME} No\r\nContent-Length: 0\r\n\r\n".encode())
                return
            is_well, rest = self.verdict(request, headers, state)
            if is_well:
                break
            self.refuse(rest)
        self.tunnel(request.split()[1])

    def tunnel(self, authority):
        print("tunnel", authority, flush=True)
        host, _, port = authority.rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port))) as peer:
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=pump, args=(peer, self.connection))
            back.start()
            pump(self.connection, peer)
            back.join()


def pump(from_, to):
    try:
        while (data := from_.recv(65536)):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


with Server(("127.0.0.1", 0), Proxy) as server:
    print("listening on", server.server_address[1], flush=True)
    server.serve_forever()
