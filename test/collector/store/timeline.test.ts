import t from 'tap'
import {
  chunk,
  container,
  containerId,
  engineMissing,
  exec,
  exit,
  fileFact,
  gap,
  openTestStore,
  t0,
  temporaryDirectory,
} from './fixtures.ts'

t.test('the timeline as the store answers it', { skip: engineMissing }, async (t) => {
  const store = await openTestStore(temporaryDirectory(t))
  t.teardown(() => store.close())

  await t.test('names that arrive late show on events written before them', async (t) => {
    const id = containerId('c')
    await store.insert([chunk(1, [exec({ containerId: id })], { agent: 'late', epoch: 1 })])
    const before = await store.events({ container: id, limit: 10 })
    t.match(before.events, [{ kind: 'exec', namespace: '', pod: '', containerId: id }])
    const named = container({ containerId: id, phase: 'named', pod: 'late-pod', container: 'late' })
    await store.insert([chunk(2, [named], { agent: 'late', epoch: 1 })])
    for (const query of [
      { pod: 'late-pod' },
      { container: 'late' },
      { container: id.slice(0, 6) },
      { namespace: 'payments', workload: 'api', pod: 'late-pod', container: 'late' },
    ]) {
      const { events } = await store.events({ ...query, limit: 10 })
      t.match(
        events.find(({ kind }) => kind === 'exec'),
        { namespace: 'payments', pod: 'late-pod', container: 'late', workload: 'api' },
        JSON.stringify(query),
      )
      t.ok(events.every((event) => event.containerId === id))
    }
    t.same((await store.events({ pod: 'late-pod', container: 'other', limit: 10 })).events, [])
  })

  await t.test('a stronger source of names never yields to a weaker one', async (t) => {
    const id = containerId('d')
    const at = { containerId: id, phase: 'named' as const }
    await store.insert([
      chunk(
        1,
        [
          container({ ...at, pod: 'from-kubelet', nameSource: 'kubelet' }),
          container({ ...at, timeUs: t0 + 9, pod: 'from-cgroup', nameSource: 'cgroup' }),
          exec({ containerId: id }),
        ],
        { agent: 'names', epoch: 1 },
      ),
    ])
    const { events } = await store.events({ container: id, kinds: ['exec'], limit: 10 })
    t.match(events, [{ pod: 'from-kubelet' }])
    t.same((await store.events({ pod: 'from-cgroup', limit: 10 })).events, [])
  })

  await t.test('the hash of an executable is joined by node, boot and file', async (t) => {
    const id = containerId('e')
    const { file } = fileFact()
    const missed = { ...file, inode: 43 }
    const unknown = { ...file, inode: 44 }
    await store.insert([
      chunk(
        1,
        [
          exec({ containerId: id, file, timeUs: t0 }),
          exec({ containerId: id, file: missed, timeUs: t0 + 1 }),
          exec({ containerId: id, file: unknown, timeUs: t0 + 2 }),
          exec({ containerId: id, timeUs: t0 + 3 }),
          fileFact(),
          fileFact({ state: 'missed', sha256: '' }),
          fileFact({ file: missed, state: 'missed', sha256: '' }),
        ],
        { agent: 'hashes', epoch: 1 },
      ),
    ])
    const { events } = await store.events({ container: id, limit: 10 })
    const hashes = events.map((event) => (event.kind === 'exec' ? event.process.sha256 : 'no exec'))
    t.same(hashes, ['ab'.repeat(32), null, undefined, undefined])
  })

  await t.test('a process seen at start is shown once, and not beside its real exec', async (t) => {
    const id = containerId('f')
    const process = { pid: 300, startNs: 7_123_456_789 }
    const tick = { pid: 300, startNs: 7_120_000_000 }
    const other = { pid: 301, startNs: 7_120_000_000 }
    await store.insert([
      chunk(
        1,
        [
          exec({ containerId: id, process, timeUs: t0 }),
          exec({ containerId: id, process: tick, timeUs: t0 + 10, snapshot: true }),
          exec({ containerId: id, process: other, timeUs: t0 + 11, snapshot: true }),
          exec({ containerId: id, process: other, timeUs: t0 + 20, snapshot: true }),
          exec({ containerId: id, process, exe: '/bin/other', timeUs: t0 + 21, snapshot: true }),
        ],
        { agent: 'snapshots', epoch: 1 },
      ),
    ])
    const all = await store.events({ container: id, limit: 10 })
    t.same(
      all.events.map(({ seq }) => seq),
      [1, 3, 5],
    )
    const small = await store.events({ container: id, limit: 2 })
    t.same(
      small.events.map(({ seq }) => seq),
      [1, 3],
      'a page is filled although rows in between are left out',
    )
    const since = await store.events({ container: id, sinceUs: t0 + 15, limit: 10 })
    t.same(
      since.events.map(({ seq }) => seq),
      [5],
      'also when the first sighting is before the range',
    )
  })

  await t.test('the same chunk sent twice is stored once', async (t) => {
    const id = containerId('1')
    const twice = [chunk(1, [exec({ containerId: id }), exit({ containerId: id })], { agent: 'x' })]
    await store.insert(twice)
    await store.insert(twice)
    t.equal((await store.events({ container: id, limit: 10 })).events.length, 2)
  })

  await t.test('rows that two collectors wrote for the same events are shown once', async (t) => {
    const id = containerId('2')
    const one = exec({ containerId: id, timeUs: t0 })
    const two = exec({ containerId: id, timeUs: t0 + 1 })
    const whose = { agent: 'double', epoch: 1 }
    await store.insert([chunk(1, [one, two], whose)])
    await store.insert([chunk(2, [two, exit({ containerId: id })], whose)])
    for (const limit of [1, 2, 10]) {
      const seqs: number[] = []
      let cursor: string | null | undefined
      do {
        const page = await store.events({
          container: id,
          limit,
          ...(cursor === undefined || cursor === null ? {} : { cursor }),
        })
        seqs.push(...page.events.map(({ seq }) => seq))
        cursor = page.next
      } while (cursor !== null)
      t.same(seqs, [1, 2, 3], `pages of ${limit}`)
    }
  })

  await t.test('free text is found in exe and argv, case-insensitively', async (t) => {
    const id = containerId('3')
    await store.insert([
      chunk(
        1,
        [
          exec({ containerId: id, argv: ['sh', '-c', "echo 'Ünïcode'"], exe: '/bin/sh' }),
          exec({ containerId: id, argv: ['x'], exe: '/opt/Tool', timeUs: t0 + 1 }),
          exit({ containerId: id, exe: '/opt/Tool', timeUs: t0 + 2 }),
        ],
        { agent: 'text', epoch: 1 },
      ),
    ])
    for (const [text, seqs] of [
      ['-C ECHO', [1]],
      ["'ünïCODE'", [1]],
      ['opt/tool', [2, 3]],
      ['%', []],
      ["' OR 1=1 --", []],
    ] as const) {
      const { events } = await store.events({ container: id, text, limit: 10 })
      t.same(
        events.map(({ seq }) => seq),
        seqs,
        text,
      )
    }
  })

  await t.test('hostile filter values match nothing and break nothing', async (t) => {
    const fields = ['namespace', 'workload', 'pod', 'container', 'node', 'text'] as const
    for (const value of [
      "''",
      "\\'",
      "') OR 1=1 --",
      '\0',
      '\ud800',
      '*/',
      "\n\n';",
      '{a:String}',
    ]) {
      for (const field of fields) {
        const { events } = await store.events({
          [field]: value,
          kinds: ['exec'],
          limit: 3,
          sinceUs: t0,
          untilUs: t0 + 1_000,
        })
        t.same(events, [], `${field} = ${JSON.stringify(value)}`)
      }
    }
  })

  await t.test('pages neither repeat nor skip while rows arrive', async (t) => {
    const id = containerId('4')
    const whose = { agent: 'pages', epoch: 1 }
    const at = (index: number) => exec({ containerId: id, timeUs: t0 + index * 10, bootNs: index })
    await store.insert([
      chunk(
        1,
        Array.from({ length: 50 }, (_, index) => at(index)),
        whose,
      ),
    ])
    for (const newestFirst of [false, true]) {
      const seen: number[] = []
      let cursor: string | null | undefined
      let next = 1_000 + (newestFirst ? 500 : 0)
      do {
        const page = await store.events({
          container: id,
          newestFirst,
          limit: 7,
          ...(cursor === undefined || cursor === null ? {} : { cursor }),
        })
        seen.push(...page.events.map(({ seq }) => seq).filter((seq) => seq <= 50))
        cursor = page.next
        next += 1
        const late = exec({ containerId: id, timeUs: t0 + 5 + (next % 40) * 10, bootNs: next })
        await store.insert([chunk(next, [late], whose)])
      } while (cursor !== null)
      const order = Array.from({ length: 50 }, (_, index) => index + 1)
      t.same(seen, newestFirst ? order.reverse() : order)
    }
  })

  await t.test("a node's gaps show in the timeline of the containers that ran there", async (t) => {
    const id = containerId('5')
    await store.insert([
      chunk(1, [exec({ containerId: id, timeUs: t0 }), gap()], { agent: 'g1', node: 'gap-node' }),
      chunk(1, [gap()], { agent: 'g2', node: 'other-node' }),
    ])
    const { events } = await store.events({ container: id, limit: 10 })
    t.match(
      events.map(({ kind, node }) => ({ kind, node })),
      [
        { kind: 'exec', node: 'gap-node' },
        { kind: 'gap', node: 'gap-node' },
      ],
    )
  })

  await t.test('what cannot be asked is refused by name', async (t) => {
    for (const [query, field] of [
      [{ limit: 0 }, 'limit'],
      [{ limit: 1.5 }, 'limit'],
      [{ limit: 5, cursor: 'nonsense' }, 'cursor'],
      [{ limit: 5, cursor: Buffer.from('[1,2,"a",4,"x"]').toString('base64url') }, 'cursor'],
      [{ limit: 5, sinceUs: Number.NaN }, 'sinceUs'],
      [{ limit: 5, pod: 'p'.repeat(5_000) }, 'pod'],
    ] as const) {
      await t.rejects(store.events(query), {
        name: 'StoreError',
        code: 'bad_query',
        message: new RegExp(`^${field}`),
      })
    }
  })
})
