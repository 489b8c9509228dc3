// The page: files come in, cards go out.
import {PictureCard} from "./card.js";
import {describe} from "./classes.js";
import {announce, find, setText} from "./elements.js";
import {csvOf, jsonOf, saveText} from "./exports.js";
import {canvasOf, decode, isVideo} from "./picture.js";
import {ServerEngine, ServerError, serverModel, useToken} from "./server.js";
import {themeButton} from "./theme.js";

const settings = {blur: false};
const engines = {here: null, server: null};
const cards = new Set();
let engine = null;

// ---- engines ----

const WHERE = {
    here: "Pictures stay on this device: they are computed in this browser.",
    server: `Pictures are sent to ${location.host} and not kept there.`,
};

function choose(name) {
    engine = engines[name];
    find("engines").querySelector(`[value=${name}]`).checked = true;
    setText(find("where"), WHERE[name]);
}

function offer(name, made) {
    engines[name] = made;
    find("engines").querySelector(`[value=${name}]`).disabled = false;
    if (!engine) choose(name);
}

async function findServer() {
    const model = await serverModel();
    find("token").hidden = !model?.locked;
    if (model && !model.locked) offer("server", new ServerEngine(model));
}

// ---- pictures ----

function remove(card) {
    cards.delete(card);
    card.element.remove();
    showTools();
}

function add(card) {
    cards.add(card);
    find("results").prepend(card.element);
    showTools();
}

const done = () => [...cards].filter(card => card.result && card instanceof PictureCard);

function showTools() {
    for (const id of ["all-csv", "all-json"]) find(id).hidden = done().length < 2;
    find("clear").hidden = cards.size === 0;
}

async function look(card, file) {
    const bitmap = await decode(file), begun = performance.now();
    const result = await engine.picture(file, () => canvasOf(bitmap));
    result.file = file.name;
    card.show(bitmap, result, engine.classes, settings, (performance.now() - begun) / 1000, engine.name === "here" ? "here" : "on the server");
    announce(`${file.name}: ${describe(result)}`);
}

let queue = Promise.resolve();

function addPicture(file) {
    const card = new PictureCard(file.name, () => remove(card));
    add(card);
    card.wait();
    queue = queue.then(async () => {
        if (!cards.has(card)) return;
        try {
            await look(card, file);
        } catch (error) {
            card.problem(`${file.name} cannot be read: ${error.message}.`);
            announce(`${file.name} cannot be read: ${error.message}`);
            if (error instanceof ServerError && error.status === 401) find("token").hidden = false;
        }
        showTools();
    });
}

async function addFiles(files) {
    for (const file of files) {
        if (await isVideo(file)) continue;
        addPicture(file);
    }
}

// ---- the reader ----

function listen() {
    const drop = find("drop");
    find("files").addEventListener("change", event => {
        addFiles([...event.target.files]);
        event.target.value = "";
    });
    for (const name of ["dragenter", "dragover"]) document.addEventListener(name, event => {
        event.preventDefault();
        drop.classList.add("over");
    });
    for (const name of ["dragleave", "drop"]) document.addEventListener(name, event => {
        event.preventDefault();
        drop.classList.remove("over");
    });
    document.addEventListener("drop", event => addFiles([...event.dataTransfer.files]));
    document.addEventListener("paste", event => addFiles([...event.clipboardData.files]));
    find("engines").addEventListener("change", event => choose(event.target.value));
    find("blur").addEventListener("change", event => {
        settings.blur = event.target.checked;
        cards.forEach(card => card.draw());
    });
    find("clear").addEventListener("click", () => [...cards].forEach(remove));
    find("all-csv").addEventListener("click", () => saveText(csvOf(done().map(card => card.result), engine.classes, false), "text/csv", "faces.csv"));
    find("all-json").addEventListener("click", () => saveText(jsonOf(done().map(card => card.result)), "application/x-ndjson", "faces.jsonl"));
    find("token").addEventListener("submit", event => {
        event.preventDefault();
        useToken(find("token-text").value.trim());
        findServer();
    });
}

listen();
themeButton(find("theme"));
findServer();
