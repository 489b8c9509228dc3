// A picture and its faces on the page.
import {FaceEntry} from "./bars.js";
import {describe} from "./classes.js";
import {drawResult} from "./draw.js";
import {make, setText} from "./elements.js";
import {csvOf, jsonOf, savePicture, saveText, stemOf} from "./exports.js";

const SHOWN_MIN = 640, SHOWN_MAX = 1280; // pixels of the longer side on the page; files have all

export function button(text, onclick, label) {
    return make("button", {type: "button", class: "button small", "aria-label": label, onclick}, text);
}

/** A card with a name and nothing else yet. */
export class Card {
    constructor(name, remove) {
        this.name = name;
        this.heading = make("h2", {}, name);
        this.summary = make("p", {class: "summary"});
        this.actions = make("p", {class: "actions"});
        this.body = make("div", {class: "body"});
        const close = make("button", {type: "button", class: "quiet close", "aria-label": `Remove ${name}`, title: "Remove", onclick: remove}, "\u00d7");
        const head = make("div", {class: "head"}, make("div", {class: "titles"}, this.heading, this.summary), this.actions, close);
        this.element = make("li", {class: "card", "aria-label": name}, head, this.body);
    }

    say(text) {
        setText(this.summary, text);
    }

    /** Draw again, since a setting changed. */
    draw() {}

    /** It leaves the page. */
    close() {}

    problem(text) {
        this.say("");
        this.body.replaceChildren(make("p", {class: "problem", role: "alert"}, text));
        this.actions.replaceChildren();
    }
}

export class PictureCard extends Card {
    wait() {
        this.say("waits\u2026");
        this.body.replaceChildren(make("div", {class: "waiting"}));
    }

    /**
     * Show what was found.
     *
     * @param picture the whole picture; it is closed, and a small copy kept
     * @param full    gives the whole picture again, for export
     */
    async show(picture, full, result, classes, settings, seconds, where) {
        Object.assign(this, {full, result, settings});
        const side = Math.max(result.width, result.height), scale = Math.min(SHOWN_MAX, Math.max(SHOWN_MIN, side)) / side;
        this.canvas = make("canvas", {role: "img"});
        this.canvas.width = Math.max(1, Math.round(scale * result.width));
        this.canvas.height = Math.max(1, Math.round(scale * result.height));
        const {width: resizeWidth, height: resizeHeight} = this.canvas;
        this.picture = await createImageBitmap(picture, {resizeWidth, resizeHeight, resizeQuality: "high"});
        picture.close();
        const faces = result.faces.map(face => new FaceEntry(face, classes, strong => this.draw(strong)).element);
        const list = faces.length > 0 ? make("ol", {class: "faces", "aria-label": "Faces"}, ...faces) : make("p", {class: "none"}, "No face found.");
        this.body.replaceChildren(make("div", {class: "picture"}, this.canvas), list);
        const count = result.faces.length === 1 ? "1 face" : `${result.faces.length} faces`;
        this.say(`${count} \u00b7 ${result.width} \u00d7 ${result.height} \u00b7 ${Math.round(1000 * seconds)} ms ${where}`);
        this.canvas.setAttribute("aria-label", `${this.name}: ${describe(result)}`);
        this.actions.replaceChildren(
            button("CSV", () => saveText(csvOf([result], classes, false), "text/csv", `${stemOf(this.name)}.csv`), `Save ${this.name} as CSV`),
            button("JSON", () => saveText(jsonOf([result]), "application/json", `${stemOf(this.name)}.json`), `Save ${this.name} as JSON`),
            button("PNG", async () => savePicture(await this.drawing(), `${stemOf(this.name)}-faces.png`), `Save ${this.name} with its faces drawn, as PNG`));
        this.draw();
    }

    /** Draw again, since a setting changed or the reader points at a face. */
    draw(strong) {
        if (!this.picture) return;
        const shown = this.canvas.getBoundingClientRect().width || this.canvas.width;
        drawResult(this.canvas, this.picture, this.result, {blur: this.settings.blur, unit: this.canvas.width / shown, strong});
    }

    /** The picture in its full size with the faces drawn. */
    async drawing() {
        const picture = await this.full(), canvas = document.createElement("canvas");
        canvas.width = this.result.width;
        canvas.height = this.result.height;
        drawResult(canvas, picture, this.result, {blur: this.settings.blur, unit: Math.max(1, canvas.width / 800)});
        picture.close();
        return canvas;
    }
}
