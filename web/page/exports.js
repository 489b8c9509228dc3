// Results as files: the formats of fer predict and fer video (docs/outputs.md).

const number = (value, digits) => Number.isFinite(value) ? value.toFixed(digits) : "";

function quoted(text) {
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function rowOf(fields) {
    return fields.map(field => quoted(String(field))).join(",");
}

const hasValence = results => results.some(result => result.faces.some(face => face.valence !== undefined));

const scoresIn = (scores, classes) => classes.map(name => scores ? number(scores[name], 6) : "");

function boxOf(face, result) {
    const box = result.whole ? [0, 0, result.width, result.height] : face.box;
    return box.map(v => number(v, 2));
}

/* One face of a picture; face null: there is none. */
function pictureRow(result, face, classes, valence) {
    const feelings = valence ? [number(face?.valence, 6), number(face?.arousal, 6)] : [];
    if (!face) return rowOf([result.file, "", ...classes.map(() => ""), ...feelings, 0, 0, 0, "", "", "", "", 0]);
    return rowOf([result.file, face.label, ...scoresIn(face.scores, classes), ...feelings, face.face_id,
        number(face.confidence, 6), 1, ...boxOf(face, result), result.whole ? 1 : 0]);
}

function frameRow(result, face, classes, valence) {
    const feelings = valence ? [number(face?.valence, 6), number(face?.arousal, 6)] : [];
    const empty = classes.map(() => "");
    if (!face) return rowOf([result.frame, 0, number(result.t, 6), 0, 0, "", "", "", "", ...empty, "", ...empty, ...feelings]);
    return rowOf([result.frame, face.face_id, number(result.t, 6), number(face.confidence, 6), face.seen ? 1 : 0,
        ...boxOf(face, result), ...scoresIn(face.scores, classes), face.label, ...scoresIn(face.smoothed, classes),
        ...feelings]);
}

/** CSV of pictures, or of the frames of one video. */
export function csvOf(results, classes, video) {
    const valence = hasValence(results), feelings = valence ? ["valence", "arousal"] : [];
    const place = ["x", "y", "w", "h"], smoothed = classes.map(name => `${name}_smoothed`);
    const head = video
        ? ["frame", "face_id", "timestamp", "confidence", "success", ...place, ...classes, "label", ...smoothed, ...feelings]
        : ["file", "label", ...classes, ...feelings, "face_id", "confidence", "success", ...place, "whole"];
    const one = video ? frameRow : pictureRow;
    const rows = results.flatMap(result => result.faces.length > 0
        ? result.faces.map(face => one(result, face, classes, valence)) : [one(result, null, classes, valence)]);
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
