/**
 * recv in a loop. It answers what is there, never more than `bufsize` bytes; 0 bytes are the end of the stream.
 * The sender is a worker thread: both sides block.
 */
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { createServer, MSG_WAITALL, socket } from 'berkeley'

const text = 'The quick brown fox jumps over the lazy dog.'

/** Sends the text to two clients, one after the other. */
function serve() {
  const listener = createServer(['127.0.0.1', 0])
  parentPort.postMessage(listener.getsockname())
  for (let i = 0; i < 2; i++) {
    const [conn] = listener.accept()
    conn.sendall(text)
    conn.close() // the end of the stream
  }
  listener.close()
}

function open(address) {
  const conn = socket()
  conn.connect(address)
  return conn
}

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url))
  const address = await new Promise((resolve) => worker.once('message', resolve))

  const conn = open(address)
  const chunks = []
  let chunk
  do {
    chunk = conn.recv(16)
    console.log(`recv(16) answers ${chunk.length} bytes '${chunk}'`)
    chunks.push(chunk)
  } while (chunk.length > 0)
  console.log(`in all: '${Buffer.concat(chunks)}'`)
  conn.close()

  // How a stream is cut into pieces is chance. MSG_WAITALL waits for so many bytes, or the end.
  const second = open(address)
  console.log(`recv(19, MSG_WAITALL) answers '${second.recv(19, MSG_WAITALL)}'`)
  second.close()
} else {
  serve()
}
