import { describe, expect, it } from 'vitest'
import { layerOf, sorted } from '../bench/lib/profile.js'

describe('layerOf', () => {
  it.each([
    ['[kernel.kallsyms]', 'tcp_sendmsg', 'kernel'],
    ['/x/build/Release/berkeley.node', 'berkeley::SendTo', 'addon'],
    ['/usr/bin/node', 'v8impl::(anonymous namespace)::FunctionCallbackWrapper::Invoke', 'Node-API'],
    ['/usr/bin/node', 'Builtins_CallApiCallback', 'Node-API'],
    ['/usr/bin/node', 'Builtins_PromiseFulfillReactionJob', 'JavaScript'],
    ['/tmp/perf-1.map', 'JS:*send socket.js:1:2', 'JavaScript'],
    ['[JIT] tid 7', 'JS:*send socket.js:1:2', 'JavaScript'],
    ['/usr/bin/node', 'v8::internal::Scavenger::Process', 'garbage'],
    ['/usr/bin/node', 'uv__io_poll', 'event loop'],
    ['/usr/bin/node', 'v8::internal::Compiler::Compile', 'V8, Node'],
    ['/x/bench/.build/tcp-echo', 'main', 'program'],
    ['/usr/lib/x86_64-linux-gnu/libc.so.6', '__libc_recv', 'libc'],
  ])('puts %s %s into %s', (object, symbol, layer) => {
    expect(layerOf(object, symbol)).toBe(layer)
  })
})

describe('sorted', () => {
  const text = [
    '   10.000000: ffffffff81e3d5f7 tcp_sendmsg ([kernel.kallsyms])',
    '   11.500000: ffffffff81e3d5f7 tcp_sendmsg ([kernel.kallsyms])',
    '   11.600000:     7f7e8c70d169 berkeley::Retry<a(int)::{lambda()#1}> (/x/berkeley.node)',
    'a line of another kind',
    '   11.700000:     7f7e8c70d169 JS:*send file:///x/dist/socket.js:228:9 ([JIT] tid 7)',
    '   12.000000: ffffffff81e3d5f7 fdget ([kernel.kallsyms])',
  ].join('\n')

  it('counts the samples of the last phase alone, by layer', () => {
    const { samples, layers } = sorted(text, 1e9)
    expect(samples).toBe(4)
    expect(Object.fromEntries(layers)).toEqual({ kernel: 0.5, addon: 0.25, JavaScript: 0.25 })
  })

  it('counts symbols with their layer, the dearest first', () => {
    const { symbols } = sorted(text, 5e9)
    expect(symbols[0]).toEqual(['kernel: tcp_sendmsg', 0.4])
    expect(symbols.map(([name]) => name)).toContain('JavaScript: JS:*send socket.js:228:9')
  })

  it('has nothing to say of no samples', () => {
    expect(sorted('', 1e9)).toMatchObject({ samples: 0, symbols: [] })
  })
})
