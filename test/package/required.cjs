// The installed package, required: the same objects, without a warning.
const assert = require('node:assert/strict')
const berkeley = require('berkeley')
const { select } = require('berkeley/select')
const { DefaultSelector } = require('berkeley/selectors')
const { ThreadingTCPServer } = require('berkeley/socketserver')

process.on('warning', (warning) => {
  throw warning
})
const [near, far] = berkeley.socketpair()
near.sendall('required')
assert.equal(select([far], [], [], 0)[0][0], far)
assert.equal(far.recv(100).toString(), 'required')
for (const sock of [near, far]) sock.close()
assert.equal(typeof DefaultSelector, 'function')
assert.equal(typeof ThreadingTCPServer, 'function')
import('berkeley').then(({ Socket }) => {
  assert.equal(Socket, berkeley.Socket)
  console.log('ok')
})
