/**
 * Packs what is published: `npm run pack [-- options]`. Prints the tarball's path, last.
 *   --out folder       where it goes; here by default
 *   --local            without the binaries that are missing, and with this machine's own build: to try the package
 *   --repository url   https://host/owner/name, for package.json (CI knows it)
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { stage } from './package/stage.js'

/** How many bytes the package may have, with six binaries. */
export const LIMIT = 2 * 1024 * 1024

const root = fileURLToPath(new URL('../', import.meta.url))

/**
 * Packs a folder that holds a package.
 * @param {string} folder
 * @param {string} out
 * @returns {{ path: string, size: number, unpackedSize: number, entryCount: number, shasum: string }}
 */
export function packFolder(folder, out) {
  mkdirSync(out, { recursive: true })
  const args = ['pack', folder, '--json', '--ignore-scripts', '--pack-destination', out]
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: out, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm pack: ${stderr}`)
  const [packed] = Object.values(JSON.parse(stdout))
  return { ...packed, path: join(out, packed.filename) }
}

function main() {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, local: { type: 'boolean' }, repository: { type: 'string' } },
  })
  const folder = mkdtempSync(join(tmpdir(), 'berkeley-package-'))
  try {
    const { targets } = stage(root, folder, { local: values.local ?? false, repository: values.repository })
    const packed = packFolder(folder, resolve(values.out ?? root))
    const sizes = `${packed.entryCount} files, ${packed.size} bytes packed, ${packed.unpackedSize} unpacked`
    console.log(`${sizes}; binaries: ${targets.join(', ') || 'none'}`)
    if (packed.size > LIMIT) throw new Error(`The package may have ${LIMIT} bytes`)
    console.log(packed.path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    main()
  } catch (error) {
    console.error(String(error))
    process.exitCode = 1
  }
}
