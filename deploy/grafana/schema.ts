/**
 * Grafana's own types of a dashboard, as its file has them: enumerations by their values, and with the fields of Prometheus' data source that
 * the schema leaves to it. The compiler holds what dashboard.ts and panel.ts make against them.
 */
import type { AnnotationQuery, Dashboard, Panel, VariableModel } from '@grafana/schema'

type Json<T> = unknown extends T
  ? unknown
  : T extends string
    ? `${T}`
    : T extends number | boolean | null | undefined
      ? T
      : T extends readonly (infer Element)[]
        ? readonly Json<Element>[]
        : { readonly [Key in keyof T]: Json<T[Key]> }

export type PanelJson = Json<Panel>

export type LinkJson = NonNullable<Json<Dashboard>['links']>[number]

/** `definition`: the query as text, which lists of variables show. */
export type VariableJson = Json<VariableModel> & { readonly definition?: string }

/** A query of the data source Infinity, as far as it is used here: rows of an API's answer, and what their fields mean to annotations. */
export interface InfinityQuery {
  readonly refId: string
  readonly type: 'json'
  readonly parser: 'backend'
  readonly source: 'url'
  readonly format: 'dataframe'
  /** Below the address that the data source has. */
  readonly url: string
  readonly url_options: { readonly method: 'GET'; readonly data: string }
  readonly root_selector: string
  readonly columns: readonly {
    readonly selector: string
    readonly text: 'time' | 'timeEnd' | 'title' | 'text' | 'tags'
    readonly type: 'timestamp' | 'string'
  }[]
}

/** Grafana's documentation, "Prometheus annotations": the time of an event may be the value of a series. */
export type AnnotationJson = Json<Omit<AnnotationQuery, 'target'>> & {
  readonly target?: InfinityQuery
  readonly expr?: string
  readonly titleFormat?: string
  readonly textFormat?: string
  readonly tagKeys?: string
  readonly useValueForTime?: boolean
  readonly step?: string
}

export type DashboardJson = Omit<Json<Dashboard>, 'annotations' | 'templating' | 'panels'> & {
  readonly annotations: { readonly list: readonly AnnotationJson[] }
  readonly templating: { readonly list: readonly VariableJson[] }
  readonly panels: readonly PanelJson[]
}
