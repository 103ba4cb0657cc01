/** That a look-up which takes its time can be ended, and what becomes of it. The resolver is made slow, not the network. */
import { describe, expect, test } from 'vitest'
import { canPreload, START, startSlowChild } from './support/slow-resolver.js'
import { ended, printed } from './support/worker.js'

describe.skipIf(!canPreload)('a slow look-up [needs Linux and cc]', () => {
  test('gives its answer once it has it', async () => {
    const child = startSlowChild(`
      const start = performance.now()
      const found = berkeley.getaddrinfo('200ms.slow.invalid', 80, { type: berkeley.SOCK_STREAM })
      console.log(JSON.stringify({ found, took: performance.now() - start }))`)
    const { stdout, stderr } = await ended(child)
    expect(stderr).toBe('')
    const { found, took } = JSON.parse(stdout)
    expect(found).toEqual([[2, 1, 6, '', ['127.0.0.1', 80]]])
    expect(took).toBeGreaterThanOrEqual(199)
  })

  test.each([
    "berkeley.getaddrinfo('60000ms.slow.invalid', 80)",
    "berkeley.gethostbyname('60000ms.slow.invalid')",
    "berkeley.gethostbynameEx('60000ms.slow.invalid')",
    "berkeley.gethostbyaddr('127.0.0.66')",
    "berkeley.getnameinfo(['127.0.0.66', 80], 0)",
    "berkeley.getfqdn('127.0.0.66')",
    "berkeley.socket().connect(['60000ms.slow.invalid', 80])",
  ])('ends with its worker: %s', async (call) => {
    const child = startSlowChild(`${START}
      const worker = await start(${JSON.stringify(`${call}\nconsole.log('returned')`)})
      await soon(150)
      const before = performance.now()
      await worker.terminate()
      console.log(performance.now() - before)`)
    const { code, stdout, stderr } = await ended(child)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(Number(stdout)).toBeLessThan(2000)
  })

  test('ends with the process', async () => {
    const child = startSlowChild(`${START}
      await start("berkeley.getaddrinfo('60000ms.slow.invalid', 80)")
      await soon(100)
      process.exit(7)`)
    expect(await ended(child)).toMatchObject({ code: 7, stderr: '' })
  })

  test('ends with the time that vm allows, and the next one works', async () => {
    const child = startSlowChild(`
      import vm from 'node:vm'
      const call = () => berkeley.getaddrinfo('60000ms.slow.invalid', 80)
      let code
      try { vm.runInNewContext('call()', { call }, { timeout: 100 }) } catch (error) { code = error.code }
      console.log(JSON.stringify([code, berkeley.gethostbyname('10ms.slow.invalid')]))`)
    const { stdout, stderr } = await ended(child)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual(['ERR_SCRIPT_EXECUTION_TIMEOUT', '127.0.0.1'])
  })

  test('ends with EINTR for a SIGINT that JavaScript handles', async () => {
    const child = startSlowChild(`
      process.on('SIGINT', () => console.log('handled'))
      writeSync(1, 'calling\\n')
      for (const call of [berkeley.getaddrinfo, berkeley.getfqdn]) {
        try { call('60000ms.slow.invalid', 80) } catch (error) { writeSync(1, error.code + '\\n') }
      }
      setTimeout(() => {}, 100)`)
    let stdout = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      // Each answer is followed by the next call, which the next signal ends.
      if (/^calling\n(EINTR\n)?$/.test(stdout)) setTimeout(() => child.kill('SIGINT'), 150)
    })
    const { code, signal } = await ended(child)
    expect(stdout).toMatch(/^calling\nEINTR\nEINTR\n/)
    expect(stdout).toContain('handled')
    expect({ code, signal }).toEqual({ code: 0, signal: null })
  })

  test('ends with the process for a SIGINT that nobody handles', async () => {
    const child = startSlowChild(`
      writeSync(1, 'calling\\n')
      berkeley.getaddrinfo('60000ms.slow.invalid', 80)`)
    await printed(child, 'calling')
    const end = ended(child)
    setTimeout(() => child.kill('SIGINT'), 150)
    expect(await end).toMatchObject({ signal: 'SIGINT' })
  })

  test('that was abandoned ends by itself, and nobody gets its answer', async () => {
    const child = startSlowChild(`${START}
      for (let i = 0; i < 20; i++) {
        const worker = await start("berkeley.getaddrinfo('300ms.slow.invalid', 80)")
        await soon(5)
        await worker.terminate()
      }
      await soon(500)
      console.log(berkeley.gethostbyname('10ms.slow.invalid'))`)
    expect(await ended(child)).toMatchObject({ code: 0, stderr: '', stdout: '127.0.0.1\n' })
  })

  test('is EAGAIN where no thread can be made; numeric hosts need none', async () => {
    const child = startSlowChild(`
      process.env.NO_THREADS = '1'
      const answers = []
      const calls = [
        () => berkeley.getaddrinfo('127.0.0.1', 'http', { type: 1 }).length,
        () => berkeley.getaddrinfo('::1', 80, { type: 1 }).length,
        () => berkeley.getaddrinfo('127.0.0.1', -1),
        () => berkeley.getaddrinfo('::1', 80, { family: berkeley.AF_INET }),
        () => berkeley.getaddrinfo(null, 80, { type: 1, family: berkeley.AF_INET }).length,
        () => berkeley.getnameinfo(['127.0.0.1', 80], berkeley.NI_NUMERICHOST)[0],
        () => berkeley.gethostbyname('127.1'),
        () => berkeley.gethostbynameEx('127.0.0.1')[0],
        () => berkeley.getaddrinfo('localhost', 80),
        () => berkeley.gethostbyname('localhost'),
        () => berkeley.gethostbynameEx('localhost'),
        () => berkeley.gethostbyaddr('127.0.0.1'),
        () => berkeley.getnameinfo(['127.0.0.1', 80], 0),
      ]
      for (const call of calls) {
        try { answers.push(call()) } catch (error) { answers.push(error.code) }
      }
      delete process.env.NO_THREADS
      answers.push(berkeley.gethostbyname('localhost'))
      console.log(JSON.stringify(answers))`)
    const { stdout, stderr } = await ended(child)
    expect(stderr).toBe('')
    const AGAIN = Array(5).fill('EAGAIN')
    const numeric = [1, 1, 'EAI_SERVICE', 'EAI_ADDRFAMILY', 1, '127.0.0.1', '127.0.0.1', '127.0.0.1']
    expect(JSON.parse(stdout)).toEqual([...numeric, ...AGAIN, '127.0.0.1'])
  })
})
