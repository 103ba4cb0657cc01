/** The pages of the documentation, and what is in their fences. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'

export const GUIDES = readdirSync('docs')
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`)

export const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'examples/README.md'],
  ...readdirSync('.').filter((name) => name === 'SECURITY.md'),
  ...GUIDES,
]

/** A fenced block. */
export interface Block {
  /** The page and the line where it begins. */
  place: string
  language: string
  /** What the fence says after the language, such as `needs=raw`. */
  info: string
  code: string
}

/** Every fenced block of a page. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(page, 'utf8')
  return [...text.matchAll(/^```(\S*) *(.*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length
    const [, language = '', info = '', code = ''] = match
    return { place: `${page}:${line}`, language, info, code }
  })
}

/** The lines that a program says it prints, `…` standing for anything. */
export function expectedLines(code: string): unknown[] {
  return [...code.matchAll(/(?:\/\/|#) -> (.*)$/gm)].map(([, line = '']) => {
    if (!line.includes('…')) return line
    const parts = line.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    return expect.stringMatching(new RegExp(`^${parts.join('.*')}$`))
  })
}

/** The file's name that a program says it is saved under, in its first line: its page's commands run it, not it alone. */
export function fileNameOf({ code }: Block): string | undefined {
  return /^\/\/ (\w[\w-]*\.\w+)$/m.exec(code.split('\n', 1)[0] ?? '')?.[1]
}

export const pageOf = ({ place }: Block): string => place.replace(/:\d+$/, '')

/** Whether a program runs by the commands of its page. */
export function isRunByCommands(block: Block): boolean {
  const name = fileNameOf(block)
  if (name === undefined) return false
  return blocksOf(pageOf(block)).some(({ language, code }) => language === 'sh' && code.includes(`node ${name}`))
}
