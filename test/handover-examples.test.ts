/** The examples of handing sockets over do what they say, under load where that is their point. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { AF_UNIX, SOCK_DGRAM, type Socket, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { examplesFolder, Program, portOf, runExample, startExample } from './support/process.js'
import { can, temporaryFolder } from './support/sockets.js'

const EXAMPLES = [
  'hot-restart.js',
  'pass-to-workers.js',
  'reuseport-workers.js',
  'sd-notify.js',
  'socket-activation.js',
  'syslog.js',
]

test('their page has them all', () => {
  const page = readFileSync(`${examplesFolder}README.md`, 'utf8')
  for (const name of EXAMPLES) expect(page).toContain(`- \`node examples/${name}`)
})

test.skipIf(!can.linux)('reuseport-workers.js answers all clients by its workers [needs Linux]', async () => {
  const { code, stdout, stderr } = await runExample('reuseport-workers.js')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^200 right answers$/m)
  expect(stdout).toMatch(/^served: [1-9]\d*( \+ \d+)+ = 200$/m)
})

test('pass-to-workers.js gives each worker its part', async () => {
  const { code, stdout, stderr } = await runExample('pass-to-workers.js')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^200 right answers$/m)
  expect(stdout).toMatch(/^served: [1-9]\d*( \+ [1-9]\d*)+ = 200$/m)
})

test('syslog.js sends one datagram in the form of RFC 3164, or says what is not there', async () => {
  using folder = temporaryFolder()
  using log = socket(AF_UNIX, SOCK_DGRAM)
  log.bind(folder.path('log'))
  log.settimeout(10)
  const { code, stderr } = await runExample('syslog.js', ['the disk is full', folder.path('log')])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const line = log.recv(1024).toString()
  expect(line).toMatch(/^<13>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d example\[\d+\]: the disk is full$/)

  const failed = await runExample('syslog.js', ['hello', folder.path('nobody')])
  expect(failed).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^connect ENOENT /) })
  expect(await runExample('syslog.js')).toMatchObject({ code: 2, stderr: expect.stringMatching(/^Usage: /) })
})

async function notified(manager: Socket): Promise<string[]> {
  return (await manager.recvAsync(4096, { timeout: 10 })).toString().split('\n')
}

async function expectNotices(bound: string, named: string): Promise<void> {
  using manager = socket(AF_UNIX, SOCK_DGRAM)
  manager.bind(bound)
  const env = { NOTIFY_SOCKET: named, WATCHDOG_USEC: '20000' }
  await using service = startExample('sd-notify.js', [], { env })
  expect(await notified(manager)).toEqual([
    'READY=1',
    expect.stringMatching(/^STATUS=.* port \d+$/),
    expect.stringMatching(/^MAINPID=\d+$/),
  ])
  expect(await notified(manager)).toEqual(['WATCHDOG=1'])
  service.signal('SIGTERM')
  let last: string[]
  do last = await notified(manager)
  while (last[0] === 'WATCHDOG=1')
  expect(last[0]).toBe('STOPPING=1')
  const { code, stdout, stderr } = await service.ended()
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'ready, and told so\nstopped\n', stderr: '' })
}

test('sd-notify.js tells a manager that has a path how it is', async () => {
  using folder = temporaryFolder()
  await expectNotices(folder.path('notify'), folder.path('notify'))
})

test.skipIf(!can.linux)('sd-notify.js tells a manager that has an abstract name [needs Linux]', async () => {
  using folder = temporaryFolder()
  await expectNotices(`\0${folder.path('notify')}`, `@${folder.path('notify')}`)
})

test('sd-notify.js does without a manager', async () => {
  const { code, stdout } = await runExample('sd-notify.js', [], { env: { NOTIFY_SOCKET: '' } })
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/nobody to tell[\s\S]*stopped/) })
})

async function greeting(address: [string, number]): Promise<string> {
  using client = socket()
  await client.connectAsync(address, { timeout: 10 })
  return (await client.recvAsync(100, { timeout: 10 })).toString()
}

test('socket-activation.js serves on the sockets that it is given', async () => {
  using listener = socket()
  listener.bind(['127.0.0.1', 0])
  listener.listen()
  const address = listener.getsockname()
  const early = greeting(address) // before the program is there
  // A shell knows its own process id before it becomes Node, as systemd does.
  const script = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$1"'
  const args = ['-c', script, process.execPath, `${examplesFolder}socket-activation.js`]
  await using program = new Program('sh', args, {}, [listener.fileno()])
  await program.printed(new RegExp(`^given 127\\.0\\.0\\.1 port ${address[1]}$`, 'm'))
  expect(await early).toMatch(/^hello from \d+\n$/)
  expect(await greeting(address)).toBe(await early)
  program.signal('SIGTERM')
  expect(await program.ended()).toMatchObject({ code: 0, stderr: '' })
})

test('socket-activation.js listens by itself where nobody gives it a socket', async () => {
  await using program = startExample('socket-activation.js')
  expect(await greeting(['127.0.0.1', Number(await portOf(program))])).toMatch(/^hello from \d+\n$/)
  program.signal('SIGTERM')
  expect(await program.ended()).toMatchObject({ code: 0, stderr: '' })
})

/** A client of hot-restart.js, whose answers tell who gave them. */
class Client {
  readonly pids: number[] = []
  readonly #conn = socket()
  #rest = ''

