import t from 'tap'
import { nackReasons } from '#proto/frame.ts'

t.test('the first reason is the one of a sender that gave none', async (t) => {
  t.equal(nackReasons[0], 'unspecified')
  t.equal(new Set(nackReasons).size, nackReasons.length)
})
