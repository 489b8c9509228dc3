// Classes of expressions: colours that colour-blind people can tell apart, and words.

const COLOURS = {
    neutral: "#8793a3", happiness: "#e8a200", happy: "#e8a200", surprise: "#35a7e8", sadness: "#3f63d9", sad: "#3f63d9",
    anger: "#d9482b", angry: "#d9482b", disgust: "#0f9d76", fear: "#b768c4", contempt: "#8a6a4f",
};
const OTHERS = ["#5b8def", "#c98a1b", "#3fa796", "#c2577f", "#7d6bd0", "#8c8c3a"];

export function colourOf(name, index = 0) {
    return COLOURS[name] || (name === "uncertain" ? COLOURS.neutral : OTHERS[index % OTHERS.length]);
}

export function percent(score) {
    return `${(100 * score).toFixed(score > 0.0995 ? 0 : 1)} %`;
}

/** The scores that the label goes by: smoothed ones in videos. */
export function scoresOf(face) {
    return face.smoothed || face.scores;
}

/** "happiness 85 %" */
export function saying(face) {
    const score = scoresOf(face)[face.label];
    return score === undefined ? face.label : `${face.label} ${percent(score)}`;
}

/** "2 faces. Face 1: happiness 85 %. Face 2: ..." */
export function describe(result) {
    const n = result.faces.length;
    if (n === 0) return "no face found";
    const each = result.faces.map(face => `face ${face.face_id}: ${saying(face)}`);
    return `${n} ${n === 1 ? "face" : "faces"}. ${each.join(". ")}`;
}
