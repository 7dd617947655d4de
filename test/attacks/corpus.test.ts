/** The corpus of attacks is as large and as divided as it claims to be, without playing it. */
import t from 'tap'
import { heldOutOf, seenOf } from './held-out.ts'
import { knownMisses } from './known-misses.ts'
import { techniques } from './techniques.ts'

t.test('there are many techniques, each in three variants or more', async (t) => {
  t.ok(techniques.length >= 32, `${techniques.length} techniques`)
  t.equal(new Set(techniques.map(({ name }) => name)).size, techniques.length, 'by their names')
  for (const { name, variants } of techniques) {
    t.ok(variants.length >= 3, name)
    t.equal(new Set(variants.map((one) => one.name)).size, variants.length, `${name}: names`)
  }
})

t.test('a third of each is held out, and nothing that was seen before', async (t) => {
  for (const technique of techniques) {
    const { name, seen = 0, variants } = technique
    const held = heldOutOf(technique)
    const wanted = Math.min(Math.round(variants.length / 3), variants.length - seen)
    t.equal(held.size, wanted, name)
    t.equal(seenOf(technique).length + held.size, variants.length)
    for (const one of variants.slice(0, seen)) t.notOk(held.has(one.name), one.name)
  }
})

t.test('the choice is by seed and name, whatever the order', async (t) => {
  for (const technique of techniques.filter(({ seen }) => seen === undefined)) {
    const reversed = { ...technique, variants: [...technique.variants].reverse() }
    t.strictSame([...heldOutOf(reversed)].sort(), [...heldOutOf(technique)].sort(), technique.name)
  }
})

t.test('what is expected below high has its reason where the kind deserves more', async (t) => {
  const grave = /reverse shell|bind shell|dropped|from memory|leaving|kernel|^miner$|mining/
  for (const { name, expected, reason } of techniques) {
    t.not(expected, 'low', name)
    if (grave.test(name) && expected === 'medium') t.ok(reason, name)
  }
})

t.test('every known miss is one of the corpus, with a reason', async (t) => {
  const all = new Set(
    techniques.flatMap(({ name, variants }) => variants.map((one) => `${name}: ${one.name}`)),
  )
  for (const [key, reason] of Object.entries(knownMisses)) {
    t.ok(all.has(key), key)
    t.ok(reason.length > 20, `${key}: ${reason}`)
  }
})
