// Tasks in every condition, and those that would break a page that trusts what it shows.
import { installation } from './installation.js';

const kPeople = ['ada', 'grace', 'lin', 'alan', 'edsger', 'barbara'];

export async function makeTasks() {
  const { api } = installation();
  const endings = [];
  const mail = async (id, payload, options) => {
    await api.dispatch('mail', id, payload, options);
    endings.push(id);
  };
  await api.post('agents/thumbnails/pause');
  for (let i = 1; i <= 3; ++i) {
    await api.dispatch('invoices', `invoice-${i}`, { customer: 4_000 + i, total: '12.50' });
    await api.dispatch('thumbnails', `picture-${i}`, { file: `picture-${i}.jpg`, width: 320 });
    await mail(`bounced-${i}`, { fail: 9, error: `550 mailbox ${16 + i} is full` }, { max_retries: 0 });
  }
  await mail('greeting-1', { fail: 9, error: 'connection reset by peer' }, { max_retries: 0 });
  await mail('refused-1', { refuse: 'no such template: "autumn"' });
  for (const [index, name] of kPeople.entries())
    await mail(`receipt-${1_041 + index}`, {
      to: `${name}@example.org`,
      template: 'receipt',
      order: 7_300 + index,
    });
  await mail('welcome-1', { to: 'ada@example.org', template: 'welcome', api_key: 'hunter2' });
  await mail('flaky-1', {
    to: 'grace@example.org',
    fail: 2,
    error: 'connection reset by peer',
    say: [{ log: 'connecting to mail.example.org' }, { progress: 0.5, note: 'signed in' }, { log: 'sending 4 KiB' }],
  });
  await api.dispatch('mail', 'later-1', { to: 'lin@example.org' }, { delay_ms: 3_600_000 });
  for (const id of endings) await api.ended('mail', id);
  for (const id of ['long-1', 'long-2']) {
    const say = [{ log: '1,204 addresses' }, { progress: 0.35, note: '421 sent' }];
    await api.dispatch('mail', id, { hold: true, to: 'everybody@example.org', say });
    await api.until(`tasks/mail/${id}`, ({ state }) => state === 'running');
  }
  const runs = worker => worker.agents.reduce((sum, agent) => sum + agent.running, 0);
  await api.until('workers', ({ workers }) => workers.reduce((sum, worker) => sum + runs(worker), 0) === 2);
}

export const kHostile = {
  payload: {
    html: '<script>window.broken = 1</script><img src=x onerror="window.broken = 2">',
    link: 'javascript:window.broken=3',
    text: 'moved \u202E backwards',
  },
  error: '</pre><script>window.broken = 4</script> on a line\r\nwith \u001b[31mcolour',
};

export async function makeHostile() {
  const { api } = installation();
  const payload = { ...kHostile.payload, fail: 9, error: kHostile.error };
  await api.dispatch('mail', 'hostile-1', payload, { max_retries: 0 });
  await api.ended('mail', 'hostile-1');
}

/** Tasks of `mail` that ended dead. */
export async function makeDead(ids, error) {
  const { api } = installation();
  for (const id of ids) await api.dispatch('mail', id, { fail: 9, error }, { max_retries: 0 });
  for (const id of ids) await api.ended('mail', id);
}
