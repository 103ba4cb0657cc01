# Runs a program on a terminal of its own, for a test: a person who waits for a text, and types.
# argv: a JSON list of [text to wait for, what is typed then], the program, its arguments.
# Prints, as JSON, all that the terminal showed and how the program ended (below 0: the signal).
import json, os, pty, select, sys, time

steps = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
shown = b''
deadline = time.monotonic() + 12
position = 0
while time.monotonic() < deadline:
    if steps and (found := shown.find(steps[0][0].encode(), position)) >= 0:
        position = found + len(steps[0][0])
        os.write(terminal, steps.pop(0)[1].encode())
    if select.select([terminal], [], [], 0.2)[0]:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # the other side has closed it
            break
        if not data:
            break
        shown += data
else:
    os.kill(pid, 9)
_, status = os.waitpid(pid, 0)
print(json.dumps({'shown': shown.decode().replace('\r\n', '\n'), 'code': os.waitstatus_to_exitcode(status), 'missed': steps}))
