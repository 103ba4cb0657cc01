import { timeAndCpu } from '../lib/shapes.js'

export default timeAndCpu({
  name: 'recvmsg-sendmsg',
  each: 'message',
  about: '64 bytes in two buffers and a control message (IP_TOS), out and in over UDP in one thread: nothing waits',
  full: { checked: 1000, warmup: 20_000, count: 80_000 },
  quick: { checked: 300, warmup: 0, count: 300 },
  targets: [{ driver: 'berkeley', metric: 'time', against: 'cpython', atMost: 1.5 }],
})
