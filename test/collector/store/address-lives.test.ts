import t from 'tap'
import { writeAddressLives } from '#collector/store/address-lives.ts'
import { engineMissing, fixedClock, openTestStore, temporaryDirectory } from './fixtures.ts'
import { stubClient } from './stub-client.ts'

t.test('nothing to write is no question', async (t) => {
  const { client, statements } = stubClient()
  await writeAddressLives(client, [])
  t.strictSame(statements, [])
})

t.test('who had an address', { skip: engineMissing }, async (t) => {
  const store = await openTestStore(temporaryDirectory(t), fixedClock())
  t.teardown(() => store.close())
  const life = {
    kind: 'service',
    namespace: 'shop',
    name: 'db',
    address: '10.0.0.7',
    fromUs: 5,
    toUs: undefined,
  } as const
  await store.writeAddressLives([
    life,
    { ...life, kind: 'node', namespace: '', name: 'n1', address: '10.1.0.1' },
  ])
  await store.writeAddressLives([life])
  t.equal((await store.openAddressLives()).length, 2)
  await store.writeAddressLives([{ ...life, toUs: 9 }])
  await store.writeAddressLives([life])
  t.strictSame(
    (await store.openAddressLives()).map(({ name }) => name),
    ['n1'],
    'an end is not undone',
  )
})
