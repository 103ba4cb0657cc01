import { connect } from 'node:net'

const port = Number(process.argv[2]?.slice('port='.length))
const conn = connect({ port, host: '127.0.0.1', noDelay: true })
conn.on('data', (byte) => conn.end(byte))
