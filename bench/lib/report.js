import os from 'node:os'
import { judge, ratioOf, valuesOf } from './stats.js'
import { tablesOf, targetTable, toMarkdown, troublesOf } from './tables.js'

/** @import { CaseResult } from './types.js' */
/** @typedef {{ results: CaseResult[], versions: Record<string, string>, rounds: number, seconds: number, load: number }} Report */

const METHOD = `# Benchmarks

Written by \`npm run bench -- --write\`; absolute figures hold for one machine on one day, ratios travel further.

\`\`\`sh
npm run build
npm run bench                                       # everything, about ten minutes
npm run bench -- tcp-bulk-recv tcp-bulk-sendall     # some cases
npm run bench -- --drivers berkeley --rounds 21     # C always takes part
npm run bench -- --quick                            # a smoke test: checks bytes, judges no time
npm run bench -- --json results.json                # every single run
\`\`\`

## How it is measured

- A case is measured by several drivers, as far as they have it: the same program in C (plain calls, \`cc -O2\`),
  CPython, \`node:net\`, Bun and \`berkeley\`, with the same sizes, counts, socket options and clock
  (\`CLOCK_MONOTONIC\` around the loop).
- Every run is a process of its own. It first compares every byte of a shorter transfer with what it must be, then
  warms up, then measures.
- Each round runs every driver once, in an order that rotates and turns round. A ratio is taken between two runs of
  the same round, which are seconds apart; the figure given is the median of these ratios, with the quartiles beside
  it. Medians of the absolute figures are less steady than that on a machine that others use too.
- What is at the other end of a connection is always the same C program, so that only one side differs; only
  \`tcp-pingpong-1B-both\` has both ends in the same language.
- In ping-pong both processes share one CPU (\`taskset\`): to wake a sleeping one costs several times as much as the
  message. Bulk transfer is measured twice: wherever the kernel puts the two processes, and (\`-one-cpu\`) with both on
  one CPU. The first is what a user sees, but there the ratio of two equal C programs already scatters by 10 to 15 %
  (quartiles), because of how fast two virtual CPUs exchange data, so it gets twice as many rounds; the second
  scatters by 3 to 5 %. The other cases have no peer and are not pinned.
- In \`async-echo\`, \`async-accept\` and \`async-idle-memory\` the server is measured. Its client is always the same load
  generator in C, which checks every echo first, and reads the server's CPU time, its threads included, right before
  and right after the measured requests from the kernel (\`clock_getcpuclockid\`, nanoseconds): the server takes no
  part in being measured. The server in C is a level-triggered epoll loop with one receive and one send a readiness.
  \`berkeley\` runs \`await conn.recvAsync(65536)\` and \`await conn.sendallAsync(data)\` in an async function per
  connection; \`node:net\` and Bun run their callbacks. All set TCP_NODELAY. With many connections server and client
  are pinned to a CPU each (to one where there is only one); with one connection, and in \`async-accept\`, both to the
  same one, for the reason above. A busy server finds many requests at once: latencies compare queues, not calls.
- \`async-bulk\` moves the same data as \`tcp-bulk\`, the promises of \`berkeley\` against the blocking calls of C, both
  sides on one CPU.
- \`sendfile\` sends a file of 64 MiB that the kernel has in memory, both sides on one CPU; \`node:net\` has no such call,
  and pipes a stream of the file into the socket.
- \`makefile-lines\`, \`pass-descriptor\` and \`recvmsg-sendmsg\` read in one thread what it has written itself. \`node:readline\`
  gets the same lines over a connection to a server in its own process, for want of a socketpair, and tells them by its
  event \`line\`.
- Memory per idle connection is what the server's resident memory (\`smaps_rollup\`) grows by, divided by the number of
  connections, after each has had a message echoed and garbage has been collected until no more pages are given
  back; 200 connections came and went before. Buffers of the kernel are not in it. Where the limit of descriptors allows
  fewer than 10,000, the table says how many there were.
- CPU per round trip or per chunk of 64 KiB is user and system time of the measured process, its engine's threads
  included. Where other work disturbs a run it is steadier than the clock.
- A case is a file in \`bench/cases\`, a driver one in \`bench/drivers\`; the programs lie in a folder per driver.
`

/**
 * The page bench/RESULTS.md.
 * @param {Report} report
 */
export function toPage(report) {
  const { results, versions, rounds, seconds, load } = report
  const cases = results.map((result) => {
    const tables = tablesOf(result).map(toMarkdown)
    const troubles = troublesOf(result).map((trouble) => `- ${trouble}`)
    return [
      `### ${result.case.name}\n`,
      `${sentence(result.case.about)}\n`,
      ...tables.map((t) => `${t}\n`),
      ...troubles,
    ]
      .join('\n')
      .trimEnd()
  })
  const machine = Object.entries({ ...machineOf(), ...versions }).map(([name, value]) => `- ${name}: ${value}`)
  return [
    METHOD,
    `## Machine\n\n${machine.join('\n')}\n- load before the run: ${load.toFixed(2)} of ${os.cpus().length} CPUs busy with other work
- ${rounds} rounds in ${Math.round(seconds)} s\n`,
    `## Targets\n\n${toMarkdown(targetTable(results))}\n`,
    `## Figures\n\n"/ c" is the median of the ratios to C, with its quartiles; the columns after it likewise.\n`,
    `${cases.join('\n\n')}\n`,
  ].join('\n')
}

/**
 * Everything, single runs included.
 * @param {Report} report
 */
export function toJson({ results, versions, rounds, seconds, load }) {
  const cases = results.map((result) => {
    const { name, about, metrics } = result.case
    const names = Object.keys(result.drivers)
    const summary = metrics.map((metric) => ({
      metric: metric.name,
      unit: metric.unit,
      drivers: names.map((driver) => ({
        driver,
        value: valuesOf(result, driver, metric.name),
        ratios: Object.fromEntries(names.map((other) => [other, ratioOf(result, driver, other, metric.name)])),
      })),
    }))
    return { name, about, placement: result.case.placement, summary, targets: judge(result), drivers: result.drivers }
  })
  return `${JSON.stringify({ machine: machineOf(), versions, rounds, seconds, load, cases }, null, 2)}\n`
}

function machineOf() {
  const cpus = os.cpus()
  return {
    machine: `${cpus.length} x ${cpus[0]?.model.trim() ?? os.arch()}, ${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    // The build's suffix says nothing to others.
    kernel: `${os.type()} ${os.release().split('-')[0]}, ${os.arch()}`,
  }
}

/** @param {string} text */
function sentence(text) {
  return `${text[0]?.toUpperCase()}${text.slice(1)}.`
}
