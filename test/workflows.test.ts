/** The workflows of .github: they are well-formed, name what exists, and may do no more than they need. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { releaseNotes } from '../scripts/release-notes.js'

interface Step {
  uses?: string
  run?: string
  if?: string
  with?: Record<string, unknown>
}
interface Job {
  uses?: string
  needs?: string | string[]
  'runs-on'?: string
  'timeout-minutes'?: number
  permissions?: Record<string, string>
  strategy?: { matrix: Record<string, unknown[]> & { include?: Record<string, string>[] } }
  steps?: Step[]
}
interface Workflow {
  name: string
  on: Record<string, unknown>
  permissions: Record<string, string>
  jobs: Record<string, Job>
}

const FOLDER = '.github/workflows'
const files = readdirSync(FOLDER)
const read = (file: string): Workflow => parse(readFileSync(`${FOLDER}/${file}`, 'utf8')) as Workflow
const { scripts, engines } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>
  engines: { node: string }
}
const RUNNERS = ['ubuntu-24.04', 'ubuntu-24.04-arm', 'macos-15', 'macos-15-intel']

/** The values of `${{ matrix.name }}`, or the text itself. */
function valuesOf(text: unknown, { strategy }: Job): unknown[] {
  const name = /^\$\{\{ matrix\.(\w+) \}\}$/.exec(String(text))?.[1]
  if (name === undefined) return [text]
  const { include = [], ...axes } = strategy?.matrix ?? {}
  return [...(axes[name] ?? []), ...include.flatMap((row) => (name in row ? [row[name]] : []))]
}

describe.each(files)('%s', (file) => {
  const workflow = read(file)
  const jobs = Object.entries(workflow.jobs)

  test('may read, and each job no more than it needs', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' })
    const more = jobs.flatMap(([name, { permissions }]) => (permissions === undefined ? [] : [name]))
    expect(more).toEqual({ 'release.yml': ['publish'], 'docs.yml': ['deploy'] }[file] ?? [])
  })

  test.each(jobs)('%s has an end, a runner that exists and jobs that it waits for', (_name, job) => {
    for (const needed of [job.needs ?? []].flat()) expect(Object.keys(workflow.jobs)).toContain(needed)
    if (job.uses !== undefined) {
      expect(existsSync(job.uses)).toBe(true)
      expect(Object.keys(read(job.uses.split('/').at(-1) as string).on)).toContain('workflow_call')
      return
    }
    expect(job['timeout-minutes']).toBeGreaterThan(0)
    const runners = valuesOf(job['runs-on'], job)
    expect(runners.length).toBeGreaterThan(0)
    for (const runner of runners) expect(RUNNERS).toContain(runner)
  })

  test.each(jobs.filter(([, { steps }]) => steps))('%s runs what exists', (_name, job) => {
    const { steps = [] } = job
    for (const { uses, run = '', with: options = {} } of steps) {
      // A version, so that nothing changes on its own but within it.
      if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@v\d+$/)
      for (const [, name = ''] of run.matchAll(/\bnpm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([name])
      for (const [path] of run.matchAll(/(?:scripts|test)\/[\w/-]+\.js|\.ci\/run/g)) expect(existsSync(path)).toBe(true)
      if (run !== '') expect(spawnSync('bash', ['-n', '-c', run.replaceAll(/\$\{\{.*?\}\}/g, 'x')]).status).toBe(0)
      for (const version of valuesOf(options['node-version'] ?? 20, job)) {
        expect(Number(version)).toBeGreaterThanOrEqual(Number(/\d+/.exec(engines.node)?.[0]))
      }
    }
  })
})

test('the tests run on each system and version that the package is for', () => {
  const { matrix } = read('ci.yml').jobs.tests?.strategy ?? { matrix: {} as Record<string, unknown[]> }
  expect(matrix).toEqual({ os: RUNNERS.slice(1), node: [20, 22, 24, 26] })
  const targets = read('prebuilds.yml').jobs.run?.strategy?.matrix.include?.map(({ target }) => target)
  expect(targets).toEqual(
    expect.arrayContaining([
      ...['linux-x64-gnu', 'linux-arm64-gnu', 'linux-x64-musl', 'linux-arm64-musl'],
      ...['darwin-arm64', 'darwin-x64'],
    ]),
  )
})

test('what is published has its provenance, and is what was tested', () => {
  const { publish } = read('release.yml').jobs
  expect(publish?.permissions).toEqual({ contents: 'write', 'id-token': 'write' })
  expect(publish?.needs).toBe('everything')
  expect(publish?.steps?.map(({ run }) => run).join('\n')).toMatch(/npm publish \.\/\S+\.tgz --provenance/)
})

describe('the notes of a release', () => {
  const changelog =
    '# Changelog\n\n## Unreleased\n\nnews\n\n## 1.2.3 - 2026-01-02\n\n- a thing\n\n## 1.2.2 - 2026-01-01\n\n- old\n'

  test('are the part of the changelog that is of the version', () => {
    expect(releaseNotes('v1.2.3', '1.2.3', changelog)).toBe('- a thing\n')
    expect(releaseNotes('v1.2.2', '1.2.2', changelog)).toBe('- old\n')
  })

  test.each([
    ['v1.2.4', '1.2.3', changelog, 'the tag is v1.2.4, package.json has 1.2.3'],
    ['v1.3.0', '1.3.0', changelog, 'CHANGELOG.md has no "## 1.3.0 - YYYY-MM-DD"'],
    ['v1.2.3', '1.2.3', changelog.replace('2026-01-02', 'soon'), 'CHANGELOG.md has no date in "## 1.2.3 - soon"'],
    ['v1.2.3', '1.2.3', changelog.replace('- a thing', ''), 'CHANGELOG.md says nothing of 1.2.3'],
  ])('%s of package.json’s %s is refused', (tag, version, text, message) => {
    expect(() => releaseNotes(tag, version, text)).toThrow(message)
  })
})
