// bee-queue under the load of `leat bench noop`: enqueue, drain, both at once. Prints one JSON line.
//   node bee-queue.mjs SOCKET TASKS
// Settings: saveAll of 1,000, 2 processes with 100 jobs at once each, events and stored jobs off; the fastest of those
// tried on this kind of machine. Jobs that nobody stores are gone when they end.
import Queue from 'bee-queue'
import { fork } from 'node:child_process'
import { announce, payload, rate } from './load.mjs'

const [path, tasks, role, name] = [process.argv[2], Number(process.argv[3]), process.argv[4], process.argv[5]]
const settings = {
  redis: { path }, isWorker: role === 'work', getEvents: false, sendEvents: false, storeJobs: false, removeOnSuccess: true,
}
const kBulk = 1_000
const kAtOnce = 100
const kProcesses = 2
const kTellEvery = 100

if (role === 'work') {
  const queue = new Queue(name, settings)
  let done = 0
  queue.process(kAtOnce, async () => {
    if (++done % kTellEvery === 0) process.send(kTellEvery)
    return { ok: true }
  })
  await queue.ready()
} else {
  async function enqueue(queue) {
    for (let sent = 0; sent < tasks; sent += kBulk) {
      const jobs = Array.from({ length: kBulk }, () => queue.createJob(payload()).retries(3))
      const errors = await queue.saveAll(jobs)
      if (errors.size > 0) throw [...errors.values()][0]
    }
  }
  // Ends once nothing waits and nothing runs.
  async function drained(queue) {
    const workers = Array.from({ length: kProcesses },
      () => fork(process.argv[1], [path, String(tasks), 'work', queue.name]))
    let done = 0
    await new Promise(resolve => {
      for (const worker of workers) worker.on('message', ended => {
        done += ended
        if (done >= tasks - kProcesses * kTellEvery) resolve()
      })
    })
    for (;;) {
      const health = await queue.checkHealth()
      if (health.waiting + health.active === 0 && done > 0) break
    }
    for (const worker of workers) worker.kill()
  }
  const queue = new Queue('drain', settings)
  const dispatch = await rate(tasks, () => enqueue(queue))
  const drain = await rate(tasks, () => drained(queue))
  const together = new Queue('both', settings)
  const both = await rate(tasks, () => Promise.all([drained(together), enqueue(together)]))
  announce('bee-queue', tasks, { dispatch, drain, both })
  process.exit(0)
}
