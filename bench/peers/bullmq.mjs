// BullMQ under the load of `leat bench noop`: enqueue, drain, both at once. Prints one JSON line.
//   node bullmq.mjs SOCKET TASKS
// Settings: bulk adds of 1,000, one worker with 300 jobs at once, nothing kept of a finished job; the fastest of those
// tried on this kind of machine.
import { Queue, Worker } from 'bullmq'
import { announce, payload, rate } from './load.mjs'

const [path, tasks] = [process.argv[2], Number(process.argv[3])]
const connection = { path, maxRetriesPerRequest: null }
const kBulk = 1_000
const kAtOnce = 300

async function enqueue(queue) {
  for (let sent = 0; sent < tasks; sent += kBulk) {
    const jobs = Array.from({ length: Math.min(kBulk, tasks - sent) }, () => ({
      name: 'noop', data: payload(), opts: { removeOnComplete: { count: 0 }, attempts: 3 },
    }))
    await queue.addBulk(jobs)
  }
}

function drained(name) {
  let left = tasks
  return new Promise((resolve, reject) => {
    const worker = new Worker(name, async () => ({ ok: true }), { connection, concurrency: kAtOnce })
    worker.on('completed', () => { if (--left === 0) resolve(worker) })
    worker.on('failed', (job, error) => reject(error))
    worker.on('error', reject)
  })
}

const queue = new Queue('drain', { connection })
const dispatch = await rate(tasks, () => enqueue(queue))
const drain = await rate(tasks, () => drained('drain').then(worker => worker.close()))
const together = new Queue('both', { connection })
const both = await rate(tasks, () => Promise.all([drained('both').then(worker => worker.close()), enqueue(together)]))
announce('bullmq', tasks, { dispatch, drain, both })
await queue.close()
await together.close()
process.exit(0)
