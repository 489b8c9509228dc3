// Faces drawn over the picture they are in.
import {colourOf, saying} from "./classes.js";

const BLOCKS = 9; // a blurred face keeps this many blocks across

let scratch;

/* The box, enlarged so that hair and chin are in it, within the picture. */
function around(box, width, height, by) {
    const [x, y, w, h] = box;
    const x0 = Math.max(0, Math.floor(x - by * w)), y0 = Math.max(0, Math.floor(y - by * h));
    const x1 = Math.min(width, Math.ceil(x + (1 + by) * w)), y1 = Math.min(height, Math.ceil(y + (1 + by) * h));
    return [x0, y0, x1 - x0, y1 - y0];
}

/* Only the means of a few blocks are left, so no later step can bring the face back. */
function blur(context, box) {
    const {width, height} = context.canvas;
    const [x, y, w, h] = around(box, width, height, 0.1);
    if (w < 1 || h < 1) return;
    scratch ||= document.createElement("canvas");
    scratch.width = scratch.height = BLOCKS;
    const small = scratch.getContext("2d");
    small.imageSmoothingQuality = "high";
    small.drawImage(context.canvas, x, y, w, h, 0, 0, BLOCKS, BLOCKS);
    context.save();
    context.beginPath();
    context.ellipse(x + w / 2, y + h / 2, w / 2, h / 2, 0, 0, 2 * Math.PI);
    context.clip();
    context.imageSmoothingEnabled = true;
    context.drawImage(scratch, x, y, w, h);
    context.restore();
}

/* As much of "1  happiness 85 %" as has room. The entry beside the picture says all. */
function fitting(context, face, room) {
    const texts = [`${face.face_id}  ${saying(face)}`, `${face.face_id}  ${face.label}`];
    return texts.find(text => context.measureText(text).width <= room) ?? String(face.face_id);
}

function drawBox(context, face, box, unit, strong) {
    const [x, y, w, h] = box, colour = colourOf(face.label);
    context.lineWidth = (strong ? 4.5 : 2.5) * unit;
    context.strokeStyle = colour;
    context.beginPath();
    context.roundRect(x, y, w, h, 5 * unit);
    context.stroke();

    context.font = `600 ${14 * unit}px system-ui, sans-serif`;
    const text = fitting(context, face, 1.6 * w);
    const tall = 22 * unit, wide = context.measureText(text).width + 12 * unit;
    const left = Math.max(0, Math.min(x - context.lineWidth / 2, context.canvas.width - wide));
    const top = y - tall - context.lineWidth / 2 >= 0 ? y - tall - context.lineWidth / 2
        : Math.min(y + h + context.lineWidth / 2, context.canvas.height - tall);
    context.fillStyle = colour;
    context.beginPath();
    context.roundRect(left, top, wide, tall, 4 * unit);
    context.fill();
    context.fillStyle = inkOn(colour);
    context.textBaseline = "middle";
    context.fillText(text, left + 6 * unit, top + tall / 2 + unit);
}

/* Black or white, whichever is easier to read. */
function inkOn(colour) {
    const [r, g, b] = [1, 3, 5].map(i => (parseInt(colour.slice(i, i + 2), 16) / 255) ** 2.2);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.22 ? "#10141a" : "#ffffff";
}

/**
 * Draw a picture and its faces, as large as the canvas is.
 *
 * @param picture what drawImage() takes, `result.width` x `result.height` pixels in size
 * @param options blur: hide the faces; strong: the number of a face to point out; boxes: false for none; unit: pixels of
 *                the canvas per pixel of the screen
 */
export function drawResult(canvas, picture, result, options = {}) {
    const context = canvas.getContext("2d"), scale = canvas.width / result.width;
    const {unit = 1, strong, boxes = true} = options;
    context.imageSmoothingQuality = "high";
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const scaled = result.faces.map(face => face.box.map(v => v * scale));
    if (options.blur) scaled.forEach(box => blur(context, box));
    if (boxes && !result.whole) result.faces.forEach((face, i) => drawBox(context, face, scaled[i], unit, face.face_id === strong));
}
