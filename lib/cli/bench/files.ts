/** Whether a file can be written, found out without writing it. */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure, reasonOf, UsageError } from '../failure.js'

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/**
 * @param flag what it was given by
 * @throws {Failure} where a file of this name can neither be written nor made; `UsageError` for a name that is none
 */
export async function checkFile(flag: string, file: string): Promise<void> {
  if (file === '' || file === '-') throw new UsageError(`${flag} ${JSON.stringify(file)}: it takes the name of a file`)
  try {
    if (await isFolder(file)) throw Object.assign(new Error('a folder'), { code: 'EISDIR' })
    try {
      await access(file, constants.W_OK)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
      await access(dirname(file), constants.W_OK | constants.X_OK)
    }
  } catch (error) {
    throw new Failure(`${flag} ${file}: ${reasonOf(error)}`, { cause: error })
  }
}
