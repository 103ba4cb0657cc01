/** Single calls that never wait. */
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
import { select } from 'berkeley/select'
import { expect } from '../lib/program.js'

const tcp = socket(AF_INET, SOCK_STREAM)
tcp.bind(['127.0.0.1', 0])
const [near, far] = socketpair(AF_UNIX, SOCK_STREAM)
const byte = Buffer.from('1')
const data = Buffer.alloc(64, 7)
const into = Buffer.alloc(64)

/** @type {import('../lib/micro.js').Suite} */
export default {
  name: 'calls',
  benchmarks: {
    'fileno(): no system call': () => {
      expect(tcp.fileno() >= 0, 'fileno')
    },
    'getsockopt(SOL_SOCKET, SO_TYPE)': () => {
      expect(tcp.getsockopt(SOL_SOCKET, SO_TYPE) === SOCK_STREAM, 'getsockopt')
    },
    "getOption('type')": () => {
      expect(tcp.getOption('type') === SOCK_STREAM, 'getOption')
    },
    'setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)': () => {
      tcp.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    },
    'send(1 byte), recvInto': () => {
      near.send(byte)
      expect(far.recvInto(into) === 1 && into[0] === 49, 'recvInto')
    },
    'send(64 bytes), recvInto': () => {
      near.send(data)
      expect(far.recvInto(into) === 64 && into[63] === 7, 'recvInto')
    },
    'send(64 bytes), recv(64)': () => {
      near.send(data)
      expect(far.recv(64).length === 64, 'recv')
    },
    'send(string), recv(64)': () => {
      near.send('sixty-four bytes of text would be more than this sends in a call')
      expect(far.recv(64).length === 64, 'recv')
    },
    'recv that throws EAGAIN': () => {
      try {
        near.recv(64, MSG_DONTWAIT)
      } catch (error) {
        if (error instanceof SocketError && error.code === 'EAGAIN') return
        throw error
      }
      throw new Error('recv')
    },
    'select of one that is writable': () => {
      expect(select([], [near], [], 0)[1].length === 1, 'select')
    },
    'socket(), close()': () => {
      socket(AF_INET, SOCK_STREAM).close()
    },
  },
}
