// The package for browsers and Node beside the native library, each on one thread, and the bytes to download.
//
//   make all wasm
//   cc -O2 -Iinclude -Ibench bench/wasm_native.c -o build/wasm_native -Lbuild -lfer -Wl,-rpath,$PWD/build
//   npm install --prefix PEERS @vladmandic/face-api @vladmandic/human
//   node bench/wasm.mjs [--threads N] [PICTURE [ROUNDS [PEERS/node_modules]]]
//
// Both compute in turn, so that their ratio holds on a machine that does other things too. Times are CPU time. The native
// library takes the processor's best instruction set. --threads: afterwards fer.wasm and fer-threads.wasm with 1 to N
// threads in turn, in the time that passes, so on an idle machine.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import zlib from "node:zlib";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { values: { threads }, positionals } = parseArgs({ options: { threads: { type: "string", default: "1" } }, allowPositionals: true });
const [picture = path.join(root, "examples/astronaut.jpg"), rounds = "15", peers] = positionals;
const folder = path.join(root, "build-wasm/libfer");
const raw = path.join(os.tmpdir(), `fer-bench-${process.pid}.rgba`);
const CALLS = { all: 10, face: 50 };

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const { load } = await import(path.join(folder, "libfer.js"));
const native = spawn(path.join(root, "build/wasm_native"), [picture, raw], { stdio: ["pipe", "pipe", "inherit"] });
const lines = readline.createInterface({ input: native.stdout })[Symbol.asyncIterator]();
const answer = async () => (await lines.next()).value;
const [width, height] = (await answer()).split(" ").map(Number);
const fer = await load({ threads: 1 });
const scene = { data: new Uint8ClampedArray(fs.readFileSync(raw)), width, height };
const crop = { data: new Uint8ClampedArray(48 * 48 * 4).map((_, i) => i * 7919), width: 48, height: 48 };
fs.unlinkSync(raw);

const calls = {
  all: (fer) => fer.analyze(scene, { faces: "all", rotate: 0 }),
  face: (fer) => fer.analyze(crop, { faces: "whole" }),
};
const titles = { all: `all faces of ${width} x ${height}`, face: "one cropped face" };

function here(what) {
  const begun = process.cpuUsage();
  for (let i = 0; i < CALLS[what]; i++) calls[what](fer);
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000 / CALLS[what];
}

async function there(what) {
  native.stdin.write(`${what} ${CALLS[what]}\n`);
  return Number(await answer());
}

for (const what of ["all", "face"]) {
  const ours = [], theirs = [];
  for (let i = 0; i < 3; i++) here(what); // until the engine has optimised the code
  for (let i = 0; i < Number(rounds); i++) {
    ours.push(here(what));
    theirs.push(await there(what));
  }
  const ratio = median(ours.map((value, i) => value / theirs[i]));
  console.log(`${titles[what]}: WebAssembly ${median(ours).toFixed(1)} ms, native ${median(theirs).toFixed(1)} ms, ` +
    `ratio ${ratio.toFixed(2)}`);
}
native.stdin.end();

function passed(fer, what) {
  const begun = performance.now();
  for (let i = 0; i < CALLS[what]; i++) calls[what](fer);
  return (performance.now() - begun) / CALLS[what];
}

async function compareThreads(most) {
  const all = [{ name: "fer.wasm", fer }];
  const wasm = fs.readFileSync(path.join(folder, "fer-threads.wasm"));
  for (let n = 1; n <= most; n++) {
    const own = await load({ wasm, threads: n });
    all.push({ name: `${own.threads} thread${own.threads > 1 ? "s" : ""}`, fer: own });
  }
  for (const what of ["all", "face"]) {
    for (const one of all) {
      one.ms = [];
      for (let i = 0; i < 3; i++) passed(one.fer, what); // until the engine has optimised the code
    }
    for (let i = 0; i < Number(rounds); i++) for (const one of all) one.ms.push(passed(one.fer, what));
    const base = median(all[0].ms);
    for (const { name, ms } of all)
      console.log(`${titles[what]}, ${name}: ${median(ms).toFixed(2)} ms, ${(base / median(ms)).toFixed(2)} times as fast as fer.wasm`);
  }
  for (const one of all.slice(1)) one.fer.dispose();
}

if (Number(threads) > 1) await compareThreads(Number(threads));
fer.dispose();

function downloads(title, files) {
  let total = [0, 0, 0];
  for (const file of files) {
    const bytes = fs.readFileSync(file);
    const sizes = [bytes, zlib.gzipSync(bytes, { level: 9 }), zlib.brotliCompressSync(bytes)].map((b) => b.length);
    total = total.map((sum, i) => sum + sizes[i]);
    console.log(`  ${path.basename(file)}: ${sizes[0]} bytes, gzip ${sizes[1]}, brotli ${sizes[2]}`);
  }
  console.log(`${title}: ${total[0]} bytes, gzip ${total[1]}, brotli ${total[2]}`);
}

const ours = ["libfer.js", "fer.wasm"].map((name) => path.join(folder, name));
downloads("libfer with threads", ["libfer.js", "thread.js", "fer-threads.wasm", "libfer-s.safetensors"].map((name) => path.join(folder, name)));
downloads("libfer", [...ours, path.join(folder, "libfer-s.safetensors")]);
downloads("libfer-s-small", [...ours, path.join(folder, "libfer-s-small.safetensors")]);
downloads("libfer-xs", [...ours, path.join(folder, "libfer-xs.safetensors")]);
if (peers) {
  const at = (name) => path.join(peers, "@vladmandic", name);
  const models = (folder, ...names) => names.flatMap((name) => [`${name}.json`, `${name}.bin`].map((file) =>
    at(path.join(folder, file))));
  downloads("face-api", [at("face-api/dist/face-api.esm.js"), ...["tiny_face_detector", "face_expression"].flatMap(
    (name) => [`${name}_model-weights_manifest.json`, `${name}_model.bin`].map((file) => at(`face-api/model/${file}`)))]);
  downloads("Human, faces and emotion only", [at("human/dist/human.esm.js"),
    ...models("human/models", "blazeface", "emotion")]);
}
