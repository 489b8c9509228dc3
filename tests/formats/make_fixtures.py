#!/usr/bin/python3
"""Makes tests/formats/fixtures: files that NumPy, PyTorch, Pillow and tarfile write, and safetensors put together by its
specification, which the tests read. Each picture has a .raw file: its pixels as Pillow decodes them. The results are
committed; the values in the tests are those of this script."""
import collections
import io
import json
import os
import pickle
import pickletools
import struct
import subprocess
import tarfile
import tempfile
import zipfile
import zlib

import numpy as np
import torch
from PIL import Image, ImageOps

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures")


def save(name, data):
    path = os.path.join(HERE, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


# ---- npy ------------------------------------------------------------


def npy(name, array, **options):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, **options)
    save(name + ".npy", out.getvalue())


def all_npy():
    floats = np.array([[-2, -0.5, 0], [1.5, 3, 1000]])
    for dtype in ("<f4", "<f8", "<f2", ">f4", ">f8", ">f2"):
        npy(dtype.replace("<", "le_").replace(">", "be_"), floats.astype(dtype))
    integers = np.array([[-2, -1, 0], [1, 2, 100]])
    for dtype in ("|i1", "<i2", "<i4", "<i8", ">i4", ">i8"):
        npy(dtype.replace("<", "le_").replace(">", "be_").replace("|", ""), integers.astype(dtype))
    npy("u1", np.array([0, 1, 127, 128, 255], "u1"))
    npy("b1", np.array([True, False, True]))
    npy("big_i8", np.array([1 << 40, -(1 << 40)], "<i8"))
    npy("half_edges", np.array([65504, 2.0**-14, 2.0**-24, np.inf, -np.inf, np.nan, -0.0], "<f2"))
    cube = np.arange(24, dtype="<f4").reshape(2, 3, 4)
    npy("fortran", np.asfortranarray(cube))
    npy("v2", cube, version=(2, 0))
    npy("v3", cube, version=(3, 0))
    npy("cube", cube)
    npy("row", np.arange(3, dtype="<f4"))
    npy("scalar", np.array(2.5, "<f4"))
    npy("empty", np.zeros((0, 3), "<f4"))
    npy("object", np.array([None, 1], object))
    npy("structured", np.zeros(2, [("a", "<f4"), ("b", "<i4")]))
    npy("complex", np.zeros(2, "<c8"))
    npy("text", np.array(["ab", "c"]))


# ---- safetensors ------------------------------------------------------------


def raw_safetensors(header, data):
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def safetensors(tensors, meta=None):
    """tensors: name -> (dtype, array whose bytes are the data)."""
    header, data = {"__metadata__": meta} if meta else {}, b""
    for name, (dtype, array) in tensors.items():
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [len(data), len(data) + array.nbytes]}
        data += array.tobytes()
    return raw_safetensors(header, data)


def all_safetensors():
    a, b = np.array([[1, -2.5, 3], [0.125, 1e-8, -1e30]], "<f4"), np.array([7, -0.5], "<f4")
    save("f32.safetensors", safetensors({"a": ("F32", a), "b": ("F32", b)}, {"format": "pt"}))
    save("f16.safetensors", safetensors({"a": ("F16", np.array([1, -2.5, 65504, 2.0**-24], "<f2"))}))
    save("mixed.safetensors", safetensors({
        "f64": ("F64", np.array([0.1, -4], "<f8")),
        "i64": ("I64", np.array([-3, 1 << 33], "<i8")),
        "i32": ("I32", np.array([-3, 1 << 20], "<i4")),
        "bf16": ("BF16", np.array([0x3FC0, 0xC080], "<u2")),  # 1.5, -4
        "u8": ("U8", np.array([0, 255], "u1")),
        "bool": ("BOOL", np.array([True, False])),
        "scalar": ("I64", np.array(12, "<i8")),
        "none": ("F32", np.zeros((0, 4), "<f4")),
    }, {"name": "mixed", "classes": "a\nb \u00e9"}))
    one = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
    save("bad/hole.safetensors", raw_safetensors({"a": one, "b": {**one, "data_offsets": [8, 12]}}, bytes(12)))
    save("bad/overlap.safetensors", raw_safetensors({"a": one, "b": one}, bytes(4)))
    save("bad/surplus.safetensors", raw_safetensors({"a": one}, bytes(5)))
    save("bad/shape.safetensors", raw_safetensors({"a": {**one, "shape": [2]}}, bytes(4)))
    save("bad/huge.safetensors", raw_safetensors({"a": {**one, "shape": [1 << 33, 1 << 33]}}, bytes(4)))
    save("bad/negative.safetensors", raw_safetensors({"a": {**one, "shape": [-1]}}, bytes(4)))
    save("bad/dtype.safetensors", raw_safetensors({"a": {**one, "dtype": "F8_E4M3"}}, bytes(4)))
    save("bad/length.safetensors", struct.pack("<Q", 1 << 62) + b"{}")
    save("bad/json.safetensors", struct.pack("<Q", 2) + b"[}")
    save("bad/twice.safetensors", struct.pack("<Q", 19) + b'{"a":1,"a":{"b":2}}')


