// The engine "here": libfer in WebAssembly, in a worker. Pictures do not leave the device.

const LOAD_SECONDS = 60;

class Calls {
    #worker = new Worker(new URL("worker.js", import.meta.url), {type: "module"});
    #open = new Map();
    #last = 0;

    constructor() {
        this.#worker.addEventListener("message", event => {
            const {number, value, error} = event.data;
            const {resolve, reject} = this.#open.get(number);
            this.#open.delete(number);
            if (error === undefined) resolve(value);
            else reject(new Error(error));
        });
        this.#worker.addEventListener("error", event => this.#fail(event.message || "the engine could not be loaded"));
    }

    #fail(text) {
        for (const {reject} of this.#open.values()) reject(new Error(text));
        this.#open.clear();
    }

    call(name, values, transfer = []) {
        const number = ++this.#last;
        return new Promise((resolve, reject) => {
            this.#open.set(number, {resolve, reject});
            this.#worker.postMessage({number, name, values}, transfer);
        });
    }

    end(text) {
        this.#fail(text);
        this.#worker.terminate();
    }
}

class HereEngine {
    #calls;
    #trackers = 0;

    constructor(calls, model) {
        this.#calls = calls;
        this.name = "here";
        this.classes = model.classes;
        this.threads = model.threads;
    }

    async picture(file, bitmap) {
        const {width, height} = bitmap, copy = await createImageBitmap(bitmap);
        const faces = await this.#calls.call("analyze", [copy], [copy]);
        const whole = faces.some(face => face.whole);
        for (const face of faces) delete face.whole;
        return {file: file.name, width, height, whole, faces, schema: 1};
    }

    async track() {
        const calls = this.#calls, id = ++this.#trackers;
        let frame = 0;
        await calls.call("track", [id]);
        return {
            async next(canvas, t) {
                const bitmap = await createImageBitmap(canvas);
                const faces = await calls.call("next", [id, bitmap, t], [bitmap]);
                return {t, frame: frame++, faces, schema: 1};
            },
            end: () => calls.call("end", [id]),
        };
    }
}

/** The engine; throws where this browser or this copy of the page has none. */
export async function hereEngine() {
    const calls = new Calls();
    const timer = setTimeout(() => calls.end("the engine does not load"), 1000 * LOAD_SECONDS);
    try {
        return new HereEngine(calls, await calls.call("load", []));
    } catch (error) {
        calls.end(error.message);
        throw error;
    } finally {
        clearTimeout(timer);
    }
}