  async ask(address: [string, number], lines: number, parts: boolean): Promise<void> {
    using conn = this.#conn
    await conn.connectAsync(address, { timeout: 10 })
    for (let number = 0; number < lines; number++) {
      const line = `line ${number} of many`
      if (parts) {
        await conn.sendallAsync(line.slice(0, 7))
        await sleep(1) // a restart may come in the middle of a line
        await conn.sendallAsync(`${line.slice(7)}\n`)
      } else {
        await conn.sendallAsync(`${line}\n`)
      }
      const [pid, ...words] = (await this.#line(conn)).split(' ')
      expect(words.join(' ')).toBe(line)
      this.pids.push(Number(pid))
    }
  }

  async #line(conn: Socket): Promise<string> {
    while (!this.#rest.includes('\n')) {
      const data = await conn.recvAsync(1024, { timeout: 10 })
      if (data.length === 0) throw new Error('the connection was dropped')
      this.#rest += data.toString()
    }
    const [line = '', ...rest] = this.#rest.split('\n')
    this.#rest = rest.join('\n')
    return line
  }
}

describe('hot-restart.js', () => {
  test('is restarted three times under load, and no request is lost', async () => {
    using folder = temporaryFolder()
    const control = folder.path('control')
    const first = startExample('hot-restart.js', ['0', control])
    const programs = [first]
    try {
      const address: [string, number] = ['127.0.0.1', Number(await portOf(first))]
      await first.printed(/serves, with no connections/)
      let restarting = true
      const pids: number[] = []
      let short = 0

      /** Connections that live through it all, some of which send their lines in two parts. */
      async function long(parts: boolean): Promise<void> {
        while (restarting) {
          const client = new Client()
          await client.ask(address, 300, parts)
          pids.push(...client.pids)
        }
      }
      /** A connection for each line. */
      async function brief(): Promise<void> {
        while (restarting) {
          const client = new Client()
          await client.ask(address, 1, false)
          pids.push(...client.pids)
          short++
        }
      }
      const load = Promise.all([long(false), long(false), long(true), long(true), brief(), brief()])
      load.catch(() => {
        restarting = false
      })
      for (let restart = 0; restart < 3 && restarting; restart++) {
        const old = programs.at(-1) as Program
        const next = startExample('hot-restart.js', ['0', control])
        programs.push(next)
        await next.printed(/serves, with [1-9]\d* connections/)
        const { code, stderr } = await old.ended()
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
        const before = short
        while (restarting && short < before + 5) await sleep(1)
      }
      restarting = false
      await load
      expect(short).toBeGreaterThanOrEqual(15)
      expect(new Set(pids).size).toBe(4)
      const last = programs.at(-1) as Program
      last.signal('SIGTERM')
      expect(await last.ended()).toMatchObject({ code: 0, stderr: '' })
    } finally {
      await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()))
    }
  })

  test('goes on where its successor fails before it has everything', async () => {
    using folder = temporaryFolder()
    await using server = startExample('hot-restart.js', ['0', folder.path('control')])
    const address: [string, number] = ['127.0.0.1', Number(await portOf(server))]
    using conn = socket()
    await conn.connectAsync(address)
    await conn.sendallAsync('one\ntw')
    expect((await conn.recvAsync(100, { timeout: 10 })).toString()).toMatch(/^\d+ one\n$/)

    using successor = socket(AF_UNIX)
    await server.printed(/ serves/)
    await successor.connectAsync(folder.path('control'))
    await successor.recvAsync(1, { timeout: 10 })
    successor.close()
    await server.printed(/^stays: /m)

    await conn.sendallAsync('o\n')
    expect((await conn.recvAsync(100, { timeout: 10 })).toString()).toMatch(/^\d+ two\n$/)
    server.signal('SIGTERM')
    expect(await server.ended()).toMatchObject({ code: 0, stderr: '' })
  })

  test.each([[[]], [['http', '/tmp/x']], [['80']]])('explains itself when given %j', async (args) => {
    expect(await runExample('hot-restart.js', args)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^Usage: /),
    })
  })
})
