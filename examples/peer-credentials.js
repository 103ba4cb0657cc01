/** Who is at the other end of a unix socket: a server that lets only its own user in. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AF_UNIX, decodeAncillary, SO_PASSCRED, SOCK_DGRAM, SOL_SOCKET, socket, socketpair } from 'berkeley'

// Started once more, as the client.
const [, program, path] = process.argv
if (path !== undefined) {
  const conn = socket(AF_UNIX)
  await conn.connectAsync(path)
  console.log(`the client, process ${process.pid}, was told: ${await conn.recvAsync(100)}`)
  conn.close()
  process.exit()
}

const folder = mkdtempSync(join(tmpdir(), 'peer-'))
const listener = socket(AF_UNIX)
listener.bind(join(folder, 'socket'))
listener.listen()

const client = spawn(process.execPath, [program, join(folder, 'socket')], { stdio: ['ignore', 'inherit', 'inherit'] })
const [conn] = await listener.acceptAsync({ timeout: 10 })
// The kernel's word, not the client's: it cannot be forged, and needs no password.
const { pid, uid, gid } = conn.getpeereid()
console.log(`process ${pid} of user ${uid} and group ${gid}: ${pid === client.pid ? 'the child' : 'somebody else'}`)
await conn.sendallAsync(uid === process.geteuid() ? 'welcome' : 'go away')
conn.close()
await new Promise((resolve) => client.once('close', resolve))
listener.close()
rmSync(folder, { recursive: true })

// Where many send to one socket, each message can tell who sent it (Linux).
if (SO_PASSCRED !== undefined) {
  const [receiver, sender] = socketpair(AF_UNIX, SOCK_DGRAM)
  receiver.setsockopt(SOL_SOCKET, SO_PASSCRED, 1)
  sender.send('a datagram')
  const [data, ancdata] = receiver.recvmsg(100, 256)
  const { credentials } = decodeAncillary(ancdata)
  console.log(`'${data}' from ${credentials.pid === process.pid ? 'this process' : `process ${credentials.pid}`}`)
  receiver.close()
  sender.close()
}
