/** Tools that scripts install when they need them: what an install that was cut off leaves is not taken for one. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'

const scratch = mkdtempSync(join(tmpdir(), 'bk-tools-'))
afterAll(() => rmSync(scratch, { recursive: true }))
mkdirSync(join(scratch, 'scripts'))
mkdirSync(join(scratch, 'bin'))
copyFileSync('scripts/cached-tool.js', join(scratch, 'scripts/cached-tool.js'))
writeFileSync(join(scratch, 'package.json'), '{ "type": "module" }')
// Like npm it is content with what is there; unlike npm it does what it is told to.
writeFileSync(
  join(scratch, 'bin/npm'),
  `#!/bin/sh
[ -e node_modules/tool ] && exit 0
mkdir -p node_modules/tool
[ "$FATE" = fails ] && exit 1
[ "$FATE" = slow ] && sleep 1
echo whole > node_modules/tool/program\n`,
  { mode: 0o755 },
)

const tools = join(scratch, 'node_modules/.cache/tools')
beforeEach(() => rmSync(tools, { recursive: true, force: true }))

/** Asks for the tool in a process of its own. */
async function ask(fate = ''): Promise<{ status: number; said: string }> {
  const code = "import('./scripts/cached-tool.js').then(({ cachedTool }) => console.log(cachedTool('tool', '1.2.3')))"
  const env = { ...process.env, PATH: `${join(scratch, 'bin')}:${process.env.PATH}`, FATE: fate }
  const child = spawn(process.execPath, ['-e', code], { cwd: scratch, env, stdio: ['ignore', 'pipe', 'ignore'] })
  let said = ''
  child.stdout.on('data', (data) => {
    said += data
  })
  const [status] = (await once(child, 'close')) as [number]
  return { status, said }
}

const installed = join(tools, 'tool@1.2.3/node_modules/tool')

test('a tool that is there is not installed again', async () => {
  expect(await ask()).toEqual({ status: 0, said: `${installed}\n` })
  expect(readFileSync(join(installed, 'program'), 'utf8')).toBe('whole\n')
  expect(await ask('fails')).toEqual({ status: 0, said: `${installed}\n` })
})

test('an install that fails leaves nothing', async () => {
  expect((await ask('fails')).status).toBe(1)
  expect(readdirSync(tools)).toEqual([])
})

test('one that was cut off is begun anew', async () => {
  mkdirSync(installed, { recursive: true })
  expect((await ask()).status).toBe(0)
  expect(existsSync(join(installed, 'program'))).toBe(true)
})

test('two at once leave one', async () => {
  expect(await Promise.all([ask('slow'), ask('slow')])).toEqual(Array(2).fill({ status: 0, said: `${installed}\n` }))
  expect(readdirSync(tools)).toEqual(['tool@1.2.3'])
  expect(existsSync(join(installed, 'program'))).toBe(true)
})
