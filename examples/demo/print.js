/** How the demo looks on a terminal. `styleText` leaves the colours out for NO_COLOR and where there is no terminal. */
import { styleText } from 'node:util'

const MARGIN = ' '.repeat(12)

/** Prints what a part has to say: a title, a remark, or a call with its answer. */
export function print({ title, note, who, code, answer }) {
  if (title !== undefined) console.log(`\n${styleText('bold', styleText('underline', title))}\n`)
  if (note !== undefined) console.log(MARGIN + styleText('dim', `// ${note}`))
  if (code !== undefined) console.log(`   ${styleText('cyan', who.padEnd(8))} ${styleText('bold', code)}`)
  if (answer !== undefined) console.log(`${MARGIN}${styleText('green', '->')} ${answer}`)
}
