/** The frame of `npx berkeley`: help, version, wrong arguments, colours, and that it works without the addon. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cliFile, runCli } from '../support/cli.js'
import { temporaryFolder } from '../support/sockets.js'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
const COMMANDS = ['connect', 'serve', 'ping', 'bench', 'info', 'build']
const ESCAPE = String.fromCharCode(27)

describe('the tool', () => {
  test('tells its version and its commands', async () => {
    expect(await runCli(['--version'])).toEqual({ code: 0, signal: null, stdout: `${version}\n`, stderr: '' })
    for (const args of [[], ['--help'], ['help']]) {
      const { code, stdout, stderr } = await runCli(args)
      expect({ code, stderr }, args.join(' ')).toEqual({ code: 0, stderr: '' })
      for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
    }
  })

  test.each(COMMANDS)('%s has help, which `help` gives as well', async (command) => {
    const { code, stdout } = await runCli([command, '--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^Usage: berkeley ${command} `))
    expect((await runCli(['help', command])).stdout).toBe(stdout)
  })

  test.each([
    [['conect'], "berkeley: unknown command 'conect' (Did you mean connect?)\n"],
    [['--nothing'], "berkeley: unknown option '--nothing'\n"],
    [['info', '--nothing'], "berkeley: unknown option '--nothing'\n"],
  ])('%j is one line of error, and exit code 2', async (args, stderr) => {
    expect(await runCli(args)).toEqual({ code: 2, signal: null, stdout: '', stderr })
  })

  test('works as the package’s executable, by a link to it', () => {
    using folder = temporaryFolder()
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: { berkeley: string } }
    expect(resolve(bin.berkeley)).toBe(cliFile)
    expect(statSync(cliFile).mode & 0o111).toBe(0o111)
    mkdirSync(folder.path('.bin'))
    symlinkSync(cliFile, folder.path('.bin/berkeley'))
    const { stdout, stderr } = spawnSync(folder.path('.bin/berkeley'), ['--version'], { encoding: 'utf8' })
    expect({ stdout, stderr }).toEqual({ stdout: `${version}\n`, stderr: '' })
  })

  test('works where the addon cannot be loaded', async () => {
    const env = { BERKELEY_ADDON: '/nowhere/berkeley.node' }
    for (const args of [['--version'], ['--help'], ['build', '--help']]) {
      expect(await runCli(args, '', env), args.join(' ')).toMatchObject({ code: 0, stderr: '' })
    }
  })
})

describe('colours', () => {
  test.each([
    [{}, false],
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '0' }, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    [{ CI: '1' }, false],
  ])('in a pipe, with %j: %s', async (env, expected) => {
    const { stdout } = await runCli(['--help'], '', env)
    expect(stdout.includes(ESCAPE)).toBe(expected)
    expect((await runCli(['nothing'], '', env)).stderr.includes(ESCAPE)).toBe(expected)
    expect((await runCli(['--no-color', '--help'], '', env)).stdout).not.toContain(ESCAPE)
  })
})

describe('what is published', () => {
  const files = [cliFile, ...readdirSync('dist/cli').map((name) => `dist/cli/${name}`)]

  test.each(files)('%s imports Node, itself and the package only', (path) => {
    const sources = [...readFileSync(path, 'utf8').matchAll(/^import .*?"([^"]+)";$/gm)].map(([, source]) => source)
    for (const source of sources) {
      expect(source).toMatch(/^(node:|\.\/|\.\.\/(index|select|selectors|socketserver)\.js$)/)
    }
  })

  test('names the libraries in it, with their licenses', async () => {
    const notice = readFileSync('dist/cli-licenses.txt', 'utf8')
    for (const path of files) {
      for (const [, name] of readFileSync(path, 'utf8').matchAll(/^\/\/ node_modules\/((?:@[\w-]+\/)?[\w-]+)\//gm)) {
        expect(notice).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\([\\w-]+\\)$`, 'm'))
      }
    }
    expect(notice).toMatch(/^commander /m)
    expect(notice).toMatch(/^picocolors /m)
    expect(notice).toContain('Permission is hereby granted')
    expect((await runCli(['--licenses'])).stdout).toBe(notice)
  })
})
