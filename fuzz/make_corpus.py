#!/usr/bin/python3
"""Makes fuzz/corpus: a few small true files of every format. Needs numpy, Pillow, torch and the command ffmpeg; the results are committed."""
import collections
import io
import json
import os
import pickle
import struct
import subprocess
import tarfile
import zipfile

import numpy as np
import torch
from PIL import Image

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def save(target, name, data):
    os.makedirs(os.path.join(HERE, target), exist_ok=True)
    with open(os.path.join(HERE, target, name), "wb") as f:
        f.write(data)


def picture(mode, kind, **options):
    rng = np.random.RandomState(1)
    channels = {"1": 1, "L": 1, "P": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}[mode]
    array = rng.randint(0, 256, (5, 7, channels), np.uint8)
    image = Image.fromarray(array[..., 0] if channels == 1 else array, "L" if channels == 1 else mode)
    if mode in ("1", "P"):
        image = image.convert(mode)
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def npy(array, **options):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, **options)
    return out.getvalue()


def tar(form):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as t:
        for name, data in (("a.txt", b"abc"), ("d/" + "n" * 120 if form != tarfile.USTAR_FORMAT else "d/b", b"x")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue().rstrip(b"\0") + bytes(512)


class Pipe(io.RawIOBase):
    """What zipfile cannot seek in: sizes and checksums then stand behind the data."""
    def __init__(self):
        self.bytes = b""

    def writable(self):
        return True

    def write(self, data):
        self.bytes += bytes(data)
        return len(data)


def zipped(method, members, out=None, zip64=False):
    out = out or io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            with z.open(info, "w", force_zip64=zip64) as f:
                f.write(data)
    return out.bytes if isinstance(out, Pipe) else out.getvalue()


def safetensors(header, data):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def pth(value, **options):
    out = io.BytesIO()
    torch.save(value, out, **options)
    return out.getvalue()


save("pixels", "grey.png", picture("L", "PNG"))
save("pixels", "grey-alpha.png", picture("LA", "PNG"))
save("pixels", "rgb.png", picture("RGB", "PNG"))
save("pixels", "rgba.png", picture("RGBA", "PNG"))
save("pixels", "palette.png", picture("P", "PNG", transparency=3))
save("pixels", "bits.png", picture("1", "PNG"))
save("pixels", "grey.jpg", picture("L", "JPEG"))
save("pixels", "rgb.jpg", picture("RGB", "JPEG"))
save("pixels", "cmyk.jpg", picture("CMYK", "JPEG"))
save("pixels", "progressive.jpg", picture("RGB", "JPEG", progressive=True))
exif = Image.Exif()
exif[0x0112] = 6
save("pixels", "turned.jpg", picture("L", "JPEG", exif=exif))

for mode, name in (("L", "grey"), ("RGB", "rgb"), ("P", "palette"), ("1", "bits"), ("RGBA", "rgba")):
    save("pixels", name + ".bmp", picture(mode, "BMP"))
    save("pixels", name + ".tif", picture(mode, "TIFF", compression=None if name == "rgb" else "packbits" if mode == "1" else "tiff_lzw"))
save("pixels", "deflate.tif", picture("RGB", "TIFF", compression="tiff_adobe_deflate", tiffinfo={0x0112: 6}))
save("pixels", "palette.gif", picture("P", "GIF", transparency=3))
save("pixels", "interlaced.gif", picture("L", "GIF", interlace=1))
save("pixels", "lossless.webp", picture("RGB", "WEBP", lossless=True, exif=exif))
save("pixels", "lossy.webp", picture("RGB", "WEBP", quality=50))
save("pixels", "lossy-alpha.webp", picture("RGBA", "WEBP", quality=50))

# fuzz_faces begins with all of the above, too.
with Image.open(os.path.join(HERE, "..", "..", "examples", "face.png")) as person:
    for side, name in ((48, "small.jpg"), (96, "large.jpg")):
        out = io.BytesIO()
        person.resize((side, side), Image.BILINEAR).save(out, "JPEG", quality=70)
        save("faces", name, out.getvalue())

os.makedirs(os.path.join(HERE, "video"), exist_ok=True)
for name, options in (("small.mp4", "-c:v mpeg4 -pix_fmt yuv420p"), ("small.mkv", "-c:v mpeg4 -pix_fmt yuv420p"), ("small.avi", "-c:v mpeg4"),
                      ("mjpeg.mkv", "-c:v mjpeg -pix_fmt yuvj420p -t 0.2"), ("small.y4m", "-pix_fmt gray -t 0.2"),
                      ("small.ts", "-c:v mpeg2video -pix_fmt yuv420p -r 25")):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=16x16:rate=10:duration=0.3", *options.split(),
                    "-flags", "+bitexact", "-fflags", "+bitexact", os.path.join(HERE, "video", name)], check=True)

