"""The C interface of libfer as ctypes sees it: structures, constants and functions.

tools/python_abi.py makes this file from tests/api/abi.txt, the list of the public headers. Do not edit it:
run `sh tests/api/abi.sh --update` after a change of the headers."""
# fmt: off
from ctypes import (CDLL, CFUNCTYPE, POINTER, Structure, c_bool, c_char, c_char_p, c_double, c_float, c_int, c_size_t,
                    c_uint, c_uint64, c_void_p)
from typing import Any, Optional

FER_ABI = 7

FER_ADAMW = 0
FER_ALL = 2
FER_BGR8 = 2
FER_BGRA8 = 4
FER_CONSTANT = 0
FER_COSINE = 1
FER_DEGRADE_BLUR = 1
FER_DEGRADE_JPEG = 4
FER_DEGRADE_LOW_LIGHT = 2
FER_DEGRADE_NONE = 0
FER_DEGRADE_OCCLUDE_EYES = 6
FER_DEGRADE_OCCLUDE_MOUTH = 7
FER_DEGRADE_ROTATE = 5
FER_DEGRADE_SMALL = 3
FER_DISTRIBUTION = 1
FER_ERR_ARGUMENT = 1
FER_ERR_FORMAT = 3
FER_ERR_IO = 2
FER_ERR_MEMORY = 5
FER_ERR_NUMERIC = 7
FER_ERR_SHAPE = 4
FER_ERR_STOPPED = 8
FER_ERR_UNSUPPORTED = 6
FER_EYE_LEFT = 0
FER_EYE_RIGHT = 1
FER_FLOAT16 = 1
FER_FLOAT32 = 0
FER_GRAY8 = 0
FER_I420 = 6
FER_LOOK_AUTO = 2
FER_LOOK_FACES = 0
FER_LOOK_WHOLE = 1
FER_MAJORITY = 0
FER_MOUTH_LEFT = 3
FER_MOUTH_RIGHT = 4
FER_NOSE = 2
FER_NV12 = 5
FER_OK = 0
FER_ONE_CYCLE = 2
FER_OPTION_CALL = 3
FER_OPTION_CHANCE = 1
FER_OPTION_COMMAS = 9
FER_OPTION_COUNT = 4
FER_OPTION_FLAG = 0
FER_OPTION_LIST = 8
FER_OPTION_PAIR = 10
FER_OPTION_PATH = 2
FER_OPTION_PLACE = 2
FER_OPTION_REAL = 6
FER_OPTION_RESULT = 0
FER_OPTION_SEED = 5
FER_OPTION_SIZE = 3
FER_OPTION_TEXT = 1
FER_OPTION_WORD = 7
FER_RGB8 = 1
FER_RGBA8 = 3
FER_ROTATE_0 = 0
FER_ROTATE_180 = 2
FER_ROTATE_270 = 3
FER_ROTATE_90 = 1
FER_ROTATE_AUTO = 4
FER_SGD = 1
FER_SPLIT_NONE = 0
FER_SPLIT_TEST = 3
FER_SPLIT_TRAIN = 1
FER_SPLIT_VAL = 2
FER_VIDEO_RGB = 0
FER_VIDEO_YUV = 1


class fer_augment_options(Structure):
    flip: float
    crop_scale_min: float
    shift: float
    zoom: float
    rotation: float
    brightness: float
    contrast: float
    erase: float
    randaugment_ops: int
    randaugment_magnitude: int
    _fields_ = [
        ("flip", c_float),
        ("crop_scale_min", c_float),
        ("shift", c_float),
        ("zoom", c_float),
        ("rotation", c_float),
        ("brightness", c_float),
        ("contrast", c_float),
        ("erase", c_float),
        ("randaugment_ops", c_int),
        ("randaugment_magnitude", c_int),
    ]


class fer_data_source(Structure):
    path: Optional[bytes]
    layout: Optional[bytes]
    split: Optional[bytes]
    order: Optional[bytes]
    classes: Any
    n_classes: int
    merge: Any
    n_merge: int
    margin: float
    protocol: int
    skip_bad: bool
    _fields_ = [
        ("path", c_char_p),
        ("layout", c_char_p),
        ("split", c_char_p),
        ("order", c_char_p),
        ("classes", POINTER(c_char_p)),
        ("n_classes", c_size_t),
        ("merge", POINTER(c_char_p)),
        ("n_merge", c_size_t),
        ("margin", c_float),
        ("protocol", c_int),
        ("skip_bad", c_bool),
    ]


class fer_bench_data_options(Structure):
    data: Any
    input: int
    channels: int
    preprocess: Optional[bytes]
    augment: Any
    workers: int
    batch: int
    images: int
    _fields_ = [
        ("data", fer_data_source),
        ("input", c_size_t),
        ("channels", c_size_t),
        ("preprocess", c_char_p),
        ("augment", fer_augment_options),
        ("workers", c_uint),
        ("batch", c_size_t),
        ("images", c_size_t),
    ]


class fer_bench_data_result(Structure):
    images: int
    seconds: float
    images_per_second: float
    _fields_ = [
        ("images", c_size_t),
        ("seconds", c_double),
        ("images_per_second", c_double),
    ]


class fer_bench_node(Structure):
    op: Optional[bytes]
    name: Optional[bytes]
    height: int
    width: int
    channels: int
    macs: int
    forward_ms: float
    backward_ms: float
    _fields_ = [
        ("op", c_char_p),
        ("name", c_char_p),
        ("height", c_size_t),
        ("width", c_size_t),
        ("channels", c_size_t),
        ("macs", c_uint64),
        ("forward_ms", c_double),
        ("backward_ms", c_double),
    ]


