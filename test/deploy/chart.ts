/**
 * Renders the chart with Helm, as text and as objects, for the tests beside this file. test/deploy/install-tools fetches Helm;
 * CI sets MAYFLY_TEST_HELM=required after it, and then no test of the chart may skip.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseAllDocuments, stringify } from 'yaml'
import type { KubernetesObject } from './manifest.ts'

export const repository = resolve(import.meta.dirname, '../..')
export const chartDirectory = join(repository, 'deploy/helm/mayfly')

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mayfly-ci')
export const helmPath = join(cache, 'helm-v3.19.0/helm')
export const validatePath = join(cache, 'kubernetes-validate-1.37.0/bin/kubernetes-validate')

const skipWithout = (path: string): { readonly skip: string | false } => ({
  skip:
    process.env.MAYFLY_TEST_HELM === 'required' || existsSync(path)
      ? false
      : `${path} is not there: run test/deploy/install-tools`,
})

/** Options for a tap test that renders the chart. */
export const needsHelm = skipWithout(helmPath)
/** Options for a tap test that holds objects against the published schemas. */
export const needsSchemas = skipWithout(validatePath)

export type Values = Readonly<Record<string, unknown>>

export interface Rendered {
  readonly text: string
  readonly objects: readonly KubernetesObject[]
}

/** Its message is what Helm says. */
export class HelmError extends Error {}

/** Runs Helm. Rejects with HelmError when it ends with an error. */
export const helm = (...args: readonly string[]): Promise<string> =>
  new Promise((resolveText, reject) => {
    execFile(helmPath, args, { maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolveText(stdout)
      else reject(new HelmError(stderr || error.message))
    })
  })

/** Runs a Helm command with values in a file that is gone afterwards. */
export const helmWith = async (values: Values, ...args: readonly string[]): Promise<string> => {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-values-'))
  try {
    const file = join(directory, 'values.yaml')
    writeFileSync(file, stringify(values))
    return await helm(...args, '--values', file)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

export interface RenderOptions {
  readonly release?: string
  readonly namespace?: string
  readonly kubeVersion?: string
}

/** @throws HelmError for values that the chart refuses. */
export const render = async (values: Values, options: RenderOptions = {}): Promise<Rendered> => {
  const { release = 'mayfly', namespace = 'mayfly', kubeVersion = '1.33.0' } = options
  const where = ['--namespace', namespace, '--kube-version', kubeVersion]
  const text = await helmWith(values, 'template', release, chartDirectory, ...where)
  const objects = parseAllDocuments(text).flatMap((document): KubernetesObject[] => {
    if ('errors' in document && document.errors[0]) throw document.errors[0]
    const object = document.toJS() as KubernetesObject | null
    return object === null ? [] : [object]
  })
  return { text, objects }
}

/** The one object of that kind whose name ends so. */
export const find = (
  { objects }: Pick<Rendered, 'objects'>,
  kind: string,
  suffix: string,
): KubernetesObject => {
  const [found, ...more] = objects.filter(
    (object) => object.kind === kind && object.metadata.name.endsWith(suffix),
  )
  if (found === undefined || more.length > 0) {
    throw new Error(`${more.length + (found ? 1 : 0)} objects ${kind}/…${suffix}`)
  }
  return found
}
