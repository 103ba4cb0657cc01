/** What ends an async call early: its timeout, that of its socket, a signal, close(). And that nothing is lost then. */
import { socketpair } from 'berkeley'

const [conn, peer] = socketpair()

async function measure(text, call) {
  const started = performance.now()
  try {
    const data = await call()
    console.log(`${text}: '${data}'`)
  } catch (error) {
    const seconds = (performance.now() - started) / 1000
    console.log(`${text}: ${error.name} '${error.message}' after ${seconds.toFixed(3)} seconds`)
  }
}

// Nobody has sent anything.
await measure('timeout', () => conn.recvAsync(100, { timeout: 0.05 }))

conn.settimeout(0.1) // for every call that says nothing else
await measure('settimeout', () => conn.recvAsync(100))
conn.setblocking(false) // recv would throw EAGAIN; recvAsync waits in every mode
await measure('timeout of 0', () => conn.recvAsync(100, { timeout: 0 }))

await measure('signal', () => conn.recvAsync(100, { signal: AbortSignal.timeout(50) }))

// A signal of several reasons: what the user does, and a limit for all that is done with it.
const stop = new AbortController()
const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(5000)])
const waiting = [conn.recvAsync(100, { signal }), conn.recvAsync(100, { signal })]
stop.abort(new Error('the user has had enough'))
const outcomes = await Promise.allSettled(waiting)
console.log(`one signal, ${outcomes.length} calls: ${outcomes.map(({ reason }) => reason.message).join('; ')}`)

// What came too late for those is there for the next one.
peer.send('better late than never')
await measure('the next call', () => conn.recvAsync(100))

// How far a send came. Nobody receives, so the kernel is full soon.
const data = Buffer.alloc(64 * 1024 * 1024)
await conn.sendallAsync(data, { timeout: 0.05 }).catch((error) => {
  const isPart = error.bytesSent > 0 && error.bytesSent < data.length
  console.log(`sendallAsync: ${error.code}, ${isPart ? 'a part of the data' : error.bytesSent} was sent`)
})

const last = measure('close', () => conn.recvAsync(100))
conn.close()
await last
peer.close()
