import fc from 'fast-check'
import t from 'tap'
import { AnsweredNames } from '#agent/dns/answered-names.ts'

t.test('nothing is known at first', async (t) => {
  const names = new AnsweredNames()
  t.equal(names.nameOf('web', '192.0.2.7'), '')
  names.forget('web')
  names.learn('web', 'nothing.example', [])
  t.equal(names.nameOf('web', '192.0.2.7'), '')
})

t.test('each address of an answer has the name that was asked for', async (t) => {
  const names = new AnsweredNames()
  names.learn('web', 'db.example', ['192.0.2.7', '2001:db8::7'])
  t.equal(names.nameOf('web', '192.0.2.7'), 'db.example')
  t.equal(names.nameOf('web', '2001:db8::7'), 'db.example')
  t.equal(names.nameOf('web', '192.0.2.8'), '')
})

t.test('one container’s answers say nothing to another', async (t) => {
  const names = new AnsweredNames()
  names.learn('web', 'db.example', ['192.0.2.7'])
  names.learn('job', 'cache.example', ['192.0.2.7'])
  t.equal(names.nameOf('web', '192.0.2.7'), 'db.example')
  t.equal(names.nameOf('job', '192.0.2.7'), 'cache.example')
  t.equal(names.nameOf('', '192.0.2.7'), '')
})

t.test('the latest answer wins, and is no eviction', async (t) => {
  const names = new AnsweredNames({ addressesMax: 1 })
  names.learn('web', 'old.example', ['192.0.2.7'])
  names.learn('web', 'new.example', ['192.0.2.7'])
  t.equal(names.nameOf('web', '192.0.2.7'), 'new.example')
  t.equal(names.evicted, 0)
})

t.test('a container that is gone is forgotten, and no eviction', async (t) => {
  const names = new AnsweredNames()
  names.learn('web', 'db.example', ['192.0.2.7'])
  names.learn('job', 'db.example', ['192.0.2.7'])
  names.forget('web')
  t.equal(names.nameOf('web', '192.0.2.7'), '')
  t.equal(names.nameOf('job', '192.0.2.7'), 'db.example')
  t.equal(names.evicted, 0)
})

t.test('of too many addresses the one that was not used for longest goes, counted', async (t) => {
  const names = new AnsweredNames({ addressesMax: 2 })
  names.learn('web', 'x', ['1', '2'])
  t.equal(names.nameOf('web', '1'), 'x')
  names.learn('web', 'y', ['3'])
  t.strictSame(
    ['1', '2', '3'].map((address) => names.nameOf('web', address)),
    ['x', '', 'y'],
  )
  t.equal(names.evicted, 1)
})

t.test('one container that enumerates names takes nothing from another', async (t) => {
  const names = new AnsweredNames({ addressesMax: 2 })
  names.learn('web', 'db.example', ['192.0.2.7'])
  for (let index = 0; index < 100; index += 1) names.learn('scan', `${index}`, [`${index}`])
  t.equal(names.nameOf('web', '192.0.2.7'), 'db.example')
  t.equal(names.evicted, 98)
})

t.test(
  'of too many containers the one that was not used for longest goes, all its addresses counted',
  async (t) => {
    const names = new AnsweredNames({ containersMax: 2 })
    names.learn('a', 'x', ['1', '2', '3'])
    names.learn('b', 'x', ['1', '2'])
    t.equal(names.nameOf('a', '1'), 'x')
    names.learn('c', 'x', ['1'])
    t.strictSame(
      ['a', 'b', 'c'].map((container) => names.nameOf(container, '1')),
      ['x', '', 'x'],
    )
    t.equal(names.evicted, 2)
  },
)

t.test('an answer without addresses takes nobody’s place', async (t) => {
  const names = new AnsweredNames({ containersMax: 1 })
  names.learn('web', 'db.example', ['192.0.2.7'])
  names.learn('job', 'nothing.example', [])
  t.equal(names.nameOf('web', '192.0.2.7'), 'db.example')
})

t.test('the limits are 4,096 containers, and 1,024 addresses in each', async (t) => {
  const names = new AnsweredNames()
  const addresses = Array.from({ length: 1024 }, (_, index) => `${index}`)
  names.learn('web', 'x', addresses)
  t.equal(names.evicted, 0)
  names.learn('web', 'x', ['one more'])
  t.equal(names.evicted, 1)
  for (let index = 1; index < 4096; index += 1) names.learn(`${index}`, 'x', ['1'])
  t.equal(names.evicted, 1)
  names.learn('one more', 'x', ['1'])
  t.equal(names.evicted, 1 + 1024)
})

t.test('within the limits it is a map', async () => {
  const key = fc.constantFrom('a', 'b', '__proto__', 'constructor', '')
  const step = fc.record({
    container: key,
    address: key,
    name: fc.constantFrom('x', 'y'),
    forget: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const names = new AnsweredNames()
      const model = new Map<string, Map<string, string>>()
      for (const { container, address, name, forget } of steps) {
        if (forget) {
          names.forget(container)
          model.delete(container)
        } else {
          names.learn(container, name, [address])
          model.set(container, (model.get(container) ?? new Map()).set(address, name))
        }
        for (const one of ['a', 'b', '__proto__', 'constructor', ''])
          if (names.nameOf(container, one) !== (model.get(container)?.get(one) ?? '')) return false
      }
      return true
    }),
  )
})
