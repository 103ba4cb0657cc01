/** Happy Eyeballs by itself: which address is tried when, played from scripts on a clock of their own. */
import { describe, expect, test } from 'vitest'
import { type Played, play, type Script } from './support/scripted-race.js'

const refused = new Error('refused')
const unknown = new Error('unknown')
const NOTHING_LEFT: Played['left'] = { open: [], timers: 0, listeners: 0 }

/** Scripts, what they have the race do, and how it ends. */
const PLAYS: Readonly<Record<string, [Script, log: string[], result: unknown]>> = {
  'the preferred family answers first: nobody waits for the other': [
    { lookUps: [[10, ['a6']], null], attempts: { a6: [5, true] } },
    ['10 try a6'],
    '15 a6',
  ],
  'the other family answers first: the preferred one has its delay': [
    {
      lookUps: [
        [40, ['a6']],
        [10, ['a4']],
      ],
      attempts: { a6: [5, true], a4: [1, true] },
    },
    ['40 try a6'],
    '45 a6',
  ],
  'the delay is over: the other family begins, and the late one joins at its turn': [
    {
      lookUps: [
        [80, ['a6', 'b6']],
        [10, ['a4', 'b4']],
      ],
      attempts: { b6: [5, true] },
    },
    ['60 try a4', '310 try a6', '560 try b4', '810 try b6'],
    '815 b6',
  ],
  'no delay at all': [
    { lookUps: [null, [10, ['a4']]], attempts: { a4: [5, true] }, resolutionDelay: 0 },
    ['10 try a4'],
    '15 a4',
  ],
  'the preferred family has nothing: the other one begins at once': [
    {
      lookUps: [
        [30, unknown],
        [10, ['a4']],
      ],
      attempts: { a4: [5, true] },
    },
    ['30 try a4'],
    '35 a4',
  ],
  'an empty answer is none': [
    {
      lookUps: [
        [30, []],
        [40, ['a4']],
      ],
      attempts: { a4: [5, true] },
    },
    ['40 try a4'],
    '45 a4',
  ],
  'families take turns, a quarter of a second apart': [
    {
      lookUps: [
        [0, ['a6', 'b6', 'c6']],
        [0, ['a4', 'b4']],
      ],
      attempts: { c6: [5, true] },
    },
    ['0 try a6', '250 try a4', '500 try b6', '750 try b4', '1000 try c6'],
    '1005 c6',
  ],
  'one family is left: its addresses follow each other': [
    {
      lookUps: [
        [0, ['a6']],
        [0, ['a4', 'b4', 'c4']],
      ],
      attempts: { c4: [5, true] },
    },
    ['0 try a6', '250 try a4', '500 try b4', '750 try c4'],
    '755 c4',
  ],
  'a failure has the next one begin at once, from which the delay counts': [
    {
      lookUps: [
        [0, ['a6', 'b6']],
        [0, ['a4', 'b4']],
      ],
      attempts: { a6: [100, refused], b4: [5, true] },
    },
    ['0 try a6', '100 try a4', '350 try b6', '600 try b4'],
    '605 b4',
  ],
  'a failure of an earlier one has the next begin, too': [
    {
      lookUps: [
        [0, ['a6', 'b6']],
        [0, ['a4']],
      ],
      attempts: { a6: [300, refused], b6: [5, true] },
    },
    ['0 try a6', '250 try a4', '300 try b6'],
    '305 b6',
  ],
  'an earlier one wins after a later one has begun': [
    {
      lookUps: [
        [0, ['a6']],
        [0, ['a4']],
      ],
      attempts: { a6: [300, true], a4: [100, true] },
    },
    ['0 try a6', '250 try a4'],
    '300 a6',
  ],
  'an answer that is late goes on at once where the delay has passed': [
    {
      lookUps: [
        [500, ['a6']],
        [0, ['a4']],
      ],
      attempts: { a6: [5, true] },
    },
    ['50 try a4', '500 try a6'],
    '505 a6',
  ],
  'an answer that is late is waited for where all others have failed': [
    {
      lookUps: [
        [500, ['a6']],
        [0, ['a4']],
      ],
      attempts: { a4: [10, refused], a6: [5, true] },
    },
    ['50 try a4', '500 try a6'],
    '505 a6',
  ],
  'the slower family is never needed': [
    {
      lookUps: [
        [0, ['a6']],
        [100, ['a4']],
      ],
      attempts: { a6: [200, true] },
    },
    ['0 try a6'],
    '200 a6',
  ],
  'all fail: the errors as they came': [
    {
      lookUps: [
        [0, ['a6']],
        [0, ['a4']],
      ],
      attempts: { a6: [400, refused], a4: [10, unknown] },
    },
    ['0 try a6', '250 try a4'],
    { at: 400, attempts: [unknown, refused], lookUps: [undefined, undefined], timedOut: false, hasBegun: true },
  ],
  'one family fails, the other has no addresses': [
    {
      lookUps: [
        [0, ['a6']],
        [100, unknown],
      ],
      attempts: { a6: [10, refused] },
    },
    ['0 try a6'],
    { at: 100, attempts: [refused], lookUps: [undefined, unknown], timedOut: false, hasBegun: true },
  ],
  'neither family has addresses': [
    {
      lookUps: [
        [20, unknown],
        [10, refused],
      ],
    },
    [],
    { at: 20, attempts: [], lookUps: [unknown, refused], timedOut: false, hasBegun: false },
  ],
  'neither family has addresses, and says so by none': [
    {
      lookUps: [
        [20, []],
        [10, []],
      ],
    },
    [],
    { at: 20, attempts: [], lookUps: [undefined, undefined], timedOut: false, hasBegun: false },
  ],
  'the time runs out over the look-ups': [
    { lookUps: [null, null], timeout: 1000 },
    [],
    { at: 1000, attempts: [], lookUps: [undefined, undefined], timedOut: true, hasBegun: false },
  ],
  'the time runs out over the delay': [
    { lookUps: [null, [0, ['a4']]], timeout: 30 },
    [],
    { at: 30, attempts: [], lookUps: [undefined, undefined], timedOut: true, hasBegun: false },
  ],
  'the time runs out over the attempts': [
    {
      lookUps: [
        [0, ['a6']],
        [0, ['a4', 'b4', 'c4']],
      ],
      attempts: { a6: [10, refused] },
      timeout: 300,
    },
    ['0 try a6', '10 try a4', '260 try b4'],
    { at: 300, attempts: [refused], lookUps: [undefined, undefined], timedOut: true, hasBegun: true },
  ],
  'the signal is aborted over the look-ups': [{ lookUps: [null, null], abort: 70 }, [], '70 aborted'],
  'the signal is aborted over the attempts': [
    {
      lookUps: [
        [0, ['a6', 'b6']],
        [0, ['a4']],
      ],
      abort: 260,
    },
    ['0 try a6', '250 try a4'],
    '260 aborted',
  ],
  'the signal is aborted after the end': [
    { lookUps: [[0, ['a6']], null], attempts: { a6: [5, true] }, abort: 60 },
    ['0 try a6'],
    '5 a6',
  ],
  'connections that come too late are closed': [
    {
      lookUps: [
        [0, ['a6', 'b6']],
        [0, ['a4']],
      ],
      attempts: { a6: [900, true], a4: [600, refused], b6: [100, true] },
      deaf: true,
    },
    ['0 try a6', '250 try a4', '500 try b6', '900 discard a6'],
    '600 b6',
  ],
  'other delays': [
    {
      lookUps: [
        [500, ['a6']],
        [0, ['a4', 'b4']],
      ],
      attempts: { a6: [5, true] },
      resolutionDelay: 20,
      attemptDelay: 10,
    },
    ['20 try a4', '30 try b4', '500 try a6'],
    '505 a6',
  ],
  'one family only': [{ lookUps: [[10, ['a', 'b']]], attempts: { b: [5, true] } }, ['10 try a', '260 try b'], '265 b'],
  'three families': [
    {
      lookUps: [
        [0, ['a', 'd']],
        [0, ['b']],
        [0, ['c', 'e']],
      ],
      attempts: { e: [5, true] },
    },
    ['0 try a', '250 try b', '500 try c', '750 try d', '1000 try e'],
    '1005 e',
  ],
  'three families, of which the second has nothing and the first is late': [
    {
      lookUps: [
        [100, ['a']],
        [10, unknown],
        [0, ['c', 'e']],
      ],
      attempts: { a: [5, true] },
    },
    ['50 try c', '300 try a'],
    '305 a',
  ],
}

describe('the race', () => {
  test.each(Object.entries(PLAYS))('%s', async (_, [script, log, result]) => {
    const played = await play(script)
    expect(played.log).toEqual(log)
    expect(played.result).toEqual(result)
    expect(played.left).toEqual(NOTHING_LEFT)
  })
})
