/** What went wrong, in one sentence. */
export class FerError extends Error {}

/** Where a file comes from: an address, or its bytes. */
export type Source = string | URL | ArrayBuffer | ArrayBufferView;

export interface LoadOptions {
  /** the classifier: libfer-s; libfer-s-small, the same weights rounded to 5 bits, a third of the download; libfer-xs, a
   * smaller network, a seventh of the download and a third of the time a face; default: libfer-s */
  model?: "libfer-s" | "libfer-s-small" | "libfer-xs";
  /** another classifier, .safetensors; default: the model's file beside this module */
  weights?: Source;
  /** how many threads compute, 1 to 32; default: as many as there are processors, but at most 4. In browsers only pages
   * that are isolated from other origins (`crossOriginIsolated`) have threads; in others one computes */
  threads?: number;
  /** the module; default: beside this module, fer-threads.wasm if there are to be threads, otherwise fer.wasm */
  wasm?: Source | WebAssembly.Module;
  /** the script of a thread; default: thread.js beside this module */
  worker?: string | URL;
}

/** RGBA pixels. An ImageData is one. */
export interface Pixels {
  data: ArrayBufferView;
  width: number;
  height: number;
}

/** Pixels, or, in browsers, what a canvas can draw. */
export type Picture =
  | Pixels
  | HTMLImageElement
  | HTMLVideoElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | ImageBitmap
  | VideoFrame;

/** How faces are searched and classified; the same as the options of `fer predict`. */
export interface FaceOptions {
  /** least confidence of a face, 0 to 1; 0 and default: the detector's own */
  threshold?: number;
  /** width in pixels of the smallest face to find; twice the width takes a quarter of the time; default: 10 */
  smallest?: number;
  /** pixels: a picture whose longer side is longer is reduced to this first; default: 2048 */
  longest?: number;
  /** degrees clockwise that turn the faces upright; auto: upright, and turned if no face is sure; default: auto */
  rotate?: "auto" | 0 | 90 | 180 | 270;
  /** average the scores of each face and its mirror image, in twice the time; default: false */
  tta?: boolean;
  /** at most this many faces; 0 and default: 1024 */
  max?: number;
}

export interface AnalyzeOptions extends FaceOptions {
  /** whole: the picture is one cropped face. auto: all faces, or the whole picture if one face fills it and it has at
   * most 100 x 100 pixels or the detector is not sure of any face. Default: auto */
  faces?: "auto" | "all" | "whole";
}

export interface TrackerOptions extends FaceOptions {
  /** time constant of the smoothed scores in seconds; 0: no smoothing; default: 0.5 */
  smooth?: number;
  /** search the whole frame in every n-th frame, and only around known faces in the others; default: 1 */
  detectEvery?: number;
  /** seconds that a face may be hidden and keep its id; default: 1 */
  patience?: number;
}

export type Point = [x: number | null, y: number | null];

/** One face, with the keys of the JSON that `fer predict` and `fer video` write. Coordinates are in pixels from the
 * picture's top left corner. */
export interface Face {
  /** counts from 1: the rank by confidence or, with a tracker, the same number for the same face */
  face_id: number;
  /** from chin to top of the head; it may reach beyond the picture */
  box: [x: number, y: number, width: number, height: number];
  /** of the detector, 0 to 1 */
  confidence: number;
  /** the eyes at the left and the right of the picture, the tip of the nose, the left and the right corner of the
   * mouth; null: not known */
  points: [Point, Point, Point, Point, Point];
  /** degrees clockwise that turn the face upright, if it does not stand upright: 45, 90, ... 315 */
  turned?: number;
  /** degrees by which the head turns to the right of the picture, up, and clockwise; null: not known */
  pose: { yaw: number | null; pitch: number | null; roll: number | null };
  /** pixels: side of the square that is as large as the box */
  size: number | null;
  /** 0 (blurred, enlarged) to 1 (sharp) */
  sharpness: number | null;
  /** 0 to 1: how much the face looks covered */
  occlusion: number | null;
  /** 0 to 1: how far the picture of this face can be trusted */
  quality: number | null;
  /** the class with the largest score; with a tracker, with the largest smoothed score */
  label: string;
  /** the probability of each class */
  scores: Record<string, number>;
  /** -1 to 1, if the weights predict them */
  valence?: number;
  arousal?: number;
  /** true: the picture was taken as one cropped face */
  whole?: true;
}

export interface TrackedFace extends Face {
  /** false: the face is hidden for a moment; box and scores are the tracker's estimate */
  seen: boolean;
  /** the scores, smoothed over time */
  smoothed: Record<string, number>;
}

/** The faces of one video or camera, over time. */
export interface Tracker {
  /** The faces of the next frame, in the order of their ids. `seconds`: when it was taken; default: now. Times must not
   * go back. */
  next(frame: Picture, seconds?: number): TrackedFace[];
  dispose(): void;
}

/** A loaded module with its weights. */
export interface Fer {
  /** the network's name, such as "libfer-s" */
  readonly model: string;
  /** where the weights come from */
  readonly provenance: string;
  /** in the order of the scores */
  readonly classes: string[];
  /** how many threads compute: as many as asked for, or 1 where they cannot be used */
  readonly threads: number;
  /** whether the weights predict valence and arousal */
  readonly valenceArousal: boolean;
  /** The faces of a picture, the surest first. A picture without faces gives []. */
  analyze(picture: Picture, options?: AnalyzeOptions): Face[];
  tracker(options?: TrackerOptions): Tracker;
  /** Give the memory and the threads back; trackers end, too. */
  dispose(): void;
}

export function load(options?: LoadOptions): Promise<Fer>;
