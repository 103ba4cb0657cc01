import { listenLoopback } from './common.js'

listenLoopback({
  open(socket) {
    socket.end()
  },
  data() {},
})
