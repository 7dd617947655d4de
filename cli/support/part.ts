/** What a support bundle is made of: one file each, read on its own, so that what cannot be had costs only itself. */

/** `json`: its strings may hold sentences. `text`: lines in which names are replaced already. */
export type Content =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'text'; readonly text: string }

export interface Part {
  /** Its place in the archive. */
  readonly file: string
  /** Where it comes from; `collector` decides about the command's status. */
  readonly from: 'collector' | 'agent' | 'here'
  /** @throws PartError with the reason for whoever reads the bundle. */
  readonly read: () => Promise<Content>
}
