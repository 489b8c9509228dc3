// The package against `fer predict`, and its answers to bad input. tests/web/run.sh makes the pictures.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

const folder = process.env.FER_WEB_PICTURES;
const address = pathToFileURL(path.join(process.env.FER_WEB_PACKAGE, "libfer.js")).href;
const { FerError, load } = await import(address);
const sizes = JSON.parse(fs.readFileSync(path.join(folder, "sizes.json")));
const fer = await load();

const PIXEL = 1;
const SCORE = 1e-4;
const processors = globalThis.navigator?.hardwareConcurrency ?? os.cpus().length;

function picture(name) {
  const [width, height] = sizes[name];
  return { data: new Uint8ClampedArray(fs.readFileSync(path.join(folder, `${name}.rgba`))), width, height };
}

function predictions(file) {
  const lines = fs.readFileSync(path.join(folder, file), "utf8").trim().split("\n");
  return new Map(lines.map((line) => JSON.parse(line)).map((doc) => [path.basename(doc.file, ".png"), doc]));
}

function near(got, expected, most, what) {
  if (expected === null) return assert.equal(got, null, what);
  assert.ok(Math.abs(got - expected) <= most, `${what}: ${got}, expected ${expected}`);
}

function same(name, got, expected) {
  for (const key of Object.keys(expected)) assert.ok(key in got, `${name}: no ${key}`);
  assert.equal(got.face_id, expected.face_id);
  assert.equal(got.label, expected.label, name);
  expected.box.forEach((value, i) => near(got.box[i], value, PIXEL, `${name}: box`));
  expected.points.flat().forEach((value, i) => near(got.points.flat()[i], value, PIXEL, `${name}: points`));
  near(got.confidence, expected.confidence, SCORE, `${name}: confidence`);
  assert.deepEqual(Object.keys(got.scores), Object.keys(expected.scores));
  for (const [key, score] of Object.entries(expected.scores)) near(got.scores[key], score, SCORE, `${name}: ${key}`);
  for (const key of ["sharpness", "occlusion", "quality"])
    if (key in expected) near(got[key], expected[key], 1e-2, `${name}: ${key}`);
}

for (const [file, faces] of [["predictions.jsonl", "auto"], ["whole.jsonl", "whole"]])
  test(`pictures give the faces and scores of fer predict --faces ${faces}`, () => {
    const docs = predictions(file);
    assert.ok(docs.size >= 5);
    let found = 0;
    for (const [name, doc] of docs) {
      const got = fer.analyze(picture(name), { faces });
      assert.equal(got.length, doc.faces.length, name);
      got.forEach((face, i) => {
        same(name, face, doc.faces[i]);
        assert.equal(Boolean(face.whole), doc.whole, name);
      });
      found += got.length;
    }
    assert.ok(found >= 4);
  });

test("the small weights predict nearly the same", async () => {
  const small = await load({ model: "libfer-s-small" });
  const [exact] = fer.analyze(picture("astronaut")), [near] = small.analyze(picture("astronaut"));
  assert.equal(near.label, exact.label);
  assert.notEqual(near.scores.neutral, exact.scores.neutral);
  for (const [name, score] of Object.entries(exact.scores)) assert.ok(Math.abs(near.scores[name] - score) < 0.1, name);
  small.dispose();
});

test("the small network finds the same faces", async () => {
  const small = await load({ model: "libfer-xs" });
  assert.equal(small.model, "libfer-xs");
  const [large] = fer.analyze(picture("astronaut")), [face] = small.analyze(picture("astronaut"));
  assert.deepEqual(face.box, large.box);
  assert.equal(face.label, "happiness");
  small.dispose();
  await assert.rejects(load({ model: "libfer-m" }), /model: libfer-m, expected one of libfer-s, /);
});

test("options reach the detector", () => {
  const astronaut = picture("astronaut");
  assert.deepEqual(fer.analyze(astronaut, { faces: "all", threshold: 1 }), []);
  assert.deepEqual(fer.analyze(astronaut, { faces: "all", smallest: 400, rotate: 0 }), []);
  assert.equal(fer.analyze(picture("turned"), { rotate: 90 })[0].turned, 90);
  const [plain] = fer.analyze(astronaut);
  const [mirrored] = fer.analyze(astronaut, { tta: true });
  assert.notEqual(plain.scores.neutral, mirrored.scores.neutral);
});

test("a tracker keeps ids and smooths scores", () => {
  const tracker = fer.tracker({ smooth: 10 });
  const astronaut = picture("astronaut");
  const first = tracker.next(astronaut, 0);
  assert.equal(first[0].face_id, 1);
  assert.ok(first[0].seen);
  const dark = { ...astronaut, data: astronaut.data.map((v) => v * 0.4) };
  const second = tracker.next(dark, 0.04);
  assert.equal(second[0].face_id, 1);
  const moved = Math.abs(second[0].smoothed.happiness - first[0].smoothed.happiness);
  assert.ok(moved <= Math.abs(second[0].scores.happiness - first[0].scores.happiness));
  assert.throws(() => tracker.next(astronaut, 0.01), { name: "FerError", message: /times must not go back/ });
  tracker.dispose();
  assert.throws(() => tracker.next(astronaut), FerError);
});

