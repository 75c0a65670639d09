// How deep an agent was while the page looked. The server keeps no history of depth, so this one starts with the page,
// and says so. Pure.

export interface DepthSample {
  at: number;
  ready: number;
  running: number;
  scheduled: number;
}

const kSpanMs = 60 * 60_000;
const kSamplesMax = 2_000;

export class DepthHistory {
  private samples: readonly DepthSample[] = [];

  add(sample: DepthSample): readonly DepthSample[] {
    const last = this.samples.at(-1);
    if (last && sample.at <= last.at) return this.samples;
    const from = sample.at - kSpanMs;
    this.samples = [...this.samples.filter(old => old.at >= from), sample].slice(-kSamplesMax);
    return this.samples;
  }
}
