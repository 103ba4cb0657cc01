/** Web streams over sockets: compressed text one way, lines the other, and a reader with a buffer of its own. */
import { socketpair } from 'berkeley'

const [left, right] = socketpair()

/** Answers each line that comes, decompressed, with its length in 4 bytes. */
async function serve({ readable, writable }) {
  const lines = readable.pipeThrough(new DecompressionStream('gzip')).pipeThrough(new TextDecoderStream())
  const writer = writable.getWriter()
  let rest = ''
  for await (const part of lines) {
    const [last, ...complete] = (rest + part).split('\n').reverse()
    for (const line of complete.reverse()) {
      console.log(`received '${line.length > 20 ? `${line.slice(0, 17)}...` : line}'`)
      await writer.write(Uint32Array.of(line.length)) // done when the kernel has taken it
    }
    rest = last
  }
  await writer.close() // shutdown(SHUT_WR)
}
const served = serve(right.toWeb())

const { readable, writable } = left.toWeb()
const text = ['a line', 'another line', 'x'.repeat(100_000)].map((line) => `${line}\n`)
const compressed = new Blob(text).stream().pipeThrough(new CompressionStream('gzip'))
const sent = compressed.pipeTo(writable) // waits where the peer does not read, and closes at the end

const reader = readable.getReader({ mode: 'byob' })
let memory = new ArrayBuffer(1024)
for (;;) {
  const { value, done } = await reader.read(new Uint32Array(memory, 0, 1)) // received into this memory, no other
  if (done) break
  console.log(`a line of ${value[0]} characters, in a buffer of ${value.buffer.byteLength} bytes`)
  memory = value.buffer // it was lent to the stream, and comes back
}
await Promise.all([sent, served])
console.log(`the sockets are ${left.closed && right.closed ? 'closed' : 'open'}`)
