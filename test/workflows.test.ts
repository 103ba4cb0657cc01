/** The workflows of .github: they are well-formed, name what exists, and may do no more than they need. */
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { distTag, releaseNotes } from '../scripts/release-notes.js'

interface Step {
  uses?: string
  run?: string
  if?: string
  id?: string
  env?: Record<string, string>
  with?: Record<string, unknown>
}
interface Job {
  uses?: string
  needs?: string | string[]
  'runs-on'?: string
  'timeout-minutes'?: number
  permissions?: Record<string, string>
  outputs?: Record<string, string>
  strategy?: { matrix: Record<string, unknown[]> & { include?: Record<string, string>[] } }
  steps?: Step[]
}
interface Workflow {
  name: string
  on: Record<string, unknown>
  permissions: Record<string, string>
  concurrency?: { group: string; 'cancel-in-progress'?: boolean | string }
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
/** The actions, each with its first version that does not run on Node 20, which the runners no longer have. */
const ACTIONS: Record<string, number> = {
  'actions/checkout': 5,
  'actions/setup-node': 5,
  'actions/upload-artifact': 6,
  'actions/download-artifact': 7,
  'actions/upload-pages-artifact': 5,
  'actions/deploy-pages': 5,
  'oven-sh/setup-bun': 2,
  'denoland/setup-deno': 2,
}

const scratch = mkdtempSync(join(tmpdir(), 'bk-workflows-'))
afterAll(() => rmSync(scratch, { recursive: true }))

/** Runs a step's shell over a program that prints its name and arguments, a line each. */
function runStep({ run = '' }: Step, program: string, env: Record<string, string>): string[] {
  const folder = mkdtempSync(join(scratch, 'step-'))
  writeFileSync(join(folder, program), '#!/bin/sh\nprintf "%s\\n" "$0" "$@"\n', { mode: 0o755 })
  writeFileSync(join(folder, 'berkeley-1.2.3.tgz'), '')
  const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-e', '-c', run], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: `${folder}:${process.env.PATH}`, ...env },
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return stdout.replace(`${folder}/`, '').trim().split('\n')
}

/** All jobs that have ended when one begins, those of called workflows included. */
function jobsBefore({ jobs }: Workflow, { needs = [] }: Job): Job[] {
  return [needs].flat().flatMap((name) => {
    const job = jobs[name] as Job
    return [job, ...jobsBefore({ jobs } as Workflow, job), ...(job.uses === undefined ? [] : jobsIn(job.uses))]
  })
}

function jobsIn(path: string): Job[] {
  const jobs = Object.values(read(path.split('/').at(-1) as string).jobs)
  return jobs.flatMap((job) => [job, ...(job.uses === undefined ? [] : jobsIn(job.uses))])
}

/** The names that a job's steps give to an action for artifacts. */
const artifacts = ({ steps = [] }: Job, action: string): unknown[] =>
  steps.filter(({ uses }) => uses?.startsWith(`actions/${action}@`)).map(({ with: options }) => options?.name)

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
    expect(more).toEqual({ 'release.yml': ['publish', 'release'], 'docs.yml': ['deploy'] }[file] ?? [])
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
      if (uses !== undefined) {
        const [, action = '', version] = /^([\w-]+\/[\w-]+)@v(\d+)$/.exec(uses) ?? []
        expect(Object.keys(ACTIONS)).toContain(action)
        expect(Number(version), uses).toBeGreaterThanOrEqual(ACTIONS[action] as number)
      }
      // What is tested is what the lock file says.
      if (job !== workflow.jobs.run) expect(run).not.toMatch(/\bnpm (i|install)\b/)
      for (const [, name = ''] of run.matchAll(/\bnpm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([name])
      for (const [path] of run.matchAll(/(?:scripts|test)\/[\w/-]+\.js|\.ci\/run/g)) expect(existsSync(path)).toBe(true)
      if (run !== '') expect(spawnSync('bash', ['-n', '-c', run.replaceAll(/\$\{\{.*?\}\}/g, 'x')]).status).toBe(0)
      for (const version of valuesOf(options['node-version'] ?? 20, job)) {
        expect(Number(version)).toBeGreaterThanOrEqual(Number(/\d+/.exec(engines.node)?.[0]))
      }
    }
  })
})

