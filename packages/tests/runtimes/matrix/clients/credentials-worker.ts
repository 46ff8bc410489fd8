// oxlint-disable-next-line import/no-default-export -- what Workers are called by
export default {
  async fetch(request: Request): Promise<Response> {
    // cockatiel makes an AbortController when it is loaded, which workerd allows in a handler alone (workerd issue 3657).
    const { callAsService } = await import('./credentials.ts')
    return Response.json(await callAsService(await request.text()))
  },
}
