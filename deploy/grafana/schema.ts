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

/** Grafana's documentation, "Prometheus annotations": the time of an event may be the value of a series. */
export type AnnotationJson = Json<AnnotationQuery> & {
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
