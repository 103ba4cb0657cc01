/**
 * send hands over what the kernel has room for, and answers how many bytes that was; the rest is the caller's.
 * sendall goes on until every byte is handed over. The reader is a worker thread: both sides block.
 */
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { createServer, SHUT_WR, SO_SNDBUF, SOL_SOCKET, socket } from 'berkeley'

const data = Buffer.alloc(1024 * 1024, 'berkeley')

/** Counts the bytes of each connection and answers the count. */
function serve() {
  const listener = createServer(['127.0.0.1', 0])
  parentPort.postMessage(listener.getsockname())
  while (true) {
    const [conn] = listener.accept()
    let total = 0
    let chunk
    do {
      chunk = conn.recv(65536)
      total += chunk.length
    } while (chunk.length > 0)
    conn.sendall(`${total} bytes arrived`)
    conn.close()
  }
}

function transmit(address, text, send) {
  const conn = socket()
  conn.setsockopt(SOL_SOCKET, SO_SNDBUF, 65536) // little room in the kernel, so that it shows
  conn.connect(address)
  conn.settimeout(10) // a blocking stream would wait in send, too, until all is handed over
  const answer = send(conn)
  conn.shutdown(SHUT_WR)
  console.log(`${text} answers ${answer}: ${conn.recv(100)}`)
  conn.close()
}

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url))
  const address = await new Promise((resolve) => worker.once('message', resolve))
  console.log(`data.length is ${data.length}`)
  transmit(address, 'send(data)', (conn) => conn.send(data))
  transmit(address, 'sendall(data)', (conn) => conn.sendall(data))
  // What sendall does, written out.
  transmit(address, 'send in a loop', (conn) => {
    let sent = 0
    while (sent < data.length) sent += conn.send(data.subarray(sent))
    return sent
  })
  await worker.terminate()
} else {
  serve()
}
