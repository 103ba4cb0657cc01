/** setengine and getengine: what the asynchronous calls of a thread wait over. */
import { getengine, setengine } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { Program } from './support/process.js'
import { canUring } from './support/uring.js'
import { entryOf } from './support/worker.js'

const own = process.platform === 'darwin' ? 'kqueue' : 'epoll'

/** What a program prints that has this engine named in its environment. */
async function printedBy(engine: string | undefined, code: string, command: readonly string[] = []) {
  const program = `import * as berkeley from '${entryOf('index')}'\n${code}`
  const [file, ...args] = [...command, process.execPath, '--input-type=module', '--eval', program]
  await using child = new Program(file as string, args, { BERKELEY_ENGINE: engine ?? '' })
  return await child.ended()
}

const RECEIVES = `
  const [one, two] = berkeley.socketpair()
  const received = one.recvAsync(10)
  setTimeout(() => two.send('x'), 1)
  console.log(berkeley.getengine(), String(await received))
  for (const end of [one, two]) end.close()`

describe('without a choice', () => {
  test("it is the system's own", async () => {
    const outcome = await printedBy(undefined, RECEIVES)
    expect(outcome).toMatchObject({ code: 0, stdout: `${own} x\n`, stderr: '' })
  })

  test('this process has what its environment says', () => {
    const wanted = process.env.BERKELEY_ENGINE === 'io_uring' && canUring ? 'io_uring' : own
    expect(getengine()).toBe(wanted)
  })
})

describe('setengine', () => {
  test('takes the three names only', () => {
    for (const wrong of [undefined, 1, null, {}]) {
      expect(() => setengine(wrong as never)).toThrow(/The "name" argument must be of type string/)
    }
    for (const wrong of ['uring', '', 'IO_URING']) {
      expect(() => setengine(wrong as never)).toThrow(/"name" must be 'epoll', 'kqueue' or 'io_uring'. Received/)
    }
  })

  test('after the first asynchronous call changes nothing, and says so', () => {
    const engine = getengine()
    for (const name of ['io_uring', 'epoll', 'kqueue'] as const) expect(setengine(name)).toBe(engine)
  })

  test.skipIf(!canUring)('has a thread use io_uring, and others not [needs io_uring]', async () => {
    const outcome = await printedBy(
      undefined,
      `import { Worker } from 'node:worker_threads'
       console.log(berkeley.setengine('io_uring'), berkeley.setengine('epoll'))
       ${RECEIVES}
       new Worker("import('${entryOf('index')}').then(({ getengine }) => console.log(getengine()))", { eval: true })`,
    )
    expect(outcome).toMatchObject({ code: 0, stdout: 'io_uring io_uring\nio_uring x\nepoll\n', stderr: '' })
  })

  test('goes before the environment', async () => {
    const outcome = await printedBy('io_uring', `console.log(berkeley.setengine('epoll'))${RECEIVES}`)
    expect(outcome).toMatchObject({ code: 0, stdout: `${own}\n${own} x\n`, stderr: '' })
  })
})

describe('BERKELEY_ENGINE', () => {
  test.skipIf(!canUring)('=io_uring is it [needs io_uring]', async () => {
    const outcome = await printedBy('io_uring', RECEIVES)
    expect(outcome).toMatchObject({ code: 0, stdout: 'io_uring x\n', stderr: '' })
  })

  test('of another name is ignored, with one warning', async () => {
    const { code, stdout, stderr } = await printedBy('uring', `berkeley.getengine()${RECEIVES}`)
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${own} x\n` })
    expect(stderr.match(/BERKELEY_ENGINE must be epoll, kqueue or io_uring, not "uring"/g)).toHaveLength(1)
  })

  // A program that takes io_uring_setup(2) away from itself, as the sandboxes of containers do, and starts another.
  const WITHOUT = `
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
code = b''.join(struct.pack('HBBI', *row) for row in [(0x20, 0, 0, 0), (0x15, 0, 1, 425), (6, 0, 0, 0x50001), (6, 0, 0, 0x7fff0000)])
memory = ctypes.create_string_buffer(code)
program = struct.pack('HxxxxxxP', 4, ctypes.addressof(memory))
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program): sys.exit('no filter')
os.execvp(sys.argv[1], sys.argv[1:])`

  test.skipIf(!canUring)('falls back where a sandbox forbids it, for all to see [needs io_uring]', async () => {
    const outcome = await printedBy('io_uring', RECEIVES, ['python3', '-c', WITHOUT])
    expect(outcome).toMatchObject({ code: 0, stdout: 'epoll x\n', stderr: '' })
  })
})
