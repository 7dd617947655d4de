import fc from 'fast-check'
import t from 'tap'
import { parseAccessReview, parsePodPlace, parseTokenReview } from '#collector/identity/reviews.ts'
import { KubeError } from '#collector/kube/kube-error.ts'

const user = { username: 'alice', uid: 'u', groups: ['g'], extra: { k: ['v'] } }
const tokenReview = (status: unknown) => ({ kind: 'TokenReview', status })
const good = { authenticated: true, audiences: ['mayfly'], user }

t.test('a review says whose a token is', async (t) => {
  t.strictSame(parseTokenReview(tokenReview(good)), good)
  t.strictSame(parseTokenReview(tokenReview({ ...good, user: { username: 'alice' } })), {
    ...good,
    user: { username: 'alice', uid: '', groups: [], extra: {} },
  })
  t.strictSame(parseTokenReview(tokenReview({ user: {}, error: 'no' })), {
    authenticated: false,
    error: 'no',
  })
  t.strictSame(parseTokenReview(tokenReview({})), { authenticated: false, error: '' })
  t.match(parseTokenReview(tokenReview({ authenticated: true, user })), { audiences: [] })
})

const malformed: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['a text', 'TokenReview'],
  ['a list', [tokenReview(good)]],
  ['an object of another kind', { ...tokenReview(good), kind: 'Status' }],
  ['an object of no kind', { status: good }],
  ['no status', { kind: 'TokenReview' }],
  ['a status that is a text', tokenReview('Success')],
  ['a yes that is a text', tokenReview({ ...good, authenticated: 'true' })],
  ['a yes that is a number', tokenReview({ ...good, authenticated: 1 })],
  ['a yes without a user', tokenReview({ ...good, user: undefined })],
  ['a yes for nobody', tokenReview({ ...good, user: { ...user, username: '' } })],
  ['a user that is a text', tokenReview({ ...good, user: 'alice' })],
  ['audiences that are one text', tokenReview({ ...good, audiences: 'mayfly' })],
  ['audiences that are objects', tokenReview({ ...good, audiences: [{}] })],
  ['groups that are numbers', tokenReview({ ...good, user: { ...user, groups: [1] } })],
  ['extra that is a list', tokenReview({ ...good, user: { ...user, extra: ['v'] } })],
  ['extra with a text', tokenReview({ ...good, user: { ...user, extra: { k: 'v' } } })],
]
for (const [name, answer] of malformed) {
  t.test(`${name} vouches for nobody`, async (t) => {
    t.throws(() => parseTokenReview(answer), { code: 'malformed' })
  })
}

t.test('access is given only by a yes that is one', async (t) => {
  const review = (status: unknown) => ({ kind: 'SubjectAccessReview', status })
  t.strictSame(parseAccessReview(review({ allowed: true })), { allowed: true })
  t.strictSame(parseAccessReview(review({ allowed: false })), { allowed: false })
  t.strictSame(parseAccessReview(review({ allowed: true, denied: true })), { allowed: false })
  for (const status of [undefined, {}, { allowed: 'true' }, { allowed: 1 }, [true]]) {
    t.throws(() => parseAccessReview(review(status)), { code: 'malformed' })
  }
  t.throws(() => parseAccessReview({ kind: 'Status', status: { allowed: true } }))
})

t.test('a pod is where its spec says', async (t) => {
  const pod = { kind: 'Pod', metadata: { uid: 'u' }, spec: { nodeName: 'n' } }
  t.strictSame(parsePodPlace(pod), { uid: 'u', nodeName: 'n' })
  t.strictSame(parsePodPlace({ ...pod, spec: {} }), { uid: 'u', nodeName: '' })
  for (const wrong of [
    { ...pod, kind: 'Node' },
    { ...pod, metadata: {} },
    { ...pod, spec: undefined },
    { ...pod, spec: { nodeName: 7 } },
  ]) {
    t.throws(() => parsePodPlace(wrong), { code: 'malformed' })
  }
})

t.test('whatever comes, it is understood or refused', async (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('TokenReview', 'Pod', 'x'), (value, kind) => {
      for (const parse of [parseTokenReview, parseAccessReview, parsePodPlace]) {
        for (const answer of [value, { kind, status: value, metadata: value, spec: value }]) {
          try {
            parse(answer)
          } catch (error) {
            if (!(error instanceof KubeError)) return false
          }
        }
      }
      return true
    }),
  )
  t.pass('nothing else was thrown')
})
