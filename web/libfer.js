// libfer in WebAssembly: finds faces in pictures and recognises their expressions, in browsers and in Node.
// docs/web.md describes it.

/** What went wrong, in one sentence. */
export class FerError extends Error {
  name = "FerError";
}

const inNode = typeof process === "object" && Boolean(process.versions?.node);

// ---- loading ----

// A module of Node's. Bundlers for browsers leave such an import alone, since they don't see a name.
const nodes = (module) => import(/* webpackIgnore: true */ /* @vite-ignore */ `node:${module}`);

async function read(source, what) {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  const url = new URL(source, globalThis.location?.href ?? import.meta.url);
  // Node's fetch() does not read files.
  if (inNode && url.protocol === "file:") return (await nodes("fs/promises")).readFile(url);
  const answer = await fetch(url);
  if (!answer.ok) throw new FerError(`${what}: ${url} gives HTTP status ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

const nothing = () => 0;

// What the C library asks of its host. It opens no file and reads no environment.
function imports(memory) {
  const view = () => new DataView(memory().buffer);
  return {
    env: { emscripten_notify_memory_growth: nothing },
    wasi_snapshot_preview1: {
      clock_time_get: (clock, precision, at) => {
        view().setBigUint64(at, BigInt(Math.round(performance.now() * 1e6)), true);
        return 0;
      },
      environ_sizes_get: (count, size) => {
        view().setUint32(count, 0, true);
        view().setUint32(size, 0, true);
        return 0;
      },
      environ_get: nothing,
      fd_close: nothing,
      fd_seek: nothing,
      fd_write: nothing,
    },
  };
}

const compile = async (source) => (source instanceof WebAssembly.Module ? source
  : WebAssembly.compile(await read(source, "libfer")));

async function instantiate(module, memory) {
  let exports;
  const given = imports(() => memory ?? exports.memory);
  if (memory) given.env.memory = memory;
  ({ exports } = await WebAssembly.instantiate(module, given));
  exports._initialize();
  return exports;
}

// ---- threads ----

const THREADS = { most: 32, usual: 4 };
const STACK = 1 << 20; // bytes for each thread
const PAGE = 1 << 16;
const MEMORY = { initial: (32 << 20) / PAGE, maximum: [2048, 1024, 512].map((mib) => (mib << 20) / PAGE) };

// Memory can be shared in Node and in pages that are isolated from other origins.
const canShare = () => inNode || globalThis.crossOriginIsolated === true;

// Some devices have no room for addresses up to 2 GiB.
function sharedMemory() {
  for (const maximum of MEMORY.maximum)
    try {
      return new WebAssembly.Memory({ initial: MEMORY.initial, maximum, shared: true });
    } catch {
      continue;
    }
  return undefined;
}

async function processors() {
  return globalThis.navigator?.hardwareConcurrency ?? (inNode ? (await nodes("os")).cpus().length : 1);
}

const sharesMemory = (module) => WebAssembly.Module.imports(module).some(({ kind }) => kind === "memory");

// The module and, if threads can be used, its memory. Only one of the two modules is read.
async function chooseModule(options, threads) {
  if (options.wasm !== undefined) {
    const module = await compile(options.wasm);
    return { module, memory: sharesMemory(module) ? sharedMemory() : undefined };
  }
  const memory = threads > 1 && canShare() ? sharedMemory() : undefined;
  // Spelled out, so that bundlers find both files.
  const url = memory ? new URL("fer-threads.wasm", import.meta.url) : new URL("fer.wasm", import.meta.url);
  return { module: await compile(url), memory };
}

// A worker runs thread.js from its start until it is terminated.
async function newWorker(url) {
  if (inNode) {
    const { Worker } = await nodes("worker_threads");
    const execArgv = []; // those of this process may be for its own script only
    return new Worker(url ?? new URL("thread.js", import.meta.url), { execArgv });
  }
  return url === undefined ? new Worker(new URL("thread.js", import.meta.url), { type: "module" })
    : new Worker(url, { type: "module" });
}

function whenReady(worker) {
  return new Promise((resolve, reject) => {
    const answer = ({ ready, error }) => (ready ? resolve() : reject(new FerError(error)));
    if (inNode) worker.once("message", answer).once("error", reject);
    else {
      worker.onmessage = ({ data }) => answer(data);
      worker.onerror = (event) => {
        event.preventDefault?.();
        reject(new FerError(event.message || "a worker cannot be started"));
      };
    }
  });
}

// A page's own thread must not sleep; it waits for the others by looking.
function maySleep() {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
    return 1;
  } catch {
    return 0;
  }
}

// All the workers or, if one cannot be started, none.
async function startWorkers(count, url, module, memory, exports) {
  const workers = [];
  try {
    const ready = [];
    for (let index = 1; index <= count; index++) {
      const stack = exports.fer_web_alloc(STACK);
      if (!stack) throw new FerError("out of memory");
      const worker = await newWorker(url);
      workers.push(worker);
      ready.push(whenReady(worker));
      worker.postMessage({ module, memory, index, stack: stack + STACK });
    }
    await Promise.all(ready);
    if (inNode) for (const worker of workers) worker.unref();
    exports.fer_web_threads(count, maySleep());
    return workers;
  } catch {
    for (const worker of workers) worker.terminate();
    return [];
  }
}

// The number that the caller asks for, or as many as there are processors, but no more than 4.
async function threadsOf(options) {
  if (options.threads === undefined) return Math.min(await processors(), THREADS.usual);
  if (!Number.isInteger(options.threads)) throw new FerError(`threads: ${options.threads}, expected a whole number`);
  return number(options, "threads", 1, 1, THREADS.most);
}

async function start(options) {
  const threads = await threadsOf(options);
  const { module, memory } = await chooseModule(options, threads);
  const exports = await instantiate(module, memory);
  const workers = memory && threads > 1 ? await startWorkers(threads - 1, options.worker, module, memory, exports) : [];
  return { exports, memory: memory ?? exports.memory, workers };
}

// Spelled out, so that bundlers find the files. The first is the default.
const WEIGHTS = {
  "libfer-s": new URL("libfer-s.safetensors", import.meta.url),
  "libfer-s-small": new URL("libfer-s-small.safetensors", import.meta.url),
  "libfer-xs": new URL("libfer-xs.safetensors", import.meta.url),
};

/**
 * Load the module and its weights.
 * @param {object} [options] see libfer.d.ts
 */
export async function load(options = {}) {
  const weights = options.weights ?? WEIGHTS[oneOf(options, "model", Object.keys(WEIGHTS))];
  const reading = read(weights, "weights");
  reading.catch(nothing); // awaited below
  const engine = await start(options);
  try {
    return new Fer(engine, await reading);
  } catch (error) {
    for (const worker of engine.workers) worker.terminate();
    throw error;
  }
}

// ---- pictures ----

let canvas;

// Pixels of an image element, a video, a bitmap, a canvas or a video frame, as large as it is.
function draw(source) {
  const width = source.displayWidth || source.videoWidth || source.naturalWidth || source.width;
  const height = source.displayHeight || source.videoHeight || source.naturalHeight || source.height;
  if (!(width > 0 && height > 0)) throw new FerError("a picture without pixels: wait until it is loaded");
  canvas ??= typeof OffscreenCanvas === "undefined" ? document.createElement("canvas") : new OffscreenCanvas(1, 1);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.clearRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

// Anything with `data`, `width` and `height` counts as ImageData; Node has no such class.
function pixelsOf(image) {
  const isData = image !== null && typeof image === "object" && ArrayBuffer.isView(image.data);
  const { data, width, height } = isData ? image : draw(image);
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (!whole || data.byteLength !== 4 * width * height)
    throw new FerError(`a picture of ${width} x ${height} with ${data.byteLength} bytes, expected 4 per pixel (RGBA)`);
  return { bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), width, height };
}

// ---- options ----

const ROTATE_AUTO = -1;
const WHICH = { auto: 0, all: 1, whole: 2 };

function number(options, name, fallback, least, most) {
  const value = options[name] ?? fallback;
  if (typeof value !== "number" || !(value >= least && value <= most))
    throw new FerError(`${name}: ${value}, expected ${least} to ${most}`);
  return value;
}

function oneOf(options, name, values) {
  const value = options[name] ?? values[0];
  if (!values.includes(value)) throw new FerError(`${name}: ${value}, expected one of ${values.join(", ")}`);
  return value;
}

// What makes a pipeline, as the arguments of fer_web_pipeline().
function pipelineOf(options, threads) {
  const rotate = oneOf(options, "rotate", ["auto", 0, 90, 180, 270]);
  return [
    number(options, "threshold", 0, 0, 1),
    number(options, "smallest", 0, 0, 100000),
    number(options, "longest", 0, 0, 16384),
    rotate === "auto" ? ROTATE_AUTO : rotate,
    options.tta ? 1 : 0,
    threads,
  ];
}

// ---- answers ----

// Columns of a face's row: enum column of web/fer_web.c.
const COLUMNS = { id: 0, box: 1, confidence: 5, points: 6, turned: 16, seen: 17, label: 18, valence: 19, arousal: 20,
  pose: 21, quality: 24, scores: 28 };
const POSE = ["yaw", "pitch", "roll"];
const QUALITY = ["size", "sharpness", "occlusion", "quality"];
const POINTS = 5;

const known = (value) => (Number.isNaN(value) ? null : value);

class Fer {
  #c; // exports
  #memory;
  #workers;
  #handle;
  #pipelines = new Map(); // by their options
  #pixels = { at: 0, size: 0 };
  #trackers = new Set();

  constructor({ exports, memory, workers }, weights) {
    this.#c = exports;
    this.#memory = memory;
    this.#workers = workers;
    this.#handle = this.#need(exports.fer_web_new());
    const at = this.#need(exports.fer_web_alloc(weights.length));
    new Uint8Array(memory.buffer).set(weights, at);
    const loaded = exports.fer_web_load(this.#handle, at, weights.length);
    exports.fer_web_release(at);
    if (!loaded) this.#fail();
    const text = (name, ...rest) => this.#text(exports[name](this.#handle, ...rest));
    const count = exports.fer_web_n_classes(this.#handle);
    this.threads = 1 + workers.length;
    this.model = text("fer_web_model_name");
    this.provenance = text("fer_web_provenance");
    this.classes = Array.from({ length: count }, (_, i) => text("fer_web_class", i));
    this.valenceArousal = Boolean(exports.fer_web_has_valence_arousal(this.#handle));
  }

  /** The faces of a picture, the surest first. */
  analyze(image, options = {}) {
    const c = this.#alive();
    const which = WHICH[oneOf(options, "faces", ["auto", "all", "whole"])];
    const max = number(options, "max", 0, 0, 1024);
    const pipeline = this.#pipeline(options);
    const { at, width, height } = this.#take(image);
    const n = c.fer_web_analyze(this.#handle, pipeline, at, width, height, which, max);
    return this.#faces(n, false);
  }

  /** A tracker for the frames of one video or camera. */
  tracker(options = {}) {
    const c = this.#alive();
    const smooth = number(options, "smooth", 0.5, 0, 3600);
    // A pipeline of its own would cost memory; a tracker keeps nothing in it between frames.
    const pipeline = this.#pipeline(options);
    const handle = c.fer_web_tracker(this.#handle, pipeline, number(options, "detectEvery", 1, 1, 1000),
      smooth === 0 ? -1 : smooth, number(options, "patience", 1, 0, 3600));
    if (!handle) this.#fail();
    const max = number(options, "max", 0, 0, 1024);
    const tracker = new Tracker({
      next: (image, seconds) => {
        this.#alive();
        const { at, width, height } = this.#take(image);
        return this.#faces(c.fer_web_next(this.#handle, handle, at, width, height, seconds, max), true);
      },
      dispose: () => {
        if (this.#trackers.delete(tracker)) c.fer_web_tracker_free(handle);
      },
    });
    this.#trackers.add(tracker);
    return tracker;
  }

  /** Give the memory and the threads back. Trackers end with it. */
  dispose() {
    if (!this.#c) return;
    for (const tracker of this.#trackers) tracker.dispose();
    for (const pipeline of this.#pipelines.values()) this.#c.fer_web_pipeline_free(pipeline);
    this.#c.fer_web_release(this.#pixels.at);
    this.#c.fer_web_free(this.#handle);
    for (const worker of this.#workers) worker.terminate();
    this.#c = this.#memory = undefined;
  }

  #alive() {
    if (!this.#c) throw new FerError("dispose() was called: load() gives a new one");
    return this.#c;
  }

  #fail() {
    throw new FerError(this.#text(this.#c.fer_web_error(this.#handle)));
  }

  #need(pointer) {
    if (!pointer) throw new FerError("out of memory");
    return pointer;
  }

  #text(at) {
    const bytes = new Uint8Array(this.#memory.buffer);
    return new TextDecoder().decode(bytes.slice(at, bytes.indexOf(0, at)));
  }

  #pipeline(options) {
    const values = pipelineOf(options, this.threads);
    const key = values.join();
    let pipeline = this.#pipelines.get(key);
    if (!pipeline) {
      pipeline = this.#c.fer_web_pipeline(this.#handle, ...values);
      if (!pipeline) this.#fail();
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  // Copy a picture into the module's memory.
  #take(image) {
    const { bytes, width, height } = pixelsOf(image);
    if (this.#pixels.size < bytes.length) {
      this.#c.fer_web_release(this.#pixels.at);
      this.#pixels = { at: 0, size: 0 };
      this.#pixels = { at: this.#need(this.#c.fer_web_alloc(bytes.length)), size: bytes.length };
    }
    new Uint8Array(this.#memory.buffer).set(bytes, this.#pixels.at);
    return { at: this.#pixels.at, width, height };
  }

  #faces(n, tracked) {
    if (n < 0) this.#fail();
    const whole = Boolean(this.#c.fer_web_whole(this.#handle));
    return Array.from({ length: n }, (_, i) => {
      const at = this.#c.fer_web_row(this.#handle, i);
      const size = COLUMNS.scores + 2 * this.classes.length;
      return this.#face(new Float64Array(this.#memory.buffer, at, size), tracked, whole);
    });
  }

  // The keys of `fer predict`'s and `fer video`'s JSON.
  #face(row, tracked, whole) {
    const n = this.classes.length;
    const named = (names, from) => Object.fromEntries(names.map((name, k) => [name, known(row[from + k])]));
    const point = (k) => [known(row[COLUMNS.points + 2 * k]), known(row[COLUMNS.points + 2 * k + 1])];
    const face = {
      face_id: row[COLUMNS.id],
      box: Array.from(row.subarray(COLUMNS.box, COLUMNS.box + 4)),
      confidence: row[COLUMNS.confidence],
    };
    if (tracked) face.seen = row[COLUMNS.seen] !== 0;
    face.points = Array.from({ length: POINTS }, (_, k) => point(k));
    if (row[COLUMNS.turned]) face.turned = row[COLUMNS.turned];
    face.pose = named(POSE, COLUMNS.pose);
    Object.assign(face, named(QUALITY, COLUMNS.quality));
    face.label = this.classes[row[COLUMNS.label]];
    face.scores = named(this.classes, COLUMNS.scores);
    if (tracked) face.smoothed = named(this.classes, COLUMNS.scores + n);
    if (this.valenceArousal) Object.assign(face, named(["valence", "arousal"], COLUMNS.valence));
    if (whole) face.whole = true;
    return face;
  }
}

class Tracker {
  #calls;

  constructor(calls) {
    this.#calls = calls;
  }

  /** The faces of the next frame, which was taken at this time; by default, now. */
  next(image, seconds = performance.now() / 1000) {
    if (!this.#calls) throw new FerError("dispose() was called: fer.tracker() gives a new tracker");
    if (!Number.isFinite(seconds)) throw new FerError(`seconds: ${seconds}, expected a number`);
    return this.#calls.next(image, seconds);
  }

  dispose() {
    this.#calls?.dispose();
    this.#calls = undefined;
  }
}
