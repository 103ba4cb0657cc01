/** The C++ side of the table: the entries of a `constexpr Constant[]`, or `Errno[]`. */

/** @import { Family } from './table.js' */

import { fingerprintOf, namesOf, words } from './names.js'

/** @param {string} name @param {boolean} hasPlace */
const head = (name, hasPlace) => `{"${name}", ${hasPlace ? `kPlaceOf_${name}, ` : ''}`

/**
 * One entry, behind its condition. The names of "everywhere" have none: a header that lacks one fails the build.
 * @param {Family} family
 * @param {string} name
 * @param {boolean} certain
 * @param {boolean} hasPlace
 * @returns {{ condition: string, text: string, otherwise: string }}
 */
function entry(family, name, certain, hasPlace) {
  const expression = `${family.prefixInC ?? ''}${name.slice(family.prefix?.length ?? 0)}`
  const fallback = family.fallback?.[name]
  const condition = family.when ?? (certain && fallback === undefined ? '' : `defined(${expression})`)
  const line = (/** @type {number | string} */ value) => `  ${head(name, hasPlace)}static_cast<double>(${value})},\n`
  return { condition, text: line(expression), otherwise: fallback === undefined ? '' : line(fallback) }
}

/**
 * @param {readonly ReturnType<typeof entry>[]} entries
 */
function join(entries) {
  let text = ''
  entries.forEach((each, index) => {
    const { condition, otherwise } = each
    const opens = condition !== '' && (otherwise !== '' || entries[index - 1]?.condition !== condition)
    const closes = condition !== '' && (otherwise !== '' || entries[index + 1]?.condition !== condition)
    if (opens) text += `#if ${condition}\n`
    text += each.text
    if (otherwise !== '') text += `#else\n${otherwise}`
    if (closes) text += '#endif\n'
  })
  return text
}

/**
 * @param {readonly Family[]} families
 * @param {boolean} hasPlaces whether each says where its value stands in the list of values
 */
export function toInclude(families, hasPlaces) {
  let everywhere = ''
  let linux = ''
  let macos = ''
  for (const family of families) {
    const entries = (/** @type {string | undefined} */ list, certain = false) =>
      join(words(list).map((name) => entry(family, name, certain, hasPlaces)))
    everywhere += entries(family.everywhere, true)
    linux += entries(`${family.linux ?? ''} ${family.linuxSome ?? ''}`)
    macos += entries(`${family.macos ?? ''} ${family.macosSome ?? ''}`)
    for (const [name, value] of Object.entries(family.linuxValues ?? {})) {
      linux += `  ${head(name, hasPlaces)}${value}},\n`
    }
  }
  return `${everywhere}#ifdef __linux__\n${linux}#endif\n#ifdef __APPLE__\n${macos}#endif\n`
}

/**
 * Where each value stands, how many there are, and what tells this order from another version's.
 * @param {readonly Family[]} families
 */
export function toPlaces(families) {
  const places = namesOf(families).map((each) => `  kPlaceOf_${each.name},\n`)
  return `enum Place : uint32_t {\n${places.join('')}  kPlaces\n};\nconstexpr int32_t kFingerprint = ${fingerprintOf(families)};\n`
}
