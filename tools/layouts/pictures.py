"""From FER+'s small grey PNGs to the pictures of a layout, on as many processes as asked for."""
import io
import multiprocessing
from dataclasses import dataclass

from PIL import Image

QUALITY = 90
PIL_FORMAT = {"jpg": "JPEG", "png": "PNG", "bmp": "BMP"}


@dataclass(frozen=True)
class Picture:
    """What to make of a face: `size` pixels square, or, with `place` = (x, y, width, height), pasted there into a larger picture of that size."""
    png: bytes
    extension: str
    size: object  # int, or (width, height) with place
    place: tuple = None
    mode: str = "RGB"


def encode(picture):
    image = Image.open(io.BytesIO(picture.png)).convert("L")
    if picture.place:
        x, y, width, height = picture.place
        scene = Image.linear_gradient("L").resize(picture.size)
        scene.paste(image.resize((width, height), Image.BICUBIC), (x, y))
        image = scene
    elif image.width != picture.size:
        image = image.resize((picture.size, picture.size), Image.BICUBIC)
    out = io.BytesIO()
    kind = PIL_FORMAT[picture.extension.lower()]
    image.convert(picture.mode).save(out, kind, **({"quality": QUALITY} if kind == "JPEG" else {}))
    return out.getvalue()


def encode_all(pictures, jobs):
    """The files of the pictures, in their order."""
    if jobs < 2:
        yield from map(encode, pictures)
        return
    with multiprocessing.Pool(jobs) as pool:
        yield from pool.imap(encode, pictures, chunksize=64)
