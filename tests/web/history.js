// What the charts show: a day of throughput, latencies, errors and depth, written where workers would have.
import { redis } from './installation.js';

const kDayMinutes = 1_440;
const kMinuteMs = 60_000;
const kKeptS = 90_000;
const kLeastMs = 10_000; // a rate is over no less
const kToComeMs = 1_000; // until somebody looks
const kBoundsMs = [10, 25, 50, 100, 250, 500];

const wave = (ago, period) => Math.sin((2 * Math.PI * ago) / period);
/** From 0 up to `most`, the same in each run, and without a pattern that could be seen. */
const noise = (ago, most) => Math.floor((((ago + 1) * 2_654_435_761) % 4_294_967_296) / 65_536) % most;

/** How many of `count` attempts took how long; `load` from 0 to 1 makes them slower. */
function runTimes(count, load) {
  const shares = [
    0.12 - 0.1 * load,
    0.4 - 0.2 * load,
    0.33,
    0.11 + 0.2 * load,
    0.03 + 0.08 * load,
    0.01 + 0.02 * load,
  ];
  return kBoundsMs.map((bound, index) => [`run:le_${bound}`, Math.ceil(count * shares[index])]);
}

// Each says what it did in the minute that was so long ago; null: nobody looked.
const kAgents = {
  mail(ago) {
    const load = Math.max(0, wave(ago, 620)) ** 2;
    return {
      count: 300 + 220 * load + 20 * wave(ago, 47) + noise(ago, 60),
      load,
      retried: noise(ago, 13),
      dead: ago % 97 === 0 ? 1 : 0,
      depth: { ready: 90 * load ** 2 + noise(ago, 4), running: 2 + 4 * load, scheduled: 1 + 14 * load },
    };
  },
  thumbnails(ago) {
    if (ago < 12)
      return { count: 0, load: 0, retried: 0, dead: 0, depth: { ready: 3, running: 0, scheduled: 0 } };
    return {
      count: 90 + 50 * wave(ago, 310) + noise(ago, 7) * 4,
      load: 0.3,
      retried: ago % 5 === 0 ? 1 : 0,
      dead: 0,
      depth: { ready: noise(ago, 5), running: 2 + noise(ago, 3), scheduled: 0 },
    };
  },
  invoices(ago) {
    if (ago < 25) return null;
    const count = 14 + 8 * wave(ago, 180) + noise(ago, 5);
    return {
      count,
      load: 0.8,
      retried: ago % 11 === 0 ? 1 : 0,
      dead: 0,
      depth: { ready: noise(ago, 3), running: 1, scheduled: 2 },
    };
  },
};

/** `share`: how much of the minute is over. */
function commandsOf(agent, minute, did, share) {
  const key = `leat:{${agent}}:stats:${minute}`;
  const count = Math.round(did.count * share);
  const fields = [
    ['succeeded', count],
    ['retried', Math.round(did.retried * share)],
    ['dead', did.dead],
    ...runTimes(count, did.load),
    ...Object.entries(did.depth).map(([state, tasks]) => [`gauge:${state}`, Math.round(tasks)]),
  ];
  return [
    ['HSET', key, ...fields.flat()],
    ['EXPIRE', key, kKeptS],
  ];
}

function write(minutes) {
  const now = Date.now();
  const commands = [];
  for (const [agent, minuteOf] of Object.entries(kAgents))
    for (let ago = 0; ago < minutes; ago += 1) {
      const did = minuteOf(ago);
      const share =
        ago === 0 ? Math.min(1, Math.max(kLeastMs, (now % kMinuteMs) + kToComeMs) / kMinuteMs) : 1;
      if (did) commands.push(...commandsOf(agent, Math.floor(now / kMinuteMs) - ago, did, share));
    }
  redis(commands);
}

/** A day of it, and totals that fit: more was dispatched, and ended, than the tests do. */
export function makeHistory() {
  write(kDayMinutes);
  for (const [agent, minuteOf] of Object.entries(kAgents)) {
    const minutes = Array.from({ length: kDayMinutes }, (_, ago) => minuteOf(ago)).filter(Boolean);
    const sum = pick => minutes.reduce((total, did) => total + Math.round(pick(did)), 0);
    const [succeeded, retried, dead] = [did => did.count, did => did.retried, did => did.dead].map(sum);
    const totals = { dispatched: succeeded + dead, succeeded, retried, dead };
    redis(Object.entries(totals).map(([name, count]) => ['HINCRBY', `leat:{${agent}}:stats`, name, count]));
  }
}

/** The last minutes once more: what the tests' own few tasks did to them is gone, and the present one is as full as can be. */
export const renewHistory = () => write(5);
