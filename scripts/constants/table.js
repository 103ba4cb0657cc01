/**
 * The one table of constants: every family, its names and where they exist. `native/generated/constants.inc` and
 * `lib/generated/` are made from it by generate.js, and a test fails where they differ.
 *
 * A name stands in the list of each system that has it. "Everywhere" is Linux (glibc and musl) and macOS: the build
 * fails where such a name is missing. The other lists were made with the headers of Linux 6.1 and of the macOS 11 SDK;
 * `linuxSome` and `macosSome` hold what these or another C library's may lack, newer names above all. What a system's
 * headers lack is `undefined` there.
 */

import { bluetooth } from './bluetooth.js'
import { filters } from './filters.js'
import { internet } from './internet.js'
import { links } from './links.js'
import { select } from './select.js'
import { sockets } from './sockets.js'
import { transports } from './transports.js'

export { errnos } from './errnos.js'

/**
 * Where the arguments of which calls take a family.
 * @typedef {'level' | 'option' | 'protocol' | 'ancillary'} Role
 */

/**
 * Lists are names separated by white space.
 * @typedef {object} Family
 * @property {string} kind what the type of its names is called; several rows may share one
 * @property {readonly Role[]} [roles]
 * @property {string} [everywhere]
 * @property {string} [linux]
 * @property {string} [linuxSome]
 * @property {string} [macos]
 * @property {string} [macosSome]
 * @property {Readonly<Record<string, number>>} [linuxValues] names that no header has, with Linux's numbers
 * @property {string} [prefix] what the names have before the name that C knows
 * @property {string} [prefixInC] what the name that C knows has in its place
 * @property {string} [when] the preprocessor's condition for names that are enumerators, which `#ifdef` does not see;
 *   empty where every header has them
 * @property {Readonly<Record<string, number | string>>} [fallback] C expressions for names that some headers lack
 */

/** @type {readonly Family[]} */
export const table = [...internet, ...sockets, ...filters, ...links, ...transports, ...bluetooth]

/** What `berkeley/select` exports, and `berkeley` does not: `lib/generated/select.ts`. */
export const selectTable = select
