// The engine in a thread of its own, so that the page stays quick. here.js talks to it.
import {load} from "./libfer/libfer.js";

let fer;
const trackers = new Map();

const calls = {
    async load() {
        fer = await load();
        return {name: fer.model, classes: fer.classes, threads: fer.threads};
    },

    analyze(bitmap) {
        const faces = fer.analyze(bitmap);
        bitmap.close();
        return faces;
    },

    track(id) {
        trackers.set(id, fer.tracker());
    },

    next(id, bitmap, seconds) {
        const faces = trackers.get(id).next(bitmap, seconds);
        bitmap.close();
        return faces;
    },

    end(id) {
        trackers.get(id)?.dispose();
        trackers.delete(id);
    },
};

addEventListener("message", async event => {
    const {number, name, values} = event.data;
    try {
        postMessage({number, value: await calls[name](...values)});
    } catch (error) {
        postMessage({number, error: error.message});
    }
});
