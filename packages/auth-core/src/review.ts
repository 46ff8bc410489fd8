// What a review compares with a file that is committed. For tests, on Node.
export { censusRow, censusTable, sortCensus } from './review/census.js'
export type { CensusAccess, CensusRow, Findings } from './review/census.js'
export { expectCensus } from './review/expect-census.js'
export { expectReport } from './review/expect-report.js'
export type { ReviewOptions } from './review/reviewed-file.js'
