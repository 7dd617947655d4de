/** The OpenAPI 3.1 document, made from the tables the server itself works by; served at /api/v1/openapi.json. */
import { type Change, changes } from './changes.ts'
import { type ParameterName, parameters } from './query.ts'
import { routes, tailParameters } from './routes.ts'
import { type JsonSchema, schemas } from './schemas.ts'

const parameter = (name: ParameterName): JsonSchema => ({
  name,
  in: 'query',
  required: false,
  description: parameters[name].help,
  schema: parameters[name].schema,
})

const ref = (schema: string): JsonSchema => ({ $ref: `#/components/schemas/${schema}` })

const json = (description: string, schema: JsonSchema): JsonSchema => ({
  description,
  content: { 'application/json': { schema } },
})

const errors: JsonSchema = {
  '4XX': json('The request is wrong or not permitted.', ref('ErrorAnswer')),
  '5XX': json('The collector or its store cannot answer now.', ref('ErrorAnswer')),
}

const get = (
  operationId: string,
  summary: string,
  names: readonly ParameterName[],
  ok: JsonSchema,
): JsonSchema => ({
  get: {
    operationId,
    summary,
    parameters: names.map(parameter),
    responses: { 200: ok, ...errors },
  },
})

const idParameter: JsonSchema = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'As given when it was made.',
  schema: { type: 'string' },
}

const operationOf = (change: Change): JsonSchema => {
  const { method, path, operationId, summary, status, body, answer } = change
  const ok = answer === undefined ? { description: 'Done.' } : json(summary, ref(answer))
  return {
    [method.toLowerCase()]: {
      operationId,
      summary,
      ...(path.endsWith('{id}') && { parameters: [idParameter] }),
      ...(body !== undefined && {
        requestBody: { required: true, ...json(summary, ref(body)) },
      }),
      responses: { [status]: ok, ...errors },
    },
  }
}

/** The paths with what can be changed there, beside reading. */
const withChanges = (paths: Readonly<Record<string, JsonSchema>>): JsonSchema => {
  const all: Record<string, JsonSchema> = { ...paths }
  for (const change of changes) all[change.path] = { ...all[change.path], ...operationOf(change) }
  return all
}

const probe = (operationId: string, summary: string): JsonSchema => ({
  get: {
    operationId,
    summary,
    security: [],
    responses: {
      200: json('Yes.', { type: 'object' }),
      503: json('No, and why.', { type: 'object' }),
    },
  },
})

/** The whole document for this version of Mayfly. */
export const openApiDocument = (version: string): JsonSchema => ({
  openapi: '3.1.0',
  info: {
    title: 'Mayfly collector',
    version,
    description:
      'What ran in every container. Times are RFC 3339 with microseconds; unknown is null, absent is absent.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  security: [{ token: [] }, {}],
  paths: withChanges({
    ...Object.fromEntries(
      routes.map(({ path, summary, parameters: names, answer }) => [
        path,
        get(path.slice('/api/v1/'.length), summary, names, json(summary, ref(answer))),
      ]),
    ),
    '/api/v1/tail': get(
      'tail',
      'Stored events as they come: server-sent events with one Event each; `dropped` events carry a TailDropped.',
      tailParameters,
      {
        description: 'A stream.',
        content: { 'text/event-stream': { schema: { type: 'string' } } },
      },
    ),
    '/api/v1/openapi.json': get('openapi', 'This document.', [], json('It.', { type: 'object' })),
    '/healthz': probe('healthz', 'Whether the process answers.'),
    '/readyz': probe('readyz', 'Whether the store takes and answers, and agents are taken.'),
  }),
  components: {
    securitySchemes: {
      token: {
        type: 'http',
        scheme: 'bearer',
        description: 'Not needed while the collector has no token and listens on loopback.',
      },
    },
    schemas,
  },
})
