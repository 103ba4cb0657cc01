import type { BenchResults } from './results.js'
export function reportOf(_results: BenchResults): string {
  return ''
}
