// Pictures from files, and why one cannot be read.

const PIXELS_MAX = 64e6;

const KINDS = [ // the first bytes of a file
    ["JPEG", [0xff, 0xd8, 0xff]],
    ["PNG", [0x89, 0x50, 0x4e, 0x47]],
    ["GIF", [0x47, 0x49, 0x46, 0x38]],
    ["BMP", [0x42, 0x4d]],
    ["TIFF", [0x49, 0x49, 0x2a, 0x00]],
    ["TIFF", [0x4d, 0x4d, 0x00, 0x2a]],
    ["JPEG XL", [0xff, 0x0a]],
    ["JPEG XL", [0x00, 0x00, 0x00, 0x0c, 0x4a, 0x58, 0x4c]],
    ["PDF", [0x25, 0x50, 0x44, 0x46]],
    ["ZIP", [0x50, 0x4b, 0x03, 0x04]],
    ["WebP", [0x52, 0x49, 0x46, 0x46, , , , , 0x57, 0x45, 0x42, 0x50]],
    ["AVI", [0x52, 0x49, 0x46, 0x46, , , , , 0x41, 0x56, 0x49]],
    ["Matroska or WebM", [0x1a, 0x45, 0xdf, 0xa3]],
];
const VIDEOS = ["AVI", "Matroska or WebM", "MP4 or QuickTime"];
const COMMON = ["JPEG", "PNG", "GIF", "BMP", "WebP"]; // every browser reads them

function brandOf(bytes) { // of the family of MP4
    const brand = String.fromCharCode(...bytes.slice(8, 12));
    if (brand === "avif" || brand === "avis") return "AVIF";
    if (["heic", "heix", "hevc", "mif1", "msf1", "heim", "heis"].includes(brand)) return "HEIC";
    return "MP4 or QuickTime";
}

/** The format by the file's content; "" if it is none that is known here. */
export async function kindOf(file) {
    const bytes = new Uint8Array(await file.slice(0, 16).arrayBuffer());
    if (String.fromCharCode(...bytes.slice(4, 8)) === "ftyp") return brandOf(bytes);
    const found = KINDS.find(([, magic]) => magic.every((byte, i) => bytes[i] === byte));
    return found ? found[0] : "";
}

export async function isVideo(file) {
    if (file.type.startsWith("video/")) return true;
    const kind = await kindOf(file).catch(() => ""); // a folder, for instance, cannot be read
    return !file.type.startsWith("image/") && VIDEOS.includes(kind);
}

export class Unreadable extends Error {}

async function whyNot(file) {
    if (file.size === 0) return "the file is empty";
    const kind = await kindOf(file).catch(() => null);
    if (kind === null) return "the file cannot be opened; if it is a folder, drop the files in it";
    if (COMMON.includes(kind)) return `the ${kind} picture is damaged or cut off`;
    if (VIDEOS.includes(kind)) return `this browser cannot play this ${kind} video`;
    if (kind === "PDF" || kind === "ZIP") return `this is a ${kind} file, not a picture`;
    if (kind) return `this browser cannot read ${kind} pictures; save it as JPEG or PNG`;
    return "this is no picture or video that this browser knows";
}

/* A JPEG that ends early is decoded as far as it goes, with grey in place of the rest. That is no picture to judge. */
async function isCutOff(file) {
    if (await kindOf(file) !== "JPEG") return false;
    const bytes = new Uint8Array(await file.slice(-65536).arrayBuffer());
    for (let i = bytes.length - 2; i >= 0; i--)
        if (bytes[i] === 0xff && bytes[i + 1] === 0xd9) return false;
    return true;
}

/** Decode a file, turned as its EXIF says. Throws Unreadable, whose message says why. */
export async function decode(file) {
    let bitmap;
    try {
        bitmap = await createImageBitmap(file);
    } catch {
        throw new Unreadable(await whyNot(file));
    }
    if (await isCutOff(file)) {
        bitmap.close();
        throw new Unreadable("the JPEG picture is cut off");
    }
    if (bitmap.width * bitmap.height > PIXELS_MAX) {
        const millions = Math.round(bitmap.width * bitmap.height / 1e6);
        bitmap.close();
        throw new Unreadable(`the picture has ${millions} million pixels, more than ${PIXELS_MAX / 1e6} million`);
    }
    return bitmap;
}

/** A canvas with the picture's pixels, without any scaling. */
export function canvasOf(bitmap) {
    const canvas = document.createElement("canvas");
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext("2d", {willReadFrequently: true}).drawImage(bitmap, 0, 0);
    return canvas;
}
