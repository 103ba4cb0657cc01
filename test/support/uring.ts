/** Whether this machine has what the engine over io_uring needs: asked of another process, as to ask settles it. */
import { spawnSync } from 'node:child_process'
import { entryOf } from './worker.js'

const { stdout } = spawnSync(
  process.execPath,
  [
    '--input-type=module',
    '--eval',
    `import { setengine } from '${entryOf('index')}'; console.log(setengine('io_uring'))`,
  ],
  { encoding: 'utf8' },
)

export const canUring = stdout.trim() === 'io_uring'
