"""What a program starts as its interpreter: a language process is forked, all else is real.

Its words are the socket of the host and what an interpreter is given. It lives as long as the
process that it stands for, and that process no longer than it. It imports little: it has no time.
"""

import os
import socket
import sys

_LANGUAGE = ["-P", "-m", "nlp.serve"]


def main() -> None:
    """Have a language process forked, or become a real interpreter."""
    interpreter, host, *words = sys.argv[1:]
    if words != _LANGUAGE:
        os.execv(interpreter, [interpreter, *words])
    with socket.socket(socket.AF_UNIX) as order:
        order.connect(host)
        socket.send_fds(order, [b"\0"], [0, 1, 2])
        order.recv(1)  # nothing comes but the end


if __name__ == "__main__":
    main()