class fer_bench_options(Structure):
    model: Optional[bytes]
    input: int
    channels: int
    batch: int
    threads: int
    train: bool
    runs: int
    isa: Optional[bytes]
    _fields_ = [
        ("model", c_char_p),
        ("input", c_size_t),
        ("channels", c_size_t),
        ("batch", c_size_t),
        ("threads", c_uint),
        ("train", c_bool),
        ("runs", c_size_t),
        ("isa", c_char_p),
    ]


class fer_bench_result(Structure):
    runs: int
    batch: int
    threads: int
    median_ms: float
    min_ms: float
    p95_ms: float
    images_per_second: float
    gflops: float
    arena_mb: float
    weights_mb: float
    nodes: Any
    n_nodes: int
    owner: Any
    _fields_ = [
        ("runs", c_size_t),
        ("batch", c_size_t),
        ("threads", c_uint),
        ("median_ms", c_double),
        ("min_ms", c_double),
        ("p95_ms", c_double),
        ("images_per_second", c_double),
        ("gflops", c_double),
        ("arena_mb", c_double),
        ("weights_mb", c_double),
        ("nodes", POINTER(fer_bench_node)),
        ("n_nodes", c_size_t),
        ("owner", c_void_p),
    ]


class fer_calibration(Structure):
    images: int
    skipped: int
    temperature: float
    loss: float
    ece: float
    temperature_before: float
    loss_before: float
    ece_before: float
    _fields_ = [
        ("images", c_size_t),
        ("skipped", c_size_t),
        ("temperature", c_double),
        ("loss", c_double),
        ("ece", c_double),
        ("temperature_before", c_double),
        ("loss_before", c_double),
        ("ece_before", c_double),
    ]


class fer_calibration_bin(Structure):
    images: int
    confidence: float
    accuracy: float
    _fields_ = [
        ("images", c_size_t),
        ("confidence", c_double),
        ("accuracy", c_double),
    ]


class fer_class_metrics(Structure):
    name: Optional[bytes]
    support: int
    precision: float
    recall: float
    f1: float
    _fields_ = [
        ("name", c_char_p),
        ("support", c_size_t),
        ("precision", c_double),
        ("recall", c_double),
        ("f1", c_double),
    ]


class fer_concordance(Structure):
    images: int
    ccc: float
    rmse: float
    sagr: float
    _fields_ = [
        ("images", c_size_t),
        ("ccc", c_double),
        ("rmse", c_double),
        ("sagr", c_double),
    ]


class fer_crop(Structure):
    eye_distance: float
    eye_height: float
    box_scale: float
    box_x: float
    box_y: float
    _fields_ = [
        ("eye_distance", c_float),
        ("eye_height", c_float),
        ("box_scale", c_float),
        ("box_x", c_float),
        ("box_y", c_float),
    ]


class fer_crop_fit(Structure):
    crop: Any
    images: int
    found: int
    _fields_ = [
        ("crop", fer_crop),
        ("images", c_size_t),
        ("found", c_size_t),
    ]


class fer_data_count(Structure):
    what: Optional[bytes]
    damage: bool
    n: int
    first: Optional[bytes]
    _fields_ = [
        ("what", c_char_p),
        ("damage", c_bool),
        ("n", c_size_t),
        ("first", c_char_p),
    ]


class fer_progress(Structure):
    what: Optional[bytes]
    done: int
    total: int
    per_second: float
    eta_seconds: float
    epoch: int
    epochs: int
    images: int
    loss: float
    _fields_ = [
        ("what", c_char_p),
        ("done", c_size_t),
        ("total", c_size_t),
        ("per_second", c_double),
        ("eta_seconds", c_double),
        ("epoch", c_size_t),
        ("epochs", c_size_t),
        ("images", c_size_t),
        ("loss", c_double),
    ]


fer_progress_fn = CFUNCTYPE(c_bool, c_void_p, POINTER(fer_progress))


class fer_data_info_options(Structure):
    pictures: bool
    threads: int
    progress: Any
    progress_user: Any
    _fields_ = [
        ("pictures", c_bool),
        ("threads", c_uint),
        ("progress", fer_progress_fn),
        ("progress_user", c_void_p),
    ]


class fer_data_size(Structure):
    width: int
    height: int
    channels: int
    n: int
    _fields_ = [
        ("width", c_size_t),
        ("height", c_size_t),
        ("channels", c_size_t),
        ("n", c_size_t),
    ]


class fer_data_summary(Structure):
    layout: Optional[bytes]
    remark: Optional[bytes]
    images: int
    n_classes: int
    classes: Any
    counts: Any
    split_images: Any
    with_valence: int
    with_box: int
    with_landmarks: int
    with_votes: int
    sizes: Any
    n_sizes: int
    left_out: Any
    n_left_out: int
    digest: Any
    _fields_ = [
        ("layout", c_char_p),
        ("remark", c_char_p),
        ("images", c_size_t),
        ("n_classes", c_size_t),
        ("classes", POINTER(c_char_p)),
        ("counts", POINTER(c_size_t)),
        ("split_images", c_size_t * 4),
        ("with_valence", c_size_t),
        ("with_box", c_size_t),
        ("with_landmarks", c_size_t),
        ("with_votes", c_size_t),
        ("sizes", POINTER(fer_data_size)),
        ("n_sizes", c_size_t),
        ("left_out", POINTER(fer_data_count)),
        ("n_left_out", c_size_t),
        ("digest", c_char * 96),
    ]


class fer_detector_calibration(Structure):
    detections: int
    hits: int
    scale: float
    shift: float
    error_before: float
    error: float
    _fields_ = [
        ("detections", c_size_t),
        ("hits", c_size_t),
        ("scale", c_double),
        ("shift", c_double),
        ("error_before", c_double),
        ("error", c_double),
    ]


