/**
 * sha256sum and its kin with the kernel's own code: AF_ALG, by which a program has what the kernel has of hashes, and
 * ciphers likewise. Linux, where the kernel has the module.
 */
import { createReadStream } from 'node:fs'
import { AF_ALG, MSG_MORE, SOCK_SEQPACKET, SocketError, socket } from 'berkeley'

const USAGE = `Usage: node alg-hash.js [-a algorithm] [file ...]
  -a    a hash in /proc/crypto, sha256 where left out
  file  what to hash; the standard input where there is none`
const LONGEST_DIGEST = 64

const args = process.argv.slice(2)
const algorithm = args[0] === '-a' ? args.splice(0, 2)[1] : 'sha256'
if (algorithm === undefined || args[0]?.startsWith('-')) {
  console.error(USAGE)
  process.exit(args[0] === '--help' ? 0 : 2)
}
if (AF_ALG === undefined) {
  console.error('AF_ALG is Linux')
  process.exit(1)
}

/** The hash of a stream, chunk by chunk. */
async function digest(hash, stream) {
  // What is accepted is one operation; any number of them can go on at a time.
  const [operation] = await hash.acceptAsync()
  for await (const chunk of stream) await operation.sendallAsync(chunk, { flags: MSG_MORE })
  operation.send('') // without MSG_MORE: that was all
  const value = operation.recv(LONGEST_DIGEST)
  operation.close()
  return value.toString('hex')
}

try {
  const hash = socket(AF_ALG, SOCK_SEQPACKET)
  hash.bind(['hash', algorithm])
  if (args.length === 0) console.log(`${await digest(hash, process.stdin)}  -`)
  for (const file of args) console.log(`${await digest(hash, createReadStream(file))}  ${file}`)
  hash.close()
} catch (error) {
  if (error.code === 'EAFNOSUPPORT') console.error('this kernel has no AF_ALG: modprobe af_alg algif_hash')
  else if (error instanceof SocketError && error.syscall === 'bind')
    console.error(`no hash ${algorithm} in this kernel`)
  else if (error.code !== undefined) console.error(error.message)
  else throw error
  process.exitCode = 1
}
