/** A server of `berkeley bench` as a child process, and clients that measure to it. */
import { expect } from 'vitest'
import type { BenchResults, TestResult } from '../../lib/cli/bench/results.js'
import { runCli, startCli } from './cli.js'
import type { Outcome, Program } from './process.js'

export interface BenchServer extends AsyncDisposable {
  program: Program
  port: number
}

/** On a port of the system's choice; ended with the block. */
export async function startBenchServer(...args: string[]): Promise<BenchServer> {
  const program = startCli(['bench', 'server', '--port', '0', ...args])
  const [, port] = await program.printed(/^berkeley bench: serving on \S+:(\d+)/)
  return { program, port: Number(port), [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() }
}

export function clientArgs(host: string, port: number, ...args: string[]): string[] {
  return ['bench', 'client', host, '--port', String(port), ...args]
}

/** Runs a client that is to succeed, for its JSON. */
export async function measured(host: string, port: number, ...args: string[]): Promise<BenchResults> {
  const outcome = await runCli(clientArgs(host, port, '--json', ...args))
  expect(outcome).toMatchObject({ code: 0, stderr: '' })
  return resultsIn(outcome)
}

export function resultsIn({ stdout }: Outcome): BenchResults {
  return JSON.parse(stdout) as BenchResults
}

/** The results of one kind. */
export function only<K extends TestResult['test']>(results: BenchResults, kind: K): Extract<TestResult, { test: K }>[] {
  return results.tests.filter((result): result is Extract<TestResult, { test: K }> => result.test === kind)
}
