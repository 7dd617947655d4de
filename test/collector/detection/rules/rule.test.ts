import t from 'tap'
import { exceptionFields, ruleKinds } from '#collector/detection/rules/rule.ts'
import { eventKinds } from '#proto/event.ts'

t.test('rules are about kinds of events that there are', async (t) => {
  t.ok(ruleKinds.every((kind) => (eventKinds as readonly string[]).includes(kind)))
  t.equal(new Set(exceptionFields).size, exceptionFields.length)
})
