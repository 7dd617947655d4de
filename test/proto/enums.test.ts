import { readFileSync } from 'node:fs'
import t from 'tap'
import { wireEnums } from '#proto/enums.ts'
import { nackReasons } from '#proto/frame.ts'

const proto = ['event', 'frame']
  .map((name) =>
    readFileSync(new URL(`../../proto/mayfly/v1/${name}.proto`, import.meta.url), 'utf8'),
  )
  .join('\n')

/** `CONNECT_OUTCOME_REFUSED = 2;` of enum ConnectOutcome, as [['refused', 2]]. */
const valuesInProto = (name: string): [string, number][] => {
  const body = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(proto)?.[1] ?? ''
  const prefix = `${name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}_`
  return [...body.matchAll(/^ {2}(\w+) = (\d+);/gm)].map(([, value, number]) => [
    (value as string).slice(prefix.length).toLowerCase(),
    Number(number),
  ])
}

for (const [key, { values, toWire, fromWire }] of Object.entries(wireEnums)) {
  const name = key.charAt(0).toUpperCase() + key.slice(1)
  t.test(`${name} has the same values in event.ts and event.proto`, async (t) => {
    t.strictSame(
      valuesInProto(name),
      values.map((value, number) => [value.replaceAll('-', '_'), number]),
    )
    for (const value of values) t.equal(fromWire(toWire(value as never)), value)
    t.throws(() => fromWire(values.length), { code: 'unknown_kind' })
  })
}

t.test('NackReason has the same values in frame.ts and frame.proto', async (t) => {
  t.strictSame(
    valuesInProto('NackReason'),
    nackReasons.map((value, number) => [value, number]),
  )
})
