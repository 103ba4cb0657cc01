/**
 * Runs the tests of asynchronous calls with the engine over io_uring, where this machine has it. Arguments go to
 * vitest, instead of the list of those tests where one names a file.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const env = { ...process.env, BERKELEY_ENGINE: 'io_uring' }

execFileSync('npm', ['run', '--silent', 'build:ts'], { cwd: root, stdio: 'inherit' })
const engine = execFileSync(
  process.execPath,
  ['--input-type=module', '--eval', 'import { getengine } from "berkeley"; console.log(getengine())'],
  { cwd: root, encoding: 'utf8', env },
).trim()
if (engine !== 'io_uring') {
  console.log(`test:uring: SKIPPED, this machine has no io_uring for it (the engine runs over ${engine})`)
  process.exit(0)
}

/** What a file has that has anything to do with the engine. */
const ASYNCHRONOUS = /Async\(|for await|dist\/(engine|queue)\.js|toDuplex|socketserver'/
/** They start other programs, or another addon, which have engines of their own. */
const OTHERS = /oracle\.test|-on-linux\.test|docs\.test|\/types\.test|architecture\.test/

const tests = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts') && !OTHERS.test(`/${name}`))
  .map((name) => `test/${name}`)
  .filter((path) => ASYNCHRONOUS.test(readFileSync(`${root}${path}`, 'utf8')))
  .sort()

const given = process.argv.slice(2)
const files = given.some((argument) => argument.endsWith('.ts')) ? [] : tests
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...files, ...given], {
  cwd: root,
  stdio: 'inherit',
  env,
})
process.exit(status ?? 1)
