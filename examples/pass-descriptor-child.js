/** What pass-descriptor.js starts: takes connections from descriptor 3 and answers them. */
import { recvFds, Socket } from 'berkeley'

const channel = Socket.adopt(3)
channel.setInheritable(false)
for (let served = 1; ; served++) {
  // At most one descriptor; if more came they would be closed. On a stream a receive ends where descriptors came.
  const [message, fds] = recvFds(channel, 1024, 1)
  if (message.length === 0) break
  const { from } = JSON.parse(message.toString())
  const conn = Socket.adopt(fds[0]) // asks the kernel what it is: AF_INET, SOCK_STREAM
  conn.sendall(`hello ${conn.recv(1024)} from ${from}, you are number ${served}`)
  conn.close()
}
channel.close()
