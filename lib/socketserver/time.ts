/** Seconds that run out. */

/** How many seconds are left until so many from now on are over, at least 0; always `null` where there is no limit. */
export function deadlineIn(seconds: number | null): () => number | null {
  if (seconds === null) return () => null
  const end = performance.now() + seconds * 1000
  return () => Math.max(0, (end - performance.now()) / 1000)
}
