/** What the bench says on a terminal. */
import { styleText } from 'node:util'
import Table from 'cli-table3'

/**
 * Colour where the output is a terminal that has it.
 * @param {Parameters<typeof styleText>[0]} format
 * @param {string} text
 */
export function paint(format, text) {
  return process.stdout.isTTY && process.stdout.hasColors() ? styleText(format, text) : text
}

/** @type {Record<string, Parameters<typeof styleText>[0]>} */
const COLOURS = { met: 'green', MISSED: 'red', 'not judged': 'yellow' }

/**
 * @param {string[][]} table the first row is the head
 * @param {string[]} [marked] first cells of the rows to be seen at once
 */
export function toTerminal([head = [], ...rows], marked = []) {
  const table = new Table({
    head: head.map((cell) => paint('bold', cell)),
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true, 'padding-left': 1, 'padding-right': 1 },
    ...(process.stdout.isTTY ? {} : { chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' } }),
  })
  for (const row of rows) {
    table.push(
      row.map((cell) => {
        const colour = COLOURS[cell] ?? (marked.includes(row[0] ?? '') ? 'cyan' : undefined)
        return colour === undefined ? cell : paint(colour, cell)
      }),
    )
  }
  return table.toString()
}
