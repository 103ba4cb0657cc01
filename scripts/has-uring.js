/** Whether the kernel lets the engine have io_uring; many containers forbid it. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const ASK = 'import { getengine } from "berkeley"; console.log(getengine())'

export const hasUring = () =>
  execFileSync(process.execPath, ['--input-type=module', '--eval', ASK], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, BERKELEY_ENGINE: 'io_uring' },
  }).trim() === 'io_uring'
