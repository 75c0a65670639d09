// What the peers' scripts share.
const text = 'x'.repeat(100)

// 140 bytes of JSON, as `leat bench noop` sends them.
export const payload = () => ({ at: Date.now() * 1e6, text })

// Tasks a second of what `work` does.
export async function rate(tasks, work) {
  const started = process.hrtime.bigint()
  await work()
  return Math.round(tasks / (Number(process.hrtime.bigint() - started) / 1e9))
}

export function announce(peer, tasks, rates) {
  console.log(JSON.stringify({ peer, tasks, ...rates }))
}
