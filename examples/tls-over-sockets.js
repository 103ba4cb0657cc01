/**
 * TLS over sockets, begun in the middle of a conversation (STARTTLS, as mail servers do): lines by plain calls, then the
 * same sockets as streams under node:tls. A shared key stands in for certificates, so that the program needs no files.
 */
import { connect, TLSSocket } from 'node:tls'
import { createConnectionAsync, createServer } from 'berkeley'

const secret = Buffer.from('0123456789abcdef')
const options = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } // a real server: { key, cert }

/** Receives a line, and not one byte of what follows it. */
async function receiveLine(sock) {
  let line = ''
  while (!line.endsWith('\n')) {
    const byte = await sock.recvAsync(1)
    if (byte.length === 0) throw new Error('the end came within a line')
    line += byte.toString('latin1')
  }
  return line.trimEnd()
}

async function serve(listener) {
  const [conn] = await listener.acceptAsync()
  await conn.sendallAsync('220 ready\r\n')
  console.log(`server received: ${await receiveLine(conn)}`)
  await conn.sendallAsync('220 go ahead\r\n')
  // The client's first bytes of TLS may be here already: they are in the kernel, where the stream finds them.
  const secure = new TLSSocket(conn.toDuplex(), { ...options, isServer: true, pskCallback: () => secret })
  secure.on('data', (data) => {
    console.log(`server received in secret: ${data}`)
    secure.end('250 understood')
  })
}

const listener = createServer(['127.0.0.1', 0])
const serving = serve(listener)

const sock = await createConnectionAsync(listener.getsockname())
console.log(`client received: ${await receiveLine(sock)}`)
await sock.sendallAsync('STARTTLS\r\n')
console.log(`client received: ${await receiveLine(sock)}`)
await serving

const client = connect({
  ...options,
  // The server's end ends this side, too: some versions of Node would keep it open otherwise.
  socket: sock.toDuplex({ allowHalfOpen: false }),
  pskCallback: () => ({ psk: secret, identity: 'client' }),
  checkServerIdentity: () => undefined, // there is no certificate to check
})
client.write('MAIL')
for await (const data of client) console.log(`client received in secret: ${data} (${client.getProtocol()})`)
console.log(`the socket is ${sock.closed ? 'closed' : 'open'}`)
listener.close()
