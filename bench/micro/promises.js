/** Asynchronous calls that need not wait: what a promise costs. */
import { AF_UNIX, SOCK_STREAM, socketpair } from 'berkeley'
import { expect } from '../lib/program.js'

const [near, far] = socketpair(AF_UNIX, SOCK_STREAM)
const data = Buffer.alloc(64, 7)
const into = Buffer.alloc(64)

/** @type {import('../lib/micro.js').Suite} */
export default {
  name: 'promises',
  asynchronous: {
    'await of a promise that is resolved': async () => {
      await Promise.resolve(1)
    },
    'sendAsync, recvInto': async () => {
      await near.sendAsync(data)
      expect(far.recvInto(into) === 64, 'recvInto')
    },
    'send, recvIntoAsync': async () => {
      near.send(data)
      expect((await far.recvIntoAsync(into)) === 64, 'recvIntoAsync')
    },
    'send, recvAsync(64)': async () => {
      near.send(data)
      expect((await far.recvAsync(64)).length === 64, 'recvAsync')
    },
    'recvAsync(64) that waits, send': async () => {
      const received = far.recvAsync(64)
      near.send(data)
      expect((await received).length === 64, 'recvAsync')
    },
  },
}