class fer_detector_eval(Structure):
    images: int
    faces: int
    hits: int
    false_alarms: int
    faces_of_size: Any
    sizes: Any
    recall: Any
    precision: float
    average_precision: float
    calibration_error: float
    threshold: float
    iou: float
    _fields_ = [
        ("images", c_size_t),
        ("faces", c_size_t),
        ("hits", c_size_t),
        ("false_alarms", c_size_t),
        ("faces_of_size", c_size_t * 4),
        ("sizes", c_double * 4),
        ("recall", c_double * 4),
        ("precision", c_double),
        ("average_precision", c_double),
        ("calibration_error", c_double),
        ("threshold", c_double),
        ("iou", c_double),
    ]


class fer_detector_epoch(Structure):
    epoch: int
    score: float
    box: float
    points: float
    val: Any
    best: bool
    canvases_per_second: float
    _fields_ = [
        ("epoch", c_size_t),
        ("score", c_double),
        ("box", c_double),
        ("points", c_double),
        ("val", fer_detector_eval),
        ("best", c_bool),
        ("canvases_per_second", c_double),
    ]


class fer_detector_options(Structure):
    weights: Optional[bytes]
    threshold: float
    smallest: float
    longest: int
    threads: int
    isa: Optional[bytes]
    rotate: int
    check: Optional[bytes]
    _fields_ = [
        ("weights", c_char_p),
        ("threshold", c_float),
        ("smallest", c_float),
        ("longest", c_size_t),
        ("threads", c_uint),
        ("isa", c_char_p),
        ("rotate", c_int),
        ("check", c_char_p),
    ]


class fer_ranks(Structure):
    user: Any
    rank: int
    size: int
    share: Any
    gather: Any
    exchange: Any
    done: Any
    _fields_ = [
        ("user", c_void_p),
        ("rank", c_size_t),
        ("size", c_size_t),
        ("share", CFUNCTYPE(None, c_void_p, c_void_p, POINTER(c_size_t), c_void_p)),
        ("gather", CFUNCTYPE(c_void_p, c_void_p, c_void_p, POINTER(c_size_t), c_void_p)),
        ("exchange", CFUNCTYPE(c_void_p, c_void_p, c_void_p, POINTER(c_size_t), c_void_p, POINTER(c_size_t))),
        ("done", CFUNCTYPE(c_bool, c_void_p, c_void_p, c_bool)),
    ]


class fer_detector_eval_options(Structure):
    detector: Any
    iou: float
    threshold: float
    false_alarms: int
    ranks: Any
    _fields_ = [
        ("detector", fer_detector_options),
        ("iou", c_float),
        ("threshold", c_float),
        ("false_alarms", c_size_t),
        ("ranks", POINTER(fer_ranks)),
    ]


fer_line_fn = CFUNCTYPE(None, c_void_p, c_char_p)


class fer_detector_train_events(Structure):
    user: Any
    progress: Any
    epoch: Any
    note: Any
    _fields_ = [
        ("user", c_void_p),
        ("progress", fer_progress_fn),
        ("epoch", CFUNCTYPE(None, c_void_p, POINTER(fer_detector_epoch))),
        ("note", fer_line_fn),
    ]


class fer_detector_train_options(Structure):
    model: Optional[bytes]
    data: Optional[bytes]
    val: Optional[bytes]
    out: Optional[bytes]
    crops: Optional[bytes]
    init: Optional[bytes]
    epochs: int
    canvases: int
    size: int
    batch: int
    lr: float
    weight_decay: float
    ema: float
    seed: int
    threads: int
    isa: Optional[bytes]
    resume: bool
    ranks: Any
    _fields_ = [
        ("model", c_char_p),
        ("data", c_char_p),
        ("val", c_char_p),
        ("out", c_char_p),
        ("crops", c_char_p),
        ("init", c_char_p),
        ("epochs", c_size_t),
        ("canvases", c_size_t),
        ("size", c_size_t),
        ("batch", c_size_t),
        ("lr", c_float),
        ("weight_decay", c_float),
        ("ema", c_float),
        ("seed", c_uint64),
        ("threads", c_uint),
        ("isa", c_char_p),
        ("resume", c_bool),
        ("ranks", POINTER(fer_ranks)),
    ]


class fer_error(Structure):
    status: int
    text: Any
    _fields_ = [
        ("status", c_int),
        ("text", c_char * 1024),
    ]


class fer_eval_image(Structure):
    file: Optional[bytes]
    label: int
    answer: int
    n_classes: int
    scores: Any
    valence: float
    arousal: float
    true_valence: float
    true_arousal: float
    sharpness: float
    occlusion: float
    quality: float
    _fields_ = [
        ("file", c_char_p),
        ("label", c_size_t),
        ("answer", c_size_t),
        ("n_classes", c_size_t),
        ("scores", POINTER(c_float)),
        ("valence", c_float),
        ("arousal", c_float),
        ("true_valence", c_float),
        ("true_arousal", c_float),
        ("sharpness", c_float),
        ("occlusion", c_float),
        ("quality", c_float),
    ]


class fer_eval_options(Structure):
    data: Any
    batch: int
    threads: int
    isa: Optional[bytes]
    progress: Any
    progress_user: Any
    image: Any
    image_user: Any
    tta: bool
    degradation: int
    bootstrap: int
    ranks: Any
    _fields_ = [
        ("data", fer_data_source),
        ("batch", c_size_t),
        ("threads", c_uint),
        ("isa", c_char_p),
        ("progress", fer_progress_fn),
        ("progress_user", c_void_p),
        ("image", CFUNCTYPE(None, c_void_p, POINTER(fer_eval_image))),
        ("image_user", c_void_p),
        ("tta", c_bool),
        ("degradation", c_int),
        ("bootstrap", c_size_t),
        ("ranks", POINTER(fer_ranks)),
    ]


class fer_interval(Structure):
    low: float
    high: float
    _fields_ = [
        ("low", c_double),
        ("high", c_double),
    ]


