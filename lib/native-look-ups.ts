/** The native surface of name services. */

/** Lookups answer a value; or 1 with the EAI_ code in `value`, 2 with the h_errno; or negative. */
export interface LookUps {
  /** Resolves into the shared `to`. */
  resolveHost(host: Text, family: number): number
  getaddrinfo(
    host: Text | null,
    service: Text | null,
    family: number,
    type: number,
    proto: number,
    flags: number,
  ): number | [family: number, type: number, proto: number, canonname: string, sockaddr: Uint8Array][]
  /** `fields`: how many the sockaddr was given in. */
  getnameinfo(
    host: string,
    port: string,
    flowinfo: number,
    scopeId: number,
    fields: number,
    flags: number,
  ): number | [host: string, service: string]
  gethostbynameEx(name: Text): number | [name: string, aliases: string[], addresses: string[]]
  gethostbyaddr(host: Text): number | [name: string, aliases: string[], addresses: string[]]
}

/** The same as promises need them: `undefined` where one has been begun, with its id in TOKEN; or its answer. */
export type AsyncLookUps = {
  [K in keyof LookUps as `${K}Async`]: (...args: Parameters<LookUps[K]>) => ReturnType<LookUps[K]> | undefined
}

/** One that waits for the answer of a lookup. */
export interface PendingJob {
  end(answer: unknown): void
  cancel(): void
}

/** What goes to C as a string: text, or its bytes as they are. */
export type Text = string | Uint8Array
