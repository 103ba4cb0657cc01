/** Addresses on their way in and out. */
import { AF_INET, AF_INET6, inetNtop, inetPton, SOCK_DGRAM, socket } from 'berkeley'
import { expect } from '../lib/program.js'

const server = socket(AF_INET, SOCK_DGRAM)
server.bind(['127.0.0.1', 0])
const address = server.getsockname()
const client = socket(AF_INET, SOCK_DGRAM)
const connected = socket(AF_INET, SOCK_DGRAM)
connected.connect(address)
/** @type {[string, number][]} in turn, so that none is the last one again */
const peers = [
  ['127.0.0.1', 1001],
  ['127.0.0.2', 1002],
]
let turn = 0
const aimed = socket(AF_INET, SOCK_DGRAM)
const packed6 = inetPton(AF_INET6, '2001:db8::1:2')

/** @type {import('../lib/micro.js').Suite} */
export default {
  name: 'addresses',
  benchmarks: {
    "inetPton(AF_INET, '192.0.2.33')": () => {
      expect(inetPton(AF_INET, '192.0.2.33')[3] === 33, 'inetPton')
    },
    'inetNtop(AF_INET6, 16 bytes)': () => {
      expect(inetNtop(AF_INET6, packed6) === '2001:db8::1:2', 'inetNtop')
    },
    'connect of UDP to another address: encodes it': () => {
      aimed.connect(peers[turn++ & 1] ?? address)
    },
    'getpeername: decodes an address': () => {
      expect(connected.getpeername()[1] === address[1], 'getpeername')
    },
    'sendto, recvfrom of 64 bytes over UDP': () => {
      client.sendto(Buffer.alloc(64), address)
      expect(server.recvfrom(64)[0].length === 64, 'recvfrom')
    },
  },
}
