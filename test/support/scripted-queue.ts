/** A scripted kernel for queues: a channel and operations that answer what the test says. */
import { errno } from 'berkeley'
import { Operation } from '../../dist/operation.js'

/** The kernel's answer where a call would have to wait. */
export const AGAIN = -errno.EAGAIN
/** A channel whose poller is the test. */
export class Owner {
  seen = 0
  isReferenced = false
  /** How many calls may still end in this turn. */
  share = Number.POSITIVE_INFINITY
  log: string[] = []
  /** What is done when the poller is asked to watch. */
  onRequire = (): void => {}
  hasShare(): boolean {
    return this.share-- > 0
  }
  require(direction: number): void {
    this.log.push(`require ${direction}`)
    this.onRequire()
  }
  release(direction: number): void {
    this.log.push(`release ${direction}`)
  }
  ask(): void {
    this.log.push('ask')
  }
  beginConnecting(): void {}
}

/** What an attempt answers: a number, or something done. */
type Step = number | (() => number)

/** An operation whose attempts are told. */
export class Scripted extends Operation<number> {
  readonly script: Step[]
  attempts = 0
  isHeldBack = false
  /** What it has when it is ended from outside. */
  part = 0
  constructor(...script: Step[]) {
    super()
    this.script = script
  }
  override get syscall(): string {
    return 'scripted'
  }
  override get isHeld(): boolean {
    return this.isHeldBack
  }
  override perform(): number {
    this.attempts++
    const step = this.script.length > 1 ? (this.script.shift() as Step) : (this.script[0] as Step)
    return typeof step === 'number' ? step : step()
  }
  override interrupt(reason: unknown): void {
    if (this.part > 0) this.succeed(this.part)
    else super.interrupt(reason)
  }
}
