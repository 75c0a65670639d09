// A server and a worker over the private Redis that LEAT_REDIS names, with agents in every condition.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = process.env.LEAT_PROGRAM;
const folder = mkdtempSync(join(tmpdir(), 'leat-web-'));
const running = new Set();
const kPatienceMs = 60_000;
const patience = () => ({ signal: AbortSignal.timeout(kPatienceMs) });

let known;
/** The one that startInstallation() made: its address and its API. */
export const installation = () => known;

function start(args) {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
  });
  running.add(child);
  let said = '';
  child.stderr.on('data', text => (said = (said + text).slice(-10_000)));
  child.once('exit', code => {
    running.delete(child);
    if (code !== 0) console.error(`leat ${args.join(' ')} ended with ${code}: ${said}`);
  });
  return child;
}

async function stop(child) {
  if (!running.has(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** `leat serve` that listens: its address, and how to end it. Its alerts fire at once. */
export async function serve(listen = '127.0.0.1:0', args = []) {
  const child = start(['--json', 'serve', '--listen', listen, '--set', 'alerts.hold=0s', ...args]);
  const [line] = await once(createInterface({ input: child.stdout }), 'line', patience());
  return { url: JSON.parse(line).http, stop: () => stop(child) };
}

/** A pipe that an agent waits at, and how to let it pass. */
export function door(name) {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  return { path, open: () => writeFile(path, 'open') };
}

/** A file with a token in its first line. */
export function tokenFile(name, token) {
  const file = join(folder, name);
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  return file;
}

/** The REST API of a server, for what a test needs beside its page. */
export function apiOf(url) {
  const call = async (verb, path, body) => {
    const response = await fetch(`${url}/v1/${path}`, {
      method: verb,
      headers: {
        'X-Leat-Request': '1',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.ok(response.ok, `${verb} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  const get = path => call('GET', path);
  const post = (path, body) => call('POST', path, body);
  return {
    get,
    post,
    dispatch: (agent, id, payload, options = {}) => post('tasks', { agent, id, payload, ...options }),
    /** The task once it has ended. */
    ended: (agent, id) => get(`tasks/${agent}/${id}?wait=60s`),
    /** The answer once it is as wanted; asks again and again, for nobody tells. */
    async until(path, wanted) {
      const { signal } = patience();
      for (;;) {
        const answer = await get(path);
        if (wanted(answer)) return answer;
        assert.ok(!signal.aborted, `${path} stayed ${JSON.stringify(answer)}`);
      }
    },
  };
}

/** A worker of `mail` and `thumbnails`; nobody serves `invoices`. */
async function startWorker(api) {
  const command = [process.execPath, fileURLToPath(new URL('agent.js', import.meta.url))];
  const agent = `exec = ${JSON.stringify(command)}
concurrency = 2
backoff_base = "0s"
`;
  writeFileSync(join(folder, 'leat.toml'), `[agent.mail]\n${agent}[agent.thumbnails]\n${agent}`);
  start(['worker', '--set', 'worker.name=worker-1']);
  await api.until('overview', ({ agents }) => agents.filter(agent => agent.workers > 0).length === 2);
}

/** What the last hour's charts show: some throughput, errors and latencies for each minute. */
function makeHistory(agent) {
  const commands = [];
  const now = Math.floor(Date.now() / 60_000);
  for (let ago = 1; ago < 60; ago += 1) {
    const key = `leat:{${agent}}:stats:${now - ago}`;
    const count = Math.round(400 + 180 * Math.sin(ago / 8) + ((ago * 37) % 11) * 9);
    const counts = {
      succeeded: count,
      retried: (ago * 7) % 13,
      dead: ago % 17 === 0 ? 4 : 0,
    };
    const run = {
      25: count * 0.3,
      50: count * 0.45,
      100: count * 0.2,
      250: count * 0.05,
    };
    const fields = Object.entries(run).map(([bound, times]) => [`run:le_${bound}`, Math.ceil(times)]);
    commands.push(['HSET', key, ...Object.entries(counts).flat(), ...fields.flat()].join(' '));
    commands.push(`EXPIRE ${key} 90000`);
  }
  execFileSync('redis-cli', ['-s', process.env.REDIS_SOCKET], {
    input: `${commands.join('\n')}\n`,
  });
}

export const kHostile = {
  payload: {
    html: '<script>window.broken = 1</script><img src=x onerror="window.broken = 2">',
    link: 'javascript:window.broken=3',
    text: 'moved \u202E backwards',
  },
  error: '</pre><script>window.broken = 4</script> on a line\r\nwith \u001b[31mcolour',
};

async function makeTasks(api) {
  await api.post('agents/thumbnails/pause');
  for (let i = 1; i <= 3; ++i) {
    await api.dispatch('invoices', `invoice-${i}`, {
      customer: 4_000 + i,
      total: '12.50',
    });
    await api.dispatch('thumbnails', `picture-${i}`, {
      file: `picture-${i}.jpg`,
      width: 320,
    });
    await api.dispatch(
      'mail',
      `bounced-${i}`,
      { fail: 9, error: `550 mailbox ${16 + i} is full` },
      { max_retries: 0 },
    );
  }
  await api.dispatch('mail', 'refused-1', {
    refuse: 'no such template: "autumn"',
  });
  await api.dispatch('mail', 'welcome-1', {
    to: 'ada@example.org',
    template: 'welcome',
    api_key: 'hunter2',
  });
  await api.dispatch('mail', 'flaky-1', {
    to: 'grace@example.org',
    fail: 2,
    error: 'connection reset by peer',
  });
  await api.dispatch(
    'mail',
    'hostile-1',
    { ...kHostile.payload, fail: 9, error: kHostile.error },
    { max_retries: 0 },
  );
  await api.dispatch('mail', 'later-1', { to: 'lin@example.org' }, { delay_ms: 3_600_000 });
  for (const id of ['bounced-1', 'bounced-2', 'bounced-3', 'refused-1', 'welcome-1', 'flaky-1', 'hostile-1'])
    await api.ended('mail', id);
  await api.dispatch('mail', 'long-1', {
    hold: true,
    to: 'everybody@example.org',
  });
  await api.until('tasks/mail/long-1', ({ state }) => state === 'running');
}

export async function startInstallation() {
  const server = await serve();
  const api = apiOf(server.url);
  await startWorker(api);
  await makeTasks(api);
  makeHistory('mail');
  known = { url: server.url, api };
}

export async function stopInstallation() {
  await Promise.all([...running].map(stop));
  rmSync(folder, { recursive: true });
}
