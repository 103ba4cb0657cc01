import { socket } from 'berkeley'

const port = Number(process.argv[2]?.slice('port='.length))
const conn = socket()
conn.connect(['127.0.0.1', port])
conn.sendall(conn.recv(1))
conn.close()
