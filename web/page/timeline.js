// The scores of one face over time: stacked areas, one colour per class.
import {colourOf, percent} from "./classes.js";
import {make} from "./elements.js";

const HEIGHT = 56;
const GAP = 1; // seconds without the face that stay empty

export class Timeline {
    #samples = []; // [seconds, scores in the order of the classes]

    constructor(id, classes) {
        this.id = id;
        this.classes = classes;
        this.canvas = make("canvas", {class: "timeline", role: "img"});
    }

    add(seconds, scores) {
        this.#samples.push([seconds, this.classes.map(name => scores[name] ?? 0)]);
    }

    get last() {
        return this.#samples.at(-1)?.[0] ?? 0;
    }

    /** Draw the time from `begin` to `end`. */
    draw(begin, end) {
        const ratio = devicePixelRatio || 1, width = Math.round((this.canvas.clientWidth || 240) * ratio), height = Math.round(HEIGHT * ratio);
        if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, {width, height});
        const context = this.canvas.getContext("2d");
        context.clearRect(0, 0, width, height);
        const at = seconds => Math.round((seconds - begin) / (end - begin) * width);
        for (let i = 0; i < this.#samples.length; i++) {
            const [seconds, scores] = this.#samples[i], next = this.#samples[i + 1]?.[0] ?? seconds;
            const until = next - seconds > GAP ? seconds : next;
            if (until < begin) continue;
            const left = Math.max(0, at(seconds)), wide = Math.max(1, at(until) - left);
            if (i + 1 < this.#samples.length && at(next) === left) continue; // the next one covers it
            this.#column(context, left, wide, height, scores);
        }
        this.canvas.setAttribute("aria-label", this.#saying());
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
        for (const [, scores] of this.#samples) scores.forEach((score, k) => { sums[k] += score; });
        const best = sums.indexOf(Math.max(...sums));
        return `Timeline of face ${this.id}: mostly ${this.classes[best]}, ${percent(sums[best] / Math.max(1, this.#samples.length))} on average`;
    }
}