# ---- pth ------------------------------------------------------------


class Evil:
    def __reduce__(self):
        return os.system, ("touch fer-executed-this",)


def pth(name, value, **options):
    out = io.BytesIO()
    torch.save(value, out, **options)
    save(name + ".pth", out.getvalue())


def zipped(members, compression=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as z:
        for name, data in members:
            z.writestr(zipfile.ZipInfo(name), data, compression)
    return out.getvalue()


def with_byteorder(source, name, order, swap=False):
    """A copy of a checkpoint with another word in `byteorder`; swap: its numbers are turned, as on a machine that says 'big'."""
    widths = {}
    with zipfile.ZipFile(os.path.join(HERE, source + ".pth")) as z:
        members = [(i.filename, z.read(i)) for i in z.infolist() if not i.filename.endswith("byteorder")]
    root = members[0][0].split("/")[0]
    for op, arg, _ in pickletools.genops(dict(members)[root + "/data.pkl"]):
        if op.name == "GLOBAL" and "Storage" in arg:
            word = arg.split()[1]
        if op.name == "BINUNICODE" and arg.isdigit():
            widths[arg] = {"Double": 8, "Long": 8, "Float": 4, "Int": 4, "Half": 2, "BFloat16": 2, "Short": 2}.get(word[:-7], 1)
    if swap:
        for i, (path, data) in enumerate(members):
            n = widths.get(path.split("/")[-1], 1) if "/data/" in path else 1
            members[i] = path, b"".join(data[k:k + n][::-1] for k in range(0, len(data), n))
    save(name + ".pth", zipped(members + [(root + "/byteorder", order)]))


def all_byteorders():
    with_byteorder("dtypes", "dtypes_big", b"big", swap=True)
    with_byteorder("dtypes", "dtypes_little", b"little")
    with_byteorder("plain", "bad/byteorder", b"middle")


def all_pth():
    torch.manual_seed(1)
    w, n = torch.tensor([[1.0, -2.5, 3.0], [0.125, 5.0, 6.0]]), torch.tensor(7)
    plain = {"w": w, "n": n}
    pth("plain", plain)
    pth("ordered", collections.OrderedDict(plain))
    pth("protocol4", plain, pickle_protocol=4)
    pth("wrapped", {"epoch": 3, "state_dict": collections.OrderedDict(plain), "optimizer": {"lr": 0.1, "betas": (0.9, 0.999)}})
    pth("parallel", {"model": {"module." + k: v for k, v in plain.items()}})
    pth("parameter", {"w": torch.nn.Parameter(w), "n": n})
    pth("partly_module", {"module.w": w, "n": n})
    base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    pth("views", {"base": base, "t": base.t(), "part": base[1:, 1:3]})
    pair = torch.tensor([1.5, -4])
    pth("dtypes", {"f16": pair.half(), "bf16": pair.bfloat16(), "f64": pair.double(),
                   "i64": torch.tensor([-3, 1 << 33]), "i32": torch.tensor([-3, 1 << 20], dtype=torch.int32),
                   "i16": torch.tensor([-3, 300], dtype=torch.int16), "i8": torch.tensor([-3, 100], dtype=torch.int8),
                   "u8": torch.tensor([3, 255], dtype=torch.uint8), "bool": torch.tensor([True, False])})
    pth("bad/old", plain, _use_new_zipfile_serialization=False)
    pth("bad/module", torch.nn.Linear(1, 1))
    pth("bad/evil", Evil())
    pth("bad/evil_values", {"w": Evil(), "state_dict": Evil()})
    pth("evil_beside", {"w": w, "n": n, "extra": Evil()})
    save("bad/evil_protocol0.pth", zipped([("a/data.pkl", pickle.dumps(Evil(), 0))]))
    save("bad/no_pickle.pth", zipped([("a/version", b"3\n")]))
    save("bad/bomb.pth", zipped([("a/data.pkl", bytes(1 << 20))], zipfile.ZIP_DEFLATED))
    many = [(f"a/data/{i}", bytes(1000)) for i in range(30)] + [("a/data.pkl", b"\x80\x02}.")]
    save("bad/bombs.pth", zipped(many, zipfile.ZIP_DEFLATED))
    loop = b"\x80\x02}q\x00(" + 60 * b"X\x05\x00\x00\x00modelh\x00" + b"u."
    save("bad/loop.pth", zipped([("a/data.pkl", loop)]))
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\n" b"X\1\0\0\0" b"0X\3\0\0\0cpuK\4tQ"
    for name, rest in (("offset", b"K\1K\4\x85K\1\x85\x89}t"),
                       ("size", b"K\0J\xff\xff\xff\x7f\x85K\1\x85\x89}t"),
                       ("stride", b"K\0K\2\x85K\4\x85\x89}t"),
                       ("negative", b"K\0K\2\x85J\xff\xff\xff\xff\x85\x89}t")):
        save(f"bad/{name}.pth", zipped([("a/data.pkl", b"\x80\x02}X\1\0\0\0w" + tensor + rest + b"Rs."), ("a/data/0", bytes(16))]))
    save("bad/storage.pth", zipped([("a/data.pkl", b"\x80\x02}X\1\0\0\0w" + tensor + b"K\0K\4\x85K\1\x85\x89}tRs.")]))


# ---- pictures ------------------------------------------------------------


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(w, h, depth, colour, rows, interlace=0, extra=b""):
    header = struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def picture(name, image, expected=None, **options):
    kind = {"jpg": "JPEG", "tif": "TIFF"}.get(name[-3:], name.rsplit(".", 1)[1].upper())
    out = io.BytesIO()
    image.save(out, kind, **options)
    save(name, out.getvalue())
    decoded = ImageOps.exif_transpose(Image.open(io.BytesIO(out.getvalue())))
    save(name + ".raw", np.asarray(decoded if expected is None else expected, np.uint8).tobytes())


def over_black(image, grey=False):
    rgba = np.asarray(image.convert("RGBA")).astype(float)
    rgb = np.rint(rgba[..., :3] * rgba[..., 3:] / 255)
    return rgb[..., 0] if grey else rgb


def adam7(array):
    rows = b""
    for x, y, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        for row in array[y::dy, x::dx]:
            if row.size:
                rows += b"\0" + row.tobytes()
    return rows


def all_pngs():
    rng = np.random.RandomState(7)
    noise = lambda c: rng.randint(0, 256, (5, 7, c), np.uint8).squeeze()
    grey, rgb = Image.fromarray(noise(1)), Image.fromarray(noise(3))
    picture("grey.png", grey)
    picture("rgb.png", rgb)
    picture("one.png", Image.fromarray(np.array([[200]], np.uint8)))
    picture("bits.png", grey.convert("1"), np.asarray(grey.convert("1")) * 255)
    palette = rgb.quantize(16)
    picture("palette.png", palette, palette.convert("RGB"))
    for name, image in (("grey_alpha.png", Image.fromarray(noise(2))), ("rgba.png", Image.fromarray(noise(4)))):
        picture(name, image, over_black(image, image.mode == "LA"))
    palette.info["transparency"] = 3
    picture("palette_alpha.png", palette, over_black(palette), transparency=3)
    picture("rgb_key.png", rgb, np.where((np.asarray(rgb) == np.asarray(rgb)[1, 2]).all(-1, keepdims=True), 0, np.asarray(rgb)),
            transparency=rgb.getpixel((2, 1)))
    for name, colour, c in (("grey16.png", 0, 1), ("rgb16.png", 2, 3), ("rgba16.png", 6, 4)):
        deep = rng.randint(0, 65536, (4, 5, c))
        save(name, png(5, 4, 16, colour, b"".join(b"\0" + row.astype(">u2").tobytes() for row in deep)))
        eight = np.rint(deep / 257)
        if c == 4:
            eight = np.rint(eight[..., :3] * eight[..., 3:] / 255)
        save(name + ".raw", eight.astype(np.uint8).tobytes())
    four = rng.randint(0, 16, (3, 6))
    save("grey4.png", png(6, 3, 4, 0, b"".join(b"\0" + (row[::2] << 4 | row[1::2]).astype(np.uint8).tobytes() for row in four)))
    save("grey4.png.raw", (four * 17).astype(np.uint8).tobytes())
    array = rng.randint(0, 256, (9, 11), np.uint8)
    save("interlaced.png", png(11, 9, 8, 0, adam7(array), 1))
    save("interlaced.png.raw", array.tobytes())
    save("bad/huge.png", png(20000, 20000, 8, 2, b"\0" + bytes(60)))
    save("bad/wide.png", png(0x7FFFFFFF, 1, 8, 0, b"\0"))
    save("bad/tall.png", png(1, 1 << 28, 8, 0, b"\0"))
    save("bad/short.png", png(7, 5, 8, 0, bytes(8)))
    save("bad/zero.png", png(0, 5, 8, 0, b""))


def all_jpegs():
    y, x = np.mgrid[0:19, 0:21]
    smooth = np.stack([x * 12, y * 13, 255 - x * 6 - y * 6], -1).astype(np.uint8)
    rgb, grey = Image.fromarray(smooth), Image.fromarray(smooth[..., 0])
    picture("grey.jpg", grey)
    picture("rgb444.jpg", rgb, subsampling=0)
    picture("rgb420.jpg", rgb, subsampling=2)
    picture("progressive.jpg", rgb, progressive=True, subsampling=0)
    picture("one.jpg", Image.fromarray(np.array([[200]], np.uint8)))
    cmyk = Image.fromarray(np.dstack([smooth, (x * 4 + y * 3).astype(np.uint8)]), "CMYK")
    out = io.BytesIO()
    cmyk.save(out, "JPEG", quality=95)
    picture("cmyk.jpg", cmyk, Image.open(io.BytesIO(out.getvalue())).convert("RGB"), quality=95)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        picture(f"turned{orientation}.jpg", grey.crop((0, 0, 13, 9)), exif=exif)
    out = io.BytesIO()
    rgb.save(out, "JPEG")
    huge = bytearray(out.getvalue())
    at = huge.index(b"\xff\xc0") + 5
    huge[at:at + 4] = struct.pack(">HH", 20000, 20000)
    save("bad/huge.jpg", bytes(huge))
    save("bad/short.jpg", out.getvalue()[:-40] + b"\xff\xd9")


def rle_bmp(array):
    """Rows bottom up: runs, one end of line each, an end of bitmap. The palette is inverted grey with a red 7."""
    data = b""
    for row in array[::-1]:
        data += b"".join(bytes((1, v)) for v in row) + b"\0\0"
    data = data[:-2] + b"\0\1"
    palette = np.array([(255 - i, 255 - i, 255 - i, 0) for i in range(256)], np.uint8)
    palette[7] = 0, 0, 255, 0
    header = struct.pack("<IiiHHIIiiII", 40, array.shape[1], array.shape[0], 1, 8, 1, len(data), 0, 0, 256, 0)
    head = struct.pack("<2sIHHI", b"BM", 14 + 40 + 1024 + len(data), 0, 0, 14 + 40 + 1024)
    return head + header + palette.tobytes() + data, palette[array][..., 2::-1]


def all_others():
    rng = np.random.RandomState(8)
    noise = lambda c: rng.randint(0, 256, (5, 7, c), np.uint8).squeeze()
    grey, rgb, rgba = Image.fromarray(noise(1)), Image.fromarray(noise(3)), Image.fromarray(noise(4))
    bits, palette = grey.convert("1"), rgb.quantize(16)
    for name in ("bmp", "tif"):
        picture("rgb." + name, rgb)
        picture("bits." + name, bits, np.asarray(bits) * 255)
        picture("rgba." + name, rgba, over_black(rgba))
    for name in ("bmp", "gif", "tif"):
        picture("palette." + name, palette, palette.convert("RGB"))
        picture("one." + name, Image.fromarray(np.array([[200]], np.uint8)), 200)
    for name in ("bmp", "gif"):
        picture("grey." + name, grey, grey)
    rle, pixels = rle_bmp(rng.randint(0, 9, (5, 7)))
    save("rle.bmp", rle)
    save("rle.bmp.raw", pixels.tobytes())
    palette.info.pop("transparency", None)
    see_through = np.where(np.asarray(palette)[..., None] == 3, 0, np.asarray(palette.convert("RGB")))
    picture("transparent.gif", palette, see_through, transparency=3)
    picture("animated.gif", palette, palette.convert("RGB"), save_all=True, append_images=[grey, palette.rotate(180)])
    picture("interlaced.gif", palette, palette.convert("RGB"), interlace=1)

    picture("grey.tif", grey)
    grey_alpha = Image.fromarray(noise(2))
    picture("grey_alpha.tif", grey_alpha, over_black(grey_alpha, True))
    deep = rng.randint(0, 65536, (5, 7)).astype(np.uint16)
    picture("grey16.tif", Image.fromarray(deep), np.rint(deep / 257))
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits"):
        picture(compression.replace("tiff_", "") + ".tif", rgb, compression=compression)
    picture("pages.tif", rgb, save_all=True, append_images=[grey])
    turn = Image.Transpose
    for orientation, how in enumerate((turn.FLIP_LEFT_RIGHT, turn.ROTATE_180, turn.FLIP_TOP_BOTTOM, turn.TRANSPOSE, turn.ROTATE_270,
                                       turn.TRANSVERSE, turn.ROTATE_90), 2):
        picture(f"turned{orientation}.tif", grey, grey.transpose(how), tiffinfo={0x0112: orientation})

    y, x = np.mgrid[0:19, 0:21]
    smooth = np.stack([x * 12, y * 13, 255 - x * 6 - y * 6], -1).astype(np.uint8)
    veiled = np.dstack([smooth, x * 4 + y * 9]).astype(np.uint8)
    picture("rgb.webp", rgb, lossless=True)
    picture("rgba.webp", rgba, over_black(rgba), lossless=True, exact=True)
    picture("one.webp", Image.fromarray(np.array([[200]], np.uint8)).convert("RGB"), lossless=True)
    picture("lossy.webp", Image.fromarray(smooth), quality=90)
    out = io.BytesIO()
    Image.fromarray(veiled).save(out, "WEBP", quality=90)
    picture("lossy_alpha.webp", Image.fromarray(veiled), over_black(Image.open(io.BytesIO(out.getvalue()))), quality=90)
    exif = Image.Exif()
    exif[0x0112] = 6
    picture("turned6.webp", rgb, lossless=True, exif=exif)
    out = io.BytesIO()
    rgb.save(out, "WEBP", save_all=True, append_images=[rgb.rotate(180)], lossless=True)
    save("bad/animated.webp", out.getvalue())
    for name, at, size in (("rgb.bmp", 18, struct.pack("<II", 20000, 20000)), ("palette.gif", 6, struct.pack("<HH", 20000, 20000))):
        with open(os.path.join(HERE, name), "rb") as f:
            data = bytearray(f.read())
        data[at:at + len(size)] = size
        save("bad/huge" + name[-4:], data)
    save("bad/huge.webp", b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + 2 * (19999).to_bytes(3, "little"))
    entries = [(256, 4, 20000), (257, 4, 20000), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (279, 4, 8)]
    save("bad/huge.tif", b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) +
         b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries) + bytes(4))


