/** What a running client shows: one line that changes on a terminal, else a line for each interval. */
import bars from 'cli-progress'
import { colors } from '../colors.js'
import type { Progress } from './client/context.js'
import type { TestResult } from './results.js'
import { details, endText, headline } from './summary.js'

const BAR_COLUMNS = 16

/** @param stream where it goes: a terminal or not */
export function showProgress(stream: NodeJS.WriteStream): Progress {
  const { bold, dim, green, red, yellow } = colors(stream)
  let bar: bars.SingleBar | undefined
  let seconds: number | null = null
  let shown: string | undefined
  return {
    begin(title, expected) {
      seconds = expected
      shown = undefined
      stream.write(`${bold(title)}\n`)
      if (!stream.isTTY) return
      bar = new bars.SingleBar({
        format: expected === null ? '  {line}' : '  {bar}  {line}',
        stream,
        barsize: BAR_COLUMNS,
        // Rarely: what draws runs beside what is measured.
        fps: 5,
        hideCursor: true,
        clearOnComplete: true,
        emptyOnZero: true,
      })
      bar.start(1000, 0, { line: '' })
    },
    tick(line, elapsed) {
      shown = line
      if (bar === undefined) stream.write(`  ${line}\n`)
      else bar.update(seconds === null ? 0 : Math.min(1000, Math.floor((elapsed / seconds) * 1000)), { line })
    },
    end(result: TestResult) {
      if (bar !== undefined) {
        bar.update({ line: shown ?? '' })
        bar.stop()
        bar = undefined
      }
      const end = endText(result)
      const paint = result.status === 'interrupted' ? yellow : red
      stream.write(`  ${green(headline(result))}${end === '' ? '' : `  ${paint(end)}`}\n`)
      for (const line of details(result)) stream.write(`  ${dim(line)}\n`)
      stream.write('\n')
    },
  }
}

/** Says nothing: the standard output is for JSON. */
export const SILENT: Progress = { begin: () => {}, tick: () => {}, end: () => {} }
