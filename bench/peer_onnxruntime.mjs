// One block of ONNX Runtime's times as JSON:  peer_onnxruntime.mjs NODE_MODULES_PARENT FILE.onnx INPUT BATCH THREADS RUNS
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const [parent, file, input, batch, threads, runs] = process.argv.slice(2);
const require = createRequire(resolve(parent) + '/');
const ort = require('onnxruntime-node');
const session = await ort.InferenceSession.create(file, {
  intraOpNumThreads: Number(threads), interOpNumThreads: 1, graphOptimizationLevel: 'all',
});
const dims = [Number(batch), 3, Number(input), Number(input)];
const x = new ort.Tensor('float32', Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => Math.random() * 2 - 1), dims);
const times = [];
for (let i = 0; i < Number(runs) + 2; i++) {
  const start = performance.now();
  await session.run({ x });
  times.push(performance.now() - start);
}
const sorted = times.slice(2).sort((a, b) => a - b);
const n = sorted.length;
console.log(JSON.stringify({
  median_ms: (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2,
  peak_memory_mb: process.resourceUsage().maxRSS / 1024,
  version: require('onnxruntime-node/package.json').version,
}));