class fer_intervals(Structure):
    resamples: int
    accuracy: Any
    mean_recall: Any
    macro_f1: Any
    ece: Any
    recall: Any
    _fields_ = [
        ("resamples", c_size_t),
        ("accuracy", fer_interval),
        ("mean_recall", fer_interval),
        ("macro_f1", fer_interval),
        ("ece", fer_interval),
        ("recall", POINTER(fer_interval)),
    ]


class fer_evaluation(Structure):
    images: int
    skipped: int
    n_classes: int
    accuracy: float
    loss: float
    mean_recall: float
    macro_f1: float
    per_class: Any
    confusion: Any
    brier: float
    ece: float
    bins: Any
    intervals: Any
    valence: Any
    arousal: Any
    selective: Any
    aurc: float
    by_quality: Any
    _fields_ = [
        ("images", c_size_t),
        ("skipped", c_size_t),
        ("n_classes", c_size_t),
        ("accuracy", c_double),
        ("loss", c_double),
        ("mean_recall", c_double),
        ("macro_f1", c_double),
        ("per_class", POINTER(fer_class_metrics)),
        ("confusion", POINTER(c_size_t)),
        ("brier", c_double),
        ("ece", c_double),
        ("bins", fer_calibration_bin * 15),
        ("intervals", POINTER(fer_intervals)),
        ("valence", fer_concordance),
        ("arousal", fer_concordance),
        ("selective", c_double * 3),
        ("aurc", c_double),
        ("by_quality", c_double * 3),
    ]


class fer_explanation(Structure):
    rows: int
    columns: int
    layers: int
    n_classes: int
    pooling: Any
    rollout: Any
    scores: Any
    _fields_ = [
        ("rows", c_size_t),
        ("columns", c_size_t),
        ("layers", c_size_t),
        ("n_classes", c_size_t),
        ("pooling", POINTER(c_float)),
        ("rollout", POINTER(c_float)),
        ("scores", POINTER(c_float)),
    ]


class fer_face(Structure):
    id: int
    x: float
    y: float
    width: float
    height: float
    confidence: float
    points: Any
    turned: int
    seen: bool
    label: int
    scores: Any
    smoothed: Any
    valence: float
    arousal: float
    yaw: float
    pitch: float
    roll: float
    size: float
    sharpness: float
    occlusion: float
    quality: float
    _fields_ = [
        ("id", c_uint64),
        ("x", c_float),
        ("y", c_float),
        ("width", c_float),
        ("height", c_float),
        ("confidence", c_float),
        ("points", (c_float * 2) * 5),
        ("turned", c_int),
        ("seen", c_bool),
        ("label", c_size_t),
        ("scores", c_float * 16),
        ("smoothed", c_float * 16),
        ("valence", c_float),
        ("arousal", c_float),
        ("yaw", c_float),
        ("pitch", c_float),
        ("roll", c_float),
        ("size", c_float),
        ("sharpness", c_float),
        ("occlusion", c_float),
        ("quality", c_float),
    ]


class fer_label_options(Structure):
    data: Any
    models: Any
    n_models: int
    mirror: bool
    crop: float
    batch: int
    threads: int
    isa: Optional[bytes]
    progress: Any
    progress_user: Any
    _fields_ = [
        ("data", fer_data_source),
        ("models", POINTER(c_void_p)),
        ("n_models", c_size_t),
        ("mirror", c_bool),
        ("crop", c_float),
        ("batch", c_size_t),
        ("threads", c_uint),
        ("isa", c_char_p),
        ("progress", fer_progress_fn),
        ("progress_user", c_void_p),
    ]


class fer_labels(Structure):
    images: int
    skipped: int
    predictions: int
    agreement: float
    _fields_ = [
        ("images", c_size_t),
        ("skipped", c_size_t),
        ("predictions", c_size_t),
        ("agreement", c_double),
    ]


class fer_model_options(Structure):
    height: int
    width: int
    channels: int
    n_classes: int
    classes: Any
    preprocess: Optional[bytes]
    provenance: Optional[bytes]
    seed: int
    temperature: float
    valence_arousal: bool
    crop: Any
    threshold: float
    _fields_ = [
        ("height", c_size_t),
        ("width", c_size_t),
        ("channels", c_size_t),
        ("n_classes", c_size_t),
        ("classes", POINTER(c_char_p)),
        ("preprocess", c_char_p),
        ("provenance", c_char_p),
        ("seed", c_uint64),
        ("temperature", c_double),
        ("valence_arousal", c_bool),
        ("crop", POINTER(fer_crop)),
        ("threshold", c_double),
    ]


class fer_load_options(Structure):
    model: Optional[bytes]
    override: Any
    partial: bool
    report: Any
    report_user: Any
    mapped: bool
    _fields_ = [
        ("model", c_char_p),
        ("override", fer_model_options),
        ("partial", c_bool),
        ("report", fer_line_fn),
        ("report_user", c_void_p),
        ("mapped", c_bool),
    ]


class fer_model_changes(Structure):
    temperature: float
    crop: Any
    threshold: float
    preprocess: Optional[bytes]
    provenance: Optional[bytes]
    classes: Any
    average: Any
    share: float
    logit_shift: Any
    confidence: Any
    _fields_ = [
        ("temperature", c_double),
        ("crop", POINTER(fer_crop)),
        ("threshold", c_double),
        ("preprocess", c_char_p),
        ("provenance", c_char_p),
        ("classes", POINTER(c_char_p)),
        ("average", c_void_p),
        ("share", c_float),
        ("logit_shift", POINTER(c_double)),
        ("confidence", POINTER(c_double)),
    ]


class fer_model_entry(Structure):
    name: Optional[bytes]
    summary: Optional[bytes]
    _fields_ = [
        ("name", c_char_p),
        ("summary", c_char_p),
    ]


