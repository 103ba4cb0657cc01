/**
 * Bundles lib/ into few files of dist/, over what tsc has put there: `node scripts/bundle.js`. A module of its own costs
 * a program that imports the package about half a millisecond; there would be a hundred of them.
 */
import { fileURLToPath } from 'node:url'
import { buildCli } from './bundle/cli.js'
import { buildEntries } from './bundle/entries.js'
import { buildLazy } from './bundle/lazy.js'
import { modulesOf } from './bundle/modules.js'

const root = fileURLToPath(new URL('../', import.meta.url))

/** The entry points, and what a server's threads run: files of dist/. */
const entries = {
  index: 'lib/index.ts',
  select: 'lib/select.ts',
  selectors: 'lib/selectors.ts',
  socketserver: 'lib/socketserver.ts',
  'worker-main': 'lib/socketserver/worker-main.ts',
}

/**
 * What is loaded when it is first called, by its file in dist/lazy/: modules of which the rest uses nothing but
 * functions and numbers.
 */
const lazy = {
  addresses: ['lib/address/others.ts'],
  ancillary: ['lib/ancillary/decode.ts', 'lib/ancillary/encode.ts', 'lib/operations/peer.ts'],
  batches: ['lib/operations/batch.ts', 'lib/operations/batch-async.ts', 'lib/operations/zero-copy.ts'],
  connect: ['lib/create-async.ts'],
  copying: [
    'lib/operations/sendfile.ts',
    'lib/operations/sendfile-async.ts',
    'lib/operations/splice.ts',
    'lib/operations/splice-async.ts',
  ],
  files: ['lib/file.ts', 'lib/file/base.ts', 'lib/file/reads.ts', 'lib/file/byte-queue.ts'],
  messages: [
    'lib/operations/message.ts',
    'lib/operations/message-async.ts',
    'lib/operations/fds.ts',
    'lib/operations/afalg.ts',
    'lib/control.ts',
  ],
  names: ['lib/netdb.ts', 'lib/questions.ts', 'lib/resolve.ts', 'lib/resolve-async.ts'],
  options: ['lib/options.ts', 'lib/options/filter.ts', 'lib/options/multicast.ts'],
  streams: ['lib/duplex.ts', 'lib/web-streams.ts'],
}

const modules = await modulesOf(root, entries, lazy)
const used = await buildLazy(root, modules)
await buildEntries(root, entries, modules, used)
await buildCli(root, entries)
