import { listenLoopback } from './common.js'

listenLoopback((conn) => conn.on('data', (data) => conn.write(data)))
