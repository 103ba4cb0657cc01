/** Text over sockets: encodings, and what is not in them. What CPython reads of it: file-random.test.ts. */
import { describe, expect, test } from 'vitest'
import { pair, thrown } from './support/sockets.js'

describe('text files', () => {
  test('what is no text is told where it stands, and the rest can be read', () => {
    using ends = pair()
    using file = ends[0].makefile('r')
    ends[1].sendall(Buffer.from('good\nbad \xff here\nand \xc3', 'latin1'))
    ends[1].shutdown(1)
    expect(file.readline()).toBe('good\n')
    expect(thrown(() => file.readline())).toMatchObject({ code: 'EILSEQ', message: expect.stringContaining('utf-8') })
    expect(file.readline()).toBe('bad  here\n')
    expect(thrown(() => file.read()).code).toBe('EILSEQ')
    expect(file.read()).toBe('and ')
    expect(file.read()).toBe('')
  })

  test.each(['shift_jis', 'euc-kr', 'gb18030', 'windows-1251', 'koi8-r', 'iso-8859-15', 'utf-16be'])(
    '%s',
    (encoding) => {
      const decoder = new TextDecoder(encoding)
      const bytes = Buffer.from(Array.from({ length: 94 }, (_, i) => i + 0x21)).swap16()
      using ends = pair()
      using file = ends[0].makefile('r', { encoding })
      for (const byte of bytes) ends[1].sendall(Buffer.of(byte))
      ends[1].shutdown(1)
      expect(file.read()).toBe(decoder.decode(bytes))
    },
  )

  test('an encoding of one byte can be written', () => {
    using ends = pair()
    using file = ends[0].makefile('w', { encoding: 'windows-1251' })
    using asked = ends[0].makefile('w', { encoding: 'koi8-r', errors: 'replace' })
    file.write('Привет')
    file.flush()
    expect(new TextDecoder('windows-1251').decode(ends[1].recv(100))).toBe('Привет')
    expect(thrown(() => file.write('漢')).code).toBe('ERR_INVALID_ARG_VALUE')
    asked.write('а漢б')
    asked.flush()
    expect(new TextDecoder('koi8-r').decode(ends[1].recv(100))).toBe('а?б')
  })

  test('half a character is refused, or replaced', () => {
    using ends = pair()
    using strict = ends[0].makefile('w')
    using lax = ends[0].makefile('w', { errors: 'replace' })
    expect(thrown(() => strict.write('a\ud83d')).code).toBe('ERR_INVALID_ARG_VALUE')
    lax.write('a\ud83d😀')
    lax.flush()
    expect(ends[1].recv(100).toString()).toBe('a?😀')
  })

  test('writing does not forget what was read, where CPython does', () => {
    using ends = pair()
    using file = ends[0].makefile('rw')
    ends[1].sendall('one\ntwo\n')
    expect(file.readline()).toBe('one\n')
    file.write('answer\n')
    expect(file.readline()).toBe('two\n')
  })
})
