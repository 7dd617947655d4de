import fc from 'fast-check'
import t from 'tap'
import {
  defaultParameters,
  parameterNames,
  parameterTable,
  parseParameters,
} from '#collector/detection/statistics/parameters.ts'

t.test('whatever is given, parameters are within bounds, and faults are said', async (_t) => {
  const given = fc.oneof(
    fc.anything(),
    fc.dictionary(
      fc.constantFrom<string>(...parameterNames),
      fc.oneof(fc.double(), fc.integer(), fc.anything()),
    ),
  )
  fc.assert(
    fc.property(given, (value) => {
      const { parameters, faults } = parseParameters(value)
      return (
        parameterNames.every((name) => {
          const { least, most } = parameterTable[name]
          return parameters[name] >= least && parameters[name] <= most
        }) &&
        parameters['trw.theta1'] < parameters['trw.theta0'] &&
        faults.every((fault) => fault !== '')
      )
    }),
  )
})

const faults: readonly (readonly [string, unknown, string])[] = [
  ['a list', [1], 'parameters must be given by name, such as scan.addresses: 25'],
  ['a number', 7, 'parameters must be given by name, such as scan.addresses: 25'],
  ['a name that does not exist', { 'scan.hosts': 1 }, 'there is no parameter scan.hosts'],
  ['a name of every object', { toString: 1 }, 'there is no parameter toString'],
  ['a text', { 'scan.ports': '15' }, 'scan.ports must be a number from 2 to 10000 (count)'],
  [
    'not a number',
    { 'scan.ports': Number.NaN },
    'scan.ports must be a number from 2 to 10000 (count)',
  ],
  ['too little', { 'scan.ports': 1 }, 'scan.ports is 1, and must be from 2 to 10000 (count)'],
  ['half of one', { 'scan.ports': 2.5 }, 'scan.ports is 2.5, and must be whole'],
  [
    'two that contradict each other',
    { 'trw.theta0': 0.3, 'trw.theta1': 0.4 },
    'trw.theta1 is 0.4, and must be below trw.theta0, which is 0.3',
  ],
]

t.test('faults, each with its sentence; the default stays', async (t) => {
  for (const [name, given, fault] of faults) {
    const parsed = parseParameters(given)
    t.strictSame(parsed.faults, [fault], name)
    t.strictSame(parsed.parameters, defaultParameters, name)
  }
})

t.test('what is left out has its default, and all is described', async (t) => {
  t.strictSame(parseParameters(undefined), { parameters: defaultParameters, faults: [] })
  t.strictSame(parseParameters(null), { parameters: defaultParameters, faults: [] })
  t.strictSame(parseParameters({ 'scan.addresses': 30 }).parameters, {
    ...defaultParameters,
    'scan.addresses': 30,
  })
  for (const name of parameterNames) {
    const { help, source, least, most, default: value } = parameterTable[name]
    t.ok(help.endsWith('.') && source !== '' && least <= value && value <= most, name)
  }
})