# ---- archives ------------------------------------------------------------


def tar_bytes(form, members, **options):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, **options) as t:
        for member, data in members:
            info = tarfile.TarInfo(member)
            if data is None:
                info.type = tarfile.DIRTYPE
            elif isinstance(data, str):
                info.type = tarfile.LNKTYPE if data.startswith("=") else tarfile.SYMTYPE
                info.linkname = data.lstrip("=")
            else:
                info.size = len(data)
            t.addfile(info, io.BytesIO(data) if isinstance(data, bytes) else None)
    data = out.getvalue().rstrip(b"\0")
    return data + bytes(-len(data) % 512 + 1024)


def tar(name, form, members, **options):
    save(name, tar_bytes(form, members, **options))


class Pipe(io.RawIOBase):
    """A stream in which zipfile cannot seek, so that it writes sizes and checksums after the data."""
    def __init__(self):
        self.bytes = b""

    def writable(self):
        return True

    def write(self, data):
        self.bytes += bytes(data)
        return len(data)


def zip_bytes(method, members, out=None, zip64=False):
    out = out or io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for member, data in members:
            info = zipfile.ZipInfo(member)
            info.compress_type = method
            info.external_attr = (0o120777 if isinstance(data, str) else 0o100644) << 16
            with z.open(info, "w", force_zip64=zip64) as f:
                f.write(data.encode() if isinstance(data, str) else data)
    return out.bytes if isinstance(out, Pipe) else out.getvalue()


