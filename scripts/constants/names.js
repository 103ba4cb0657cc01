/** Reads the rows of the table: which names there are, of which kind and where. */

/** @import { Family } from './table.js' */

import { createHash } from 'node:crypto'

/**
 * Where a name exists: on a system's every header, on some of them, or not.
 * @typedef {object} Name
 * @property {string} name
 * @property {string} kind
 * @property {'all' | 'some' | 'none'} linux
 * @property {'all' | 'some' | 'none'} macos
 */

/**
 * @param {string | undefined} list
 * @returns {string[]}
 */
export function words(list) {
  return list?.split(/\s+/).filter(Boolean) ?? []
}

/**
 * Every name once, in the table's order.
 * @param {readonly Family[]} families
 * @returns {Name[]}
 */
export function namesOf(families) {
  /** @type {Map<string, Name>} */
  const names = new Map()
  for (const family of families) {
    /** @param {string[]} list @param {Partial<Name>} where */
    const add = (list, where) => {
      for (const name of list) {
        const known = names.get(name) ?? { name, kind: family.kind, linux: 'none', macos: 'none' }
        if (known.kind !== family.kind) throw new Error(`${name} is both ${known.kind} and ${family.kind}`)
        for (const system of /** @type {const} */ (['linux', 'macos'])) {
          if (where[system] && known[system] !== 'none') throw new Error(`${name} is listed twice for ${system}`)
        }
        names.set(name, Object.assign(known, where))
      }
    }
    add(words(family.everywhere), { linux: 'all', macos: 'all' })
    add(words(family.linux), { linux: 'all' })
    add(words(family.linuxSome), { linux: 'some' })
    add(words(family.macos), { macos: 'all' })
    add(words(family.macosSome), { macos: 'some' })
    add(Object.keys(family.linuxValues ?? {}), { linux: 'all' })
  }
  return [...names.values()]
}

/**
 * A number of 31 bits that tells the order of the names from another version's.
 * @param {readonly Family[]} families
 */
export function fingerprintOf(families) {
  const names = namesOf(families).map((each) => each.name)
  return createHash('sha256').update(names.join(' ')).digest().readUInt32BE() >>> 1
}
