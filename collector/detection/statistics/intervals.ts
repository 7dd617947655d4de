/**
 * Amounts per interval of event time (executions per minute, bytes per hour), for statistics that hold an interval against those
 * before it. Used by burst.ts and bytes-out.ts.
 *
 * What comes after its interval is over (disorder, an outage's backlog) is summed up beside, interval by interval, and is judged,
 * but never becomes history: that would put the past after the present. When nothing but such comes for many
 * intervals, it was the clock that was wrong, and counting goes on from there.
 */

/** Late intervals in a row, without anything of the present, after which the present is believed no more. */
const maxLate = 10

export interface Amounts {
  index: number
  amount: number
  lateIndex: number
  lateAmount: number
  lateInRow: number
}

/** `index`: of the interval of the first amount. */
export const beginAmounts = (index: number): Amounts => ({
  index,
  amount: 0,
  lateIndex: index,
  lateAmount: 0,
  lateInRow: 0,
})

/**
 * Adds, and gives what the interval has now. `complete` gets the amounts of the intervals that are over by this, empty ones too, up
 * to `maxEmpty` of them.
 */
export const addAmount = (
  amounts: Amounts,
  index: number,
  amount: number,
  maxEmpty: number,
  complete: (amount: number) => void,
): number => {
  if (index < amounts.index) {
    if (index !== amounts.lateIndex) {
      amounts.lateIndex = index
      amounts.lateAmount = 0
      amounts.lateInRow += 1
    }
    amounts.lateAmount += amount
    const { lateAmount } = amounts
    if (amounts.lateInRow > maxLate)
      Object.assign(amounts, beginAmounts(index), { amount: lateAmount })
    return lateAmount
  }
  if (index > amounts.index) {
    complete(amounts.amount)
    const empty = Math.min(maxEmpty, index - amounts.index - 1)
    for (let passed = 0; passed < empty; passed += 1) complete(0)
    amounts.index = index
    amounts.amount = 0
  }
  amounts.lateInRow = 0
  amounts.amount += amount
  return amounts.amount
}
