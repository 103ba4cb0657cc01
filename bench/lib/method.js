/** How it is measured, as bench/RESULTS.md and the page of charts tell it. */

export const METHOD = `# Benchmarks

Written by \`npm run bench -- --write\`; absolute figures hold for one machine on one day, ratios travel further.

\`\`\`sh
npm run build
npm run bench                                          # everything, in less than ten minutes
npm run bench -- tcp-bulk-recv tcp-pingpong            # some cases, by the beginning of their names
npm run bench -- async-echo --drivers berkeley,bun     # C always takes part
npm run bench -- micro                                 # the micro-benchmarks alone
npm run bench -- --json results.json --html page.html  # every single run; charts
npm run bench -- --quick                               # a smoke test: checks bytes, judges no time
\`\`\`

## How it is measured

- A case is measured by several drivers, as far as they have it: the same program in C (plain calls, \`cc -O2\`),
  CPython, \`node:net\`, \`node:dgram\` and \`berkeley\`, and, where they are installed, Bun, Deno, Go and Python's asyncio
  with and without uvloop. Sizes, counts, socket options and the clock (\`CLOCK_MONOTONIC\` around the loop) are the same.
- Every run is a process of its own. It first compares every byte of a shorter transfer with what it must be, then
  warms up, then measures.
- All cases are gone through again and again as long as the time lasts, at least three times, so that each has its
  rounds spread over the whole run. A round runs every driver of a case once (Bun, Deno, Go and asyncio in fewer rounds
  than the others), in an order that rotates and turns round. A ratio is taken between two runs of the same round, which
  are seconds apart; the figure given is the median of these ratios, with the quartiles beside it. Medians of the
  absolute figures are less steady than that on a machine that others use too.
- What is at the other end of a connection is always the same C program, so that only one side differs; only
  \`tcp-pingpong-1B-both\` has both ends in the same language.
- \`c-again\` is the same C program once more. Its ratio to C is the noise: what is not farther from 1 than its quartiles
  says nothing.
- Latencies are recorded in HdrHistograms of three significant digits; a percentile in a table is the median of the
  runs' own, a curve is drawn from all runs together. In ping-pong they are taken in a phase of their own right before
  the measured one, so that the two readings of the clock around each trip, some 50 ns each in every language, change
  no rate.
- In ping-pong both processes share one CPU (\`taskset\`): to wake a sleeping one costs several times as much as the
  message. Bulk transfer is measured twice: wherever the kernel puts the two processes, and (\`-one-cpu\`) with both on
  one CPU. The first is what a user sees, but there the ratio of two equal C programs already scatters by 10 to 15 %
  (quartiles), because of how fast two virtual CPUs exchange data, so it gets twice as many rounds; the second
  scatters by 3 to 5 %. The other cases have no peer and are not pinned.
- In \`async-echo\`, \`tcp-echo\`, \`async-accept\`, \`tcp-accept\` and \`async-idle-memory\` the server is measured. Its client is always the same load
  generator in C, which checks every echo first, and reads the server's CPU time, its threads included, right before
  and right after the measured requests from the kernel (\`clock_getcpuclockid\`, nanoseconds): the server takes no
  part in being measured. The server in C is a level-triggered epoll loop with one receive and one send a readiness.
  \`berkeley\` runs \`await conn.recvAsync(65536)\` and \`await conn.sendallAsync(data)\` in an async function per
  connection; \`node:net\`, Bun and asyncio run their callbacks, Deno awaits, Go blocks in a goroutine per connection. In
  \`tcp-echo\` the same is done by synchronous calls over epoll. All set TCP_NODELAY. With many connections server and client
  are pinned to a CPU each (to one where there is only one); with one connection, and in \`async-accept\`, both to the
  same one, for the reason above. A busy server finds many requests at once: latencies compare queues, not calls.
- \`tcp-connect\` and \`async-connect\` measure the client: socket, connect, TCP_NODELAY, SO_LINGER of 0 (so that no port
  stays in TIME_WAIT) and close, to a server in C that closes at once; both on one CPU.
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
