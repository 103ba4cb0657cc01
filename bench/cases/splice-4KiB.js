import { splice } from '../lib/zero-copy-shapes.js'

export default splice({ name: 'splice-4KiB', size: 4096, count: 800 })
