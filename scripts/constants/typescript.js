/** The TypeScript side of the table. */

/** @import { Family, Role } from './table.js' */
/** @import { Name } from './names.js' */

import { kinds } from './kinds.js'
import { namesOf } from './names.js'

/**
 * "Linux, macOS." where every build has the name, otherwise which.
 * @param {Name} name
 */
export function availability({ linux, macos }) {
  if (linux === 'all' && macos === 'all') return 'Linux, macOS.'
  const systems = []
  if (linux !== 'none') systems.push(linux === 'all' ? 'Linux' : 'Linux, where its headers have it')
  if (macos !== 'none') systems.push(macos === 'all' ? 'macOS' : 'macOS, where its headers have it')
  return `${systems.join('; ')}.`
}

/** Whether some build lacks the name. @param {Name} name */
const mayLack = ({ linux, macos }) => linux !== 'all' || macos !== 'all'

/** The documentation of a constant. @param {Name} name */
function describe(name) {
  const kind = kinds.get(name.kind)
  if (kind === undefined) throw new Error(`kinds.js does not say what ${name.kind} is`)
  return `${kind[0]}. See ${kind[1]}. ${availability(name)}`
}

/** @param {readonly Family[]} families */
export function toConstants(families) {
  let text = "\nimport { namedConstants } from '../binding.js'\nimport type { Constant } from '../constant.js'\n\n"
  text += 'const c = namedConstants()\n'
  let kind = ''
  for (const each of namesOf(families)) {
    if (each.kind !== kind) text += '\n'
    kind = each.kind
    text += `/** ${describe(each)} */\n`
    const type = `Constant<'${each.kind}', '${each.name}'>${mayLack(each) ? ' | undefined' : ''}`
    text += `export const ${each.name} = c.${each.name} as ${type}\n`
  }
  return text
}

export const socketReExports = `
// CPython's socket module has these three of errno.
export { EAGAIN, EBADF, EWOULDBLOCK } from './errno.js'
`

/** @param {Family} family */
export function toErrno(family) {
  const names = namesOf([family])
  let text = "\nimport { native } from '../binding.js'\nimport type { Constant } from '../constant.js'\n\n"
  text += '/** The errno numbers of this platform, by name. */\nexport interface ErrnoTable {\n'
  for (const each of names) {
    text += `  /** See errno(3). ${availability(each)} */\n  readonly ${each.name}${mayLack(each) ? '?' : ''}: number\n`
  }
  text += '}\n\n/** The name of an errno number. */\nexport type ErrnoName = keyof ErrnoTable\n\n'
  text += '/** The errno numbers of this platform, by name: `errno.ECONNREFUSED`. See errno(3). Linux, macOS. */\n'
  text += 'export const errno = Object.freeze(native.errno) as unknown as ErrnoTable\n'
  text += '\n'
  for (const name of ['EAGAIN', 'EBADF', 'EWOULDBLOCK']) {
    text += `/** An errno number. See errno(3). Linux, macOS. */\n`
    text += `export const ${name} = errno.${name} as Constant<'E', '${name}'>\n`
  }
  return text
}

/** @type {readonly [Role, string, string][]} */
const roles = [
  ['level', 'LevelKind', "The kinds that getsockopt's and setsockopt's `level` and a control message's level take."],
  ['option', 'OptionKind', "The kinds that getsockopt's and setsockopt's `name` take."],
  ['protocol', 'ProtocolKind', "The kinds that a socket's `proto` takes."],
  ['ancillary', 'AncillaryKind', "The kinds that a control message's type takes, beside options."],
]

/** @param {readonly Family[]} families */
export function toKinds(families) {
  return roles
    .map(([role, name, doc]) => {
      const kinds = new Set(families.filter((family) => family.roles?.includes(role)).map((family) => family.kind))
      const members = [...kinds].map((kind) => `'${kind}'`)
      if (role === 'ancillary') members.push('OptionKind')
      const line = `export type ${name} = ${members.join(' | ')}\n`
      const lines = `export type ${name} =\n${members.map((member) => `  | ${member}\n`).join('')}`
      return `\n/** ${doc} */\n${line.length > 120 ? lines : line}`
    })
    .join('')
}
