/** Waiting for several descriptors at once: select, poll, and epoll where there is one; and without blocking. */
import { socketpair } from 'berkeley'
import { EPOLLET, EPOLLIN, epoll, POLLHUP, POLLIN, POLLOUT, poll, select, selectAsync } from 'berkeley/select'

const [left, right] = socketpair()
const [near, far] = socketpair()
const names = new Map([
  [left, 'left'],
  [right, 'right'],
  [near, 'near'],
  [far, 'far'],
])
const nameOf = (sock) => names.get(sock)
const nameOfDescriptor = (fd) => [...names].find(([sock]) => sock.fileno() === fd)?.[1]

// select: lists of sockets in, those that are ready out.
right.send('to the left')
const [readable, writable] = select([left, near], [right, far], [], 1)
console.log(`readable: ${readable.map(nameOf)}; writable: ${writable.map(nameOf)}`)

// Nothing is ready: it waits, and answers empty lists.
const started = performance.now()
const [none] = select([near], [], [], 0.05)
console.log(`${none.length} readable after ${Math.floor(performance.now() - started)} ms`)

// poll: what is waited for is kept, and the answer says what each descriptor is ready for.
const list = poll()
list.register(left, POLLIN | POLLOUT)
list.register(near, POLLIN)
far.close()
for (const [fd, events] of list.poll(1000)) {
  const all = { POLLIN, POLLOUT, POLLHUP }
  const there = Object.keys(all).filter((name) => events & all[name])
  console.log(`${nameOfDescriptor(fd)}: ${there.join(' | ')}`)
}

// epoll, on Linux: the kernel keeps what is waited for. Edge-triggered, it tells of each change once.
if (EPOLLIN !== undefined) {
  const queue = epoll()
  queue.register(left, EPOLLIN | EPOLLET)
  console.log(`epoll: ${queue.poll(1).length}, then ${queue.poll(0).length}`)
  right.send('more')
  console.log(`epoll after another send: ${queue.poll(1).length}`)
  queue.close()
}

// Beside an event loop: the timer runs while selectAsync waits.
setTimeout(() => left.send('to the right'), 20)
const [[sock]] = await selectAsync([right], [], [], { timeout: 5 })
console.log(`${nameOf(sock)} has ${sock.recv(100)}`)

for (const each of [left, right, near]) each.close()
