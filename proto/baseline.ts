/**
 * A baseline as the API gives it and the store keeps it: what is normal for one container of a workload, over all its pods.
 * docs/detection.md says how it is learnt, when it locks, and what is told afterwards.
 */

/** `learning`: everything is taken in, nothing is told. `locked`: what is not in it is told. */
export const baselineStates = ['learning', 'locked'] as const
export type BaselineState = (typeof baselineStates)[number]

/** Executables with their arguments, who starts whom, whom it connects to, what it listens on, which names it asks for. */
export const itemKinds = ['exec', 'pair', 'peer', 'port', 'domain'] as const
export type ItemKind = (typeof itemKinds)[number]

/** `main`: what the container does by itself. `exec`: under a probe, a hook, or somebody's exec, which are held against their own. */
export const itemScopes = ['main', 'exec'] as const
export type ItemScope = (typeof itemScopes)[number]

/** How what is learnt was seen: sampling is not judged against a complete view, nor the other way round. */
export const baselineCoverages = ['ebpf', 'procfs'] as const
export type BaselineCoverage = (typeof baselineCoverages)[number]

export interface BaselineItem {
  readonly kind: ItemKind
  readonly scope: ItemScope
  /** exec: path of the executable. pair: parent and child. peer: name or network, with the port. port: `tcp/80`. domain: the name. */
  readonly value: string
  /** exec: the shape of its arguments, `*` for any; in scope `exec` of the first process the exact arguments. Else empty. */
  readonly args: string
  /** RFC 3339, of the events. */
  readonly firstSeen: string
  readonly lastSeen: string
  /** 1: one pod alone has done it. 2: two or more. 0: nobody yet, it came by import. */
  readonly pods: number
  /** The image that it was first seen with. */
  readonly image: string
  /** Seen with a newer image than the baseline was locked for; taken for normal once that image is known as well. */
  readonly provisional: boolean
}

export const baselineActions = ['locked', 'unlocked', 'imported', 'image'] as const
export type BaselineAction = (typeof baselineActions)[number]

export interface BaselineChange {
  /** RFC 3339. */
  readonly time: string
  /** Who did it, as the collector knows people; `mayfly` where nobody did. */
  readonly author: string
  readonly action: BaselineAction
  readonly comment: string
}

export interface Baseline {
  /** Of namespace, workload, container and coverage. 16 hex digits. */
  readonly id: string
  readonly namespace: string
  readonly workload: string
  readonly workloadType: string
  readonly container: string
  readonly coverage: BaselineCoverage
  readonly state: BaselineState
  /** Why it is in this state, or what it still waits for. */
  readonly because: string
  /** Of these kinds there is more than a baseline holds: they are neither learnt nor judged. */
  readonly unlearnable: readonly ItemKind[]
  /** The images that it is known for, the newest last. */
  readonly images: readonly string[]
  /** A newer one, whose novelties are provisional; empty for none. */
  readonly provisionalImage: string
  /** When learning began, RFC 3339. */
  readonly since: string
  /** RFC 3339; empty while it is learning. */
  readonly lockedAt: string
  /** Lives of containers that were followed from their start to their end without a gap, and full days of those that go on. */
  readonly lives: number
  /** Things that were not learnt because they matched a rule of medium severity or worse. */
  readonly refused: number
  readonly items: readonly BaselineItem[]
  /** Seen since it is locked, and not in it; at most some. */
  readonly outside: readonly BaselineItem[]
  readonly changes: readonly BaselineChange[]
}

export interface BaselinesAnswer {
  readonly baselines: readonly Baseline[]
  /** There are more than were asked for. */
  readonly truncated: boolean
}

/** An item as somebody writes it down. */
export type WrittenItem = Pick<BaselineItem, 'kind' | 'scope' | 'value' | 'args'>

/** What an import brings. */
export interface WrittenBaseline {
  readonly namespace: string
  readonly workload: string
  readonly workloadType: string
  readonly container: string
  readonly coverage: BaselineCoverage
  readonly image: string
  readonly items: readonly WrittenItem[]
}
