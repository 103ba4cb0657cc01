/**
 * Runs the tests over an addon built with AddressSanitizer and UndefinedBehaviorSanitizer (the Debug build), and then,
 * over that of the sources for macOS which can run here (test/kqueue-shim), the tests of those and the portable suite.
 * Arguments go to vitest, and only the first part is done then; `kqueue` alone is the second. Leaks are not looked for
 * here: Node itself keeps what it never frees.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { buildShim, SHIM_TESTS } from '../test/support/kqueue-shim.js'

const root = fileURLToPath(new URL('../', import.meta.url))
const given = process.argv.slice(2)
const isKqueue = given.length === 1 && given[0] === 'kqueue'

/** @param {string} command @param {string[]} args @param {NodeJS.ProcessEnv} [env] @returns {number} its status */
function status(command, args, env = process.env) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', env }).status ?? 1
}

/** @param {string} command @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
function run(command, args, env) {
  const code = status(command, args, env)
  if (code !== 0) process.exit(code)
}

if (process.platform !== 'linux') {
  console.error('test:asan runs on Linux: elsewhere the sanitizer cannot be preloaded into Node.')
  process.exit(1)
}

run('npm', ['run', '--silent', 'build:asan'])
run('npm', ['run', '--silent', 'build:ts'])
const compiler = process.env.CXX ?? 'g++'
const libasan = execFileSync(compiler, ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim()
const vitest = ['node_modules/vitest/vitest.mjs', 'run']

/** @param {string} addon @returns {NodeJS.ProcessEnv} */
const over = (addon) => ({
  ...process.env,
  BERKELEY_ADDON: addon,
  LD_PRELOAD: libasan,
  ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=1',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
})

if (!isKqueue) run(process.execPath, [...vitest, ...given], over(`${root}build/Debug/berkeley.node`))
if (isKqueue || given.length === 0) {
  console.log('The sources for macOS, over a kqueue that is made of epoll:')
  const shim = buildShim({ isSanitized: true })
  const env = over(shim.addon)
  const results = [
    status(process.execPath, ['test/portable/run.js'], { ...env, BERKELEY_SLOWNESS: '4' }),
    status(process.execPath, [...vitest, ...SHIM_TESTS], env),
  ]
  shim[Symbol.dispose]()
  process.exit(Math.max(...results))
}
