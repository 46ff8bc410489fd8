import { learn } from './learn.ts'
import type { Lesson } from './learn.ts'

// oxlint-disable-next-line import/no-default-export -- what Workers are called by
export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await learn((await request.json()) as Lesson)) // as the test has written it
  },
}