class fer_model_info(Structure):
    name: Optional[bytes]
    height: int
    width: int
    channels: int
    n_classes: int
    classes: Any
    preprocess: Optional[bytes]
    provenance: Optional[bytes]
    n_params: int
    macs: int
    n_tensors: int
    _fields_ = [
        ("name", c_char_p),
        ("height", c_size_t),
        ("width", c_size_t),
        ("channels", c_size_t),
        ("n_classes", c_size_t),
        ("classes", POINTER(c_char_p)),
        ("preprocess", c_char_p),
        ("provenance", c_char_p),
        ("n_params", c_size_t),
        ("macs", c_uint64),
        ("n_tensors", c_size_t),
    ]


class fer_npy(Structure):
    n_dims: int
    dims: Any
    count: int
    data: Any
    _fields_ = [
        ("n_dims", c_size_t),
        ("dims", c_size_t * 8),
        ("count", c_size_t),
        ("data", POINTER(c_float)),
    ]


class fer_option(Structure):
    name: Optional[bytes]
    key: Optional[bytes]
    kind: int
    use: int
    offset: int
    n_offset: int
    min: float
    max: float
    words: Any
    required: bool
    group: Optional[bytes]
    help: Optional[bytes]
    arg: Optional[bytes]
    unset: Optional[bytes]
    _fields_ = [
        ("name", c_char_p),
        ("key", c_char_p),
        ("kind", c_int),
        ("use", c_int),
        ("offset", c_size_t),
        ("n_offset", c_size_t),
        ("min", c_double),
        ("max", c_double),
        ("words", POINTER(c_char_p)),
        ("required", c_bool),
        ("group", c_char_p),
        ("help", c_char_p),
        ("arg", c_char_p),
        ("unset", c_char_p),
    ]


class fer_option_table(Structure):
    rows: Any
    n: int
    _fields_ = [
        ("rows", POINTER(fer_option)),
        ("n", c_size_t),
    ]


class fer_pack_options(Structure):
    side: int
    channels: int
    threads: int
    progress: Any
    progress_user: Any
    _fields_ = [
        ("side", c_size_t),
        ("channels", c_size_t),
        ("threads", c_uint),
        ("progress", fer_progress_fn),
        ("progress_user", c_void_p),
    ]


class fer_view(Structure):
    format: int
    width: int
    height: int
    planes: Any
    strides: Any
    _fields_ = [
        ("format", c_int),
        ("width", c_size_t),
        ("height", c_size_t),
        ("planes", c_void_p * 3),
        ("strides", c_size_t * 3),
    ]


class fer_pipeline_item(Structure):
    picture: Any
    look: int
    max: int
    faces: Any
    n: int
    whole: bool
    error: Any
    _fields_ = [
        ("picture", fer_view),
        ("look", c_int),
        ("max", c_size_t),
        ("faces", POINTER(fer_face)),
        ("n", c_size_t),
        ("whole", c_bool),
        ("error", fer_error),
    ]


class fer_pipeline_options(Structure):
    detector: Any
    model: Any
    tta: bool
    threads: int
    isa: Optional[bytes]
    _fields_ = [
        ("detector", fer_detector_options),
        ("model", c_void_p),
        ("tta", c_bool),
        ("threads", c_uint),
        ("isa", c_char_p),
    ]


class fer_prepare_options(Structure):
    val_per_class: int
    test_per_class: int
    seed: int
    landmarks: bool
    progress: Any
    progress_user: Any
    _fields_ = [
        ("val_per_class", c_size_t),
        ("test_per_class", c_size_t),
        ("seed", c_uint64),
        ("landmarks", c_bool),
        ("progress", fer_progress_fn),
        ("progress_user", c_void_p),
    ]


class fer_quality_calibration(Structure):
    images: int
    skipped: int
    temperature: float
    doubt: float
    temperature_before: float
    doubt_before: float
    ece_before: Any
    ece: Any
    _fields_ = [
        ("images", c_size_t),
        ("skipped", c_size_t),
        ("temperature", c_double),
        ("doubt", c_double),
        ("temperature_before", c_double),
        ("doubt_before", c_double),
        ("ece_before", c_double * 8),
        ("ece", c_double * 8),
    ]


class fer_session_options(Structure):
    threads: int
    batch_max: int
    isa: Optional[bytes]
    tta: bool
    _fields_ = [
        ("threads", c_uint),
        ("batch_max", c_size_t),
        ("isa", c_char_p),
        ("tta", c_bool),
    ]


class fer_tensor_info(Structure):
    name: Optional[bytes]
    n_dims: int
    dims: Any
    trained: bool
    _fields_ = [
        ("name", c_char_p),
        ("n_dims", c_size_t),
        ("dims", c_size_t * 4),
        ("trained", c_bool),
    ]


class fer_tracker_options(Structure):
    detect_every: int
    smooth: float
    patience: float
    _fields_ = [
        ("detect_every", c_uint),
        ("smooth", c_float),
        ("patience", c_float),
    ]


class fer_train_epoch(Structure):
    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    lr: float
    images_per_second: float
    waiting: float
    best: bool
    val_ccc_valence: float
    val_ccc_arousal: float
    _fields_ = [
        ("epoch", c_size_t),
        ("loss", c_double),
        ("accuracy", c_double),
        ("val_loss", c_double),
        ("val_accuracy", c_double),
        ("lr", c_double),
        ("images_per_second", c_double),
        ("waiting", c_double),
        ("best", c_bool),
        ("val_ccc_valence", c_double),
        ("val_ccc_arousal", c_double),
    ]


class fer_train_events(Structure):
    user: Any
    progress: Any
    epoch: Any
    note: Any
    _fields_ = [
        ("user", c_void_p),
        ("progress", fer_progress_fn),
        ("epoch", CFUNCTYPE(None, c_void_p, POINTER(fer_train_epoch))),
        ("note", fer_line_fn),
    ]


