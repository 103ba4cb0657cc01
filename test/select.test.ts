/** select(): what it finds in any descriptor, how long it waits, what it refuses. */
import { spawnSync } from 'node:child_process'
import { writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { AF_INET, MSG_OOB, SOCK_DGRAM, socket, socketpair } from 'berkeley'
import { type Selectable, select } from 'berkeley/select'
import { describe, expect, test } from 'vitest'
import { cpuMs, NOT_OPEN, pipe, regularFile } from './support/descriptors.js'
import { hasPython } from './support/python.js'
import { Closing, can, listenTcp, pair, tcpPair, thrown, udp } from './support/sockets.js'
import { entryOf, message, startWorker } from './support/worker.js'

/** Milliseconds that a call takes. */
function took(call: () => unknown): number {
  const started = performance.now()
  call()
  return performance.now() - started
}

/** Runs a program of Node's in a terminal, types a line once the program waits, and prints what the terminal shows. */
const TERMINAL = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], [sys.argv[1], '--input-type=module', '-e', sys.argv[2]])
shown = b''
def show(until):
    global shown
    while until not in shown:
        shown += os.read(terminal, 1000)
show(b'waiting')
os.write(terminal, b'a line\\n')
show(b'after')
show(b'\\n')
try:
    while chunk := os.read(terminal, 1000):
        shown += chunk
except OSError:
    pass
