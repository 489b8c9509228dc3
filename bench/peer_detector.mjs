// Faces that a public detector finds by ONNX Runtime.
//
//   peer_detector.mjs NODE_MODULES_PARENT yunet|scrfd|ultralight FILE.onnx THREADS
//
// A line of standard input is JSON: {"file", "width", "height", "threshold", "offset", "scale"}. The file holds RGB bytes, the picture
// begins at byte `offset` (0). The picture is enlarged `scale` times (1), which makes smaller faces visible. The answer is a line of JSON:
// {"ms", "faces": [[x, y, w, h, score, lx1, ly1, ..., lx5, ly5], ...]}, in pixels of the picture, landmarks where the detector has them.
// `ms` is the CPU time of the network alone.
import {closeSync, openSync, readSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {createRequire} from 'node:module';

const [parent, kind, path, threads] = process.argv.slice(2);
const ort = createRequire(parent + '/')('onnxruntime-node');
const session = await ort.InferenceSession.create(
    path, {intraOpNumThreads: +threads, interOpNumThreads: 1, executionMode: 'sequential', logSeverityLevel: 3});

const up32 = n => Math.ceil(n / 32) * 32;

// ---- input ----

// A float array that the calls share, so that garbage does not count as memory.
let floats = new Float32Array(0);
const atLeast = n => (floats.length < n ? floats = new Float32Array(n) : floats).subarray(0, n);

function readPicture(q) {
    const rgb = new Uint8Array(3 * q.width * q.height), file = openSync(q.file);
    const n = readSync(file, rgb, 0, rgb.length, q.offset ?? 0);
    closeSync(file);
    if (n !== rgb.length) throw new Error(`${q.file}: ${n} bytes at ${q.offset ?? 0}, expected ${rgb.length}`);
    return rgb;
}

// Where an axis of n samples is read for N: two neighbours and the share of the second. Pixel centres lie at half integers.
function neighbours(n, N) {
    return Array.from({length: N}, (_, i) => {
        const at = Math.min(Math.max((i + 0.5) * n / N - 0.5, 0), n - 1), first = Math.floor(at);
        return [first, Math.min(first + 1, n - 1), at - first];
    });
}

// Bilinear.
function enlarge(rgb, w, h, W, H) {
    if (w === W && h === H) return rgb;
    const out = new Uint8Array(3 * W * H), columns = neighbours(w, W), rows = neighbours(h, H);
    for (let y = 0, o = 0; y < H; y++) {
        const [y0, y1, v] = rows[y], top = 3 * y0 * w, low = 3 * y1 * w;
        for (let x = 0; x < W; x++) {
            const [x0, x1, u] = columns[x];
            for (let c = 0; c < 3; c++, o++) {
                const a = rgb[top + 3 * x0 + c] * (1 - u) + rgb[top + 3 * x1 + c] * u;
                const b = rgb[low + 3 * x0 + c] * (1 - u) + rgb[low + 3 * x1 + c] * u;
                out[o] = Math.round(a * (1 - v) + b * v);
            }
        }
    }
    return out;
}

// Pixels (value - mean) * scale; the rest of W x H is 0.
function planes(rgb, w, h, W, H, order, mean, scale) {
    const out = atLeast(3 * W * H).fill(0);
    for (let c = 0; c < 3; c++)
        for (let y = 0; y < h; y++)
            for (let x = 0; x < w; x++) out[(c * H + y) * W + x] = (rgb[3 * (y * w + x) + order[c]] - mean) * scale;
    return new ort.Tensor('float32', out, [1, 3, H, W]);
}

// ---- output ----

function* cells(W, H, stride) {
    for (let y = 0, i = 0; y < H / stride; y++)
        for (let x = 0; x < W / stride; x++, i++) yield [i, x, y];
}

// Wu et al. 2023: score is the root of class times object.
function yunet(out, W, H, least) {
    const faces = [], unit = v => Math.min(Math.max(v, 0), 1);
    for (const s of [8, 16, 32]) {
        const cls = out['cls_' + s].data, obj = out['obj_' + s].data, box = out['bbox_' + s].data, kps = out['kps_' + s].data;
        for (const [i, x, y] of cells(W, H, s)) {
            const score = Math.sqrt(unit(cls[i]) * unit(obj[i]));
            if (score < least) continue;
            const w = Math.exp(box[4 * i + 2]) * s, h = Math.exp(box[4 * i + 3]) * s;
            const face = [(x + box[4 * i]) * s - w / 2, (y + box[4 * i + 1]) * s - h / 2, w, h, score];
            for (let k = 0; k < 5; k++) face.push((kps[10 * i + 2 * k] + x) * s, (kps[10 * i + 2 * k + 1] + y) * s);
            faces.push(face);
        }
    }
    return faces;
}

// Guo et al. 2021: two anchors a cell, distances to the edges in strides. The outputs are scores, then boxes, then points of the strides
// 8, 16 and 32.
function scrfd(out, W, H, least) {
    const faces = [], names = session.outputNames;
    [8, 16, 32].forEach((s, level) => {
        const [score, box, kps] = [0, 3, 6].map(first => out[names[first + level]].data);
        for (const [i, x, y] of cells(W, H, s))
            for (let a = 2 * i; a < 2 * i + 2; a++) {
                if (score[a] < least) continue;
                const [l, t, r, b] = box.subarray(4 * a, 4 * a + 4).map(v => v * s), cx = x * s, cy = y * s;
                const face = [cx - l, cy - t, l + r, t + b, score[a]];
                for (let k = 0; k < 5; k++) face.push(cx + kps[10 * a + 2 * k] * s, cy + kps[10 * a + 2 * k + 1] * s);
                faces.push(face);
            }
    });
    return faces;
}

// Linzaer's Ultra-Light: boxes of corners as fractions of the input.
function ultralight(out, W, H, least) {
    const [scores, boxes] = session.outputNames.map(n => out[n].data), faces = [];
    for (let i = 0; i < scores.length / 2; i++)
        if (scores[2 * i + 1] >= least) {
            const [l, t, r, b] = [boxes[4 * i] * W, boxes[4 * i + 1] * H, boxes[4 * i + 2] * W, boxes[4 * i + 3] * H];
            faces.push([l, t, r - l, b - t, scores[2 * i + 1]]);
        }
    return faces;
}

function overlap(f, k) {
    const w = Math.min(f[0] + f[2], k[0] + k[2]) - Math.max(f[0], k[0]), h = Math.min(f[1] + f[3], k[1] + k[3]) - Math.max(f[1], k[1]);
    const both = w > 0 && h > 0 ? w * h : 0;
    return both / (f[2] * f[3] + k[2] * k[3] - both);
}

function suppress(faces, most) {
    const kept = [];
    for (const f of faces.sort((a, b) => b[4] - a[4]))
        if (kept.every(k => overlap(f, k) < most)) kept.push(f);
    return kept;
}

const kinds = {
    yunet: {read: yunet, order: [2, 1, 0], mean: 0, scale: 1},
    scrfd: {read: scrfd, order: [0, 1, 2], mean: 127.5, scale: 1 / 128},
    ultralight: {read: ultralight, order: [0, 1, 2], mean: 127, scale: 1 / 128, fixed: [320, 240]},
};

async function answer(q) {
    const k = kinds[kind], scale = q.scale ?? 1;
    const w = k.fixed ? k.fixed[0] : Math.round(q.width * scale), h = k.fixed ? k.fixed[1] : Math.round(q.height * scale);
    const [W, H] = k.fixed ?? [up32(w), up32(h)];
    const input = planes(enlarge(readPicture(q), q.width, q.height, w, h), w, h, W, H, k.order, k.mean, k.scale);
    const start = process.cpuUsage(), out = await session.run({[session.inputNames[0]]: input}), used = process.cpuUsage(start);
    const faces = suppress(k.read(out, W, H, q.threshold), 0.45), back = [q.width / w, q.height / h];
    return {
        ms: (used.user + used.system) / 1e3,
        faces: faces.map(f => f.map((v, i) => i === 4 ? v : v * back[i < 4 ? i % 2 : (i - 5) % 2])),
    };
}

for await (const line of createInterface({input: process.stdin})) console.log(JSON.stringify(await answer(JSON.parse(line))));
