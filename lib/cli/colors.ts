/** Colours where they are wanted: a terminal, unless NO_COLOR, `--no-color` or FORCE_COLOR say otherwise. */
import picocolors from 'picocolors'

export type Colors = ReturnType<typeof picocolors.createColors>

function areWanted(isTTY: boolean | undefined): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  if (NO_COLOR || process.argv.includes('--no-color')) return false
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return isTTY === true && TERM !== 'dumb'
}

/** The functions of picocolors for what goes to a stream: `colors(process.stdout).red('text')`. */
export function colors(stream: { readonly isTTY?: boolean }): Colors {
  return picocolors.createColors(areWanted(stream.isTTY))
}
