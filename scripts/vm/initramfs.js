/** The memory file system that the virtual machine starts from: an archive as cpio's `newc` writes it. See cpio(5). */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** One file of the archive, or with a mode of 040000 a folder. */
/** @typedef {{ name: string, mode: number, data?: Buffer }} Entry */

const FILE = 0o100000
const FOLDER = 0o040000
const TRAILER = 'TRAILER!!!'

/** @param {number} size */
const padding = (size) => Buffer.alloc((4 - (size % 4)) % 4)

/** @param {Entry} entry @param {number} inode */
function entryBytes({ name, mode, data = Buffer.alloc(0) }, inode) {
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length + 1, 0]
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`
  return [Buffer.from(header), padding(header.length), data, padding(data.length)]
}

/** @param {Entry[]} entries */
const archive = (entries) =>
  Buffer.concat([...entries, { name: TRAILER, mode: 0 }].flatMap((entry, i) => entryBytes(entry, i + 1)))

/** What the kernel's tools call a module: of its name alone, with underscores. @param {string} name */
const moduleName = (name) =>
  basename(name)
    .replace(/\.ko.*/, '')
    .replaceAll('-', '_')

/**
 * The files of the modules and of all that they need, each after what it needs.
 * @param {string} folder the `/lib/modules/<version>` of the kernel @param {string[]} names
 */
function moduleFiles(folder, names) {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ko'))
  const files = new Map(paths.map((path) => [moduleName(path), join(folder, path)]))
  /** @type {Map<string, Buffer>} */
  const ordered = new Map()
  /** @param {string} name */
  const add = (name) => {
    if (ordered.has(name)) return
    const file = files.get(name)
    if (file === undefined) throw new Error(`the kernel has no module ${name}`)
    const data = readFileSync(file)
    const needed = /\0depends=([^\0]*)\0/.exec(data.toString('latin1'))?.[1] ?? ''
    for (const other of needed.split(',').filter(Boolean)) add(moduleName(other))
    ordered.set(name, data)
  }
  for (const name of names) add(moduleName(name))
  return ordered
}

/**
 * @param {{ busybox: string, init: string, command: string, modules: string, names: string[] }} what
 *   files: a static busybox, the first program; the command's text; the folder of the kernel's modules, and which
 */
export function initramfs({ busybox, init, command, modules, names }) {
  const loaded = moduleFiles(modules, names)
  return archive([
    ...['bin', 'modules', 'dev'].map((name) => ({ name, mode: FOLDER | 0o755 })),
    { name: 'bin/busybox', mode: FILE | 0o755, data: readFileSync(busybox) },
    { name: 'init', mode: FILE | 0o755, data: readFileSync(init) },
    { name: 'command', mode: FILE | 0o644, data: Buffer.from(command) },
    { name: 'modules/order', mode: FILE | 0o644, data: Buffer.from([...loaded.keys()].join('\n')) },
    ...[...loaded].map(([name, data]) => ({ name: `modules/${name}`, mode: FILE | 0o644, data })),
  ])
}
