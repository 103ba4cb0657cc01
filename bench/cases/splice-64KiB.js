import { splice } from '../lib/zero-copy-shapes.js'

export default splice({ name: 'splice-64KiB', size: 65536, count: 400 })
