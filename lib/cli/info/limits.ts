/** Limits of this process and this kernel that programs with many sockets, or fast ones, meet. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Limit {
  readonly name: string
  /** As the system writes it; null where this system does not tell. */
  readonly value: string | null
  readonly meaning: string
}

/** By the path of /proc/sys on Linux, and the name of sysctl(8) on macOS. */
const SYSCTLS: readonly { linux?: string; darwin?: string; meaning: string }[] = [
  {
    linux: 'net.core.somaxconn',
    darwin: 'kern.ipc.somaxconn',
    meaning: 'connections that wait for accept, at most, of each listener',
  },
  { linux: 'net.ipv4.tcp_max_syn_backlog', meaning: 'half-open connections of each listener' },
  { linux: 'net.core.rmem_max', meaning: 'bytes: what SO_RCVBUF may ask for' },
  { linux: 'net.core.wmem_max', meaning: 'bytes: what SO_SNDBUF may ask for' },
  { darwin: 'kern.ipc.maxsockbuf', meaning: 'bytes: what SO_RCVBUF and SO_SNDBUF may ask for' },
  { linux: 'net.core.optmem_max', meaning: 'bytes: control messages and filters of a socket' },
  {
    linux: 'net.ipv4.ip_local_port_range',
    darwin: 'net.inet.ip.portrange.first',
    meaning: 'ports for outgoing connections, and for port 0',
  },
  { linux: 'net.ipv4.ip_unprivileged_port_start', meaning: 'the first port that needs no privilege' },
  { linux: 'net.ipv4.ping_group_range', meaning: 'groups that may open ping sockets; "1 0" is nobody' },
  { linux: 'net.ipv4.tcp_fastopen', meaning: 'bits: 1 for clients, 2 for servers' },
  { linux: 'net.ipv4.tcp_congestion_control', darwin: 'net.inet.tcp.cc_algorithm', meaning: 'of a new TCP socket' },
  { linux: 'net.unix.max_dgram_qlen', meaning: 'datagrams that wait in a unix socket' },
  { linux: 'fs.file-max', darwin: 'kern.maxfiles', meaning: 'open files of the whole system' },
]

function sysctl(name: string): string | null {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8')
        .trim()
        .replaceAll(/\s+/g, ' ')
    }
    return execFileSync('sysctl', ['-n', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return null
  }
}

/** Of open descriptors, soft and hard: getrlimit(2) by the shell, which has it everywhere. */
function descriptors(): Limit {
  let value: string | null = null
  try {
    value = execFileSync('sh', ['-c', 'echo "$(ulimit -S -n) $(ulimit -H -n)"'], { encoding: 'utf8' }).trim()
  } catch {
    // A system without a shell.
  }
  return {
    name: 'RLIMIT_NOFILE',
    value,
    meaning: 'descriptors of a process: the limit now, and what it may be raised to',
  }
}

export function limits(): Limit[] {
  const platform = process.platform === 'darwin' ? 'darwin' : 'linux'
  return [
    descriptors(),
    ...SYSCTLS.flatMap(({ meaning, ...names }) => {
      const name = names[platform]
      return name === undefined ? [] : [{ name, value: sysctl(name), meaning }]
    }),
  ]
}
