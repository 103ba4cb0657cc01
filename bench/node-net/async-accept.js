import { listenLoopback } from './common.js'

listenLoopback((conn) => conn.destroy())
