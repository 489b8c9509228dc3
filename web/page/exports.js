// Results as files: the formats of fer predict and fer video (docs/outputs.md).

const number = (value, digits) => Number.isFinite(value) ? value.toFixed(digits) : "";

function quoted(text) {
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function rowOf(fields) {
    return fields.map(field => quoted(String(field))).join(",");
}

const scoresIn = (scores, classes) => classes.map(name => scores ? number(scores[name], 6) : "");

function boxOf(face, result) {
    const box = result.whole ? [0, 0, result.width, result.height] : face.box;
    return box.map(v => number(v, 2));
}

// ---- columns that not every engine or model gives: names and decimals ----

const FEELINGS = [["valence", 6], ["arousal", 6]];
const QUALITY = [["yaw", 2], ["pitch", 2], ["roll", 2], ["size", 2], ["sharpness", 4], ["occlusion", 4], ["quality", 4]];

const valueOf = (face, name) => face?.pose?.[name] ?? face?.[name];

/* The columns of a kind, if any face has them. */
function given(results, columns) {
    const has = face => columns.every(([name]) => valueOf(face, name) !== undefined);
    return results.some(result => result.faces.some(has)) ? columns : [];
}

const namesOf = columns => columns.map(([name]) => name);
const valuesIn = (face, columns) => columns.map(([name, digits]) => number(valueOf(face, name), digits));

// ---- rows; face null: there is none ----

function pictureRow(result, face, {classes, feelings, quality}) {
    const place = face ? [...boxOf(face, result), ...valuesIn(face, quality)] : ["", "", "", "", ...quality.map(() => "")];
    const about = face ? [face.face_id, number(face.confidence, 6), 1] : [0, 0, 0];
    return rowOf([result.file, face?.label ?? "", ...scoresIn(face?.scores, classes), ...valuesIn(face, feelings), ...about,
        ...place, result.whole ? 1 : 0]);
}

function frameRow(result, face, {classes, feelings, quality}) {
    const place = face ? [...boxOf(face, result), ...valuesIn(face, quality)] : ["", "", "", "", ...quality.map(() => "")];
    const about = face ? [number(face.confidence, 6), face.seen ? 1 : 0] : [0, 0];
    return rowOf([result.frame, face?.face_id ?? 0, number(result.t, 6), ...about, ...place, ...scoresIn(face?.scores, classes),
        face?.label ?? "", ...scoresIn(face?.smoothed, classes), ...valuesIn(face, feelings)]);
}

/** CSV of pictures, or of the frames of one video. */
export function csvOf(results, classes, video) {
    const kind = {classes, feelings: given(results, FEELINGS), quality: given(results, QUALITY)};
    const feelings = namesOf(kind.feelings), place = ["x", "y", "w", "h", ...namesOf(kind.quality)];
    const head = video
        ? ["frame", "face_id", "timestamp", "confidence", "success", ...place, ...classes, "label",
            ...classes.map(name => `${name}_smoothed`), ...feelings]
        : ["file", "label", ...classes, ...feelings, "face_id", "confidence", "success", ...place, "whole"];
    const one = video ? frameRow : pictureRow;
    const rows = results.flatMap(result => result.faces.length > 0
        ? result.faces.map(face => one(result, face, kind)) : [one(result, null, kind)]);
    return [rowOf(head), ...rows, ""].join("\n");
}

/** One JSON document per line. */
export function jsonOf(results) {
    return results.map(result => JSON.stringify(result) + "\n").join("");
}

/** Let the browser save a file. */
export function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

export const saveText = (text, type, name) => save(new Blob([text], {type}), name);

export async function savePicture(canvas, name) {
    save(await new Promise(done => canvas.toBlob(done, "image/png")), name);
}

/** "party.jpg" becomes "party" */
export const stemOf = name => name.replace(/\.[^.]*$/, "") || name;
