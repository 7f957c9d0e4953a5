#!/usr/bin/env python3
"""pywinrm (Debian: python3-winrm) against an endpoint, by one of its transports: it identifies it, opens a runspace
pool and reads until that is open, asks for what is not there, and deletes the pool. All bodies go through pywinrm's own
transport, authentication and encryption.

usage: pywinrm.py there TRANSPORT           status 77, and the package's name, where TRANSPORT is not installed
       pywinrm.py envelopes FOLDER          identify.xml and create.xml, for clients that send files
       pywinrm.py URL TRANSPORT NAME=VALUE...
       pywinrm.py command URL PASSWORD-FILE run commands as "tester", by Basic

NAME=VALUE are the arguments of winrm.protocol.Protocol, and

    password-file=FILE    in place of password
    spaces=N              so many more bytes in the first envelope

Prints a fact a line; what failed is "failed: EXCEPTION: SENTENCE", with status 1.
"""
import base64
import os
import re
import struct
import sys
import uuid
import warnings

warnings.simplefilter("ignore")  # old names in old libraries

PACKAGES = {"ntlm": ("requests_ntlm", "python3-requests-ntlm"),
            "kerberos": ("requests_kerberos", "python3-requests-kerberos")}
RESOURCE = "http://schemas.microsoft.com/powershell/Microsoft.PowerShell"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
IDENTIFY = ('<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
            'xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><s:Header/>'
            '<s:Body><i:Identify/></s:Body></s:Envelope>')
SESSION_CAPABILITY, INIT_RUNSPACEPOOL, RUNSPACEPOOL_STATE = 0x00010002, 0x00010004, 0x00021005  # MS-PSRP 2.2.1
CAPABILITY = ('<Obj RefId="0"><MS><Version N="protocolversion">2.3</Version><Version N="PSVersion">2.0</Version>'
              '<Version N="SerializationVersion">1.1.0.1</Version></MS></Obj>')
INIT = ('<Obj RefId="0"><MS><I32 N="MinRunspaces">1</I32><I32 N="MaxRunspaces">1</I32>'
        '<Obj N="PSThreadOptions" RefId="1"><I32>0</I32></Obj><Obj N="ApartmentState" RefId="2"><I32>2</I32></Obj>'
        '<Obj N="HostInfo" RefId="3"><MS><B N="_isHostNull">true</B><B N="_isHostUINull">true</B>'
        '<B N="_isHostRawUINull">true</B><B N="_useRunspaceHost">true</B></MS></Obj>'
        '<Nil N="ApplicationArguments" /></MS></Obj>')


def fragment(number, message_type, pool_id, text):
    message = struct.pack("<II", 2, message_type) + pool_id.bytes_le + bytes(16) + text.encode()
    return struct.pack(">QQBI", number, 0, 3, len(message)) + message


def messages(stream):
    """The types and texts of whole messages; a pool's first ones need no second fragment."""
    while stream:
        size = struct.unpack(">I", stream[17:21])[0]
        yield struct.unpack("<I", stream[25:29])[0], stream[61:21 + size].decode("utf-8-sig")
        stream = stream[21 + size:]


class Pool:
    """A runspace pool's shell, through a Protocol."""

    def __init__(self, protocol):
        self.protocol = protocol
        self.pool_id = uuid.uuid4()
        self.shell_id = str(uuid.uuid4()).upper()

    def envelope(self, action, shell_id, body):
        import xmltodict
        header = self.protocol._get_soap_header(action=action, resource_uri=RESOURCE, shell_id=shell_id)
        options = {"w:OptionSet": {"w:Option": {"@Name": "protocolversion", "@MustComply": "true", "#text": "2.3"}}}
        header["env:Header"].update(options if action.endswith("Create") else {})
        return xmltodict.unparse({"env:Envelope": {**header, "env:Body": body}})

    def create(self):
        opening = (fragment(1, SESSION_CAPABILITY, self.pool_id, CAPABILITY) +
                   fragment(2, INIT_RUNSPACEPOOL, self.pool_id, INIT))
        shell = {"@ShellId": self.shell_id} if self.shell_id else {}
        shell.update({"rsp:InputStreams": "stdin pr", "rsp:OutputStreams": "stdout", "creationXml": {
            "@xmlns": "http://schemas.microsoft.com/powershell", "#text": base64.b64encode(opening).decode()}})
        return self.envelope(TRANSFER + "/Create", None, {"rsp:Shell": shell})

    def receive(self, shell_id):
        return self.envelope(SHELL + "/Receive", shell_id, {"rsp:Receive": {"rsp:DesiredStream": "stdout"}})

    def delete(self):
        return self.envelope(TRANSFER + "/Delete", self.shell_id, {})

    def open(self, spaces):
        answer = self.protocol.send_message(self.create().replace("</env:Envelope>", " " * spaces + "</env:Envelope>"))
        self.shell_id = re.search(rb'Name="ShellId">([^<]*)<', answer).group(1).decode()
        for _ in range(20):
            answer = self.protocol.send_message(self.receive(self.shell_id))
            for stream in re.findall(rb"Stream [^>]*>([^<]+)<", answer):
                for message_type, text in messages(base64.b64decode(stream)):
                    if message_type == RUNSPACEPOOL_STATE:
                        return re.search('N="RunspaceState">([0-9]+)<', text).group(1)
        return "none"


