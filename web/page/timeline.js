// The scores of one face over time: stacked areas, one colour per class.
import {colourOf, percent} from "./classes.js";
import {make, setText} from "./elements.js";

const HEIGHT = 56;

/* "1:05" */
const clock = seconds => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

export class Timeline {
    #samples = []; // {seconds, frame, scores in the order of the classes}

    constructor(id, classes) {
        this.id = id;
        this.classes = classes;
        this.canvas = make("canvas", {class: "timeline", role: "img"});
        this.begin = make("span");
        this.end = make("span");
        this.element = make("div", {}, this.canvas, make("p", {class: "axis", "aria-hidden": "true"}, this.begin, this.end));
    }

    add(seconds, frame, scores) {
        this.#samples.push({seconds, frame, scores: this.classes.map(name => scores[name] ?? 0)});
    }

    get last() {
        return this.#samples.at(-1)?.seconds ?? 0;
    }

    /** Draw the time from `begin` to `end`. Frames without the face stay empty. */
    draw(begin, end) {
        const ratio = devicePixelRatio || 1, width = Math.round((this.canvas.clientWidth || 240) * ratio), height = Math.round(HEIGHT * ratio);
        if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, {width, height});
        const context = this.canvas.getContext("2d");
        context.clearRect(0, 0, width, height);
        const at = seconds => Math.round((seconds - begin) / (end - begin) * width);
        this.#samples.forEach(({seconds, frame, scores}, i) => {
            const next = this.#samples[i + 1], until = next?.frame === frame + 1 ? next.seconds : seconds;
            const left = Math.max(0, at(seconds)), right = at(until);
            if (until < begin || (next && at(next.seconds) === left)) return; // the next one covers it
            this.#column(context, left, Math.max(1, right - left), height, scores);
        });
        this.canvas.setAttribute("aria-label", this.#saying());
        setText(this.begin, clock(begin));
        setText(this.end, clock(end));
    }

    #column(context, left, wide, height, scores) {
        let top = height;
        scores.forEach((score, k) => {
            const tall = score * height;
            context.fillStyle = colourOf(this.classes[k], k);
            context.fillRect(left, top - tall, wide, tall);
            top -= tall;
        });
    }

    /* "Timeline of face 1: mostly happiness, 80 % on average" */
    #saying() {
        const sums = this.classes.map(() => 0);
        for (const {scores} of this.#samples) scores.forEach((score, k) => { sums[k] += score; });
        const best = sums.indexOf(Math.max(...sums));
        return `Timeline of face ${this.id}: mostly ${this.classes[best]}, ${percent(sums[best] / Math.max(1, this.#samples.length))} on average`;
    }
}
