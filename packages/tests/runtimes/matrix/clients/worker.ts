import { callApi } from './call-api.ts'

// oxlint-disable-next-line import/no-default-export -- what Workers are called by
export default {
  fetch: async (request: Request): Promise<Response> =>
    Response.json(await callApi(new URL(request.url).searchParams.get('api') ?? '')),
}