def lend_kerberos_its_wrapping():
    """python3-kerberos has the calls of WinRM's encryption under other names than requests-kerberos asks for."""
    import kerberos
    if hasattr(kerberos, "authGSSWinRMEncryptMessage"):
        return

    def encrypt(context, message):
        kerberos.authGSSClientWrapIov(context, base64.b64encode(message).decode(), 1)
        sealed = base64.b64decode(kerberos.authGSSClientResponse(context))
        end = 4 + struct.unpack("<I", sealed[:4])[0]
        return sealed[end:], sealed[4:end]

    def decrypt(context, data, header):
        sealed = struct.pack("<I", len(header)) + header + data
        kerberos.authGSSClientUnwrapIov(context, base64.b64encode(sealed).decode())
        return base64.b64decode(kerberos.authGSSClientResponse(context))

    kerberos.authGSSWinRMEncryptMessage = encrypt
    kerberos.authGSSWinRMDecryptMessage = decrypt


def lend_ntlm_its_md4():
    """hashlib has MD4 once OpenSSL's legacy provider is loaded, which python3-cryptography does when it is first used:
    over TLS when it looks at the certificate, over HTTP never."""
    from cryptography.hazmat.backends import default_backend
    default_backend()


LENT = {"kerberos": lend_kerberos_its_wrapping, "ntlm": lend_ntlm_its_md4}


def there(transport):
    for module, package in [("winrm", "python3-winrm")] + [PACKAGES[t] for t in PACKAGES if t == transport]:
        try:
            __import__(module)
        except ImportError:
            print(package)
            sys.exit(77)


def write_envelopes(folder):
    from winrm.protocol import Protocol
    pool = Pool(Protocol("http://localhost", username="nobody", password=""))
    pool.shell_id = None  # the endpoint's choice, so that it can be sent more than once
    for name, text in (("identify", IDENTIFY), ("create", pool.create())):
        with open(os.path.join(folder, name + ".xml"), "w", encoding="utf-8") as file:
            file.write(text)


def talk(url, transport, arguments):
    from winrm.exceptions import WinRMError
    from winrm.protocol import Protocol
    if "password-file" in arguments:
        with open(arguments.pop("password-file"), encoding="utf-8") as file:
            arguments["password"] = file.readline().rstrip("\n")
    if "send_cbt" in arguments:
        arguments["send_cbt"] = arguments["send_cbt"] == "yes"
    spaces = int(arguments.pop("spaces", 0))
    LENT.get(transport, lambda: None)()
    pool = Pool(Protocol(url, transport=transport, **arguments))
    answer = pool.protocol.send_message(IDENTIFY)
    print("vendor:", re.search(rb"ProductVendor>([^<]*)<", answer).group(1).decode())
    print("sealed:", "yes" if pool.protocol.transport.encryption else "no")
    print("pool:", pool.open(spaces), flush=True)
    try:
        pool.protocol.send_message(pool.receive(str(uuid.uuid4()).upper()))
        print("fault: none")
    except WinRMError as error:
        print("fault:", re.search("'wsmanfault_code': '([0-9]+)'", str(error)).group(1))
    pool.protocol.send_message(pool.delete())
    print("deleted")


def command(url, password_file):
    from winrm import Session
    with open(password_file, encoding="utf-8") as file:
        session = Session(url, auth=("tester", file.readline().rstrip("\n")), transport="basic")
    said = session.run_cmd("echo", ["hi", "there"])
    print(said.status_code, said.std_out.decode().strip())
    said = session.run_cmd("echo out; echo bad >&2; exit 3")
    print(said.status_code, said.std_out.decode().strip(), said.std_err.decode().strip())
    protocol = session.protocol
    shell = protocol.open_shell(working_directory="/tmp", env_vars={"A": "b c"})
    run = protocol.run_command(shell, "echo $(pwd) $A")
    print(protocol.get_command_output(shell, run)[0].decode().strip())
    protocol.cleanup_command(shell, run)
    protocol.close_shell(shell)
    shell = protocol.open_shell(codepage=437)
    run = protocol.run_command(shell, "printf 'h\\303\\251'")
    print("code page:", protocol.get_command_output(shell, run)[0].replace(b"\x82", b"82").decode())
    run = protocol.run_command(shell, "echo", ["$HOME", "a b"], skip_cmd_shell=True)
    print("no shell:", protocol.get_command_output(shell, run)[0].decode().strip())
    try:
        protocol.run_command(shell, "/nosuch/program", skip_cmd_shell=True)
        print("fault: none")
    except Exception as error:
        print("fault:", re.search("'wsmanfault_code': '([0-9]+)'", str(error)).group(1))
    protocol.close_shell(shell)


def main():
    if sys.argv[1] == "there":
        there(sys.argv[2])
    elif sys.argv[1] == "envelopes":
        write_envelopes(sys.argv[2])
    elif sys.argv[1] == "command":
        command(sys.argv[2], sys.argv[3])
    else:
        try:
            talk(sys.argv[1], sys.argv[2], dict(argument.split("=", 1) for argument in sys.argv[3:]))
        except Exception as error:
            print(f"failed: {type(error).__name__}: {error}")
            sys.exit(1)


main()
