// A video or the camera: faces followed over time, as fast as the engine goes.
import {FaceEntry} from "./bars.js";
import {Card, button} from "./card.js";
import {saying, scoresOf} from "./classes.js";
import {drawResult} from "./draw.js";
import {announce, make, setText} from "./elements.js";
import {csvOf, jsonOf, savePicture, saveText, stemOf} from "./exports.js";
import {Timeline} from "./timeline.js";

const SIDE_MAX = 1280;       // larger frames are made smaller before faces are looked for
const WINDOW = 30;           // seconds of the camera that the timeline shows
const FORGET = 10;           // seconds after which a face that left has no entry any more
const ENTRIES_MAX = 24;
const FRAMES_MAX = 200000;   // kept for export: hours
const REDRAW_SECONDS = 0.25; // of timelines
const SPEAK_SECONDS = 3;     // between announcements

/* The next frame that the video shows: its time in seconds. */
function nextFrame(video) {
    return new Promise(done => {
        if (video.requestVideoFrameCallback) video.requestVideoFrameCallback((now, frame) => done(frame.mediaTime));
        else requestAnimationFrame(() => done(video.currentTime));
    });
}

const either = (video, ...names) => new Promise(done => names.forEach(name => video.addEventListener(name, done, {once: true})));

export class LiveCard extends Card {
    #frames = [];
    #entries = new Map(); // by the face's number: {entry, timeline}
    #spoken = {labels: new Map(), at: 0};
    #drawn = 0;
    #strong;
    #ended = false;
    #pace = []; // times of the last answers

    constructor(name, remove, engine, settings) {
        super(name, remove);
        Object.assign(this, {engine, settings});
        this.video = make("video", {playsinline: "", muted: true});
        this.grab = document.createElement("canvas");
        this.canvas = make("canvas", {role: "img", "aria-label": name});
        this.faces = make("ol", {class: "faces", "aria-label": "Faces"});
        this.slider = make("input", {type: "range", class: "slider", min: "0", step: "any", value: "0", "aria-label": "Position in the video", hidden: true});
        this.slider.addEventListener("input", () => this.#seek(Number(this.slider.value)));
        this.body.replaceChildren(make("div", {class: "picture"}, this.canvas, this.slider), this.faces);
        this.stopButton = button("Stop", () => this.stop(), `Stop ${name}`);
        this.stopButton.classList.add("main");
    }

    get isCamera() {
        return Boolean(this.video.srcObject);
    }

    /** Follow a file or a camera's stream until it ends or is stopped. Throws what went wrong. */
    async run(source) {
        if (source instanceof MediaStream) this.video.srcObject = source;
        else this.video.src = this.url = URL.createObjectURL(source);
        await this.#ready();
        this.#offer();
        const tracker = await this.engine.track();
        try {
            await this.#follow(tracker);
        } finally {
            await tracker.end();
            this.#finish();
        }
    }

    async #ready() {
        const what = await Promise.race([either(this.video, "loadeddata"), either(this.video, "error")]);
        if (what.type === "error") throw new Error("this browser cannot play the video");
        const {videoWidth: width, videoHeight: height} = this.video;
        if (!width) throw new Error("the video has sound only");
        const scale = Math.min(1, SIDE_MAX / Math.max(width, height));
        for (const canvas of [this.grab, this.canvas]) {
            canvas.width = Math.round(width * scale);
            canvas.height = Math.round(height * scale);
        }
        this.pixels = this.grab.getContext("2d", {willReadFrequently: true});
    }

