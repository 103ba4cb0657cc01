/** Files over sockets in random schedules, performed by CPython and by this package. */
import { setTimeout as pause } from 'node:timers/promises'
import { SHUT_WR, socketpair } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { freshSeed, type Random, randomOf } from './support/async.js'
import * as schedules from './support/file-schedules.js'
import { hasPython } from './support/python.js'

const { oneOf } = schedules
type Schedule = schedules.Schedule
type Step = schedules.Step

const seed = freshSeed()
const NEWLINES = [null, '', '\n', '\r', '\r\n']

/** A size, most of them small; now and then none, or beyond all buffers. */
const size = (random: Random): number => oneOf(random, random(8), random(8), random(40), random(300), random(20_000))
const limit = (random: Random): number => oneOf(random, -1, -1, -1, random(6), random(50))

function readCall(random: Random, isBinary: boolean, isBuffered: boolean): Step {
  const calls: Step[] = [
    ['read', size(random)],
    ['readline'],
    ['readline', limit(random)],
    ['next'],
    ['readlines', 1 + random(60)],
  ]
  if (isBinary) calls.push(['readinto', random(40)], ['readinto', random(20_000)])
  if (isBinary && isBuffered) calls.push(['read1', random(30)], ['read1', -1])
  return oneOf(random, ...calls)
}

function check(given: readonly Schedule[]): void {
  const expected = schedules.byPython(given)
  given.forEach((schedule, index) => {
    const answers = schedules.byBerkeley(schedule)
    answers.forEach((answer, at) => {
      const { steps, ...rest } = schedule
      const where = () => `seed ${seed}, step ${at} of ${JSON.stringify({ ...rest, steps: steps.slice(0, at + 1) })}`
      try {
        expect(answer).toEqual(expected[index]?.[at])
      } catch (error) {
        ;(error as Error).message += `\n${where()}`
        throw error
      }
    })
  })
}

const many = (count: number, make: (random: Random) => Schedule): Schedule[] =>
  Array.from({ length: count }, (_, index) => make(randomOf(seed + index)))

function binaryOptions(random: Random): { buffering: number } {
  return { buffering: oneOf(random, 0, 1, 2, 7, 16, 100, 8192, -1) }
}

function textOptions(random: Random): Schedule['options'] {
  const newline = oneOf(random, ...NEWLINES)
  return {
    buffering: oneOf(random, 1, 7, 8192),
    newline,
    encoding: oneOf(random, 'utf-8', 'utf-8', 'latin1', 'utf-16-le', 'utf-16-be', 'ascii'),
    errors: oneOf(random, 'replace', 'ignore'),
  }
}

