/**
 * A packet filter: the kernel runs a small program on every datagram, and drops what it does not want before this
 * program hears of it. Classic BPF, Linux. See socket(7), SO_ATTACH_FILTER.
 */
import {
  AF_INET,
  BPF_ABS,
  BPF_B,
  BPF_JEQ,
  BPF_JGE,
  BPF_JMP,
  BPF_K,
  BPF_LD,
  BPF_LEN,
  BPF_RET,
  BPF_W,
  SOCK_DGRAM,
  SocketTimeoutError,
  socket,
} from 'berkeley'

if (process.platform !== 'linux') {
  console.log('filters on sockets are a thing of Linux')
  process.exit()
}

/** @import { FilterInstruction } from 'berkeley' */

// A filter of a UDP socket sees the header of eight bytes first, then the data.
const HEADER = 8
const BRACE = 0x7b

/** Datagrams that begin with a "{", of 32 bytes at most. @type {FilterInstruction[]} */
const smallObjects = [
  [BPF_LD | BPF_W | BPF_LEN, 0, 0, 0], //                    load the length
  [BPF_JMP | BPF_JGE | BPF_K, 3, 0, HEADER + 33], //         too long? skip three, to the last line
  [BPF_LD | BPF_B | BPF_ABS, 0, 0, HEADER], //               load the first byte of the data
  [BPF_JMP | BPF_JEQ | BPF_K, 0, 1, BRACE], //               a brace? go on; else skip one
  [BPF_RET | BPF_K, 0, 0, 0xffffffff], //                    keep all of it
  [BPF_RET | BPF_K, 0, 0, 0], //                             keep nothing: drop it
]

const receiver = socket(AF_INET, SOCK_DGRAM)
receiver.bind(['127.0.0.1', 0])
receiver.attachFilter(smallObjects)
receiver.lockFilter() // it stays, whoever gets this socket

const sender = socket(AF_INET, SOCK_DGRAM)
const objects = ['{"a":1}', 'noise', `{"long":"${'x'.repeat(40)}"}`, '', '{"b":2}', '[3]', '{}']
for (const text of objects) sender.sendto(text, receiver.getsockname())
console.log(`sent ${objects.length} datagrams`)

receiver.settimeout(0.1) // no more is to come
let arrived = 0
try {
  for (;;) {
    console.log(`received ${receiver.recv(100)}`)
    arrived++
  }
} catch (error) {
  if (!(error instanceof SocketTimeoutError)) throw error
}
console.log(`${objects.length - arrived} were dropped by the kernel`)

try {
  receiver.detachFilter()
} catch (error) {
  console.log(`detachFilter: ${/** @type {NodeJS.ErrnoException} */ (error).code}, the filter is locked`)
}
for (const sock of [receiver, sender]) sock.close()
