/** package-lock.json: `npm ci` works from it on every platform, and from every registry. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface Entry {
  version: string
  resolved?: string
  os?: string[]
  optional?: boolean
  optionalDependencies?: Record<string, string>
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Entry> }
const entries = Object.entries(packages)

// npm leaves out what it could not get where the lock was written, and then refuses `npm ci` on other platforms, or lets
// tools go without their binaries.
test('it has the optional packages of all platforms', () => {
  let seen = 0
  for (const [path, { optionalDependencies = {} }] of entries) {
    for (const name of Object.keys(optionalDependencies)) {
      const found = packages[`${path}/node_modules/${name}`] ?? packages[`node_modules/${name}`]
      expect.soft(found, `${name} of ${path}`).toMatchObject({ version: expect.any(String) })
      if (found?.os !== undefined) seen++
    }
  }
  expect(seen).toBeGreaterThan(30)
  const { version } = packages['node_modules/@biomejs/biome'] as Entry
  for (const platform of [
    'darwin-arm64',
    'darwin-x64',
    'linux-arm64',
    'linux-x64',
    'linux-arm64-musl',
    'linux-x64-musl',
  ]) {
    expect(packages[`node_modules/@biomejs/cli-${platform}`]?.version).toBe(version)
  }
})

test('it names no registry', () => {
  expect(entries.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
})
