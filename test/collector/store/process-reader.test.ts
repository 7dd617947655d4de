import t from 'tap'
import { eventRowReader, fileKeyText } from '#collector/store/event-row.ts'
import {
  bareProcess,
  execProcess,
  ownProcess,
  signalName,
} from '#collector/store/process-reader.ts'
import { boot } from './fixtures.ts'

/** A row of these cells; every other column is missing. */
const rowOf = (cells: Readonly<Record<string, string | number>>) =>
  eventRowReader(Object.keys(cells))(Object.values(cells))

const own = { boot, node: 'n', pid: 100, start_ns: 36, login_uid: 4_294_967_295 }
const id = '0123456789ab-100-10'

t.test('a signal that does not exist has no name', async (t) => {
  for (const [signal, name] of [
    [0, null],
    [-1, null],
    [32, null],
    [33, null],
    [65, null],
    [9.5, null],
    [Number.NaN, null],
    [6, 'SIGABRT'],
    [9, 'SIGKILL'],
    [34, 'SIGRTMIN+0'],
    [64, 'SIGRTMIN+30'],
  ] as const) {
    t.equal(signalName(signal), name, `${signal}`)
  }
})

t.test('a row without a process has none, and no invented parent', async (t) => {
  t.equal(bareProcess(rowOf({ boot, pid: 0, start_ns: 0, exe: '' })), null)
  t.match(bareProcess(rowOf({ ...own, exe: '/x' })), { id, parentId: null, exe: '/x', uid: null })
  t.match(ownProcess(rowOf({ ...own, parent_pid: 0 })), { id, parentId: null, parentPid: null })
  t.match(ownProcess(rowOf({ ...own, parent_pid: 1, parent_start_ns: 0 })), {
    parentId: '0123456789ab-1-0',
    parentPid: 1,
  })
})

t.test('an exec of which nothing more is known says no more', async (t) => {
  const process = execProcess(rowOf(own), new Map())
  for (const absent of ['creatorId', 'loginUid', 'script', 'interpreter', 'sha256']) {
    t.notOk(absent in process, `${absent} is absent`)
  }
  t.strictSame(process.argv, [])
  t.strictSame(process.stdioSockets, [])
  t.equal(process.capabilities, '0x0')
  t.strictSame(process.namespaces, { mnt: 0, pid: 0, net: 0, user: 0, uts: 0, ipc: 0, cgroup: 0 })
})

t.test('the creator is told where it is not the parent', async (t) => {
  const parent = { parent_pid: 1, parent_start_ns: 5 }
  const same = rowOf({ ...own, ...parent, creator_pid: 1, creator_start_ns: 5 })
  t.notOk('creatorId' in execProcess(same, new Map()))
  const reused = rowOf({ ...own, ...parent, creator_pid: 1, creator_start_ns: 6 })
  t.equal(execProcess(reused, new Map()).creatorId, '0123456789ab-1-6', 'a pid is no identity')
})

t.test('a hash is known, unreadable, or not known yet', async (t) => {
  const file = { ...own, file_device: 1, file_inode: 2, file_ctime_us: 3 }
  const key = fileKeyText('n', boot, 1, 2, 3)
  t.equal(execProcess(rowOf(file), new Map([[key, 'ab']])).sha256, 'ab')
  t.equal(execProcess(rowOf(file), new Map([[key, null]])).sha256, null)
  t.notOk('sha256' in execProcess(rowOf(file), new Map([[`${key}4`, 'ab']])))
})

t.test('bits and lists are told by name', async (t) => {
  const row = rowOf({
    ...own,
    login_uid: 0,
    stdio_sockets: 5,
    capabilities: 2 ** 41 - 1,
    flags: 1,
    namespaces: '1,2,3,4,5,6,7',
  })
  t.match(execProcess(row, new Map()), {
    loginUid: 0,
    stdioSockets: ['stdin', 'stderr'],
    capabilities: '0x1ffffffffff',
    snapshot: true,
    argvTruncated: false,
    namespaces: { mnt: 1, cgroup: 7 },
  })
})
