/** How baselines are shown: what is normal, what is not, and how far they are. */
import type { Baseline, BaselineItem, ItemKind, WrittenItem } from '#proto/baseline.ts'
import { clip, escapeText, formatCount } from './text.ts'
import type { TableStyle } from './timeline.ts'

const titles: Readonly<Record<ItemKind, string>> = {
  exec: 'executables',
  pair: 'parents and children',
  peer: 'connects to',
  port: 'listens on',
  domain: 'asks for',
}

const textOf = ({ value, args }: WrittenItem): string =>
  escapeText(args === '' ? value : `${value} ${args}`)

const marksOf = ({ scope, pods, provisional }: BaselineItem): string =>
  [
    scope === 'exec' ? 'by exec' : '',
    pods === 1 ? 'one pod alone' : '',
    pods === 0 ? 'not seen yet' : '',
    provisional ? 'provisional' : '',
  ]
    .filter(Boolean)
    .join(', ')

export const baselineName = ({ namespace, workload, container }: Baseline): string =>
  escapeText(`${namespace}/${workload}/${container}`)

/** `+` and `-` as in a patch: seen and not written down, written down and not seen. */
export function* diffLines(
  name: string,
  added: readonly WrittenItem[],
  missing: readonly WrittenItem[],
  { paint, width }: TableStyle,
): Generator<string> {
  if (added.length === 0 && missing.length === 0) return
  yield paint('heading', name)
  for (const one of added)
    yield paint('bad', clip(`  + ${one.kind.padEnd(6)} ${textOf(one)}`, width))
  for (const one of missing)
    yield paint('faint', clip(`  - ${one.kind.padEnd(6)} ${textOf(one)}`, width))
}

function* itemLines(items: readonly BaselineItem[], { paint, width }: TableStyle) {
  let title = ''
  for (const item of items) {
    if (titles[item.kind] !== title) {
      title = titles[item.kind]
      yield paint('faint', `    ${title}`)
    }
    const marks = marksOf(item)
    const shown = clip(`      ${textOf(item)}`, width - marks.length - 2)
    yield marks === '' ? shown : `${shown}  ${paint('faint', marks)}`
  }
}

/** `isWhole`: with every item; else one line each. */
export function* baselineLines(
  baselines: readonly Baseline[],
  { isTruncated, isWhole }: { readonly isTruncated: boolean; readonly isWhole: boolean },
  style: TableStyle,
): Generator<string> {
  const { paint, width } = style
  if (baselines.length === 0) {
    yield 'No baseline yet: they are learnt of workloads in Kubernetes, from their first container on.'
    return
  }
  yield paint('faint', 'ID                STATE     LIVES  ITEMS  OUTSIDE  WHERE')
  for (const one of baselines) {
    const { id, state, lives, items, outside, coverage, unlearnable } = one
    const name = `${baselineName(one)}${coverage === 'ebpf' ? '' : ` (${coverage})`}`
    const head = [
      id.padEnd(16),
      paint(state === 'locked' ? 'good' : 'faint', state.padEnd(8)),
      formatCount(lives).padStart(5),
      formatCount(items.length).padStart(5),
      paint(outside.length > 0 ? 'warning' : 'faint', formatCount(outside.length).padStart(7)),
      name,
    ]
    yield head.join('  ')
    const facts = [
      one.because,
      unlearnable.length > 0
        ? `unlearnable: ${unlearnable.map((kind) => titles[kind]).join(', ')}`
        : '',
      one.refused > 0 ? `${formatCount(one.refused)} not learnt, because they matched a rule` : '',
      one.provisionalImage === '' ? '' : `provisional: ${one.provisionalImage}`,
    ].filter(Boolean)
    if (facts.length > 0)
      yield paint('faint', `                  ${clip(escapeText(facts.join('; ')), width - 18)}`)
    if (!isWhole) continue
    yield* itemLines(items, style)
    if (outside.length > 0) {
      yield paint('warning', '  outside')
      yield* itemLines(outside, style)
    }
  }
  if (isTruncated) yield paint('warning', 'There are more: give --limit.')
}