os.waitpid(pid, 0)
print(shown.decode())
`

/** Which of its three lists `f` is found in, without waiting. */
const readiness = (f: Selectable): string => {
  const [r, w, x] = select([f], [f], [f], 0)
  return `${r.length ? 'r' : ''}${w.length ? 'w' : ''}${x.length ? 'x' : ''}`
}

describe('select finds', () => {
  test('a stream: writable, readable with data and at its end, no longer writable when it is full', () => {
    using ends = pair()
    const [one, other] = ends
    expect(readiness(one)).toBe('w')
    other.send('x')
    expect(readiness(one)).toBe('rw')
    one.recv(1)
    one.setblocking(false)
    thrown(() => {
      for (;;) one.send(Buffer.alloc(65_536))
    })
    expect(readiness(one)).toBe('')
    other.close()
    expect(readiness(one)).toContain('r')
  })

  test('a listener with a connection to accept', () => {
    using listener = listenTcp()
    expect(readiness(listener)).toBe('')
    using client = socket()
    client.connect(listener.getsockname())
    expect(select([listener], [], [], 10)[0]).toEqual([listener])
  })

  test('a datagram', () => {
    using receiver = udp()
    using sender = socket(AF_INET, SOCK_DGRAM)
    expect(readiness(receiver)).toBe('w')
    sender.sendto('x', receiver.getsockname())
    expect(select([receiver], [], [], 10)[0]).toEqual([receiver])
  })

  test('urgent data, as exceptional', () => {
    using both = tcpPair()
    both.client.send('!', MSG_OOB)
    expect(select([], [], [both.server], 10)).toEqual([[], [], [both.server]])
    expect(readiness(both.server)).toContain('x')
  })

  test('a connect that failed: readable and writable', () => {
    using sock = socket()
    sock.setblocking(false)
    using holder = socket()
    holder.bind(['127.0.0.1', 0])
    sock.connect_ex(holder.getsockname())
    expect(select([], [sock], [], 10)[1]).toEqual([sock])
    expect(readiness(sock)).toContain('rw')
  })

  test('both ends of a pipe', () => {
    using ends = pipe()
    const { reader, writer } = ends
    expect([readiness(reader), readiness(writer)]).toEqual(['', 'w'])
    writeSync(writer, 'x')
    expect(readiness(reader)).toBe('r')
    ends.fill()
    expect(readiness(writer)).toBe('')
    ends.closeReader()
    expect(readiness(writer)).toContain('w')
  })

  test('a regular file: always ready, as poll(2) has it', () => {
    using file = regularFile()
    expect(readiness(file.fd)).toBe('rw')
  })

  test.skipIf(!hasPython)('a line of a terminal [needs python3: its pty]', () => {
    const program = `
      import { POLLIN, poll, select, selectAsync } from '${entryOf('select')}'
      const list = poll()
      list.register(0, POLLIN)
      console.log('before ' + [select([0], [], [], 0)[0].length, list.poll(0).length])
      console.log('waiting')
      console.log('after ' + [select([0], [], [], 10)[0].length, list.poll(0).length, ...await selectAsync([0], [], [])])`
    const { stdout } = spawnSync('python3', ['-c', TERMINAL, process.execPath, program], { encoding: 'utf8' })
    expect(stdout.replaceAll('\r', '').split('\n')).toEqual(
      expect.arrayContaining(['before 0,0', 'waiting', 'after 1,1,0,,']),
    )
  })

  test("a listener of Node's own", async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle
    expect(readiness(fd)).toBe('')
    const { port } = server.address() as { port: number }
    using client = socket()
    client.connect(['127.0.0.1', port])
    expect(select([fd], [], [], 10)[0]).toEqual([fd])
    server.close()
  })
})

describe('select answers', () => {
  test('the very objects given, in their order, as often as they were given, in new arrays', () => {
    using ends = pair()
    const [one, other] = ends
    other.send('x')
    const wrapped = { fileno: () => one.fileno() }
    const rlist = [other, wrapped, one, one.fileno(), one]
    const answer = select(rlist, [], [], 0)
    expect(answer).toEqual([[wrapped, one, one.fileno(), one], [], []])
    expect(answer[0]).not.toBe(rlist)
    expect(new Set(answer).size).toBe(3)
  })

  test('for any iterable object', () => {
    using ends = pair()
    const [one] = ends
    expect(select(new Set<Selectable>(), new Set([one]), [].values(), 0)).toEqual([[], [one], []])
  })

  test('for a list that its objects shorten while they are asked, as CPython does', () => {
    using ends = pair()
    const list: Selectable[] = []
    for (let i = 0; i < 10; i++) {
      list.push({
        fileno() {
          list.pop()
          return ends[0].fileno()
        },
      })
    }
    const first = list.slice(0, 5)
    expect(select([], list, [], 0)).toEqual([[], first, []])
  })

  test('descriptors beyond FD_SETSIZE', () => {
    using all = new Closing()
    let last = all.add(socket(AF_INET, SOCK_DGRAM))
    while (last.fileno() < 1100) last = all.add(last.dup())
    expect(select([], [last], [], 0)[1]).toEqual([last])
  })

  test('an object whose descriptor is in two lists with what each asked', () => {
    using ends = pair()
    const [one] = ends
    expect(select([one], [one], [one], 0)).toEqual([[], [one], []])
  })
})

describe('select waits', () => {
  test('for the time given, of nothing at all', () => {
    expect(took(() => expect(select([], [], [], 0.12)).toEqual([[], [], []]))).toBeGreaterThanOrEqual(120)
    expect(took(() => select([], [], [], 0))).toBeLessThan(5000)
  })

  test('for the time given, of what does not come', () => {
    using ends = pair()
    expect(took(() => expect(select([ends[0]], [], [], 0.12)).toEqual([[], [], []]))).toBeGreaterThanOrEqual(120)
  })

  test.each([[undefined], [null]])('for ever with %s: until something comes', async (timeout) => {
    using ends = pair()
    const worker = startWorker(
      `const peer = berkeley.fromfd(workerData)
       parentPort.once('message', () => { setTimeout(() => peer.send('x'), 120) })
       parentPort.postMessage('ready')`,
      ends[1].fileno(),
    )
    await message(worker)
    worker.postMessage('go')
    expect(select([ends[0]], [], [], timeout)[0]).toEqual([ends[0]])
    await worker.terminate()
  })

  test.skipIf(!can.linux)('idle beside a hang-up that it does not ask about [needs Linux]', async () => {
    using ends = pipe()
    ends.closeWriter()
    // For poll(2) the reader has news at once, and for ever.
    expect(cpuMs(() => expect(select([], [ends.reader], [], 0.3)).toEqual([[], [], []]))).toBeLessThan(150)
    using others = pair()
    const worker = startWorker(
      `const peer = berkeley.fromfd(workerData)
       parentPort.once('message', () => { setTimeout(() => peer.send('x'), 120) })
       parentPort.postMessage('ready')`,
      others[1].fileno(),
    )
    await message(worker)
    worker.postMessage('go')
    expect(select([others[0]], [ends.reader], [ends.reader], 10)).toEqual([[others[0]], [], []])
    await worker.terminate()
  })

  test.skipIf(!can.linux)('through an error, which is writable but not exceptional [needs Linux]', () => {
    using ends = pipe()
    ends.closeReader()
    expect(select([], [], [ends.writer], 0.06)).toEqual([[], [], []])
    expect(select([], [ends.writer], [ends.writer], 10)).toEqual([[], [ends.writer], []])
  })
})

describe('select refuses', () => {
  test('what is closed: EBADF', () => {
    const [one, other] = socketpair()
    other.close()
    const closed = { code: 'EBADF', name: 'SocketError', syscall: 'select' }
    for (const bad of [other, NOT_OPEN, { fileno: () => -1 }, { fileno: () => NOT_OPEN }]) {
      expect(thrown(() => select([bad], [], []))).toMatchObject(closed)
      expect(thrown(() => select([], [one, bad], [], 0))).toMatchObject(closed)
      expect(thrown(() => select([], [one], [bad], 0))).toMatchObject(closed)
    }
    one.close()
  })

  test.each<[string, unknown, string]>([
    ['a text', 'x', 'ERR_INVALID_ARG_TYPE'],
    ['nothing', undefined, 'ERR_INVALID_ARG_TYPE'],
    ['null', null, 'ERR_INVALID_ARG_TYPE'],
    ['an object without fileno', {}, 'ERR_INVALID_ARG_TYPE'],
    ['an object whose fileno is no function', { fileno: 1 }, 'ERR_INVALID_ARG_TYPE'],
    ['an object whose fileno answers a text', { fileno: () => 'fileno' }, 'ERR_INVALID_ARG_TYPE'],
    ['an object whose fileno answers a fraction', { fileno: () => 1.5 }, 'ERR_INVALID_ARG_TYPE'],
    ['an object whose fileno is too large', { fileno: () => 2 ** 40 }, 'ERR_OUT_OF_RANGE'],
    ['a negative number', -1, 'ERR_OUT_OF_RANGE'],
    ['a fraction', 0.5, 'ERR_OUT_OF_RANGE'],
    ['NaN', Number.NaN, 'ERR_OUT_OF_RANGE'],
    ['a number that is no int', 2 ** 31, 'ERR_OUT_OF_RANGE'],
  ])('%s for a descriptor', (_, bad, code) => {
    const lists = [
      [[bad], [], []],
      [[], [1, bad], []],
      [[], [], [bad]],
    ] as [never, never, never][]
    const names = ['rlist[0]', 'wlist[1]', 'xlist[0]']
    lists.forEach(([r, w, x], index) => {
      const error = thrown(() => select(r, w, x, 0))
      expect(error.code).toBe(code)
      expect(error.message).toContain(names[index])
    })
  })

  test('what is no list', () => {
    for (const bad of [undefined, null, 5, 'text', {}, () => {}] as never[]) {
      expect(thrown(() => select(bad, [], [], 0)).code).toBe('ERR_INVALID_ARG_TYPE')
      expect(thrown(() => select([], bad, [], 0)).message).toContain('"wlist"')
      expect(thrown(() => select([], [], bad, 0)).message).toContain('"xlist"')
    }
  })

  test('what is no time, before it looks at the lists', () => {
    for (const bad of [-1, -1e-9, Number.NaN, Number.POSITIVE_INFINITY, 1e10]) {
      expect(thrown(() => select('x' as never, [], [], bad))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    }
    for (const bad of ['1', true, {}, 1n] as never[]) {
      expect(thrown(() => select([], [], [], bad)).message).toMatch(/^The "timeout" argument must be of type number/)
    }
  })

  test('and passes on what fileno throws', () => {
    const error = new Error('on purpose')
    const bad = {
      fileno(): number {
        throw error
      },
    }
    expect(thrown(() => select([bad], [], [], 0))).toBe(error)
  })
})
