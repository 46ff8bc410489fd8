/** The tabs of this origin tell each other that the session has changed; what it is now, each reads in the store. */
export function openTabs(onChange: () => void): () => void {
  const channel = new BroadcastChannel('sample-client')
  channel.addEventListener('message', onChange)
  return () => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel reaches its own origin alone
    channel.postMessage('changed')
  }
}