    #offer() {
        const save = (what, action) => button(what, action, `Save ${this.name} as ${what}`);
        const stem = stemOf(this.name).toLowerCase();
        this.actions.replaceChildren(this.stopButton,
            save("CSV", () => saveText(csvOf(this.#frames, this.engine.classes, true), "text/csv", `${stem}.csv`)),
            save("JSON", () => saveText(jsonOf(this.#frames), "application/x-ndjson", `${stem}.jsonl`)),
            save("PNG", () => savePicture(this.canvas, `${stem}-faces.png`)));
    }

    async #follow(tracker) {
        const begun = performance.now();
        await this.video.play();
        this.video.addEventListener("ended", () => this.stop(), {once: true});
        const over = new Promise(done => { this.wake = done; });
        let before = -1;
        while (!this.#ended) {
            const media = await Promise.race([nextFrame(this.video), over]);
            if (this.#ended) break;
            const seconds = this.isCamera ? (performance.now() - begun) / 1000 : media;
            if (seconds <= before) continue;
            before = seconds;
            this.pixels.drawImage(this.video, 0, 0, this.grab.width, this.grab.height);
            const asked = performance.now(), result = await tracker.next(this.grab, seconds);
            this.#take(result, (performance.now() - asked) / 1000);
        }
    }

    #take(result, seconds) {
        this.#frames.push(result);
        if (this.#frames.length > FRAMES_MAX) this.#frames.shift();
        for (const face of result.faces) this.#timelineOf(face).add(result.t, result.frame, scoresOf(face));
        this.#show(result);
        this.#speak(result);
        this.#pace.push(performance.now());
        while (this.#pace.length > 2 && this.#pace.at(-1) - this.#pace[0] > 2000) this.#pace.shift();
        const rate = 1000 * (this.#pace.length - 1) / Math.max(1, this.#pace.at(-1) - this.#pace[0]);
        const where = this.engine.name === "here" ? "here" : "on the server";
        this.say(`${rate.toFixed(rate < 9.95 ? 1 : 0)} frames/s \u00b7 ${Math.round(1000 * seconds)} ms each ${where}`);
    }

    #timelineOf(face) {
        let known = this.#entries.get(face.face_id);
        if (!known) {
            const timeline = new Timeline(face.face_id, this.engine.classes);
            const entry = new FaceEntry(face, this.engine.classes, strong => this.draw(strong));
            entry.element.append(timeline.element);
            known = {entry, timeline};
            this.#entries.set(face.face_id, known);
            this.#drawn = 0;
        }
        if (!known.entry.element.isConnected && this.faces.childElementCount < ENTRIES_MAX) this.faces.append(known.entry.element);
        return known.timeline;
    }

    #show(result) {
        this.result = {width: this.grab.width, height: this.grab.height, faces: result.faces};
        this.draw(this.#strong);
        const present = new Set(result.faces.map(face => face.face_id));
        for (const face of result.faces) this.#entries.get(face.face_id)?.entry.show(face);
        for (const [id, {entry, timeline}] of this.#entries) {
            if (!present.has(id)) entry.element.classList.add("unseen");
            if (!this.#ended && !present.has(id) && result.t - timeline.last > FORGET) entry.element.remove();
        }
        const now = performance.now() / 1000;
        if (now - this.#drawn < REDRAW_SECONDS) return;
        this.#drawn = now;
        this.#drawTimelines(result.t);
    }

    #drawTimelines(t) {
        const length = this.video.duration;
        const [begin, end] = Number.isFinite(length) && length > 0 ? [0, length] : [Math.max(0, t - WINDOW), Math.max(t, WINDOW)];
        for (const {entry, timeline} of this.#entries.values()) if (entry.element.isConnected) timeline.draw(begin, end);
    }

    /* A new face or label, but not too often. */
    #speak(result) {
        const now = performance.now() / 1000;
        const changed = result.faces.filter(face => this.#spoken.labels.get(face.face_id) !== face.label);
        if (changed.length === 0 || now - this.#spoken.at < SPEAK_SECONDS) return;
        this.#spoken = {labels: new Map(result.faces.map(face => [face.face_id, face.label])), at: now};
        announce(changed.map(face => `Face ${face.face_id}: ${saying(face)}`).join(". "));
    }

    draw(strong) {
        this.#strong = strong;
        if (!this.result) return;
        const shown = this.canvas.getBoundingClientRect().width || this.canvas.width;
        drawResult(this.canvas, this.grab, this.result, {blur: this.settings.blur, unit: this.canvas.width / shown, strong});
    }

    stop() {
        this.#ended = true;
        this.wake?.();
        this.video.pause();
        for (const track of this.video.srcObject?.getTracks() ?? []) track.stop();
    }

    close() {
        this.stop();
        if (this.url) URL.revokeObjectURL(this.url);
    }

    #finish() {
        this.stop();
        this.stopButton.remove();
        const last = this.#frames.at(-1);
        const n = this.#entries.size, count = `${this.#frames.length} frames \u00b7 ${n} ${n === 1 ? "face" : "faces"}`;
        this.say(this.isCamera ? `stopped \u00b7 ${count}` : count);
        if (!last) return;
        for (const {entry} of this.#entries.values()) if (this.faces.childElementCount < ENTRIES_MAX) this.faces.append(entry.element);
        this.#drawTimelines(last.t);
        if (this.isCamera) return;
        this.slider.max = this.video.duration;
        this.slider.value = last.t;
        this.slider.hidden = false;
    }

    /* Look back: the video's picture at that time, with the answer nearest to it. */
    async #seek(seconds) {
        this.wanted = seconds;
        if (this.seeking) return;
        this.seeking = true;
        while (this.wanted !== undefined) {
            const at = this.wanted;
            this.wanted = undefined;
            const nearest = this.#nearest(at), there = either(this.video, "seeked", "error");
            this.video.currentTime = nearest.t;
            await there;
            this.pixels.drawImage(this.video, 0, 0, this.grab.width, this.grab.height);
            this.#show(nearest);
        }
        this.seeking = false;
    }

    #nearest(seconds) {
        return this.#frames.reduce((best, one) => Math.abs(one.t - seconds) < Math.abs(best.t - seconds) ? one : best);
    }

    problem(text) {
        if (this.#frames.length > 0) this.body.before(make("p", {class: "problem", role: "alert"}, text)); // what was found stays
        else super.problem(text);
    }
}

const REFUSED = {
    NotAllowedError: "the camera was refused; allow it at the browser's address bar",
    NotFoundError: "no camera was found",
    NotReadableError: "the camera is in use by another program",
};

/** The camera's stream. Throws a sentence. */
export async function openCamera() {
    if (!navigator.mediaDevices) throw new Error("browsers give the camera only to pages that come by HTTPS or from this machine");
    try {
        return await navigator.mediaDevices.getUserMedia({audio: false, video: {width: {ideal: 640}, height: {ideal: 480}, facingMode: "user"}});
    } catch (error) {
        throw new Error(REFUSED[error.name] || `the camera cannot be opened: ${error.message}`);
    }
}
