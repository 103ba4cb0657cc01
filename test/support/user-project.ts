/** A project of a user's, where the programs and commands of the documentation run: `berkeley` is installed in it. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { expect } from 'vitest'
import { type Block, expectedLines } from './pages.js'
import { Program } from './process.js'

export class UserProject implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'bk-docs-'))
  /** What a shell needs so that it finds the commands of the package. */
  readonly env: NodeJS.ProcessEnv

  constructor() {
    chmodSync(this.folder, 0o755) // some programs run as another user
    const commands = join(this.folder, 'node_modules/.bin')
    mkdirSync(commands, { recursive: true })
    symlinkSync(resolve('.'), join(this.folder, 'node_modules/berkeley'), 'dir')
    const { bin = {} } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin?: Record<string, string> }
    for (const [name, file] of Object.entries(bin)) {
      writeFileSync(join(commands, name), `#!/bin/sh\nexec node '${resolve(file)}' "$@"\n`, { mode: 0o755 })
    }
    this.write('package.json', '{ "type": "module" }')
    this.env = { PATH: `${commands}${delimiter}${process.env.PATH}`, npm_config_loglevel: 'error' }
  }

  /** Writes a file of the project; its path. */
  write(name: string, text: string): string {
    const path = join(this.folder, name)
    writeFileSync(path, text)
    return path
  }

  /** Writes a block of a page to a file; its path. A program that has `require` is CommonJS. */
  writeBlock({ place, language, code }: Block): string {
    const extension = language === 'js' && /\brequire\(/.test(code) && !/^import /m.test(code) ? 'cjs' : language
    return this.write(`${place.replace(/\W+/g, '-')}.${extension}`, code)
  }

  /** Runs a command in the project to its end: it prints what the block says, no error, and ends with 0. */
  async run(command: string, args: readonly string[], block: Block): Promise<void> {
    await using program = new Program(command, args, this.env, [], this.folder).input('')
    const { code, signal, stdout, stderr } = await program.ended()
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' })
    const expected = expectedLines(block.code)
    if (expected.length > 0) expect(stdout.trimEnd().split('\n')).toEqual(expected)
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