describe.each(files)('%s', (file) => {
  const workflow = read(file)
  const jobs = Object.entries(workflow.jobs)

  test('hands over what there is: artifacts and outputs of jobs that have ended', () => {
    for (const [name, job] of jobs) {
      const before = jobsBefore(workflow, job)
      const uploaded = before.flatMap((each) => artifacts(each, 'upload-artifact'))
      for (const artifact of artifacts(job, 'download-artifact')) expect(uploaded, name).toContain(artifact)
      for (const [, from = '', output = ''] of JSON.stringify(job).matchAll(/needs\.(\w+)\.outputs\.([\w-]+)/g)) {
        expect([job.needs].flat()).toContain(from)
        const [, id, key] = /steps\.(\w+)\.outputs\.([\w-]+)/.exec(workflow.jobs[from]?.outputs?.[output] ?? '') ?? []
        const step = workflow.jobs[from]?.steps?.find((each) => each.id === id)
        expect(step?.run).toMatch(/>> "\$GITHUB_OUTPUT"$/)
        expect(step?.run).toContain(`--${key}`)
      }
    }
  })

  test('is not cut off where it publishes', () => {
    const publishes = jobs.some(([, { permissions = {} }]) => Object.values(permissions).includes('write'))
    if (publishes) expect(workflow.concurrency?.['cancel-in-progress'] ?? false).toBe(false)
    else if (file === 'ci.yml') expect(workflow.concurrency?.['cancel-in-progress']).toContain("== 'pull_request'")
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

describe('what is published', () => {
  const { publish, release } = read('release.yml').jobs as { publish: Job; release: Job }
  const stepThat = ({ steps = [] }: Job, command: string): Step =>
    steps.find(({ run }) => run?.includes(command)) as Step

  test('has its provenance, and is what was tested', () => {
    expect(publish.permissions).toEqual({ 'id-token': 'write' })
    expect(release.permissions).toEqual({ contents: 'write' })
    expect(publish.needs).toContain('everything')
    expect(release.needs).toContain('publish')
    expect(artifacts(publish, 'download-artifact')).toEqual(['package'])
  })

  // npm refuses 1.2.3-beta.1 without a name, and takes any version for the latest that is called so.
  test('is named where it is not finished, and only there', () => {
    const npm = stepThat(publish, 'npm publish')
    const usual = ['npm', 'publish', './berkeley-1.2.3.tgz', '--provenance', '--access', 'public']
    expect(Object.keys(npm.env ?? {})).toEqual(['DIST_TAG'])
    expect(runStep(npm, 'npm', { DIST_TAG: '' })).toEqual(usual)
    expect(runStep(npm, 'npm', { DIST_TAG: 'beta' })).toEqual([...usual, '--tag', 'beta'])

    const gh = stepThat(release, 'gh release')
    const env = { GITHUB_REF_NAME: 'v1.2.3', GITHUB_REPOSITORY: 'some/thing' }
    const files = ['--notes-file', 'notes.md', 'berkeley-1.2.3.tgz', 'SHA256SUMS']
    expect(runStep(gh, 'gh', { ...env, DIST_TAG: '' }).slice(-4)).toEqual(files)
    expect(runStep(gh, 'gh', { ...env, DIST_TAG: 'rc' })).toEqual([
      ...['gh', 'release', 'create', 'v1.2.3', '--repo', 'some/thing', '--verify-tag', '--title', 'v1.2.3'],
      ...['--notes-file', 'notes.md', '--prerelease', 'berkeley-1.2.3.tgz', 'SHA256SUMS'],
    ])
  })

  test.each([
    ['1.2.3', ''],
    ['1.2.3+build.5-x', ''],
    ['1.2.3-beta.1', 'beta'],
    ['1.2.3-rc1+7', 'rc'],
    // Names that npm takes for versions, or that are taken.
    ...['0', 'v1', 'x.1', '1beta', 'latest.2'].map((name) => [`1.2.3-${name}`, 'next']),
  ])('%s is called "%s"', (version, tag) => {
    expect(distTag(version)).toBe(tag)
  })

  test('gets that name as an output, once all agrees, by whatever path the script is called', () => {
    const checkout = join(scratch, 'checkout')
    mkdirSync(join(checkout, 'scripts'), { recursive: true })
    copyFileSync('scripts/release-notes.js', join(checkout, 'scripts/release-notes.js'))
    writeFileSync(join(checkout, 'package.json'), '{ "type": "module", "version": "1.2.3-beta.1" }')
    writeFileSync(join(checkout, 'CHANGELOG.md'), '# Changelog\n\n## 1.2.3-beta.1 - 2026-01-02\n\n- a thing\n')
    symlinkSync(checkout, join(scratch, 'link'))
    for (const folder of [checkout, join(scratch, 'link')]) {
      const run = (...args: string[]) => {
        const script = join(folder, 'scripts/release-notes.js')
        const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
        return [status, stdout + stderr]
      }
      expect(run('v1.2.3-beta.1')).toEqual([0, '- a thing\n'])
      expect(run('v1.2.3-beta.1', '--dist-tag')).toEqual([0, 'dist-tag=beta\n'])
      expect(run('v1.2.3', '--dist-tag')).toEqual([1, 'the tag is v1.2.3, package.json has 1.2.3-beta.1\n'])
    }
  })
})

describe('the tarball’s own tests', () => {
  const step = read('prebuilds.yml').jobs.run?.steps?.find(({ run }) => run?.includes('docker run')) as Step
  const { SCRIPT = '' } = step.env ?? {}

  test('are one script, in a container and without', () => {
    expect(spawnSync('sh', ['-n', '-c', SCRIPT]).status).toBe(0)
    const args = runStep(step, 'docker', { IMAGE: 'node:20-alpine', SCRIPT })
    expect(args.slice(0, 3)).toEqual(['docker', 'run', '--rm'])
    const [image, shell, option, ...lines] = args.slice(args.indexOf('node:20-alpine'))
    expect([image, shell, option]).toEqual(['node:20-alpine', 'sh', '-c'])
    const inside = lines.join('\n')
    expect(spawnSync('sh', ['-n', '-c', inside]).status).toBe(0)
    // With its Node, or the machine's where it has none.
    expect(inside).toMatch(/^command -v node > \/dev\/null \|\| PATH="\/node\/bin:\$PATH"; export PATH\n/)
    for (const line of SCRIPT.trim().split('\n')) expect(inside).toContain(line)
  })
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
