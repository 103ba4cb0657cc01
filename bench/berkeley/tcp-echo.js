import { MAX_SIZE } from '../lib/program.js'
import { acceptLoopback } from './common.js'

const conn = acceptLoopback()
const buffer = Buffer.alloc(MAX_SIZE)
for (let n = conn.recvInto(buffer); n > 0; n = conn.recvInto(buffer)) conn.sendall(buffer.subarray(0, n))
conn.close()
