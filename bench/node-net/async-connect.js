/** Connects and closes, `parallel` at a time; one at a time where nothing is said. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, measure, number } from '../lib/program.js'

const port = number('port')
const parallel = number('parallel', 1)
// Its end tells the sink that this program has ended.
const first = connect(port, '127.0.0.1')
await once(first, 'connect')

/**
 * @param {number} count
 * @param {boolean} check
 * @returns {Promise<number>}
 */
function connections(count, check) {
  if (count === 0) return Promise.resolve(0)
  let begun = 0
  let done = 0
  return new Promise((resolve, reject) => {
    const one = () => {
      if (begun++ >= count) return
      const sock = connect({ host: '127.0.0.1', port, noDelay: true }, () => {
        if (check) expect(sock.remotePort === port, 'connected to another port')
        sock.resetAndDestroy()
        if (++done === count) resolve(count)
        else one()
      })
      sock.on('error', reject)
    }
    for (let i = 0; i < parallel; i++) one()
  })
}

await measure(connections)
first.destroy()
