/**
 * The three questions that the collector asks the API server: whose token is this, may they do that, where does this pod
 * run. Made by main where `--auth kubernetes` is given; loading the client costs tens of megabytes, so nobody else
 * imports this file before it is needed.
 */
import {
  ApiException,
  AuthenticationV1Api,
  AuthorizationV1Api,
  CoreV1Api,
  createConfiguration,
  ResponseContext,
  ServerConfiguration,
  wrapHttpLibrary,
} from '@kubernetes/client-node'
import { KubeError, statusMessage } from '../kube/kube-error.ts'
import { createKubeTransport, type KubeTransport } from '../kube/kube-http.ts'
import type { KubePlace } from '../kube/kube-place.ts'
import {
  type AccessReview,
  type PodPlace,
  parseAccessReview,
  parsePodPlace,
  parseTokenReview,
  type ReviewedUser,
  type TokenReview,
} from './reviews.ts'

/** What is asked for in a SubjectAccessReview. */
export interface AccessQuestion {
  readonly user: ReviewedUser
  readonly group: string
  readonly resource: string
  readonly verb: string
  /** Empty for all namespaces at once. */
  readonly namespace: string
}

/** Every method rejects with KubeError when there is no answer to go by. */
export interface KubeApi {
  reviewToken(token: string, audience: string): Promise<TokenReview>
  reviewAccess(question: AccessQuestion): Promise<AccessReview>
  /** Undefined when there is no such pod. */
  podPlace(namespace: string, name: string): Promise<PodPlace | undefined>
}

export interface KubeApiOptions extends KubePlace {
  readonly answerTimeoutMs?: number
}

const kubeErrorOf = (error: unknown): KubeError => {
  if (error instanceof KubeError) return error
  // What the generated client makes of an answer that it cannot read.
  if (!(error instanceof ApiException))
    return new KubeError('malformed', 'its answer is not what an API server gives', error)
  const said = statusMessage(error.body)
  const told = said === '' ? '' : `: ${said}`
  if (error.code === 401 || error.code === 403) {
    const remedy = 'bind the ClusterRole system:auth-delegator to the collector’s ServiceAccount'
    return new KubeError('forbidden', `it refuses the collector itself (${remedy})${told}`, error)
  }
  if (error.code === 429) return new KubeError('overloaded', `it is overloaded${told}`, error)
  return new KubeError('failed', `it answers ${error.code}${told}`, error)
}

/** An answer without a body that is JSON would be taken for one without fields. */
const asResponse = async (transport: KubeTransport, request: Parameters<KubeTransport>[0]) => {
  const { status, headers, body } = await transport(request)
  const isGood = status >= 200 && status < 300
  if (isGood && !/^application\/json\b/.test(headers['content-type'] ?? ''))
    throw new KubeError('malformed', 'its answer is not JSON')
  return new ResponseContext(status, headers, {
    text: async () => body,
    binary: async () => Buffer.from(body),
    stream: () => null,
  })
}

export const createKubeApi = ({
  url,
  caFile,
  tokenFile,
  answerTimeoutMs,
}: KubeApiOptions): KubeApi => {
  const transport = createKubeTransport({
    caFile,
    tokenFile,
    ...(answerTimeoutMs !== undefined && { answerTimeoutMs }),
  })
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(url.replace(/\/$/, ''), {}),
    httpApi: wrapHttpLibrary({
      send: (context) =>
        asResponse(transport, {
          url: context.getUrl(),
          method: context.getHttpMethod().toString(),
          headers: context.getHeaders() as Record<string, string>,
          body: context.getBody()?.toString(),
        }),
    }),
  })
  const authentication = new AuthenticationV1Api(configuration)
  const authorization = new AuthorizationV1Api(configuration)
  const core = new CoreV1Api(configuration)

  const ask = async <Answer>(question: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await question()
    } catch (error) {
      throw kubeErrorOf(error)
    }
  }

  return {
    reviewToken: (token, audience) =>
      ask(async () => {
        const spec = { token, audiences: [audience] }
        return parseTokenReview(await authentication.createTokenReview({ body: { spec } }))
      }),
    reviewAccess: ({ user, group, resource, verb, namespace }) =>
      ask(async () => {
        const { username, uid, groups, extra } = user
        const spec = {
          user: username,
          uid,
          groups: [...groups],
          extra: Object.fromEntries(
            Object.entries(extra).map(([key, values]) => [key, [...values]]),
          ),
          resourceAttributes: { group, resource, verb, ...(namespace !== '' && { namespace }) },
        }
        return parseAccessReview(await authorization.createSubjectAccessReview({ body: { spec } }))
      }),
    podPlace: (namespace, name) =>
      ask(async () => {
        try {
          return parsePodPlace(await core.readNamespacedPod({ namespace, name }))
        } catch (error) {
          if (error instanceof ApiException && error.code === 404) return undefined
          throw error
        }
      }),
  }
}