def tool(*arguments):
    """Standard output of a program that archives a folder `faces` with a plain file, and one with holes in the middle and at the end."""
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(folder + "/faces")
        with open(folder + "/faces/a.txt", "wb") as f:
            f.write(b"first")
        with open(folder + "/faces/sparse", "wb") as f:
            f.write(b"start")
            f.seek(1 << 16)
            f.write(b"middle")
            f.truncate(1 << 18)
        for path in ("/faces/a.txt", "/faces/sparse", "/faces"):
            os.utime(folder + path, (1 << 30, 1 << 30))
        return subprocess.run(arguments, cwd=folder, check=True, stdout=subprocess.PIPE, env={**os.environ, "TZ": "UTC"}).stdout


def all_zips():
    members = [("faces/", b""), ("faces/a.txt", b"first"), ("bytes", bytes(range(256)) * 30), ("./empty", b""), ("link", "bytes"),
               ("\u00e9/\u4e2d.txt", b"unicode")]
    for method, name in ((zipfile.ZIP_STORED, "stored"), (zipfile.ZIP_DEFLATED, "deflated")):
        save(name + ".zip", zip_bytes(method, members))
        save(name + "64.zip", zip_bytes(method, members, zip64=True))
        save(name + "_stream.zip", zip_bytes(method, members, Pipe()))
        save(name + "64_stream.zip", zip_bytes(method, members, Pipe(), zip64=True))
    save("infozip.zip", tool("zip", "-qrX", "-", "faces"))
    save("nothing.zip", zip_bytes(zipfile.ZIP_STORED, []))
    save("behind.zip", b"PK\3\4" + b"what stands before" + zip_bytes(zipfile.ZIP_STORED, members))
    small = zip_bytes(zipfile.ZIP_DEFLATED, [("d", b"deflated" * 4)])
    save("small.zip", small)

    inner = tar_bytes(tarfile.PAX_FORMAT, [("c/1.bin", bytes(range(256)) * 5), ("../up", b"u"), ("/abs", b"a"), ("./dot", b"d"),
                                           ("t.tar", b"not mounted")])
    outer = [("x/train_set.tar", inner), ("x/train_set/dot", b"hidden"), ("x/plain", b"p")]
    save("tar_stored.zip", zip_bytes(zipfile.ZIP_STORED, outer))
    save("tar_deflated.zip", zip_bytes(zipfile.ZIP_DEFLATED, outer))
    save("mounted/train_set.tar", inner)
    save("mounted/train_set/dot", b"hidden")
    save("mounted/sub/stays.tar", b"a file")

    save("bad/inner.zip", zip_bytes(zipfile.ZIP_STORED, [("x/cut.tar", inner[:1900])]))
    save("bad/inner_deflated.zip", zip_bytes(zipfile.ZIP_DEFLATED, [("x/cut.tar", inner[:1900])]))
    save("bad/inner/cut.tar", inner[:1900])
    save("bad/between.tar", inner[:2048])
    save("bad/cut.zip", zip_bytes(zipfile.ZIP_STORED, members)[:-30])
    save("bad/method.zip", zip_bytes(zipfile.ZIP_BZIP2, [("d", b"x" * 100)]))
    encrypted = bytearray(small)
    encrypted[6] |= 1
    encrypted[small.index(b"PK\1\2") + 8] |= 1
    save("bad/encrypted.zip", encrypted)
    for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        data = bytearray(zip_bytes(method, [("whole", b"w"), ("d", bytes(range(200)))]))
        data[data.index(bytes(range(100, 110)))] ^= 4
        save(f"bad/{name}.zip", data)
    data = bytearray(zip_bytes(zipfile.ZIP_STORED, [("whole", b"w"), ("d", b"content")]))
    data[data.rindex(b"PK\3\4")] ^= 4
    save("bad/header.zip", data)


