/**
 * A file over HTTP/1.0 by sendfile(2): the head is written through a file over the socket, the body goes from the disk's
 * cache to the connection without coming here.
 *
 *     node examples/sendfile.js                   the tour: it serves itself and asks for itself, with node:http
 *     node examples/sendfile.js file [port]       serves a file: curl -O http://127.0.0.1:50080/
 */
import { open } from 'node:fs/promises'
import { get } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { createServer, SHUT_WR } from 'berkeley'

/** Reads the head of a request, which ends with an empty line: its verb. */
async function readHead(conn) {
  const request = conn.makefile('r', { encoding: 'latin1' })
  try {
    const [verb] = (await request.readlineAsync({ limit: 8192, timeout: 10 })).split(' ')
    while ((await request.readlineAsync({ limit: 8192, timeout: 10 })).trim() !== '');
    return verb
  } finally {
    request.close()
  }
}

async function serve(conn, path) {
  let file
  try {
    const verb = await readHead(conn)
    file = await open(path)
    const { size } = await file.stat()
    const type = 'application/octet-stream'
    await conn.sendallAsync(`HTTP/1.0 200 OK\r\nContent-Length: ${size}\r\nContent-Type: ${type}\r\n\r\n`)
    const sent = verb === 'HEAD' || size === 0 ? 0 : await conn.sendfileAsync(file, { count: size, timeout: 60 })
    conn.shutdown(SHUT_WR)
    return sent
  } finally {
    conn.close()
    await file?.close()
  }
}

async function acceptAll(listener, path) {
  for await (const [conn] of listener) {
    serve(conn, path).then(
      (sent) => console.log(`${sent} bytes sent`),
      (error) => console.log(`${error.message}, after ${error.bytesSent ?? 0} bytes of the file`),
    )
  }
}

const [path, port = '50080'] = process.argv.slice(2)
if (path === '--help') {
  console.log('usage: node examples/sendfile.js [file [port]]')
} else if (path !== undefined) {
  const listener = createServer(['127.0.0.1', Number(port)])
  const [host, bound] = listener.getsockname()
  console.log(`listening on ${host} port ${bound}`)
  await acceptAll(listener, path)
} else {
  const listener = createServer(['127.0.0.1', 0])
  const serving = acceptAll(listener, new URL(import.meta.url))
  const [host, bound] = listener.getsockname()
  const response = await new Promise((resolve, reject) => {
    get({ host, port: bound, agent: false }, resolve).on('error', reject)
  })
  const body = await buffer(response)
  const isWhole = body.toString().endsWith('// the end of the file\n')
  console.log(`status ${response.statusCode}, ${body.length} bytes, ${isWhole ? 'to the end' : 'cut off'}`)
  listener.close()
  await serving
}
// the end of the file
