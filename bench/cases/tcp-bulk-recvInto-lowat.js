import { bulk } from '../lib/shapes.js'

const { targets, ...shape } = bulk({
  mode: 'recvInto',
  placement: 'free',
  about: 'like tcp-bulk-recvInto, with SO_RCVLOWAT of 64 KiB: the kernel wakes the receiver for full buffers only',
  throughput: 0.95,
})

/** @type {import('../lib/types.js').Case} */
export default {
  ...shape,
  name: 'tcp-bulk-recvInto-lowat',
  // A name for those that know the argument.
  program: 'tcp-bulk-lowat',
  args: { ...shape.args, lowat: 65_536 },
  targets: targets.filter(({ against }) => against === 'c'),
}
