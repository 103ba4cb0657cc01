/** Whose a report of a sanitizer is: `npm run test:sanitizers` is no better than that. */
import { describe, expect, test } from 'vitest'
import { isOurs, read } from '../scripts/sanitizers/reports.js'

const leak = (...frames: string[]): string =>
  [
    'Direct leak of 64 byte(s) in 1 object(s) allocated from:',
    ...frames.map((frame, n) => `    #${n} 0x7f00 in ${frame}`),
  ].join('\n')

const NEW = 'operator new(unsigned long) ../../../../src/libsanitizer/asan/asan_new_delete.cpp:95'
const ADDON = 'berkeley::Environment::Create(Napi::Env) ../native/environment.cc:120'
const NODE = 'node::Environment::TryLoadAddon(char const*, int) (/usr/bin/node+0xc1d7a6)'

describe('a leak is the addon’s', () => {
  test.each([
    ['that it has allocated itself', leak(NEW, ADDON, NODE)],
    ['that Node-API has allocated for it', leak(NEW, 'napi_create_reference (/usr/bin/node+0xc4)', ADDON, NODE)],
    ['without line numbers', leak(NEW, '<null> (berkeley.node+0x1234)', NODE)],
    ['that is of the library of faults', leak(NEW, 'Leak test/sanitizers/faulty.cc:14', NODE)],
  ])('%s', (_, report) => {
    expect(isOurs(report)).toBe(true)
  })
})

describe('a leak is Node’s own', () => {
  test.each([
    ['where the addon is not in it', leak(NEW, 'node::Start(int, char**) (/usr/bin/node+0xc68)')],
    [
      'that V8 needed for its heap',
      leak(NEW, 'v8::internal::Page::New() (/usr/bin/node+0x1)', 'napi_create_function (node+0x2)', ADDON),
    ],
    [
      'of JavaScript that the addon has called',
      leak(NEW, 'Builtins_RunMicrotasks (node+0x1)', 'napi_make_callback (node+0x2)', ADDON),
    ],
    ['of compiled JavaScript', leak(NEW, ' (<unknown module>)', ADDON)],
  ])('%s', (_, report) => {
    expect(isOurs(report)).toBe(false)
  })

  test('and is counted', () => {
    const others = leak(NEW, NODE)
    const report = `==1==ERROR: LeakSanitizer: detected memory leaks\n\n${others}\n\n${leak(NEW, ADDON)}\n\n${others}\n\nSUMMARY`
    expect(read(report)).toEqual({ found: [leak(NEW, ADDON)], others: 2 })
  })
})

test.each([
  'WARNING: ThreadSanitizer: data race (pid=1)\n  Write of size 4',
  '==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x60b0',
  '../native/wait.cc:10:20: runtime error: signed integer overflow',
  '==1==LeakSanitizer has encountered a fatal error.',
])('counts at all times: %s', (report) => {
  const { found, others } = read(`something\n${report}\nmore`)
  expect(found).toHaveLength(1)
  expect(found[0]).toContain(report.split('\n')[0])
  expect(others).toBe(0)
})

test('silence is silence', () => {
  expect(read('(node:1) Warning: something of Node’s\n')).toEqual({ found: [], others: 0 })
})
