export { describeReplayStore, replayStoreTests } from './describe-replay-store.js'
export type { ReplayStoreArea } from './describe-replay-store.js'
export type {
  DisturbedReplayStoreFixture,
  ReplayStoreImplementation,
  ReplayStoreFixture,
  TestClock,
  TestedReplayStore,
  TestedSender,
} from './fixture.js'
