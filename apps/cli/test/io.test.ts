import fc from 'fast-check'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configFolder } from '../src/account/config-folder.ts'
import { OutputClosed } from '../src/errors.ts'
import { explain } from '../src/explain.ts'
import { writeAtomically } from '../src/io/atomic-file.ts'
import type { Io } from '../src/io/io.ts'
import { printable, printableStyled } from '../src/io/output.ts'
import { createProgress, duration, progressText } from '../src/io/progress.ts'
import { wantsColour } from '../src/io/style.ts'
import { write } from '../src/io/write.ts'
import { editDistance, nearest } from '../src/nearest.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomkeys-io-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

function world(overrides: Partial<Io> = {}): { io: Io; stderr: () => string } {
  const stderr = new PassThrough()
  const io: Io = {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr,
    env: {},
    isTerminal: { stdin: true, stdout: true, stderr: true },
    columns: 80,
    platform: 'linux',
    home: '/home/alice',
    now: () => 0,
    onInterrupt: () => () => undefined,
    ...overrides,
  }
  return { io, stderr: () => String(stderr.read() ?? '') }
}

describe('writeAtomically', () => {
  it('leaves a whole file with mode 0600', async () => {
    const path = join(folder, 'whole')
    await writeAtomically(path, async (file) => {
      await file.write('one ')
      await file.write(new TextEncoder().encode('two'))
    })
    expect(await readFile(path, 'utf8')).toBe('one two')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('leaves what was there when the work fails', async () => {
    const path = join(folder, 'kept')
    await writeFile(path, 'before')
    const work = writeAtomically(path, async (file) => {
      await file.write('half')
      throw new Error('stopped')
    })
    await expect(work).rejects.toThrow('stopped')
    expect(await readFile(path, 'utf8')).toBe('before')
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})

describe('write', () => {
  it('waits for a slow reader', async () => {
    const chunks: string[] = []
    const slow = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk.toString())
        setImmediate(done)
      },
    })
    await write(slow, 'one')
    await write(slow, 'two')
    expect(chunks).toEqual(['one', 'two'])
  })

  it('tells when the reader is gone', async () => {
    const gone = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
      },
    })
    gone.on('error', () => undefined)
    await expect(write(gone, 'one')).rejects.toThrow(OutputClosed)
    await expect(write(gone, 'two')).rejects.toThrow(OutputClosed)
  })
})

describe('progress', () => {
  const options = { label: 'Testing', unit: 'keys', total: 100 }

  it('tells rate and time left', () => {
    const text = progressText(options, { done: 25, total: 100, elapsedMs: 5000 })
    expect(text).toBe('Testing 25/100 keys, 5/s, 15 s left')
  })

  it.each([
    [0, '0 s'],
    [59_400, '59 s'],
    [185_000, '3 min 05 s'],
    [7_260_000, '2 h 01 min'],
  ])('%i ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })

  it('draws a bar on a terminal, and clears it', () => {
    const { io, stderr } = world()
    const progress = createProgress(io, { ...options, quiet: false })
    progress.update(50)
    progress.end()
    const shown = stderr()
    expect(shown).toMatch(/#{12}-{12} Testing 50\/100 keys/)
    expect(shown.endsWith('\r\u001b[2K')).toBe(true)
  })

  it('prints a line now and then elsewhere', () => {
    let now = 0
    const isTerminal = { stdin: false, stdout: false, stderr: false }
    const { io, stderr } = world({ isTerminal, now: () => now })
    const progress = createProgress(io, { ...options, quiet: false })
    for (; now < 25_000; now += 1000) progress.update(now / 1000)
    progress.end()
    expect(stderr().trimEnd().split('\n')).toHaveLength(2)
  })

  it('says nothing with --quiet', () => {
    const { io, stderr } = world()
    const progress = createProgress(io, { ...options, quiet: true })
    progress.update(50)
    progress.end()
    expect(stderr()).toBe('')
  })
})

describe('colour', () => {
  it.each([
    [{}, true],
    [{ NO_COLOR: '1' }, false],
    [{ NO_COLOR: '', TERM: 'xterm' }, true],
    [{ TERM: 'dumb' }, false],
    [{ TERM: 'dumb', FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '0' }, false],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ])('%j', (env, wanted) => {
    expect(wantsColour(world({ env }).io, 'stdout')).toBe(wanted)
  })
})

describe('configFolder', () => {
  it.each([
    [{ env: { XDG_CONFIG_HOME: '/x' } }, '/x/roomkeys'],
    [{ env: { XDG_CONFIG_HOME: 'relative' } }, '/home/alice/.config/roomkeys'],
    [{}, '/home/alice/.config/roomkeys'],
    [{ platform: 'darwin' as const }, '/home/alice/Library/Application Support/roomkeys'],
    [{ platform: 'win32' as const, env: { APPDATA: '/appdata' } }, '/appdata/roomkeys'],
  ])('%j', (overrides, path) => {
    expect(configFolder(world(overrides).io)).toBe(path)
  })
})

describe('texts from others', () => {
  it('cannot move the cursor', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/(?![\n\t])[\p{Cc}\u202e]/u)
      }),
    )
  })

  it('keep the emphasis of ours, and no other sequence', () => {
    const text = '\u001b[1mbold\u001b[22m \u001b[2J \u001b]0;title\u0007 \u202e'
    expect(printableStyled(text)).toBe(
      '\u001b[1mbold\u001b[22m \ufffd[2J \ufffd]0;title\ufffd \ufffd',
    )
  })

  it('are not shown when nobody knows what is in them', () => {
    const { message } = explain(new TypeError('canary'))
    expect(message).not.toContain('canary')
    expect(explain('canary').message).not.toContain('canary')
  })
})

describe('nearest', () => {
  it('is a distance', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        expect(editDistance(a, a)).toBe(0)
        expect(editDistance(a, b)).toBe(editDistance(b, a))
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length))
      }),
    )
  })

  it('finds a slip', () => {
    expect(nearest('stauts', ['status', 'serve'])).toBe('status')
    expect(nearest('zzzzz', ['status', 'serve'])).toBeNull()
  })
})
