/** The handler of socketserver-threads.js. Each thread loads this module for itself, and may block. */
import { createHash } from 'node:crypto'
import { threadId } from 'node:worker_threads'
import { StreamRequestHandler } from 'berkeley/socketserver'

export class DigestHandler extends StreamRequestHandler {
  handle() {
    const text = this.rfile.read() // blocks until the client has sent everything
    if (text.length === 0) throw new Error('nothing to digest')
    const digest = createHash(this.server.data.algorithm).update(text).digest('hex')
    this.wfile.write(Buffer.from(`${digest} ${threadId}`))
  }
}
