import { playRuns } from './runs.ts'

playRuns(1)
