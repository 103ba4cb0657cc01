import { AF_INET, SOCK_STREAM, socket } from 'berkeley'
import { finish, nowNs, number } from '../lib/program.js'

/** @param {number} count */
function pairs(count) {
  for (let i = 0; i < count; i++) socket(AF_INET, SOCK_STREAM).close()
}

const count = number('count', 1000)
pairs(number('warmup'))
const start = nowNs()
pairs(count)
finish({ ns: nowNs() - start, count })