save("tar", "ustar.tar", tar(tarfile.USTAR_FORMAT))
save("tar", "gnu.tar", tar(tarfile.GNU_FORMAT)[:4096])
save("tar", "pax.tar", tar(tarfile.PAX_FORMAT)[:4096])

members = [("a.txt", b"abc" * 9), ("d/", b""), ("d/b", b"x")]
for method, name in ((zipfile.ZIP_STORED, "stored"), (zipfile.ZIP_DEFLATED, "deflated")):
    save("zip", name + ".zip", zipped(method, members))
    save("zip", name + "64.zip", zipped(method, members, zip64=True))
    save("zip", name + "-stream.zip", zipped(method, members, Pipe()))
    save("zip", name + "-tar.zip", zipped(method, [("x/t.tar", tar(tarfile.USTAR_FORMAT))]))
save("zip", "behind.zip", b"PK\3\4" + zipped(zipfile.ZIP_STORED, members))

for dtype in ("<f4", ">f8", "<f2", "<i8", "|u1", "|b1"):
    save("npy", dtype[1:] + ".npy", npy(np.arange(6).reshape(2, 3).astype(dtype)))
save("npy", "fortran.npy", npy(np.asfortranarray(np.arange(6, dtype="<f4").reshape(2, 3))))
save("npy", "v2.npy", npy(np.arange(2, dtype="<i4"), version=(2, 0)))
save("npy", "scalar.npy", npy(np.array(1, "<f4")))

save("safetensors", "two", safetensors({"__metadata__": {"k": "v"}, "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
                                        "b": {"dtype": "I64", "shape": [], "data_offsets": [8, 16]}}, bytes(range(16))))
for dtype, size in (("F16", 2), ("BF16", 2), ("F64", 8), ("I32", 4), ("U8", 1), ("BOOL", 1)):
    save("safetensors", dtype, safetensors({"x": {"dtype": dtype, "shape": [1, 1], "data_offsets": [0, size]}}, bytes(size)))

state = collections.OrderedDict([("w", torch.ones(2, 2)), ("n", torch.tensor(3))])
for name, data in (("plain.pth", pth(state)), ("wrapped.pth", pth({"state_dict": {"module.w": torch.ones(1).half()}, "epoch": 1}))):
    save("pth", name, data)
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        save("pth", name.replace("pth", "pkl"), z.read("archive/data.pkl"))
for protocol in (2, 4):
    save("pth", f"values{protocol}.pkl", pickle.dumps({"a": [1, -2, 1 << 40, 1 << 90, 2.5, None, True, "x", b"y", (1, 2, 3), {1}]}, protocol))

save("csv", "plain.csv", b"emotion,pixels,Usage\n0,1 2 3,Training\n")
save("csv", "quoted.csv", b"\xef\xbb\xbf\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\r\n\r\n,,\r\nlast")

header = "image,x,y,w,h,lx1,ly1,lx2,ly2,lx3,ly3,lx4,ly4,lx5,ly5\n"
rows = header + "a.png,1,2,10,12,3,4,8,4,6,7,4,10,8,10\nb.jpg,5,5.5,8e1,9,,,,,,,,,,\n"
save("scenes", "faces", rows.encode())
save("scenes", "both", (rows + "\0image,x,y,w,h\nb.jpg,30,20,5,5\n").encode())

# Packs as docs/file-formats.md has them: a file's bytes and raw pixels; and their tables alone.
row = "image,split,label,valence,arousal,x,y,w,h,distribution,landmarks,offset,size,width,height,channels\n"
points = ";".join("%d" % i for i in range(136))


def pack(images, table):
    table = table.encode()
    return b"FERPACK\1" + struct.pack("<QQQ", 32 + len(images), len(table), 0) + images + table


face = picture("L", "PNG")
save("pack", "file.ferpack", pack(face, row + f"a.png,train,fear,0.5,-0.25,0,0,4,4,fear:0.75;anger:0.25,{points},32,{len(face)},,,\n"))
save("pack", "raw.ferpack", pack(bytes(range(12)), row + "a.png,val,anger,,,,,,,,,32,12,2,2,3\n"))
save("pack", "table.csv", (row + 'b.png,test,"happy",1,1,,,,,happiness:1,,32,4,2,2,1\nc.png,,sad,,,,,,,,,32,4,2,2,1\n').encode())
