import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fc from 'fast-check'
import t from 'tap'
import { isDead, parseStat, readStat, tickNs } from '#agent/sources/procfs/stat.ts'

/** A line of kernel 6.18 of a program that runs, with the name and the last fields to choose. */
const line = (comm: string, overrides: Readonly<Record<number, string>> = {}) => {
  const fields =
    'R 11583 11583 4066 34819 -1 4194304 65 0 1 0 7 3 0 0 20 0 1 0 271937 430080 33 18446744073709551615 94170080849920 94170080867849 140727987351040 0 0 0 0 6 0 0 0 0 17 0 0 0 0 0 0 94170080881936 94170080883200 94171022921728 140727987358369 140727987358380 140727987358380 140727987359721 0'.split(
      ' ',
    )
  for (const [field, text] of Object.entries(overrides)) fields[Number(field) - 3] = text
  return `584 (${comm}) ${fields.join(' ')}\n`
}

const hostileNames = [
  '(a b ) ( c d) ',
  ')',
  '(',
  ') R 1 1 1',
  'a\nb',
  '',
  '\ufffd',
  ') (',
  'x) Z 1 2 3 4',
]

t.test('the name ends at the last parenthesis, whatever it contains', async (t) => {
  for (const comm of hostileNames) {
    const stat = parseStat(line(comm))
    t.equal(stat?.comm, comm, JSON.stringify(comm))
    t.equal(stat?.state, 'R')
    t.equal(stat?.parentPid, 11583)
  }
})

t.test('every field has its unit', async (t) => {
  t.strictSame(parseStat(line('sleep')), {
    pid: 584,
    comm: 'sleep',
    state: 'R',
    parentPid: 11583,
    ttyNumber: 34819,
    kernelThread: false,
    threads: 1,
    userNs: 70_000_000,
    systemNs: 30_000_000,
    startNs: 2_719_370_000_000,
    image: '94170080849920-94170080867849-140727987351040',
    argvLength: 11,
    status: null,
  })
})

const refused: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['no parentheses', '1 sh R 1'],
  ['a closing before an opening parenthesis', '1 )sh( R 1'],
  ['no pid', '(sh) R 1 1 1'],
  ['a cut line', '584 (sh) R 1 2 3'],
  ['a pid of words', 'x (sh) R 1'],
  ['a negative start', line('sh', { 22: '-1' })],
  ['a start beyond all clocks', line('sh', { 22: '18446744073709551615' })],
  ['a state of two letters', line('sh', { 3: 'RR' })],
  ['words for numbers', line('sh', { 4: 'one' })],
]

t.test('what is no such line is refused', async (t) => {
  for (const [name, text] of refused) t.equal(parseStat(text), undefined, name)
})

t.test('what the agent may not see is left out', async (t) => {
  const hidden = { 26: '1', 27: '1', 28: '0', 48: '0', 49: '0' }
  t.match(parseStat(line('sh', hidden)), { image: '', argvLength: 0 })
  t.equal(
    parseStat(line('sh', { 48: '9', 49: '4' }))?.argvLength,
    0,
    'an area that ends before it begins',
  )
})

t.test('a zombie tells its status only to whom it may concern', async (t) => {
  const status = (overrides: Readonly<Record<number, string>>) =>
    parseStat(line('sh', { 3: 'Z', ...overrides }))?.status
  t.equal(
    status({ 35: '1', 52: '0' }),
    0,
    'success, and the wait channel proves that it is readable',
  )
  t.equal(status({ 35: '0', 52: '0' }), null, 'a zero that may mean anything')
  t.equal(status({ 35: '1', 52: '1792' }), 7 << 8)
  t.equal(status({ 35: '0', 52: '9' }), 9)
  t.equal(status({ 35: '1', 52: '-1' }), null)
  t.equal(parseStat(line('sh', { 35: '1', 52: '9' }))?.status, null, 'it runs')
})

t.test('a dead leader of living threads is not over', async (t) => {
  const dead = (state: string, threads: string) => {
    const stat = parseStat(line('sh', { 3: state, 20: threads }))
    return stat !== undefined && isDead(stat)
  }
  t.ok(dead('Z', '1'))
  t.ok(dead('X', '0'))
  t.notOk(dead('Z', '2'))
  t.notOk(dead('S', '1'))
})

t.test('kernel threads are known by their flag, not by their pid', async (t) => {
  t.ok(parseStat(line('kthreadd', { 9: '2129984' }))?.kernelThread)
  t.notOk(parseStat(line('[kthreadd]'))?.kernelThread)
})

t.test('any text has an answer', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
      parseStat(text)
      parseStat(line(text))
      return parseStat(`1 (${text}) ${text}`) === undefined || text.length > 0
    }),
  )
})

t.test('a real process, its children that were not waited for, and none', async (t) => {
  const own = readStat('/proc', process.pid)
  t.match(own, { pid: process.pid, parentPid: process.ppid, kernelThread: false })
  t.equal((own as { startNs: number }).startNs % tickNs, 0)
  t.equal(readStat('/proc', 2 ** 30), undefined)
  // What waits for input never waits for its child; the child ends only when the shell, which might, has become that.
  const child = spawn('sh', ['-c', '(sleep 0.2; exit 7) & echo $!; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const [text] = await once(child.stdout, 'data')
  const pid = Number(String(text))
  let zombie = readStat('/proc', pid)
  while ((zombie as { state: string }).state !== 'Z') {
    await new Promise((resolve) => setTimeout(resolve, 5))
    zombie = readStat('/proc', pid)
  }
  t.match(zombie, { pid, status: 7 << 8, image: '' })
})

t.test('a file of another kind is an error that names it', async (t) => {
  const root = t.testdir({ 7: { stat: 'not a stat' } })
  t.throws(() => readStat(root, 7), {
    code: 'format',
    message: /7\/stat is not what a kernel writes/,
  })
})
