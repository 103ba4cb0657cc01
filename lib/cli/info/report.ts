/** All that `berkeley info` tells. Its shape is that of `--json`, described in docs/cli.md. */
import { networkInterfaces, release, type as systemName } from 'node:os'
import { relative, sep } from 'node:path'
import { getengine, ifNameindex } from '../../index.js'
import { packageFolder, version } from '../package.js'
import { type Limit, limits } from './limits.js'
import { type Finding, families, features } from './probes.js'

export interface Info {
  readonly package: { readonly name: 'berkeley'; readonly version: string; readonly folder: string }
  /** The addon: its file, null where this runtime does not tell what it has loaded, and where it is from. */
  readonly binary: {
    readonly path: string | null
    readonly source: 'prebuilt' | 'built here' | 'BERKELEY_ADDON' | null
  }
  readonly runtime: { readonly name: string; readonly version: string; readonly napi: string | null }
  readonly system: {
    readonly kernel: string
    readonly release: string
    readonly platform: string
    readonly arch: string
    readonly libc: string | null
  }
  /** Of asynchronous calls: `'epoll'`, `'kqueue'` or `'io_uring'`. */
  readonly engine: string
  readonly families: readonly Finding[]
  readonly features: readonly Finding[]
  readonly limits: readonly Limit[]
  readonly interfaces: readonly {
    readonly index: number
    readonly name: string
    readonly addresses: readonly string[]
  }[]
}

interface ProcessReport {
  readonly sharedObjects?: readonly string[]
  readonly header?: { readonly glibcVersionRuntime?: string }
}

/** What Node tells of its own process; nothing where the runtime has no such report. */
function processReport(): ProcessReport {
  try {
    return (process.report.getReport() ?? {}) as ProcessReport
  } catch {
    return {}
  }
}

function binaryIn({ sharedObjects = [] }: ProcessReport, folder: string): Info['binary'] {
  const named = process.env.BERKELEY_ADDON
  if (named) return { path: named, source: 'BERKELEY_ADDON' }
  const path = sharedObjects.find((object) => object.endsWith(`${sep}berkeley.node`)) ?? null
  if (path === null) return { path, source: null }
  return { path, source: relative(folder, path).startsWith('prebuilds') ? 'prebuilt' : 'built here' }
}

function runtime(): Info['runtime'] {
  const { bun, deno, node, napi = null } = process.versions as Record<string, string | undefined>
  const [name, version] = bun ? ['Bun', bun] : deno ? ['Deno', deno] : ['Node.js', node]
  return { name, version: String(version), napi }
}

function interfaces(): Info['interfaces'] {
  const addresses = networkInterfaces()
  return ifNameindex().map(([index, name]) => ({
    index,
    name,
    addresses: (addresses[name] ?? []).map(({ cidr, address }) => cidr ?? address),
  }))
}

/** Asks the kernel; it takes some hundredths of a second. */
export async function collect(): Promise<Info> {
  const report = processReport()
  const folder = packageFolder()
  const glibc = report.header?.glibcVersionRuntime
  return {
    package: { name: 'berkeley', version: version(), folder },
    binary: binaryIn(report, folder),
    runtime: runtime(),
    system: {
      kernel: systemName(),
      release: release(),
      platform: process.platform,
      arch: process.arch,
      libc: glibc === undefined ? null : `glibc ${glibc}`,
    },
    engine: getengine(),
    families: families(),
    features: await features(),
    limits: limits(),
    interfaces: interfaces(),
  }
}
