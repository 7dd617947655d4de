/** Colours, or none: decided once per run by `--color`, NO_COLOR and whether the output is a terminal. */
import { styleText } from 'node:util'

export type Style = 'heading' | 'faint' | 'bad' | 'warning' | 'good'
export type Paint = (style: Style, text: string) => string

const formats = {
  heading: 'bold',
  faint: 'dim',
  bad: 'red',
  warning: 'yellow',
  good: 'green',
} as const satisfies Readonly<Record<Style, Parameters<typeof styleText>[0]>>

export const plain: Paint = (_, text) => text

export const coloured: Paint = (style, text) =>
  text === '' ? '' : styleText(formats[style], text, { validateStream: false })

export type ColorChoice = 'auto' | 'always' | 'never'

/** `always` and `never` are obeyed; `auto` colours a terminal unless NO_COLOR is set to anything. */
export const choosePaint = (
  choice: ColorChoice,
  isTerminal: boolean,
  noColor: string | undefined,
): Paint => {
  if (choice !== 'auto') return choice === 'always' ? coloured : plain
  return isTerminal && !noColor ? coloured : plain
}
