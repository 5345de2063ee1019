"""terminal.py TYPED PROGRAM ARGUMENT...: runs the program on a terminal of its own, where TYPED is typed."""

import os
import pty
import sys

typed = sys.argv[1].encode()
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
if typed:
    os.write(terminal, typed)
while True:
    try:
        shown = os.read(terminal, 65536)
    except OSError:  # Linux: nobody holds the other side
        break
    if not shown:
        break
    os.write(1, shown)
_, status = os.waitpid(child, 0)
sys.exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
