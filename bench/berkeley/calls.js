/** Single calls that never wait, each timed on its own by Benchmark.js. */
import Benchmark from 'benchmark'
import {
  AF_INET,
  AF_UNIX,
  MSG_DONTWAIT,
  SO_REUSEADDR,
  SO_TYPE,
  SOCK_STREAM,
  SOL_SOCKET,
  SocketError,
  socket,
  socketpair,
} from 'berkeley'
import { expect, finish, number } from '../lib/program.js'

const tcp = socket(AF_INET, SOCK_STREAM)
tcp.bind(['127.0.0.1', 0])
const [near, far] = socketpair(AF_UNIX, SOCK_STREAM)
const data = Buffer.alloc(64)

/** @type {Record<string, () => void>} */
const calls = {
  getsockopt() {
    expect(tcp.getsockopt(SOL_SOCKET, SO_TYPE) === SOCK_STREAM, 'getsockopt')
  },
  setsockopt() {
    tcp.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
  },
  getsockname() {
    tcp.getsockname()
  },
  wouldBlock() {
    try {
      near.recv(64, MSG_DONTWAIT)
    } catch (error) {
      if (error instanceof SocketError && error.code === 'EAGAIN') return
      throw error
    }
    throw new Error('recv')
  },
  sendRecv() {
    near.send(data)
    expect(far.recv(64).length === 64, 'recv')
  },
}

// Benchmark.js swallows what a function throws; its own clock decides how many calls make a sample.
const maxTime = number('seconds', 0.2)
/** @type {Record<string, number>} */
const ns = {}
for (const [name, call] of Object.entries(calls)) {
  call()
  const { error, hz } = new Benchmark(name, call, { maxTime, minTime: maxTime / 10, minSamples: 5 }).run()
  if (error !== undefined) throw error
  ns[name] = 1e9 / hz
}
finish({ ns })
