import { splice } from '../lib/zero-copy-shapes.js'

export default splice({ name: 'splice-1MiB', size: 1048576, count: 40 })
