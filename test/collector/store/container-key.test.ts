import t from 'tap'
import { containerKey, isListed } from '#collector/store/container-key.ts'

t.test('the same id on two nodes is two containers', async (t) => {
  t.not(containerKey('a', 'host'), containerKey('b', 'host'))
  t.not(containerKey('a', ''), containerKey('', 'a'))
})

t.test('rows are narrowed by id, for the index, and decided by the pair', async (t) => {
  const sql = isListed('SELECT node, container_id FROM containers')
  t.match(sql, /^\(container_id IN \(SELECT container_id FROM/)
  t.match(sql, /AND \(node, container_id\) IN \(SELECT node, container_id FROM/)
})