class fer_train_options(Structure):
    model: Optional[bytes]
    data: Any
    val: Any
    out: Optional[bytes]
    input: int
    channels: int
    preprocess: Optional[bytes]
    epochs: int
    batch: int
    oversample: float
    optimizer: int
    lr: float
    weight_decay: float
    momentum: float
    beta1: float
    beta2: float
    eps: float
    nesterov: bool
    decay_all: bool
    schedule: int
    warmup: float
    lr_final: float
    clip: float
    ema: float
    label_smoothing: float
    dropout: float
    drop_path: float
    mixup: float
    cutmix: float
    logit_adjust: float
    sam: float
    augment: Any
    init: Optional[bytes]
    freeze: Any
    n_freeze: int
    resume: bool
    seed: int
    threads: int
    workers: int
    isa: Optional[bytes]
    teacher: Optional[bytes]
    distill_weight: float
    distill_temperature: float
    distill_mirror: bool
    views: int
    valence_arousal: bool
    va_weight: float
    degrade: float
    ranks: Any
    _fields_ = [
        ("model", c_char_p),
        ("data", fer_data_source),
        ("val", fer_data_source),
        ("out", c_char_p),
        ("input", c_size_t),
        ("channels", c_size_t),
        ("preprocess", c_char_p),
        ("epochs", c_size_t),
        ("batch", c_size_t),
        ("oversample", c_float),
        ("optimizer", c_int),
        ("lr", c_float),
        ("weight_decay", c_float),
        ("momentum", c_float),
        ("beta1", c_float),
        ("beta2", c_float),
        ("eps", c_float),
        ("nesterov", c_bool),
        ("decay_all", c_bool),
        ("schedule", c_int),
        ("warmup", c_float),
        ("lr_final", c_float),
        ("clip", c_float),
        ("ema", c_float),
        ("label_smoothing", c_float),
        ("dropout", c_float),
        ("drop_path", c_float),
        ("mixup", c_float),
        ("cutmix", c_float),
        ("logit_adjust", c_float),
        ("sam", c_float),
        ("augment", fer_augment_options),
        ("init", c_char_p),
        ("freeze", POINTER(c_char_p)),
        ("n_freeze", c_size_t),
        ("resume", c_bool),
        ("seed", c_uint64),
        ("threads", c_uint),
        ("workers", c_uint),
        ("isa", c_char_p),
        ("teacher", c_char_p),
        ("distill_weight", c_float),
        ("distill_temperature", c_float),
        ("distill_mirror", c_bool),
        ("views", c_size_t),
        ("valence_arousal", c_bool),
        ("va_weight", c_float),
        ("degrade", c_float),
        ("ranks", POINTER(fer_ranks)),
    ]


class fer_video_frame(Structure):
    view: Any
    index: int
    seconds: float
    resized: bool
    bt709: bool
    full_range: bool
    damaged: bool
    _fields_ = [
        ("view", fer_view),
        ("index", c_uint64),
        ("seconds", c_double),
        ("resized", c_bool),
        ("bt709", c_bool),
        ("full_range", c_bool),
        ("damaged", c_bool),
    ]


class fer_video_info(Structure):
    width: int
    height: int
    rotation: int
    pixel_aspect: float
    rate: float
    variable: bool
    first: float
    duration: float
    frames: int
    has_audio: bool
    codec: Any
    container: Any
    tick_num: int
    tick_den: int
    decoded: int
    dropped: int
    damaged: int
    damaged_at: float
    _fields_ = [
        ("width", c_size_t),
        ("height", c_size_t),
        ("rotation", c_int),
        ("pixel_aspect", c_double),
        ("rate", c_double),
        ("variable", c_bool),
        ("first", c_double),
        ("duration", c_double),
        ("frames", c_uint64),
        ("has_audio", c_bool),
        ("codec", c_char * 32),
        ("container", c_char * 64),
        ("tick_num", c_uint),
        ("tick_den", c_uint),
        ("decoded", c_uint64),
        ("dropped", c_uint64),
        ("damaged", c_uint64),
        ("damaged_at", c_double),
    ]


class fer_video_options(Structure):
    format: Optional[bytes]
    pixels: int
    pixels_max: int
    start: float
    end: float
    live: bool
    width: int
    height: int
    rate: float
    threads: int
    stop: Any
    user: Any
    patience: float
    _fields_ = [
        ("format", c_char_p),
        ("pixels", c_int),
        ("pixels_max", c_size_t),
        ("start", c_double),
        ("end", c_double),
        ("live", c_bool),
        ("width", c_size_t),
        ("height", c_size_t),
        ("rate", c_double),
        ("threads", c_uint),
        ("stop", CFUNCTYPE(c_bool, c_void_p)),
        ("user", c_void_p),
        ("patience", c_double),
    ]


class fer_video_writer_options(Structure):
    width: int
    height: int
    rate: float
    tick_num: int
    tick_den: int
    origin: float
    audio_from: Optional[bytes]
    quality: int
    threads: int
    note: Any
    note_user: Any
    _fields_ = [
        ("width", c_size_t),
        ("height", c_size_t),
        ("rate", c_double),
        ("tick_num", c_uint),
        ("tick_den", c_uint),
        ("origin", c_double),
        ("audio_from", c_char_p),
        ("quality", c_uint),
        ("threads", c_uint),
        ("note", fer_line_fn),
        ("note_user", c_void_p),
    ]


