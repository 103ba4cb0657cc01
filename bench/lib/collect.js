/** Loaded before a server whose memory is measured: keeps garbage out of the figure. */
const collect = typeof Bun === 'undefined' ? globalThis.gc : () => Bun.gc(true)

if (!collect) throw new Error('needs --expose-gc')
setInterval(() => {
  // Once to find it, once more to give the emptied pages back.
  collect()
  collect()
}, 100).unref()