describe('reads', () => {
  test.skipIf(!hasPython)('of bytes that are all there [needs python3]', () => {
    check(
      many(80, (random) => {
        const options = binaryOptions(random)
        const data = schedules.lines(random, oneOf(random, 30, 300, 30_000))
        const calls = Array.from({ length: 12 }, () => readCall(random, true, options.buffering !== 0))
        const steps: Step[] = [['send', data.toString('hex')], ['end'], ...calls, ['recv', 5], ['read'], ['read']]
        return { mode: 'rb', options, blocking: true, steps }
      }),
    )
  })

  test.skipIf(!hasPython)('of bytes that come in pieces, on a non-blocking socket [needs python3]', () => {
    check(
      many(80, (random) => {
        const options = binaryOptions(random)
        const isBuffered = options.buffering !== 0
        const pieces = schedules.cut(schedules.lines(random, 400), random, 60)
        // Without a buffer CPython's readline loses what it has read when it runs dry.
        const call = () => (isBuffered ? readCall(random, true, true) : (['read', size(random)] as Step))
        const steps = pieces.flatMap((piece): Step[] => [
          ['send', piece.toString('hex')],
          ...Array.from({ length: random(4) }, call),
        ])
        const end: Step[] = [['read'], ['read'], ['end'], ['read'], ['read', 3]]
        return { mode: 'rb', options, blocking: false, steps: [...steps, ...end] }
      }),
    )
  })

  test.skipIf(!hasPython)('of text that is all there, valid or not [needs python3]', () => {
    check(
      many(80, (random) => {
        const options = textOptions(random)
        const isValid = random(2) === 0
        const data = isValid
          ? Buffer.from(
              schedules.text(random, oneOf(random, 20, 200, 9000)),
              options.encoding === 'utf-16-le' ? 'utf16le' : 'utf8',
            )
          : schedules.lines(random, oneOf(random, 31, 300, 20_000)).map((byte) => (random(6) ? byte : random(256)))
        const calls = Array.from({ length: 12 }, () => readCall(random, false, true))
        const steps: Step[] = [
          ['send', Buffer.from(data).toString('hex')],
          ['end'],
          ...calls,
          ['read'],
          ['readline'],
          ['read'],
        ]
        return { mode: 'r', options, blocking: true, steps }
      }),
    )
  })

  test.skipIf(!hasPython)(
    'that wait while the pieces come give what CPython reads at once [needs python3]',
    async () => {
      const given = many(60, (random) => {
        const isBinary = random(2) === 0
        const options = isBinary ? { buffering: oneOf(random, 1, 7, 100, 8192) } : textOptions(random)
        const encoding = options.encoding === 'utf-16-le' ? 'utf16le' : 'utf8'
        const data = isBinary ? schedules.lines(random, 700) : Buffer.from(schedules.text(random, 300), encoding)
        const calls = Array.from({ length: 25 }, () => readCall(random, isBinary, false))
        const steps: Step[] = [['send', data.toString('hex')], ['end'], ...calls, ['read'], ['readline']]
        return { mode: isBinary ? 'rb' : 'r', options, blocking: true, steps }
      })
      const expected = schedules.byPython(given)
      await Promise.all(
        given.map(async (schedule, index) => {
          const random = randomOf(seed + 1000 + index)
          const [sock, peer] = socketpair()
          using _sock = sock
          using _peer = peer
          const file = schedules.openFile(sock, schedule)
          const [[, data], , ...calls] = schedule.steps as [Step, Step, ...Step[]]
          const sending = (async () => {
            for (const piece of schedules.cut(Buffer.from(data as string, 'hex'), random, 12)) {
              peer.sendall(piece)
              if (random(3) === 0) await pause(0)
            }
            peer.shutdown(SHUT_WR)
          })()
          // Several at once, or one after the other: they are served in their order.
          const answers: unknown[] = []
          const waiting: Promise<void>[] = []
          for (const [at, step] of calls.entries()) {
            const one = callAsync(file, step).then((answer) => {
              answers[at] = schedules.encoded(answer)
            })
            waiting.push(one)
            if (random(2) === 0) await one
          }
          await Promise.all([...waiting, sending])
          expect(answers, `seed ${seed}: ${JSON.stringify(schedule)}`).toEqual(expected[index]?.slice(2))
          await file.closeAsync()
        }),
      )
    },
  )
})

async function callAsync(file: schedules.AnyFile, [name, ...args]: Step): Promise<unknown> {
  if (name === 'readinto') {
    const room = Buffer.alloc(args[0] as number)
    return [await file.readintoAsync?.(room), room]
  }
  if (name === 'next') return encodedLine(await file.readlineAsync())
  return file[`${name}Async`]?.(...args)
}

/** An iterator ends where `readline` gives nothing. */
const encodedLine = (line: string | Buffer): unknown => (line.length === 0 ? null : line)

describe('writes', () => {
  test.skipIf(!hasPython)('of bytes: what has been sent after each [needs python3]', () => {
    check(
      many(50, (random) => {
        const data = (): { b: string } => ({ b: schedules.lines(random, size(random)).toString('hex') })
        const options = binaryOptions(random)
        const steps = Array.from({ length: 15 }, (): Step[] => [
          oneOf<Step>(random, ['write', data()], ['write', data()], ['flush'], ['writelines', [data(), data()]]),
          ['taken'],
        ])
        return { mode: 'wb', options, blocking: true, steps: steps.flat() }
      }),
    )
  })

  test.skipIf(!hasPython)('of text: what has been sent after each [needs python3]', () => {
    check(
      many(60, (random) => {
        const options = textOptions(random)
        const data = () => schedules.text(random, oneOf(random, 3, 50, 3000, 9000))
        const steps = Array.from({ length: 10 }, (): Step[] => [
          oneOf<Step>(random, ['write', data()], ['write', data()], ['flush'], ['writelines', [data(), data()]]),
          ['taken'],
        ])
        return { mode: 'w', options, blocking: true, steps: steps.flat() }
      }),
    )
  })

  test.skipIf(!hasPython)('both ways over one file of bytes [needs python3]', () => {
    check(
      many(80, (random) => {
        const options = { buffering: oneOf(random, 1, 7, 100, 8192) }
        const steps = Array.from({ length: 12 }, (): Step[] => {
          const data = schedules.lines(random, 5 + random(40))
          data[data.length - 1] = 10
          const sent = Array.from({ length: random(30) }, () => random(256))
          return [
            ['send', data.toString('hex')],
            oneOf<Step>(random, ['readline'], ['read', data.length], ['read1', 10], ['readinto', 4]),
            ['write', { b: Buffer.from(sent).toString('hex') }],
            oneOf<Step>(random, ['flush'], ['taken']),
          ]
        })
        return { mode: 'rwb', options, blocking: false, steps: [...steps.flat(), ['end'], ['read'], ['taken']] }
      }),
    )
  })
})
