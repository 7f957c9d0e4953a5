"""Runs a command on a terminal of its own and types at it: terminal.py [--size COLUMNS ROWS] [WAIT TYPE]... -- COMMAND...

Each TYPE is typed when WAIT has been shown behind what was waited for before; \\n and the like are understood. What the terminal showed goes to standard
output, without carriage returns; the status is the command's (128 + N for a signal, 97 where WAIT never came, 98 where the command did not end).
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

PATIENCE_S = 60


def read_some(terminal, deadline):
    ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
    if not ready:
        return None
    try:
        return os.read(terminal, 65536)
    except OSError:  # the last one who had it open is gone
        return b""


def converse(terminal, steps, shown):
    """What was waited for and never came; None: all did."""
    position = 0
    for wait, text in steps:
        deadline = time.monotonic() + PATIENCE_S
        while shown.find(wait, position) < 0:
            piece = read_some(terminal, deadline)
            if not piece:
                return wait
            shown += piece.replace(b"\r", b"")
        position = shown.find(wait, position) + len(wait)
        os.write(terminal, text)
    deadline = time.monotonic() + PATIENCE_S
    while piece := read_some(terminal, deadline):
        shown += piece.replace(b"\r", b"")
    return None


def arguments():
    words = sys.argv[1:]
    size = (80, 25)
    if words[0] == "--size":
        size = (int(words[1]), int(words[2]))
        words = words[3:]
    end = words.index("--")
    steps = [w.encode().decode("unicode_escape").encode("latin-1") for w in words[:end]]
    return size, list(zip(steps[::2], steps[1::2])), words[end + 1:]


def main():
    size, steps, command = arguments()
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        os.execvp(command[0], command)
    shown = bytearray()
    missing = converse(terminal, steps, shown)
    if missing is not None:
        os.kill(pid, 9)
    deadline = time.monotonic() + PATIENCE_S
    while (ended := os.waitpid(pid, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        time.sleep(0.02)
    sys.stdout.buffer.write(bytes(shown))
    sys.stdout.flush()
    if missing is not None:
        sys.stderr.write("never shown: %r\n" % missing)
        sys.exit(97)
    if ended == (0, 0):
        os.kill(pid, 9)
        sys.exit(98)
    code = os.waitstatus_to_exitcode(ended[1])
    sys.exit(code if code >= 0 else 128 - code)


main()
