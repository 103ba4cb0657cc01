import { socket } from 'berkeley'

const port = Number(process.argv[2]?.slice('port='.length))
const conn = socket()
await conn.connectAsync(['127.0.0.1', port])
await conn.sendallAsync(await conn.recvAsync(1))
conn.close()
