/** Every public name is documented, as test/docstrings/rules.ts has it. */
import { resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { complaintsOf, type Exceptions } from './docstrings/rules.js'
import { Surface } from './docstrings/surface.js'

const entries = ['index', 'select', 'selectors', 'socketserver'].map((name) => resolve(`lib/${name}.ts`))
const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile)
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, resolve('.'))
const surface = new Surface(ts.createProgram(entries, options), entries, (file) => file.startsWith(resolve('lib')))

/** What a rule does not ask of whom, and why. */
const EXCEPT: Exceptions = {
  errors: [
    [/^(getdefaulttimeout|getspin|poll|Kevent\.equals)$/, 'they only look at what they have, or make an empty list'],
    [/^hasDualstackIPv6$/, 'where the kernel refuses, the answer is false'],
    [/^Socket(Timeout)?Error\.constructor$/, 'an error is what it makes'],
    [
      /^SocketDuplex\.(address|set(NoDelay|KeepAlive)|(un)?ref|destroySoon)$/,
      'as in node:net, which passes over errors',
    ],
    [/^(Base|TCP)Server\.(fileno|shutdown|serverClose)$/, 'the end of a server that is closed already is no error'],
    [/^UDPServer\.(serverActivate|shutdownRequest|closeRequest)$/, 'they do nothing'],
    [/^RequestServer\.shutdown$/, 'it only sets a flag'],
  ],
}

describe('documentation', () => {
  test('says what every public name is, takes, gives, throws, and where that is written', () => {
    expect(surface.all.length).toBeGreaterThan(2000)
    expect(complaintsOf(surface.all, EXCEPT)).toEqual([])
  })

  test('has no exception that nothing needs', () => {
    const complaints = complaintsOf(surface.all)
    for (const [pattern] of EXCEPT.errors ?? []) {
      expect(
        complaints.some((line) => pattern.test(line.replace(/:.*/, ''))),
        `${pattern}`,
      ).toBe(true)
    }
  })
})

/** What the rules say of a module. */
function complaintsOfText(text: string): string[] {
  const host = ts.createCompilerHost(options)
  const read = host.getSourceFile
  host.getSourceFile = (name, target) =>
    name === 'entry.ts' ? ts.createSourceFile(name, text, target, true) : read.call(host, name, target)
  const program = ts.createProgram(['entry.ts'], { ...options, types: [] }, host)
  return complaintsOf(new Surface(program, ['entry.ts'], (file) => file === 'entry.ts').all)
}

const COMPLETE = `
/**
 * Waits for a message.
 * @param timeout seconds; null = for ever
 * @param bufsize bytes
 * @returns the bytes
 * @throws {Error} after the timeout
 * @see recv(2). Linux, macOS.
 */
export function wait(timeout: number | null, bufsize: number): Uint8Array { return new Uint8Array(bufsize + (timeout ?? 0)) }
/** {@link wait} as a promise. @returns the same @throws {Error} likewise @see recv(2). Linux. */
export async function waitAsync(): Promise<number> { return 1 }
/** Options of a wait. See recv(2). Linux, macOS. */
export const WAIT = 1
/** What waits take. */
export interface Options {
  /** Seconds in all. */
  timeout?: number
}
/** One that waits. Methods throw what waits do. @see recv(2). Linux, macOS. */
export class Waiter {
  /** Waits for one. @returns how long, seconds */
  wait(): number { return 1 }
}`

describe('the rules', () => {
  test('have nothing against what is complete', () => {
    expect(complaintsOfText(COMPLETE)).toEqual([])
  })

  test.each<[missing: string, without: string, complaint: RegExp]>([
    ['a description', ' * Waits for a message.\n', /^wait: no description/],
    ['a parameter', ' * @param bufsize bytes\n', /^wait: no @param for bufsize/],
    ['a unit', 'seconds; null = ', /^wait: timeout does not name its unit/],
    ['a result', ' * @returns the bytes\n', /^wait: no @returns/],
    ['errors', ' * @throws {Error} after the timeout\n', /^wait: no @throws/],
    ['the systems of a function', '(2). Linux, macOS.\n */', /^wait: no @see/],
    ['the promise', '{@link wait} as a promise.', /^waitAsync: (no description|does not say that it is a promise)/],
    ['the page of a constant', ' See recv(2). Linux, macOS.', /^WAIT: no page/],
    ['the unit of a property', 'Seconds in all.', /^Options\.timeout: (no description|timeout does not name its unit)/],
    ['the errors of a class', ' Methods throw what waits do.', /^Waiter\.wait: no @throws/],
    ['the page of a class', ' @see recv(2). Linux, macOS. */\nexport class', /^Waiter: no @see/],
    ['a comment of a class', '/** One that waits.', /^Waiter: no description/],
  ])('miss %s', (_, without, complaint) => {
    const end = without.includes('*/') ? without.slice(without.indexOf('*/')) : ''
    const text = COMPLETE.replace(
      without,
      without.startsWith('/**') ? '/* ' : `${end.startsWith('*/\n') ? ' ' : '\n '}${end}`,
    )
    expect(text).not.toBe(COMPLETE)
    expect(complaintsOfText(text)).toContainEqual(expect.stringMatching(complaint))
  })

  test('know what is described and not there', () => {
    expect(
      complaintsOfText(COMPLETE.replace('@param bufsize bytes', '@param bufsize bytes\n * @param more bytes')),
    ).toEqual(['wait: @param for more, which it does not take'])
  })
})
