import t from 'tap'
import { AddressBook } from '#collector/cluster/address-book.ts'
import type { AddressLife } from '#collector/store/address-lives.ts'

const service = (name: string, addresses: readonly string[], sinceUs = 5) => ({
  metadata: { name, namespace: 'shop', resourceVersion: '1' },
  addresses,
  sinceUs,
})

const site = (open: readonly AddressLife[] = []) => {
  const state = { nowUs: 100, isFailing: false, written: [] as AddressLife[] }
  const book = new AddressBook({
    write: async (lives) => {
      if (state.isFailing) throw new Error('down')
      state.written.push(...lives)
    },
    nowUs: () => state.nowUs,
  })
  book.warm(open)
  const lives = async () => {
    await book.flush()
    return state.written.map(({ name, address, fromUs, toUs }) => [name, address, fromUs, toUs])
  }
  return { state, book, lives }
}

t.test('addresses as they come, change and go', async (t) => {
  const { state, book, lives } = site()
  book.set('service', service('web', ['10.0.0.1']))
  t.strictSame(await lives(), [['web', '10.0.0.1', 5, undefined]], 'since it was made')
  state.nowUs = 200
  book.set('service', service('web', ['10.0.0.1', '198.51.100.7']))
  state.nowUs = 300
  book.set('service', service('web', ['198.51.100.7']))
  state.nowUs = 400
  book.deleted('service', service('web', ['198.51.100.7']))
  t.strictSame((await lives()).slice(1), [
    ['web', '198.51.100.7', 200, 400],
    ['web', '10.0.0.1', 5, 300],
  ])
})

t.test('the same address made again is another life', async (t) => {
  const { state, book, lives } = site()
  book.set('service', service('web', ['10.0.0.1']))
  book.deleted('service', service('web', ['10.0.0.1']))
  await lives()
  state.nowUs = 500
  book.set('service', service('web', ['10.0.0.1'], 450))
  t.strictSame((await lives()).at(-1), ['web', '10.0.0.1', 450, undefined])
})

t.test('after a restart nothing is written twice, and what went meanwhile ends', async (t) => {
  const life = { kind: 'service', namespace: 'shop', fromUs: 5, toUs: undefined } as const
  const { state, book, lives } = site([
    { ...life, name: 'web', address: '10.0.0.1' },
    { ...life, name: 'gone', address: '10.0.0.2' },
  ])
  state.nowUs = 900
  const listed = [service('web', ['10.0.0.1'])]
  book.listed('service', listed)
  book.listed('node', [])
  for (const one of listed) book.set('service', one)
  t.strictSame(await lives(), [['gone', '10.0.0.2', 5, 900]])
})

t.test('while the store fails the last word about each waits', async (t) => {
  const { state, book, lives } = site()
  state.isFailing = true
  book.set('service', service('web', ['10.0.0.1']))
  await t.rejects(book.flush())
  book.deleted('service', service('web', ['10.0.0.1']))
  state.isFailing = false
  t.strictSame(await lives(), [['web', '10.0.0.1', 5, 100]])
})
