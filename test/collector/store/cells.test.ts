import fc from 'fast-check'
import t from 'tap'
import { cell, fromStored, fromStoredList, storable } from '#collector/store/cells.ts'
import { hostileText } from './event-arbitraries.ts'

t.test('any string survives being stored', async (t) => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const stored = storable(text)
      const bytes = Buffer.from(stored, 'utf8').toString('utf8')
      return !stored.includes('\0') && fromStored(bytes) === text
    }),
  )
  for (const text of ['\ud83e\udd8b', 'plain', '']) t.equal(storable(text), text, 'as it is')
  t.equal(fromStored(storable('\udc00\ud800\ud800\udc00')), '\udc00\ud800\ud800\udc00')
})

t.test('a cell is one field of one line', async () => {
  fc.assert(fc.property(hostileText, (text) => !/[\t\n\r\0]/.test(cell(text))))
})

t.test('a list survives, also of empty elements and of elements with NUL', async () => {
  fc.assert(
    fc.property(fc.array(hostileText, { maxLength: 5 }), (values) => {
      const stored = values.map((value) => `${storable(value)}\0`).join('')
      const back = fromStoredList(stored)
      return back.length === values.length && back.every((value, place) => value === values[place])
    }),
  )
})
