/**
 * Writes the tables of options in docs/options.md from those of lib/options/, as built in dist/:
 *
 *     node scripts/option-table.js [--check]
 *
 * `--check` writes nothing and exits with 1 where the page differs.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ipRows } from '../dist/options/ip-rows.js'
import { socketRows } from '../dist/options/socket-rows.js'
import { tcpRows } from '../dist/options/tcp-rows.js'

/** @import { Row } from '../dist/options/row.js' */

/** The manual pages of the levels, where a row names none. */
const MANUALS = /** @type {Record<string, string>} */ ({
  SOL_SOCKET: 'socket(7)',
  IPPROTO_TCP: 'tcp(7)',
  IPPROTO_UDP: 'udp(7)',
  IPPROTO_IP: 'ip(7)',
  IPPROTO_IPV6: 'ipv6(7)',
})

/** @param {Row<unknown>} row */
function valueColumn({ codec, access }) {
  return access === 'rw' ? codec.takes : `${codec.takes}; only ${access === 'r' ? 'read' : 'set'}`
}

/** @param {Row<unknown>} row */
function optionColumn(row) {
  /** @param {readonly (readonly [string, string, ...unknown[]] | null | undefined)[]} places */
  const names = (...places) => [...new Set(places.flatMap((place) => (place ? [`\`${place[1]}\``] : [])))].join(', ')
  const { at, inet6, macos, macosInet6 } = row
  if (macos === undefined) return names(at, inet6)
  const ofMacos = names(macos, macosInet6)
  if (ofMacos === '') return `Linux ${names(at, inet6)}`
  return [at ? names(at, inet6) : '', `macOS ${ofMacos}`].filter(Boolean).join('; ')
}

/** @param {Row<unknown>} row */
function manualColumn({ at, inet6, manual }) {
  return manual ?? [at, inet6].flatMap((place) => MANUALS[place?.[0] ?? ''] ?? []).join(', ')
}

/** @param {Record<string, Row<unknown>>} rows */
function tableOf(rows) {
  const lines = Object.entries(rows).map(([name, row]) => {
    const columns = [`\`${name}\``, valueColumn(row), row.unit ?? '', row.doc, optionColumn(row), manualColumn(row)]
    return `| ${columns.join(' | ')} |`
  })
  const head = ['| name | value | unit | what it does | option | manual |', '| --- | --- | --- | --- | --- | --- |']
  return [...head, ...lines].join('\n')
}

const path = fileURLToPath(new URL('../docs/options.md', import.meta.url))
const page = readFileSync(path, 'utf8')
let written = page
for (const [heading, rows] of Object.entries({
  'Every socket': socketRows,
  'TCP and UDP': tcpRows,
  'IPv4 and IPv6': ipRows,
})) {
  const place = new RegExp(`(^### ${heading}\n[^|]*\n)(\\|[^\n]*\n)+`, 'm')
  if (!place.test(written)) throw new Error(`docs/options.md has no table under "${heading}"`)
  written = written.replace(place, (_, before) => `${before}${tableOf(rows)}\n`)
}
if (!process.argv.includes('--check')) writeFileSync(path, written)
else if (written !== page) {
  console.error('docs/options.md does not match lib/options/; run: node scripts/option-table.js')
  process.exitCode = 1
}
