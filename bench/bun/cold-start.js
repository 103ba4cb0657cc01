const port = Number(process.argv[2]?.slice('port='.length))
await Bun.connect({
  hostname: '127.0.0.1',
  port,
  socket: {
    data(conn, byte) {
      conn.write(byte)
      conn.end()
    },
    error(_conn, error) {
      throw error
    },
  },
})
