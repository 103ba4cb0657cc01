/** What a run shows of itself while it lasts: a bar on a terminal, else a line for each round. */
import progress from 'cli-progress'

/**
 * @param {{ budgetMs: number, stream?: NodeJS.WriteStream }} options
 */
export function showProgress({ budgetMs, stream = process.stderr }) {
  const began = performance.now()
  const bar = stream.isTTY
    ? new progress.SingleBar({
        format: '  {bar} {percentage} %  {case}  {driver}  {time}',
        stream,
        barsize: 24,
        // Rarely, since what draws runs beside what is measured.
        fps: 2,
        hideCursor: true,
        clearOnComplete: true,
        emptyOnZero: true,
      })
    : undefined
  bar?.start(1000, 0, { case: '', driver: '', time: '' })
  return {
    /**
     * @param {{ name: string, round: number, driver: string, done: number, wanted: number }} where
     */
    running({ name, round, driver, done, wanted }) {
      const seconds = (performance.now() - began) / 1000
      // Whichever ends it first, the rounds or the time.
      const part = Math.min(1, Math.max(done / wanted, (seconds * 1000) / budgetMs))
      bar?.update(Math.floor(part * 1000), {
        case: `${name}, round ${round + 1}`,
        driver,
        time: `${seconds.toFixed(0)} s of at most ${Math.round(budgetMs / 1000)} s`,
      })
    },
    /**
     * @param {string} name
     * @param {number} round
     * @param {string[]} drivers
     */
    ran(name, round, drivers) {
      if (bar) return
      const seconds = ((performance.now() - began) / 1000).toFixed(0).padStart(4)
      stream.write(`${seconds} s  ${name.padEnd(28)} round ${String(round + 1).padStart(2)}  ${drivers.join(' ')}\n`)
    },
    /** A line that stays. @param {string} text */
    say(text) {
      if (bar) stream.write(`\r\x1b[K${text}\n`)
      else stream.write(`${text}\n`)
    },
    end() {
      bar?.stop()
    },
  }
}
