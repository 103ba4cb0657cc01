/** Formats the C++ and C sources with clang-format; with `--check` it only says which differ. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const sources = ['native', 'bench/c', 'test', 'scripts/prebuild'].flatMap((folder) =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(cc|h|c)$/.test(name) && !name.startsWith('generated/'))
    .map((name) => `${folder}/${name}`),
)
const mode = process.argv.includes('--check') ? ['--dry-run', '--Werror'] : ['-i']
const { status } = spawnSync('npx', ['--no-install', 'clang-format', ...mode, ...sources], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(status ?? 1)
