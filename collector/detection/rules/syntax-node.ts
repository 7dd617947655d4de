/** The syntax tree of a condition as the CEL library gives it. */

/** A node of the syntax tree, as far as needs.ts and cost-limits.ts read it. */
export interface SyntaxNode {
  readonly op: string
  readonly args: unknown
  /** Where it begins, characters. */
  readonly start: number
}
