// One face beside its picture: its label, a bar for each score, valence and arousal, and in videos its timeline.
import {colourOf, percent, saying, scoresOf} from "./classes.js";
import {make, setText} from "./elements.js";

function bar(name, colour) {
    const fill = make("span", {class: "fill"}), value = make("span", {class: "value"});
    fill.style.backgroundColor = colour;
    const row = make("div", {class: "bar"}, make("dt", {}, name), make("dd", {}, make("span", {class: "track", "aria-hidden": "true"}, fill), value));
    return {row, fill, value};
}

/* A bar from the middle, for -1 to 1. */
function dial(name) {
    const one = bar(name, "var(--dim)");
    one.row.classList.add("dial");
    return one;
}

function showDial({fill, value}, number) {
    const share = 50 * Math.min(1, Math.abs(number));
    fill.style.width = `${share.toFixed(1)}%`;
    fill.style.marginLeft = `${(number < 0 ? 50 - share : 50).toFixed(1)}%`;
    setText(value, `${number < 0 ? "\u2212" : "+"}${Math.abs(number).toFixed(2)}`);
}

/** The entry of one face; `show(face)` changes it in place. */
export class FaceEntry {
    constructor(face, classes, listen) {
        this.number = make("span", {class: "number"}, String(face.face_id));
        this.title = make("span", {class: "label"});
        this.bars = new Map(classes.map((name, i) => [name, bar(name, colourOf(name, i))]));
        this.list = make("dl", {class: "bars"}, ...[...this.bars.values()].map(b => b.row));
        this.dials = {valence: dial("valence"), arousal: dial("arousal")};
        this.element = make("li", {class: "face", tabindex: "0"}, make("h3", {}, this.number, this.title), this.list);
        const point = on => () => listen(on ? face.face_id : undefined);
        for (const name of ["mouseenter", "focus"]) this.element.addEventListener(name, point(true));
        for (const name of ["mouseleave", "blur"]) this.element.addEventListener(name, point(false));
        this.show(face);
    }

    show(face) {
        const scores = scoresOf(face);
        setText(this.title, saying(face));
        this.number.style.backgroundColor = colourOf(face.label);
        this.element.setAttribute("aria-label", `Face ${face.face_id}: ${saying(face)}`);
        this.element.classList.toggle("unseen", face.seen === false);
        for (const [name, {row, fill, value}] of this.bars) {
            const score = scores[name] ?? 0;
            fill.style.width = `${(100 * score).toFixed(1)}%`;
            setText(value, percent(score));
            row.classList.toggle("best", name === face.label);
        }
        for (const [name, one] of Object.entries(this.dials)) {
            if (typeof face[name] !== "number") continue; // most models have only classes
            if (!one.row.isConnected) this.list.append(one.row);
            showDial(one, face[name]);
        }
    }
}
