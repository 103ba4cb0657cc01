/** The shell commands of the documentation: they run, and print what is said, or something else runs them. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Block, blocksOf, fileNameOf, PAGES, pageOf } from './support/pages.js'
import { freePort } from './support/sockets.js'
import { UserProject } from './support/user-project.js'

/** Commands that do not run here, and what runs them: a file that names what the match has captured. */
const ELSEWHERE: { command: RegExp; why: string; ranBy: string }[] = [
  { command: /^npm (install) berkeley$/, why: 'asks a registry', ranBy: 'scripts/package/checks/installers.js' },
  { command: /^(npm run bench)\b/, why: 'takes minutes', ranBy: '.ci/run' },
  { command: /^npm run (profile)\b/, why: 'takes minutes, and perf', ranBy: 'package.json' },
  { command: /^(bun|deno) /, why: 'is no dependency', ranBy: 'scripts/runtimes/list.js' },
  { command: /^(perf) (?:record|report)\b/, why: 'needs rights over the kernel', ranBy: 'bench/lib/profile.js' },
]

/** A line of a block, without what is said about it. */
const commandOf = (line: string): string => line.replace(/(^|\s+)# .*$/, '').trim()

/** What some blocks need (`sh needs=strace`), and a command that tells whether it is there. */
const NEEDS: Record<string, string> = {
  strace: 'command -v strace',
  setpriv: `setpriv --reuid=65534 --regid=65534 --clear-groups test -r '${resolve('package.json')}'`,
  'user-namespace': 'unshare --map-root-user --net true',
}
const has = (need: string): boolean => spawnSync('sh', ['-c', NEEDS[need] ?? 'false']).status === 0

/** The programs of `examples/` run in tests of their own. */
const exampleTests = readdirSync('test')
  .filter((name) => name.endsWith('examples.test.ts'))
  .map((name) => readFileSync(`test/${name}`, 'utf8'))
  .join('\n')
const exampleOf = (command: string): string | undefined => /\bnode examples\/(\S+\.js)/.exec(command)?.[1]

const isElsewhere = (line: string): boolean => {
  const command = commandOf(line)
  return exampleOf(command) !== undefined || ELSEWHERE.some((rule) => rule.command.test(command))
}

const blocks = PAGES.flatMap(blocksOf).filter(({ language }) => language === 'sh')
const linesOf = ({ code }: Block): string[] => code.split('\n').filter((line) => commandOf(line) !== '')
const elsewhere = [...new Set(blocks.flatMap(linesOf).filter(isElsewhere).map(commandOf))]

/** A block as a script. What it starts with `&` has printed something before it goes on, and is ended at its end. */
function scriptOf({ code }: Block): string {
  const lines = code.split('\n').filter((line) => !isElsewhere(line))
  const started = lines.map((line, index) => {
    const [, command] = /^(.*[^&]) &$/.exec(commandOf(line)) ?? []
    if (command === undefined) return line
    const output = `output-${index}`
    return `${command} > ${output} 2>&1 & jobs="$jobs $!"
until [ -s ${output} ] || ! kill -0 $! 2> /dev/null; do sleep 0.02; done`
  })
  const script = [`trap 'test -z "$jobs" || kill $jobs 2> /dev/null || :' EXIT`, ...started].join('\n')
  // The port of the examples may be somebody's.
  return script.replaceAll('50007', `${freePort()}`)
}

describe('a block of commands', () => {
  for (const block of blocks.filter((one) => linesOf(one).some((line) => !isElsewhere(line)))) {
    const need = block.info.replace('needs=', '')
    if (need !== '' && !(need in NEEDS)) throw new Error(`${block.place} needs what nobody knows: ${need}`)
    test.skipIf(need !== '' && !has(need))(
      `${block.place} runs and prints what it says${need && ` [needs ${need}]`}`,
      async () => {
        using project = new UserProject()
        project.write('program.js', `import { socketpair } from 'berkeley'\nsocketpair()[0].send('x')\n`)
        for (const file of blocksOf(pageOf(block))) project.write(fileNameOf(file) ?? 'unnamed', file.code)
        await project.run('sh', ['-e', '-c', scriptOf(block)], block)
      },
    )
  }
})

describe('what runs elsewhere', () => {
  test.each(elsewhere)('%s', (command) => {
    const example = exampleOf(command)
    if (example !== undefined) {
      expect(exampleTests).toContain(`'${example}'`)
      return
    }
    const rule = ELSEWHERE.find((one) => one.command.test(command))
    expect(readFileSync(rule?.ranBy ?? '', 'utf8')).toContain(rule?.command.exec(command)?.[1] ?? '')
  })

  test.each(ELSEWHERE)('has no rule for what is not there: $command', ({ command }) => {
    expect(elsewhere.some((one) => command.test(one))).toBe(true)
  })
})
