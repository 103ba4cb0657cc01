/** The lines that makefile-lines reads. */
const LINE = 80

export const lines = Array.from({ length: 1000 }, (_, i) => `${String.fromCharCode(97 + (i % 26)).repeat(LINE - 1)}\n`)
export const text = Buffer.from(lines.join(''))