FUNCTIONS: Any = {
    "fer_abi_check": (c_int, [c_uint, POINTER(fer_error)]),
    "fer_abi_size": (c_size_t, [c_char_p]),
    "fer_adjust_logits": (c_int, [c_void_p, POINTER(fer_data_source), c_double, POINTER(c_void_p), POINTER(fer_error)]),
    "fer_assume_prior": (c_int, [c_void_p, c_char_p, POINTER(c_void_p), POINTER(fer_error)]),
    "fer_bench": (c_int, [POINTER(fer_bench_options), POINTER(fer_bench_result), POINTER(fer_error)]),
    "fer_bench_data": (c_int, [POINTER(fer_bench_data_options), POINTER(fer_bench_data_result), POINTER(fer_error)]),
    "fer_bench_free": (None, [POINTER(fer_bench_result)]),
    "fer_calibrate": (c_int, [c_void_p, POINTER(fer_eval_options), POINTER(fer_calibration), POINTER(fer_error)]),
    "fer_calibrate_by_quality": (c_int, [c_void_p, POINTER(fer_eval_options), POINTER(fer_quality_calibration), POINTER(c_void_p), POINTER(fer_error)]),
    "fer_calibrate_detector": (c_int, [c_char_p, POINTER(fer_detector_eval_options), POINTER(fer_detector_calibration), POINTER(fer_error)]),
    "fer_data_info": (c_int, [POINTER(fer_data_source), POINTER(fer_data_info_options), POINTER(POINTER(fer_data_summary)), POINTER(fer_error)]),
    "fer_data_load": (c_int, [POINTER(fer_data_source), c_size_t, POINTER(c_char_p), POINTER(c_void_p), POINTER(fer_error)]),
    "fer_data_pack": (c_int, [POINTER(fer_data_source), c_char_p, POINTER(fer_pack_options), POINTER(c_size_t), POINTER(fer_error)]),
    "fer_data_prepare": (c_int, [POINTER(fer_data_source), c_char_p, POINTER(fer_prepare_options), POINTER(c_size_t), POINTER(fer_error)]),
    "fer_data_summary_free": (None, [POINTER(fer_data_summary)]),
    "fer_data_table": (fer_option_table, []),
    "fer_detector_defaults": (fer_detector_options, []),
    "fer_detector_eval_defaults": (fer_detector_eval_options, []),
    "fer_detector_find": (c_int, [c_void_p, POINTER(fer_view), c_size_t, POINTER(fer_face), POINTER(c_size_t), POINTER(fer_error)]),
    "fer_detector_free": (None, [c_void_p]),
    "fer_detector_new": (c_int, [POINTER(fer_detector_options), POINTER(c_void_p), POINTER(fer_error)]),
    "fer_detector_train_defaults": (fer_detector_train_options, []),
    "fer_detector_train_table": (fer_option_table, []),
    "fer_evaluate": (c_int, [c_void_p, POINTER(fer_eval_options), POINTER(POINTER(fer_evaluation)), POINTER(fer_error)]),
    "fer_evaluate_detector": (c_int, [c_char_p, POINTER(fer_detector_eval_options), POINTER(fer_detector_eval), POINTER(fer_error)]),
    "fer_evaluation_free": (None, [POINTER(fer_evaluation)]),
    "fer_explain": (c_int, [c_void_p, c_void_p, POINTER(POINTER(fer_explanation)), POINTER(fer_error)]),
    "fer_explanation_free": (None, [POINTER(fer_explanation)]),
    "fer_fit_crop": (c_int, [POINTER(fer_data_source), POINTER(fer_detector_options), POINTER(fer_crop_fit), POINTER(fer_error)]),
    "fer_image_channels": (c_size_t, [c_void_p]),
    "fer_image_decode": (c_int, [c_void_p, c_size_t, POINTER(c_void_p), POINTER(fer_error)]),
    "fer_image_decode_within": (c_int, [c_void_p, c_size_t, c_size_t, POINTER(c_void_p), POINTER(fer_error)]),
    "fer_image_encode": (c_int, [c_void_p, c_char_p, POINTER(c_void_p), POINTER(c_size_t), POINTER(fer_error)]),
    "fer_image_free": (None, [c_void_p]),
    "fer_image_from_pixels": (c_int, [c_void_p, c_size_t, c_size_t, c_size_t, c_int, POINTER(c_void_p), POINTER(fer_error)]),
    "fer_image_from_view": (c_int, [POINTER(fer_view), POINTER(c_void_p), POINTER(fer_error)]),
    "fer_image_height": (c_size_t, [c_void_p]),
    "fer_image_load": (c_int, [c_char_p, POINTER(c_void_p), POINTER(fer_error)]),
    "fer_image_load_within": (c_int, [c_char_p, c_size_t, POINTER(c_void_p), POINTER(fer_error)]),
    "fer_image_note": (c_char_p, [c_void_p]),
    "fer_image_pixels": (c_void_p, [c_void_p]),
    "fer_image_save": (c_int, [c_void_p, c_char_p, POINTER(fer_error)]),
    "fer_image_view": (fer_view, [c_void_p]),
    "fer_image_width": (c_size_t, [c_void_p]),
    "fer_isa_names": (POINTER(c_char_p), []),
    "fer_label": (c_int, [POINTER(fer_label_options), c_char_p, POINTER(fer_labels), POINTER(fer_error)]),
    "fer_model_crop": (c_bool, [c_void_p, POINTER(fer_crop)]),
    "fer_model_default_path": (c_int, [c_char_p, c_size_t, POINTER(fer_error)]),
    "fer_model_doubt": (c_double, [c_void_p]),
    "fer_model_free": (None, [c_void_p]),
    "fer_model_get_info": (fer_model_info, [c_void_p]),
    "fer_model_has_valence_arousal": (c_bool, [c_void_p]),
    "fer_model_load": (c_int, [c_char_p, POINTER(fer_load_options), POINTER(c_void_p), POINTER(fer_error)]),
    "fer_model_load_default": (c_int, [POINTER(c_void_p), POINTER(fer_error)]),
    "fer_model_new": (c_int, [c_char_p, POINTER(fer_model_options), POINTER(c_void_p), POINTER(fer_error)]),
    "fer_model_prior": (POINTER(c_float), [c_void_p]),
    "fer_model_registry": (POINTER(fer_model_entry), [c_size_t]),
    "fer_model_save": (c_int, [c_void_p, c_char_p, c_int, POINTER(fer_error)]),
    "fer_model_temperature": (c_double, [c_void_p]),
    "fer_model_tensor": (fer_tensor_info, [c_void_p, c_size_t]),
    "fer_model_threshold": (c_double, [c_void_p]),
    "fer_model_weights_path": (c_int, [c_char_p, c_char_p, c_size_t, POINTER(fer_error)]),
    "fer_model_with": (c_int, [c_void_p, POINTER(fer_model_changes), POINTER(c_void_p), POINTER(fer_error)]),
    "fer_npy_free": (None, [POINTER(fer_npy)]),
    "fer_npy_read": (c_int, [c_char_p, POINTER(fer_npy), POINTER(fer_error)]),
    "fer_npy_write": (c_int, [c_char_p, c_size_t, POINTER(c_size_t), POINTER(c_float), POINTER(fer_error)]),
    "fer_option_clear": (None, [POINTER(fer_option), c_void_p]),
    "fer_option_find": (POINTER(fer_option), [fer_option_table, c_char_p]),
    "fer_option_get": (c_size_t, [POINTER(fer_option), c_void_p, c_size_t, c_char_p, c_size_t]),
    "fer_option_key": (c_char_p, [POINTER(fer_option), c_char_p]),
    "fer_option_set": (c_int, [POINTER(fer_option), c_void_p, c_char_p, POINTER(fer_error)]),
    "fer_pipeline_free": (None, [c_void_p]),
    "fer_pipeline_model": (c_void_p, [c_void_p]),
    "fer_pipeline_new": (c_int, [POINTER(fer_pipeline_options), POINTER(c_void_p), POINTER(fer_error)]),
    "fer_pipeline_read_whole": (c_int, [c_void_p, POINTER(fer_view), POINTER(fer_face), POINTER(fer_error)]),
    "fer_pipeline_run": (c_int, [c_void_p, POINTER(fer_view), c_size_t, POINTER(fer_face), POINTER(c_size_t), POINTER(fer_error)]),
    "fer_pipeline_run_auto": (c_int, [c_void_p, POINTER(fer_view), c_size_t, POINTER(fer_face), POINTER(c_size_t), POINTER(c_bool), POINTER(fer_error)]),
    "fer_pipeline_run_many": (c_int, [c_void_p, c_size_t, POINTER(fer_pipeline_item), POINTER(fer_error)]),
    "fer_pipeline_set_stop": (None, [c_int, c_void_p]),
    "fer_prepare_defaults": (fer_prepare_options, []),
    "fer_preprocess_names": (POINTER(c_char_p), []),
    "fer_protocol_name": (c_char_p, [c_int]),
    "fer_protocol_parse": (c_int, [c_char_p, POINTER(c_int), POINTER(fer_error)]),
    "fer_session_free": (None, [c_void_p]),
    "fer_session_new": (c_int, [c_void_p, POINTER(fer_session_options), POINTER(c_void_p), POINTER(fer_error)]),
    "fer_session_predict": (c_int, [c_void_p, c_size_t, POINTER(c_void_p), POINTER(c_float), POINTER(fer_error)]),
    "fer_session_predict_valence_arousal": (c_int, [c_void_p, c_size_t, POINTER(c_void_p), POINTER(c_float), POINTER(c_float), POINTER(fer_error)]),
    "fer_session_run": (c_int, [c_void_p, c_size_t, POINTER(c_float), POINTER(c_float), POINTER(fer_error)]),
    "fer_split_name": (c_char_p, [c_int]),
    "fer_status_name": (c_char_p, [c_int]),
    "fer_tracker_defaults": (fer_tracker_options, []),
    "fer_tracker_free": (None, [c_void_p]),
    "fer_tracker_new": (c_int, [c_void_p, POINTER(fer_tracker_options), POINTER(c_void_p), POINTER(fer_error)]),
    "fer_tracker_next": (c_int, [c_void_p, POINTER(fer_view), c_double, c_size_t, POINTER(fer_face), POINTER(c_size_t), POINTER(fer_error)]),
    "fer_train": (c_int, [POINTER(fer_train_options), POINTER(fer_train_events), POINTER(fer_error)]),
    "fer_train_defaults": (fer_train_options, []),
    "fer_train_detector": (c_int, [POINTER(fer_detector_train_options), POINTER(fer_detector_train_events), POINTER(fer_error)]),
    "fer_train_table": (fer_option_table, []),
    "fer_version": (c_char_p, []),
    "fer_video_close": (None, [c_void_p]),
    "fer_video_get_info": (c_int, [c_void_p, POINTER(fer_video_info), POINTER(fer_error)]),
    "fer_video_open": (c_int, [c_char_p, POINTER(fer_video_options), POINTER(c_void_p), POINTER(fer_error)]),
    "fer_video_read": (c_int, [c_void_p, POINTER(fer_video_frame), POINTER(c_bool), POINTER(fer_error)]),
    "fer_video_writer_add": (c_int, [c_void_p, POINTER(fer_view), c_double, POINTER(fer_error)]),
    "fer_video_writer_finish": (c_int, [c_void_p, POINTER(fer_error)]),
    "fer_video_writer_free": (None, [c_void_p]),
    "fer_video_writer_new": (c_int, [c_char_p, POINTER(fer_video_writer_options), POINTER(c_void_p), POINTER(fer_error)]),
}


def declare(library: CDLL) -> None:
    """Give every function of the library its result and its arguments. A library of the same version of the interface
    may be older and lack the newest functions."""
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, name, None)
        if function is None:
            continue
        function.restype = result
        function.argtypes = arguments
