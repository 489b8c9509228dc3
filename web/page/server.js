// The engine "on the server": fer serve at the address that this page came from.

import {canvasOf} from "./picture.js";

let token = sessionStorage.getItem("fer-token") || "";

export function useToken(text) {
    token = text;
    sessionStorage.setItem("fer-token", text);
}

/** A failure with the server's sentence; .status 0: no answer. */
export class ServerError extends Error {
    constructor(message, status) {
        super(message);
        this.status = status;
    }
}

async function ask(method, path, body, type) {
    const headers = token ? {Authorization: `Bearer ${token}`} : {};
    if (type) headers["Content-Type"] = type;
    let answer;
    try {
        answer = await fetch(path, {method, body, headers, credentials: "omit"});
    } catch {
        throw new ServerError("the server does not answer", 0);
    }
    if (answer.ok) return answer.status === 204 ? null : answer.json();
    const document = await answer.json().catch(() => null);
    throw new ServerError(document?.error || `the server answered ${answer.status}`, answer.status);
}

/** The server's model, or null if this page did not come from fer serve. */
export async function serverModel() {
    try {
        const list = await ask("GET", "v1/models");
        return list.models[0];
    } catch (error) {
        return error.status === 401 ? {classes: [], locked: true} : null;
    }
}

/* Frames for this machine are sent without loss. For others that would be half a million bytes each. */
const FRAME = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(location.hostname) ? ["image/png"] : ["image/jpeg", 0.95];

async function encoded(canvas, type, quality) {
    const blob = await new Promise(done => canvas.toBlob(done, type, quality));
    if (!blob) throw new Error("the browser could not encode the frame");
    return blob;
}

const pause = seconds => new Promise(done => setTimeout(done, 1000 * seconds));

/* Ask again while the server's queue is full. */
async function patiently(question) {
    for (let tries = 0; ; tries++) {
        try {
            return await question();
        } catch (error) {
            if (error.status !== 503 || tries === 5) throw error;
            await pause(1 + tries);
        }
    }
}

export class ServerEngine {
    constructor(model) {
        this.name = "server";
        this.classes = model.classes;
    }

    /** The faces of a picture: the file itself is sent, so that the server decodes what fer predict would. */
    async picture(file, bitmap) {
        try {
            return await this.#send(file);
        } catch (error) {
            if (error.status !== 415) throw error;
            return this.#send(await encoded(canvasOf(bitmap), "image/png")); // a format that only the browser reads
        }
    }

    #send(blob) {
        return patiently(() => ask("POST", "v1/predict", blob, "application/octet-stream"));
    }

    async track() {
        return new ServerTracker();
    }
}

class ServerTracker {
    constructor() {
        this.begun = false;
        this.session = `page-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
    }

    async next(canvas, seconds) {
        const frame = await encoded(canvas, ...FRAME);
        const address = `v1/frames/${this.session}?t=${seconds.toFixed(4)}`;
        const answer = await patiently(() => ask("POST", address, frame, FRAME[0]));
        this.begun = true;
        return answer;
    }

    async end() {
        if (this.begun) await ask("DELETE", `v1/frames/${this.session}`).catch(() => null);
    }
}
