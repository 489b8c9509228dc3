// The page: files come in, cards go out.
import {PictureCard} from "./card.js";
import {describe} from "./classes.js";
import {announce, find, setText} from "./elements.js";
import {hereEngine} from "./here.js";
import {LiveCard, openCamera} from "./live.js";
import {csvOf, jsonOf, saveText} from "./exports.js";
import {decode, isVideo} from "./picture.js";
import {ServerEngine, ServerError, serverModel, useToken} from "./server.js";
import {themeButton} from "./theme.js";

const settings = {blur: false};
const engines = {here: null, server: null};
const cards = new Set();
let engine = null;
let settled = false; // which engines there are
let chosen; // called when there is an engine
const ready = new Promise(done => { chosen = done; });

// ---- engines ----

const WHERE = {
    here: ({threads}) => `Pictures stay on this device: they are computed in this browser${threads > 1 ? `, by ${threads} threads` : ""}.`,
    server: () => `Pictures are sent to ${location.host} and not kept there.`,
};

function choose(name) {
    engine = engines[name];
    find("engines").querySelector(`[value=${name}]`).checked = true;
    setText(find("where"), WHERE[name](engine));
    chosen();
}

function offer(name, made) {
    engines[name] = made;
    find("engines").querySelector(`[value=${name}]`).disabled = false;
}

/* The page itself may be all there is: a static host, or a command that was built without the engine for browsers. */
async function findHere() {
    try {
        offer("here", await hereEngine());
    } catch (error) {
        console.info(`not computed here: ${error.message}`);
    }
}

async function findServer() {
    const model = await serverModel();
    find("token").hidden = !model?.locked;
    if (!model || model.locked) return;
    offer("server", new ServerEngine(model));
    if (settled && !engine) choose("server");
}

// ---- pictures ----

function remove(card) {
    card.close();
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
    find("drop").classList.toggle("compact", cards.size > 0);
}

function fail(card, error) {
    card.problem(`${card.name}: ${error.message}.`);
    announce(`${card.name}: ${error.message}`);
    if (error instanceof ServerError && error.status === 401) find("token").hidden = false;
}

async function look(card, file) {
    const bitmap = await decode(file), begun = performance.now();
    const result = await engine.picture(file, bitmap);
    result.file = file.name;
    await card.show(bitmap, () => decode(file), result, engine.classes, settings, (performance.now() - begun) / 1000, engine.name === "here" ? "here" : "on the server");
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
            fail(card, error);
        }
        showTools();
    });
}

async function addFiles(files) {
    await ready;
    for (const file of files) {
        if (await isVideo(file)) addVideo(file);
        else addPicture(file);
    }
}

// ---- videos and the camera ----

function addLive(name) {
    const card = new LiveCard(name, () => remove(card), engine, settings);
    add(card);
    card.say("begins\u2026");
    return card;
}

async function follow(card, source) {
    try {
        await card.run(source);
    } catch (error) {
        card.stop();
        fail(card, error);
    }
    showTools();
}

async function addVideo(file) {
    const card = addLive(file.name);
    queue = queue.then(() => cards.has(card) ? follow(card, file) : undefined);
}

async function useCamera() {
    find("camera").disabled = true;
    await ready;
    const card = addLive("Camera");
    try {
        const stream = await openCamera();
        if (cards.has(card)) await follow(card, stream);
        else stream.getTracks().forEach(track => track.stop());
    } catch (error) {
        fail(card, error);
    }
    find("camera").disabled = false;
}

// ---- the reader ----

/* Nothing goes to the server before it is known that this browser cannot do it, unless the reader says so. */
async function start() {
    setText(find("where"), "Loading\u2026");
    await Promise.all([findHere(), findServer()]);
    settled = true;
    if (engine) return;
    if (engines.here || engines.server) choose(engines.here ? "here" : "server");
    else if (find("token").hidden) setText(find("where"), "There is no engine: this copy of the page has no libfer/, and no fer serve answers.");
}

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
    find("camera").addEventListener("click", useCamera);
    find("engines").addEventListener("change", event => choose(event.target.value));
    find("blur").addEventListener("change", event => {
        settings.blur = event.target.checked;
        cards.forEach(card => card.draw());
    });
    find("clear").addEventListener("click", () => [...cards].forEach(remove));
    find("all-csv").addEventListener("click", () => saveText(csvOf(done().map(card => card.result), engine.classes, false), "text/csv", "faces.csv"));
    find("all-json").addEventListener("click", () => saveText(jsonOf(done().map(card => card.result)), "application/x-ndjson", "faces.jsonl"));
    addEventListener("resize", () => cards.forEach(card => card.draw())); // boxes keep their width on the screen
    find("token").addEventListener("submit", event => {
        event.preventDefault();
        useToken(find("token-text").value.trim());
        findServer();
    });
}

listen();
themeButton(find("theme"));
start();
