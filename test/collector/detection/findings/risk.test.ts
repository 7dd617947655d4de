import fc from 'fast-check'
import t from 'tap'
import { type RiskFacts, riskOf } from '#collector/detection/findings/risk.ts'
import { severities } from '#proto/finding.ts'

const bare: RiskFacts = {
  severity: 'medium',
  privileged: false,
  hostNamespaces: [],
  strongCapabilities: [],
  isRoot: false,
  hasServiceAccountToken: false,
  isExposed: false,
  isUntrustedImage: undefined,
  related: [],
}

const facts = fc.record({
  severity: fc.constantFrom(...severities),
  privileged: fc.boolean(),
  hostNamespaces: fc.subarray(['pid', 'net', 'ipc']),
  strongCapabilities: fc.subarray(['SYS_ADMIN', 'BPF']),
  isRoot: fc.boolean(),
  hasServiceAccountToken: fc.boolean(),
  isExposed: fc.boolean(),
  isUntrustedImage: fc.constantFrom(undefined, false, true),
  related: fc.array(fc.string(), { maxLength: 9 }),
})

/** Each makes a finding worse in one respect. */
const worse: readonly ((facts: RiskFacts) => RiskFacts)[] = [
  (one) => ({
    ...one,
    severity:
      severities[Math.min(severities.length - 1, severities.indexOf(one.severity) + 1)] ?? 'low',
  }),
  (one) => ({ ...one, privileged: true }),
  (one) => ({ ...one, hostNamespaces: [...one.hostNamespaces, 'mnt'] }),
  (one) => ({ ...one, strongCapabilities: [...one.strongCapabilities, 'SYS_PTRACE'] }),
  (one) => ({ ...one, isRoot: true }),
  (one) => ({ ...one, hasServiceAccountToken: true }),
  (one) => ({ ...one, isExposed: true }),
  (one) => ({ ...one, isUntrustedImage: true }),
  (one) => ({ ...one, related: [...one.related, 'another'] }),
]

t.test(
  'whatever makes it worse never lowers the score, and the terms are the score',
  async (_t) => {
    fc.assert(
      fc.property(facts, fc.constantFrom(...worse), (one, worsen) => {
        const [before, after] = [riskOf(one), riskOf(worsen(one))]
        const sum = after.terms.reduce((total, { points }) => total + points, 0)
        return (
          after.score >= before.score &&
          after.score === Math.min(100, sum) &&
          after.terms.every(({ points, because }) => points > 0 && because !== '')
        )
      }),
    )
  },
)

t.test('ranked pairs', async (t) => {
  const higher: readonly (readonly [string, Partial<RiskFacts>, Partial<RiskFacts>])[] = [
    [
      'a critical one anywhere before a low one in the worst place',
      { severity: 'critical' },
      {
        severity: 'low',
        privileged: true,
        hostNamespaces: ['pid'],
        strongCapabilities: ['SYS_ADMIN'],
        isRoot: true,
        hasServiceAccountToken: true,
        isExposed: true,
        isUntrustedImage: true,
        related: ['a', 'b', 'c'],
      },
    ],
    ['privileged before one capability', { privileged: true }, { strongCapabilities: ['BPF'] }],
    [
      'a second kind of finding in the same pod before root alone',
      { related: ['a'] },
      { isRoot: true },
    ],
    ['exposed before not', { isExposed: true }, {}],
    ['a token before none', { hasServiceAccountToken: true }, { hasServiceAccountToken: false }],
    ['unknown is not worse', { isUntrustedImage: true }, { isUntrustedImage: undefined }],
  ]
  for (const [name, more, less] of higher)
    t.ok(riskOf({ ...bare, ...more }).score > riskOf({ ...bare, ...less }).score, name)
})

t.test('terms name what applies, and nothing else', async (t) => {
  t.strictSame(
    riskOf(bare).terms.map(({ name }) => name),
    ['severity'],
  )
  const { terms } = riskOf({ ...bare, hostNamespaces: ['pid', 'net'], related: ['x', 'y'] })
  t.strictSame(
    terms.map(({ name, because }) => [name, because]),
    [
      ['severity', 'the rule is medium'],
      ['host-namespaces', 'it shares with its node: pid, net'],
      ['related', 'with it were found: x, y'],
    ],
  )
})
