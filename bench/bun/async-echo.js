import { listenLoopback } from './common.js'

listenLoopback({
  open(socket) {
    socket.setNoDelay(true)
  },
  data(socket, data) {
    // What is in flight is far less than a send buffer: a part sent is an error here.
    if (socket.write(data) !== data.length) throw new Error('a part was sent')
  },
})