def all_archives():
    members = [("faces", None), ("faces/b.txt", b"second"), ("./faces/a.txt", b"first"), ("empty", b""), ("link", "empty"),
               ("z" * 90, bytes(range(256)) * 3)]
    tar("ustar.tar", tarfile.USTAR_FORMAT, members)
    long = [("d" * 60 + "/" + "n" * 140, b"long"), ("short", b"s")]
    tar("gnu.tar", tarfile.GNU_FORMAT, long)
    tar("pax.tar", tarfile.PAX_FORMAT, long, pax_headers={"comment": "global"})
    tar("utf8.tar", tarfile.PAX_FORMAT, [("\u00e9/\u4e2d.txt", b"unicode")])
    tar("small.tar", tarfile.PAX_FORMAT, [("p" * 110, b"1")])
    tar("nothing.tar", tarfile.USTAR_FORMAT, [])
    tar("links.tar", tarfile.USTAR_FORMAT, [("z/first", b"linked"), ("a", "=z/first"), ("b", "=a"), ("nowhere", "=gone")])
    save("sparse_gnu.tar", tool("tar", "-cS", "--format=gnu", "--owner=0", "--group=0", "--numeric-owner", "--sort=name", "faces"))
    save("sparse_pax.tar", tool("tar", "-cS", "--format=pax", "--owner=0", "--group=0", "--numeric-owner", "--sort=name",
                                "--pax-option=delete=atime,delete=ctime,exthdr.name=%d/pax/%f", "faces"))
    save("bad/compressed.tar", zlib.compress(b"x", wbits=31))
    save("bad/text.tar", b"this is no archive\n" * 40)
    save("tree/b.txt", b"b")
    save("tree/sub/a.txt", b"in sub")
    save("tree/sub/deep/c", b"")


save("rows.csv", b'\xef\xbb\xbfname,"a ""b"", c",x\r\n"two\nlines",,1\r\n\n1,2,3,4\nlast,"q"')
all_npy()
all_safetensors()
all_pth()
all_byteorders()
all_pngs()
all_jpegs()
all_others()
all_archives()
all_zips()
