export { describeReplayStore, replayStoreTests } from './describe-replay-store.js'
export type { ReplayStoreArea } from './describe-replay-store.js'
export type {
  DisturbedReplayStoreSubject,
  ReplayStoreImplementation,
  ReplayStoreSubject,
  TestClock,
  TestedReplayStore,
  TestedSender,
} from './subject.js'
