/**
 * Runs the tests over an addon built with AddressSanitizer and UndefinedBehaviorSanitizer (the Debug build).
 * Arguments go to vitest. Leaks are not looked for here: Node itself keeps what it never frees.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

/** @param {string} command @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
function run(command, args, env = process.env) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env })
  if (status !== 0) process.exit(status ?? 1)
}

if (process.platform !== 'linux') {
  console.error('test:asan runs on Linux: elsewhere the sanitizer cannot be preloaded into Node.')
  process.exit(1)
}

run('npm', ['run', '--silent', 'build:asan'])
run('npm', ['run', '--silent', 'build:ts'])
const compiler = process.env.CXX ?? 'g++'
const libasan = execFileSync(compiler, ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim()
run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)], {
  ...process.env,
  BERKELEY_ADDON: `${root}build/Debug/berkeley.node`,
  LD_PRELOAD: libasan,
  ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=1',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
})
