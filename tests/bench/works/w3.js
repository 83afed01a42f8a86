import { postToTincan } from '../posting.js';
import { runFloor } from '../programs.js';

const load = { rooms: 200, members: 10, senders: 0, nonce: 'fresh' };

/** Each sender has had a turn or two by then, as in a server that has been up for a while. */
const warm_ms = 2500;

/** Latency at a share of the rate that W1's load reaches, less that of one commit of the same disk. */
async function latency(bench, { share, quantile }) {
  const seen = await postToTincan(bench, { ...load, window: 1, rate: Math.round(bench.fullRate * share), warm_ms });
  const commit = await runFloor('fdatasync', [`dir=${bench.stack.stack.run}`, 'seconds=1'], {}, () => 0);
  const delivered = seen.delivery_us[quantile] / 1000;
  return {
    tincan: delivered - commit[`${quantile}_ms`],
    also: {
      'creates/s': seen.messages / seen.seconds,
      [`${quantile} of delivery, ms`]: delivered,
      [`${quantile} of answer, ms`]: seen.answer_us[quantile] / 1000,
      [`${quantile} of a commit, ms`]: commit[`${quantile}_ms`],
    },
  };
}

export default {
  title: 'Latency of durable creates at a part of the full rate, above one commit (fdatasync)',
  unit: 'ms from create to delivery, above a commit',
  plot: '% of the full rate',
  cases: [
    { label: 'p50 at 20 %', share: 0.2, quantile: 'p50', target: 3 },
    { label: 'p99 at 20 %', share: 0.2, quantile: 'p99', target: 10 },
    ...[0.05, 0.4, 0.6, 0.8].map((share) => ({
      label: `p50 at ${share * 100} %`, share, quantile: 'p50', judged: false,
    })),
  ].map((each) => ({ ...each, x: each.quantile === 'p50' ? each.share * 100 : undefined })),
  async prepare(bench) {
    const seen = await postToTincan(bench, { ...load, window: 1 });
    bench.fullRate = seen.messages / seen.seconds;
  },
  round: latency,
};
