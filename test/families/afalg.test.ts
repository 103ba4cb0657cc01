/** AF_ALG: the kernel's hashes and ciphers give what node:crypto gives. */
import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import {
  AF_ALG,
  ALG_OP_DECRYPT,
  ALG_OP_ENCRYPT,
  ALG_SET_AEAD_AUTHSIZE,
  ALG_SET_KEY,
  MSG_MORE,
  SOCK_SEQPACKET,
  SOL_ALG,
  type Socket,
  socket,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { has } from '../support/families.js'
import { thrown } from '../support/sockets.js'

/** Tests run under the probe below only, where each constant is there. */
const family = AF_ALG as NonNullable<typeof AF_ALG>
const [level, setKey, setTagSize] = [SOL_ALG, ALG_SET_KEY, ALG_SET_AEAD_AUTHSIZE].map(Number) as [
  number,
  number,
  number,
]
const [encrypt, decrypt, more] = [ALG_OP_ENCRYPT, ALG_OP_DECRYPT, MSG_MORE].map(Number) as [number, number, number]

interface Transformation {
  key?: Buffer
  tagSize?: number
}

/** A socket that operations of one algorithm are accepted from. */
function algorithm(type: string, name: string, { key, tagSize }: Transformation = {}): Socket<typeof family> {
  const sock = socket(family, SOCK_SEQPACKET)
  sock.bind([type, name])
  if (key !== undefined) sock.setsockopt(level, setKey, key)
  if (tagSize !== undefined) sock.setsockopt(level, setTagSize, null, tagSize)
  return sock
}

/** One operation. The algorithm's own socket may be closed by then. */
function operation(type: string, name: string, transformation?: Transformation): Socket<typeof family> {
  using transformer = algorithm(type, name, transformation)
  const [accepted, address] = transformer.accept()
  expect(address).toBeNull()
  accepted.settimeout(10)
  return accepted
}

const [key, iv] = [randomBytes(16), randomBytes(16)]

describe.skipIf(!has.alg)('AF_ALG [needs AF_ALG]', () => {
  test('a hash', () => {
    using op = operation('hash', 'sha256')
    const data = randomBytes(1_000_000)
    op.sendall(data)
    expect(op.recv(100)).toEqual(createHash('sha256').update(data).digest())
  })

  test('a hash of parts, and another one on the same socket', () => {
    using op = operation('hash', 'sha1')
    for (const part of ['one ', 'and ', 'two']) op.send(part, more)
    op.send('')
    expect(op.recv(20).toString('hex')).toBe(createHash('sha1').update('one and two').digest('hex'))
    op.send('again')
    expect(op.recv(20).toString('hex')).toBe(createHash('sha1').update('again').digest('hex'))
  })

  test('a hash with a key', () => {
    const hmacKey = Buffer.from('a key of any length')
    using op = operation('hash', 'hmac(sha256)', { key: hmacKey })
    op.sendall('what is said')
    expect(op.recv(32)).toEqual(createHmac('sha256', hmacKey).update('what is said').digest())
  })

  test('hashes as promises, many at a time', async () => {
    using sha = algorithm('hash', 'sha256')
    const digests = Array.from({ length: 20 }, async (_, i) => {
      const [accepted] = await sha.acceptAsync()
      using op = accepted
      await op.sendAsync(`part of ${i}, `, { flags: more })
      await op.sendallAsync('and the rest')
      return [await op.recvAsync(32), createHash('sha256').update(`part of ${i}, and the rest`).digest()]
    })
    for (const [digest, expected] of await Promise.all(digests)) expect(digest).toEqual(expected)
  })

  test.each([
    ['cbc(aes)', 'aes-128-cbc'],
    ['ctr(aes)', 'aes-128-ctr'],
  ])('%s encrypts and decrypts', (name, openssl) => {
    const plain = randomBytes(4096)
    const expected = createCipheriv(openssl, key, iv).setAutoPadding(false).update(plain)
    using cipher = operation('skcipher', name, { key })
    expect(cipher.sendmsgAfalg({ data: plain, op: encrypt, iv })).toBe(plain.length)
    expect(cipher.recv(plain.length)).toEqual(expected)
    // The same socket, the other way; the data comes after the settings, and in parts.
    cipher.sendmsgAfalg({ op: decrypt, iv, flags: more })
    cipher.send(expected.subarray(0, 1024), more)
    cipher.sendall(expected.subarray(1024))
    expect(cipher.recv(plain.length)).toEqual(plain)
  })

  test('data of several buffers, of any kind', () => {
    const parts = ['sixteen letters!', Buffer.from('and so there are'), Uint16Array.from({ length: 8 }, (_, i) => i)]
    const whole = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : view(part))))
    using cipher = operation('skcipher', 'cbc(aes)', { key })
    expect(cipher.sendmsgAfalg({ data: parts, op: encrypt, iv: new Uint8Array(iv).buffer })).toBe(48)
    expect(cipher.recv(48)).toEqual(createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false).update(whole))
  })

  test('a cipher as promises', async () => {
    const plain = randomBytes(64)
    using cipher = operation('skcipher', 'cbc(aes)', { key })
    const receiving = cipher.recvAsync(64)
    expect(await cipher.sendmsgAfalgAsync({ data: [plain], op: encrypt, iv, timeout: 10 })).toBe(64)
    expect(await receiving).toEqual(createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false).update(plain))
  })

  describe('authenticated encryption', () => {
    const [nonce, associated, plain] = [randomBytes(12), Buffer.from('in the clear'), Buffer.from('kept to themselves')]
    const gcm = createCipheriv('aes-128-gcm', key, nonce).setAAD(associated)
    const secret = Buffer.concat([gcm.update(plain), gcm.final()])
    const tag = gcm.getAuthTag()
    const assoclen = associated.length
    const open = () => operation('aead', 'gcm(aes)', { key, tagSize: 16 })

    test('what was sealed', () => {
      using op = open()
      op.sendmsgAfalg({ op: encrypt, iv: nonce, assoclen, flags: more })
      op.sendall(associated, more)
      op.sendall(plain)
      const sealed = op.recv(assoclen + plain.length + tag.length)
      expect(sealed.subarray(assoclen)).toEqual(Buffer.concat([secret, tag]))
    })

    test('is opened', () => {
      using op = open()
      op.sendmsgAfalg({ data: [associated, secret, tag], op: decrypt, iv: nonce, assoclen })
      expect(op.recv(assoclen + plain.length).subarray(assoclen)).toEqual(plain)
    })

    test('unless somebody has changed it', async () => {
      const changed = Buffer.from(secret)
      changed[0] = (changed.readUInt8(0) + 1) & 255
      using op = open()
      op.sendmsgAfalg({ data: [associated, changed, tag], op: decrypt, iv: nonce, assoclen })
      expect(thrown(() => op.recv(100)).code).toBe('EBADMSG')
      using other = open()
      await other.sendmsgAfalgAsync({ data: [associated, changed, tag], op: decrypt, iv: nonce, assoclen })
      await expect(other.recvAsync(100)).rejects.toMatchObject({ code: 'EBADMSG' })
    })
  })

  test("the kernel's refusals", () => {
    using unknown = socket(family, SOCK_SEQPACKET)
    expect(thrown(() => unknown.bind(['hash', 'no-such-hash'])).code).toBe('ENOENT')
    expect(thrown(() => unknown.bind(['no-such-type', 'sha256'])).code).toBe('ENOENT')
    using cipher = operation('skcipher', 'cbc(aes)', { key })
    expect(thrown(() => cipher.sendmsgAfalg({ data: 'x', op: encrypt, iv: iv.subarray(1) })).code).toBe('EINVAL')
    expect(thrown(() => cipher.sendmsgAfalg({ data: 'x', op: 99, iv })).code).toBe('EINVAL')
  })

  test('an aborted call, a buffer without its memory, a closed socket', async () => {
    using op = operation('skcipher', 'cbc(aes)', { key })
    const message = { data: Buffer.alloc(16), op: encrypt, iv }
    const aborted = op.sendmsgAfalgAsync({ ...message, signal: AbortSignal.abort('enough') })
    await expect(aborted).rejects.toBe('enough')
    const gone = new Uint8Array(16)
    structuredClone(gone.buffer, { transfer: [gone.buffer] })
    expect(thrown(() => op.sendmsgAfalg({ ...message, data: gone })).message).toMatch(/"options.data".*its memory/)
    op.close()
    expect(thrown(() => op.sendmsgAfalg(message)).code).toBe('EBADF')
    await expect(op.sendmsgAfalgAsync(message)).rejects.toMatchObject({ code: 'EBADF' })
  })

  test('a receive before there is anything to receive waits, without work', async () => {
    using op = operation('skcipher', 'cbc(aes)', { key })
    const received = op.recvAsync(16)
    const [before, begun] = [process.cpuUsage(), performance.now()]
    await setTimeout(1000)
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000 / (performance.now() - begun)).toBeLessThan(0.5)
    const data = randomBytes(16)
    await op.sendmsgAfalgAsync({ data, op: encrypt, iv })
    const cipher = createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false)
    expect(await received).toEqual(cipher.update(data))
  })

  test('leaves no descriptor open', async () => {
    const count = (): number => readdirSync('/proc/self/fd').length
    const before = count()
    for (let i = 0; i < 50; i++) {
      using op = operation('hash', 'sha256')
      op.sendall('x')
      await op.recvAsync(32)
    }
    expect(count()).toBe(before)
  })
})

const view = (part: ArrayBufferView): Buffer => Buffer.from(part.buffer, part.byteOffset, part.byteLength)
