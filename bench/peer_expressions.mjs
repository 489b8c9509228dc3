// A public expression network in TensorFlow.js (WebAssembly, one thread): peer_expressions.mjs NODE_MODULES NAME FACES
// FACES holds grey faces of 48 x 48 bytes. For each line of standard input, "FIRST COUNT", prints JSON: the label of each
// of these faces, and the milliseconds that each took, one at a time.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join, resolve } from 'node:path';

const [modules, name, faces] = process.argv.slice(2);
const require = createRequire(resolve(modules) + '/');
const SIDE = 48;
const bytes = readFileSync(faces);

// face-api brings a copy of TensorFlow.js; the other gets the package's.
const nets = {
  'face-api': async () => {
    const faceapi = require('@vladmandic/face-api/dist/face-api.node-wasm.js');
    await faceapi.nets.faceExpressionNet.loadFromDisk(join(modules, '@vladmandic/face-api/model'));
    const label = { neutral: 'neutral', happy: 'happiness', sad: 'sadness', angry: 'anger', fearful: 'fear', disgusted: 'disgust', surprised: 'surprise' };
    return async (grey) => {
      const rgb = Uint8Array.from({ length: 3 * grey.length }, (_, i) => grey[Math.floor(i / 3)]);
      const picture = faceapi.tf.tensor3d(rgb, [SIDE, SIDE, 3], 'int32');
      const scores = await faceapi.nets.faceExpressionNet.predictExpressions(picture);
      picture.dispose();
      return label[scores.asSortedArray()[0].expression];
    };
  },
  'mini-Xception': async (tf) => {
    const directory = join(modules, '@vladmandic/human/models');
    const description = JSON.parse(readFileSync(join(directory, 'emotion.json')));
    const weights = readFileSync(join(directory, 'emotion.bin'));
    const net = await tf.loadGraphModel(tf.io.fromMemory({
      modelTopology: description.modelTopology,
      weightSpecs: description.weightsManifest.flatMap((part) => part.weights),
      weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.length),
    }));
    const labels = ['anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise', 'neutral'];
    return async (grey) => {
      const scores = tf.tidy(() => {
        const picture = tf.tensor4d(Float32Array.from(grey), [1, SIDE, SIDE, 1]);
        return net.execute(tf.image.resizeBilinear(picture, [64, 64]).div(127.5).sub(1));
      });
      const values = Array.from(await scores.data());
      scores.dispose();
      return labels[values.indexOf(Math.max(...values))];
    };
  },
};

async function tensorflow() {
  const tf = require('@tensorflow/tfjs');
  const wasm = require('@tensorflow/tfjs-backend-wasm');
  wasm.setThreadsCount?.(1);
  wasm.setWasmPaths(join(resolve(modules), '@tensorflow/tfjs-backend-wasm/dist/'));
  await tf.setBackend('wasm');
  await tf.ready();
  return tf;
}

const tf = await tensorflow();
const answer = await nets[name](tf);
for await (const line of createInterface({ input: process.stdin })) {
  const [first, count] = line.split(' ').map(Number);
  const out = { labels: [], ms: [] };
  for (let i = first; i < first + count; i++) {
    const grey = bytes.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE);
    const begun = performance.now();
    out.labels.push(await answer(grey));
    out.ms.push(performance.now() - begun);
  }
  console.log(JSON.stringify(out));
}
