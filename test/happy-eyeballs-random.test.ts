/** Happy Eyeballs by itself, over scripts that nobody has thought of: what holds of all of them. */
import { expect, test } from 'vitest'
import { type Ending, type Played, play, type Script } from './support/scripted-race.js'

const refused = new Error('refused')
const unknown = new Error('unknown')
const NOTHING_LEFT: Played['left'] = { open: [], timers: 0, listeners: 0 }
const NEVER = Number.POSITIVE_INFINITY

/** Numbers that look random, the same for the same seed: mulberry32. */
function generator(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

function randomScript(below: (limit: number) => number): Script {
  const attempts: Record<string, Ending<true>> = {}
  const lookUps = ['6', '4'].map((family) => {
    if (below(8) === 0) return [below(200), unknown] as const
    const addresses = Array.from({ length: below(5) }, (_, index) => `${'abcde'[index]}${family}`)
    for (const address of addresses) {
      const kind = below(4)
      attempts[address] = kind === 0 ? null : [below(900), kind === 1 ? true : refused]
    }
    return [below(200), addresses] as const
  })
  return {
    lookUps,
    attempts,
    deaf: below(3) === 0,
    ...(below(3) === 0 ? { timeout: below(2000) } : {}),
    ...(below(4) === 0 ? { abort: below(2000) } : {}),
  }
}

/** One attempt of a race that was played, with how the script ends it. */
interface Attempt {
  at: number
  address: string
  endsAt: number
  wins: boolean
}

function attemptsOf({ log }: Played, { attempts = {} }: Script): Attempt[] {
  const tried = log.filter((line) => line.includes(' try ')).map((line) => line.split(' try ') as [string, string])
  return tried.map(([at, address]) => {
    const ending = attempts[address] ?? null
    const endsAt = ending === null ? NEVER : Number(at) + ending[0]
    return { at: Number(at), address, endsAt, wins: ending?.[1] === true }
  })
}

/** Whether an attempt was due: a delay after the one before, or when one has failed or addresses have come. */
function isDue(attempt: Attempt, index: number, attempts: readonly Attempt[], script: Script): boolean {
  const before = attempts[index - 1]
  if (before === undefined || attempt.at - before.at >= 250) return true
  const hasFailed = attempts.some(({ wins, endsAt }) => !wins && endsAt === attempt.at)
  return hasFailed || script.lookUps.some((ending) => ending?.[0] === attempt.at)
}

const first = Number(process.env.BERKELEY_SEED ?? Date.now() % 1_000_000)

test(`nothing is left, nothing is tried twice, too early or in the wrong order (seeds from ${first})`, async () => {
  for (let seed = first; seed < first + 1500; seed++) {
    const script = randomScript(generator(seed))
    const played = await play(script)
    const attempts = attemptsOf(played, script)
    const context = JSON.stringify({ seed, script, played })
    if (played.result !== null) expect(played.left, context).toEqual(NOTHING_LEFT)
    attempts.forEach((attempt, index) => {
      expect(isDue(attempt, index, attempts, script), `${attempt.address} of ${context}`).toBe(true)
      const earlier = attempts.slice(0, index).filter(({ address }) => address[1] === attempt.address[1])
      expect(
        earlier.every(({ address }) => address < attempt.address),
        context,
      ).toBe(true)
    })
    const { result } = played
    const winner = typeof result === 'string' && !result.endsWith('aborted') ? result : null
    const earliest = Math.min(...attempts.filter(({ wins }) => wins).map(({ endsAt }) => endsAt))
    const limit = Math.min(script.timeout ?? NEVER, script.abort ?? NEVER)
    if (earliest < limit) expect(winner, context).toMatch(new RegExp(`^${earliest} [a-e][46]$`))
    if (earliest > limit) expect(winner, context).toBe(null)
    // It has no end only where an attempt has none.
    const isEndless = limit === NEVER && attempts.some(({ endsAt }) => endsAt === NEVER)
    if (result === null) expect(isEndless, context).toBe(true)
  }
})