// Everything that a module computes, to the bit.
function allAnswers(own) {
  const pictures = ["astronaut", "face", "small", "empty"].map(picture);
  const tracker = own.tracker();
  const answers = [
    ...pictures.map((p) => own.analyze(p)),
    ...pictures.map((p) => own.analyze(p, { faces: "whole", tta: true })),
    own.analyze(picture("turned"), { longest: 300 }),
    ...[0, 1, 2].map((i) => tracker.next(picture(i === 1 ? "empty" : "astronaut"), i / 25)),
  ];
  tracker.dispose();
  return answers;
}

test("the number of threads does not change a bit", async () => {
  const file = (name) => fs.readFileSync(path.join(process.env.FER_WEB_PACKAGE, name));
  const expected = allAnswers(await load({ threads: 1 }));
  assert.ok(expected.flat().length >= 10);
  for (const [options, threads] of [[{ threads: 2 }, 2], [{ threads: 4 }, 4], [{}, Math.min(processors, 4)],
    [{ wasm: file("fer-threads.wasm"), threads: 3 }, 3], [{ wasm: file("fer-threads.wasm"), threads: 1 }, 1],
    [{ wasm: file("fer.wasm"), threads: 2 }, 1]]) {
    const own = await load(options);
    assert.equal(own.threads, threads);
    assert.deepEqual(allAnswers(own), expected, `${threads} threads`);
    own.dispose();
  }
});

test("where no worker starts, one thread computes", async () => {
  const own = await load({ threads: 2, worker: new URL("data:text/javascript,throw new Error('no worker')") });
  assert.equal(own.threads, 1);
  assert.deepEqual(own.analyze(picture("astronaut")), fer.analyze(picture("astronaut")));
  own.dispose();
});

test("threads do not keep Node from ending", () => {
  const code = `const { load } = await import(${JSON.stringify(address)});
    const fer = await load({ threads: 3 });
    console.log(fer.threads, fer.analyze({ data: new Uint8Array(4 * 64 * 64), width: 64, height: 64 }).length);`;
  const out = execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8", timeout: 60000 });
  assert.match(out, /^3 [01]\n$/);
});

test("bad input gives a sentence", async () => {
  const wrong = (call, message) => assert.throws(call, { name: "FerError", message });
  const astronaut = picture("astronaut");
  wrong(() => fer.analyze({ data: new Uint8Array(7), width: 2, height: 2 }), /2 x 2 with 7 bytes/);
  wrong(() => fer.analyze({ data: new Uint8Array(0), width: 0, height: 0 }), /0 x 0/);
  wrong(() => fer.analyze(astronaut, { threshold: 3 }), /threshold: 3, expected 0 to 1/);
  wrong(() => fer.analyze(astronaut, { smallest: 1 }), /smallest face 1 pixels/);
  wrong(() => fer.analyze(astronaut, { faces: "some" }), /expected one of auto, all, whole/);
  wrong(() => fer.analyze(astronaut, { rotate: 45 }), /rotate: 45/);
  wrong(() => fer.tracker({ patience: -1 }), /patience: -1/);
  await assert.rejects(load({ threads: 0 }), { name: "FerError", message: "threads: 0, expected 1 to 32" });
  await assert.rejects(load({ threads: 1.5 }), { name: "FerError", message: "threads: 1.5, expected a whole number" });
  wrong(() => fer.tracker().next(astronaut, NaN), /seconds: NaN/);
  await assert.rejects(load({ weights: new Uint8Array([1, 2, 3]) }), { name: "FerError", message: /the weights: 3 bytes/ });
  await assert.rejects(load({ weights: fs.readFileSync(path.join(folder, "astronaut.png")) }), /not weights: .*PNG/);
  assert.equal(fer.analyze(astronaut).length, 1); // goes on after errors
});

test("pictures of many sizes do not fill the memory, and dispose() ends everything", async () => {
  const own = await load();
  const base = picture("astronaut");
  const sized = (width, height) => ({ data: base.data.subarray(0, 4 * width * height), width, height });
  for (let i = 0; i < 60; i++) own.analyze(sized(64 + 7 * (i % 12), 48 + 5 * (i % 12)), { faces: "all", rotate: 0 });
  const before = process.memoryUsage().arrayBuffers + process.memoryUsage().external;
  for (let i = 0; i < 60; i++) own.analyze(sized(64 + 7 * (i % 12), 48 + 5 * (i % 12)), { faces: "all", rotate: 0 });
  assert.ok(process.memoryUsage().arrayBuffers + process.memoryUsage().external < before + (1 << 24));
  const tracker = own.tracker();
  own.dispose();
  own.dispose();
  assert.throws(() => own.analyze(base), { name: "FerError", message: /dispose/ });
  assert.throws(() => tracker.next(base), FerError);
});

test("it runs in a worker", async () => {
  const code = `import { load } from ${JSON.stringify(address)};
    import { parentPort, workerData } from "node:worker_threads";
    const fer = await load();
    parentPort.postMessage(fer.analyze(workerData));`;
  const astronaut = picture("astronaut");
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { workerData: astronaut });
  const faces = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  assert.deepEqual(faces, fer.analyze(astronaut));
  await worker.terminate();
});
