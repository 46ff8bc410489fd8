import { callAsService } from './credentials.ts'

// oxlint-disable-next-line import/no-default-export -- what Workers are called by
export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await callAsService(await request.text()))
  },
}
