/** The record of a message in the memory of a batch, as native/batch.h has it. */
import { place, word } from '../binding.js'

/** Its size in bytes, and where it has what, in words. */
export const batchRecord = place('batchRecord')
export const BATCH_LENGTH = word('batchLength')
export const BATCH_FLAGS = word('batchFlags')
export const BATCH_ADDRESS_LENGTH = word('batchAddressLength')
export const BATCH_CONTROL_LENGTH = word('batchControlLength')
export const BATCH_SEGMENT_SIZE = word('batchSegmentSize')
export const BATCH_START = word('batchStart')
export const BATCH_IS_UNSENT = word('batchIsUnsent')
export const BATCH_ADDRESS = word('batchAddress')
