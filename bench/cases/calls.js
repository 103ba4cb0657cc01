const labels = {
  getsockopt: 'ns, getsockopt of a number',
  setsockopt: 'ns, setsockopt of a number',
  getsockname: 'ns, getsockname of AF_INET',
  wouldBlock: 'ns, recv that answers EAGAIN: an exception but in C',
  sendRecv: 'ns, send and recv of 64 bytes on a socketpair',
}

/** @type {import('../lib/types.js').Case} */
export default {
  name: 'calls',
  about: 'single calls that never wait, in a loop (berkeley: Benchmark.js), to see which one is dear',
  program: 'calls',
  placement: 'free',
  full: { count: 100_000, seconds: 0.1 },
  quick: { count: 100, seconds: 0.01 },
  metrics: Object.entries(labels).map(([name, unit]) => ({
    name,
    unit,
    digits: 0,
    value: (raw) => Number(raw.ns[name]),
  })),
  targets: [],
}
