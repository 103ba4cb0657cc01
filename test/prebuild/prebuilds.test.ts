/** The binaries that `npm run prebuilds` has left. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { inspect } from '../../scripts/prebuild/inspect.js'
import { targets } from '../../scripts/prebuild/targets.js'

for (const target of targets) {
  const file = `prebuilds/${target.name}/berkeley.node`
  test.skipIf(!existsSync(file))(`${target.name} is as it should be [needs npm run prebuilds]`, () => {
    expect(inspect(readFileSync(file), target)).toEqual([])
    // The checks look at this very target.
    const others = targets.filter(({ name }) => name !== target.name)
    for (const other of others) expect(inspect(readFileSync(file), other), other.name).not.toEqual([])
  })
}
