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
import tempfile
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
    data = out.getvalue().rstrip(b"\0")
    return data + bytes(-len(data) % 512 + 1024)


class Pipe(io.RawIOBase):
    """A stream in which zipfile cannot seek, so that it writes sizes and checksums after the data."""
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
save("tar", "gnu.tar", tar(tarfile.GNU_FORMAT))
save("tar", "pax.tar", tar(tarfile.PAX_FORMAT))

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

for name, text in (
        ("words", '{"a":{"more":[null,true,-1.5e3,"x",{"k":[[]],"l":{}}],"dtype":"F32","shape":[],"data_offsets":[0,4]}}'),
        ("escapes", '{"__metadata__":{"\\u00e9\\n\\"\\\\\\/\\b\\f\\r\\t":"\\ud83d\\ude00\u00e9"}}'), ("surrogate", '{"__metadata__":{"a":"\\ud83dx"}}'),
        ("low", '{"__metadata__":{"a":"\\ud83d\\u0041"}}'), ("hex", '{"__metadata__":{"a":"\\u00g0"}}'), ("escape", '{"__metadata__":{"a":"\\q"}}'),
        ("list", '[]'), ("open", '{"a":{"dtype":"F32"'), ("metadata", '{"__metadata__":{"a":1}}'), ("metadata-twice", '{"__metadata__":{},"__metadata__":{}}'),
        ("key-twice", '{"__metadata__":{"a":"","a":""}}'), ("dims", '{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}'),
        ("overflow", '{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}'),
        ("product", '{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}'), ("float", '{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}'),
        ("offsets", '{"a":{"dtype":"F32","shape":[1],"data_offsets":[4]}}'), ("missing", '{"a":{"shape":[1],"data_offsets":[0,4]}}'),
        ("member-twice", '{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}'), ("comma", '{"a":{} "b":{}}'), ("colon", '{"a"{}}'),
        ("end", '{} x'), ("deep", '{"a":{"x":' + "[" * 70 + "]" * 70 + '}}'), ("value", '{"a":{"x":,}}')):
    text = text.encode()
    save("safetensors", "json-" + name, struct.pack("<Q", len(text)) + text + bytes(4))
save("safetensors", "large", struct.pack("<Qf", 56, 1e9) + b"")
values = {"x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, "n": {"dtype": "I64", "shape": [], "data_offsets": [4, 12]}}
save("safetensors", "beyond-half", safetensors(values, struct.pack("<fq", 1e9, 1 << 40)))
save("safetensors", "half", safetensors(values, struct.pack("<fq", 1.5, 3)) + b"")

# Folders: name, zero, contents, zero, ...
inner = tar(tarfile.USTAR_FORMAT)
save("folder", "files", b"a.txt\0abc\0d/b\0\0d/c/d/e\0x\0>link\0a.txt\0>loop\0d\0>gone\0nothing\0")
save("folder", "tar", b"a/b\0abc\0set.tar\0" + inner)
save("folder", "cut-tar", b"set.tar\0" + inner[:700])
save("folder", "deep", b"/".join([b"d"] * 40) + b"/f\0x\0")

# Zips of kinds that only their directory distinguishes, and damaged ones.
whole = zipped(zipfile.ZIP_STORED, [("a.txt", b"abc" * 9)])
central = whole.index(b"PK\1\2")


def with_bytes(data, at, new):
    return data[:at] + new + data[at + len(new):]


save("zip", "encrypted.zip", with_bytes(whole, central + 8, b"\1\0"))
save("zip", "method.zip", with_bytes(whole, central + 10, b"\x0c\0"))
save("zip", "sizes.zip", with_bytes(whole, central + 24, b"\xff\0\0\0"))
save("zip", "place.zip", with_bytes(whole, central + 42, b"\xff\xff\0\0"))
save("zip", "checksum.zip", with_bytes(whole, 14, b"abcd"))
save("zip", "header.zip", with_bytes(whole, 0, b"PK\3\5"))
save("zip", "local.zip", with_bytes(whole, 26, b"\xff\xff"))
save("zip", "count.zip", with_bytes(whole, len(whole) - 12, b"\2\0"))
save("zip", "directory.zip", with_bytes(whole, central, b"QK"))
save("zip", "offset.zip", with_bytes(whole, len(whole) - 6, b"\xff\xff\xff"))
save("zip", "link.zip", with_bytes(with_bytes(whole, central + 5, b"\3"), central + 40, b"\xff\xa1"))
squeezed = zipped(zipfile.ZIP_DEFLATED, [("a.txt", b"abc" * 99)])
save("zip", "deflate-longer.zip", with_bytes(squeezed, squeezed.index(b"PK\1\2") + 24, b"\x20\0\0\0"))
save("zip", "deflate-shorter.zip", with_bytes(squeezed, squeezed.index(b"PK\1\2") + 24, b"\xff\xff\0\0"))
save("zip", "deflate-damaged.zip", with_bytes(squeezed, 40, b"\xff\xff\xff\xff"))
save("zip", "inner-cut.zip", zipped(zipfile.ZIP_DEFLATED, [("x/t.tar", inner[:700])]))
save("zip", "inner-encrypted.zip", with_bytes(*(lambda z: (z, z.index(b"PK\1\2") + 8))(zipped(zipfile.ZIP_STORED, [("t.tar", inner)])), b"\1\0"))
many = zipped(zipfile.ZIP_STORED, members, zip64=True)
end = len(many) - 22
locator = b"PK\6\7" + struct.pack("<IQI", 0, end, 1)
end64 = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 3, 3, end - many.index(b"PK\1\2"), many.index(b"PK\1\2"))
save("zip", "zip64.zip", many[:end] + end64 + locator + b"PK\5\6" + bytes(4) + b"\xff" * 12 + bytes(2))
save("zip", "zip64-moved.zip", b"moved" + many[:end] + end64 + locator + b"PK\5\6" + bytes(4) + b"\xff" * 12 + bytes(2))
save("zip", "zip64-lost.zip", many[:end] + bytes(56) + locator + b"PK\5\6" + bytes(4) + b"\xff" * 12 + bytes(2))

# Opcodes that PyTorch seldom writes, and calls and storages that are not as they should be.
save("pth", "many.pkl", pickle.dumps([[{str(i): (i,)} for i in range(300)], "x" * 300, b"y" * 300, {1, 2}, frozenset((3,)), [1], {1: 2}], 4))
save("pth", "many2.pkl", pickle.dumps([[(str(i), str(i)) for i in range(300)], "x" * 300, [1], {1: 2}, 1 << 70, -5, 1.5], 2))
save("pth", "object.pkl", pickle.dumps(collections.Counter("aab"), 4))
calls = b"\x80\2}(X\1\0\0\0a"
tensor2 = b"ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0" b"0X\3\0\0\0cpuK\4tQ"
for name, rest in (("good", b"K\0K\2\x85K\1\x85\x89}tR"), ("offset", b"J\xff\xff\xff\xffK\2\x85K\1\x85\x89}tR"), ("few", b"K\0tR"),
                   ("sizes", b"K\0NK\1\x85\x89}tR"), ("negative", b"K\0J\xff\xff\xff\xff\x85K\1\x85\x89}tR"), ("strides", b"K\0K\2\x85)\x89}tR"),
                   ("many", b"K\0(" + b"K\1" * 9 + b"tK\1\x85\x89}tR")):
    save("pth", "call-" + name + ".pkl", calls + tensor2 + rest + b"u.")
parameter = b"ctorch._utils\n_rebuild_parameter\n(" + tensor2 + b"K\0K\2\x85K\1\x85\x89}tR\x88NtR"
save("pth", "parameter.pkl", calls + parameter + b"u.")
ordered = b"\x80\4\x8c\x0bcollections\x8c\x0bOrderedDict\x93)R\x94(X\1\0\0\0w" + tensor2 + b"K\0K\2\x85K\1\x85\x89}tRub0h\0."
save("pth", "ordered.pkl", ordered)
for name, data in (("long", b"\x8b\2\0\0\0\1\2."), ("long9", b"\x8a\x09" + bytes(9) + b"."), ("texts", b"(T\1\0\0\0aU\1bB\1\0\0\0cC\1d\x8e\1" + bytes(7) + b"e\x8d\1" + bytes(7) + b"fl."),
                   ("dict", b"(K\1K\2d."), ("odd", b"}(K\1u."), ("set", b"\x8f(K\1\x90."), ("frozen", b"(K\1\x91."), ("no-mark", b"K\1t."), ("mark", b"((t."),
                   ("pop", b"0."), ("empty", b"."), ("memo", b"h\5."), ("put", b"q\0."), ("far", b"K\1r\xff\xff\xff\xff."), ("opcode", b"I1\n."),
                   ("global", b"K\1K\2\x93."), ("global-long", b"c" + b"m" * 600 + b"\nn\n."), ("global-open", b"cmodule"), ("new", b"cm\nn\n)\x81}b."),
                   ("storage", b"K\1Q."), ("storage-kind", b"(K\1ctorch\nOddStorage\nX\1\0\0\0" b"0tQ."), ("text-cut", b"X\xff\0\0\0a"), ("append", b"]K\1a."), ("item", b"}K\1K\2s."),
                   ("append-none", b"a."), ("item-none", b"K\1s."), ("mark-append", b"(K\1e."), ("three", b"K\1\x87."), ("get", b"K\1q\0j\0\0\0\0."), ("float", b"G" + bytes(8) + b".")):
    save("pth", "op-" + name + ".pkl", b"\x80\2" + data)

table = b"image,label,offset,size\na.png,anger,32,4\n"
for name, data in (("cut", b"FERPACK\1" + bytes(8)), ("version", b"FERPACK\2" + bytes(24)), ("magic", b"FERPACK"), ("start", b"FERPACK\1" + struct.pack("<QQQ", 8, 4, 0)),
                   ("table", b"FERPACK\1" + struct.pack("<QQQ", 32, 400, 0) + table), ("beyond", b"FERPACK\1" + struct.pack("<QQQ", 36, len(table) + 1, 0) + bytes(4) + table.replace(b",4", b",900"))):
    save("pack", "bad-" + name + ".ferpack", data)

# Files with holes, in both dialects.
with tempfile.TemporaryDirectory() as folder:
    for name, size, places in (("s", 300000, (0, 150000)), ("t", 200000, (100,))):
        with open(os.path.join(folder, name), "wb") as f:
            for place in places:
                f.seek(place)
                f.write(b"data")
            f.truncate(size)
    for form in ("gnu", "pax"):
        run = subprocess.run(["tar", "-cS", "-b1", "--format=" + form, "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "-C", folder, "s", "t"],
                             check=True, stdout=subprocess.PIPE)
        save("tar", "sparse-" + form + ".tar", run.stdout)

# First bytes of what people take for weights.
for name, data in (("onnx", b"\x08\7\x12\7pytorch\x1a\x051.9.0:\x10\x0a\4"), ("onnx-plain", b"\x08\x08:\2\x0a\0"), ("saved-model", b"\x08\1\x12\xff\1\x0a"),
                   ("frozen-graph", b"\x0a\x12\x0a\5input\x12\x0bPlaceholder"), ("frozen-large", b"\x0a\xff\1\x0a\5input\x12\x05Const"),
                   ("lfs", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), ("page", b"\xef\xbb\xbf \n<!DOCTYPE html>"), ("text", b"no weights\n"),
                   ("nothing", b""), ("other", b"\1\2\3\4\5\6\7\x08\x09")):
    save("kind", name, data)

# Checkpoints that are none.
save("pth", "keras.pth", zipped(zipfile.ZIP_STORED, [("config.json", b"{}"), ("model.weights.h5", b"")]))
save("pth", "npz.pth", zipped(zipfile.ZIP_STORED, [("a.npy", b"")]))
script = pickle.dumps({"a": 1}, 2)
save("pth", "script.pth", zipped(zipfile.ZIP_STORED, [("m/data.pkl", script), ("m/constants.pkl", script), ("m/byteorder", b"big")]))

state = collections.OrderedDict([("w", torch.ones(2, 2)), ("n", torch.tensor(3))])
for name, data in (("plain.pth", pth(state)), ("wrapped.pth", pth({"state_dict": {"module.w": torch.ones(1).half()}, "epoch": 1}))):
    save("pth", name, data)
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        save("pth", name.replace("pth", "pkl"), z.read("archive/data.pkl"))
for protocol in (2, 4):
    save("pth", f"values{protocol}.pkl", pickle.dumps({"a": [1, -2, 1 << 40, 1 << 90, 2.5, None, True, "x", b"y", (1, 2, 3), {1}]}, protocol))

save("csv", "plain.csv", b"emotion,pixels,Usage\n0,1 2 3,Training\n")
save("csv", "quoted.csv", b"\xef\xbb\xbf\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\r\n\r\n,,\r\nlast")
save("csv", "semicolons.csv", b"image;label\n\"a;b\";\"0,5\"\n")
save("csv", "tabs.csv", b"image\tlabel\na\tb\n")
save("csv", "blanks.csv", b"image, label\na, \"b, c\"\n")
for order in ("le", "be"):
    text = "image;label\r\n\"\u20ac \U0001F600\";b\n"
    mark = "\ufeff".encode("utf-16-" + order)
    save("csv", "utf16" + order + ".csv", mark + text.encode("utf-16-" + order))
    save("csv", "cut" + order + ".csv", mark + text.encode("utf-16-" + order)[:-19])
    save("csv", "half" + order + ".csv", mark + "a\n".encode("utf-16-" + order) + b"\xde\xde")
save("csv", "open.csv", b"a,\"b\n")
save("csv", "behind.csv", b"a,\"b\"c\n")
save("csv", "zero.csv", b"a,b\0\n")
save("csv", "quoted-zero.csv", b"a,\"b\0\"\n")

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

# Journals of an archive; the target adds the checksums.
JOURNAL = [json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in (
    {"fer": "journal", "command": "predict", "inputs": 4, "names": "0123", "settings": {"faces": "all", "tta": "off"},
     "table": "faces.csv", "before": "file,label\n", "after": "", "shard": [1, 2]},
    {"n": 0, "file": "a.png", "rows": "a.png,happiness\n"},
    {"n": 2, "file": "b.png", "rows": "", "failure": "b.png,\"b.png: is empty\"\n"})]
OTHER = JOURNAL[0].replace(b"[1,2]", b"[2,2]")
save("journal", "one", b"\0" + b"".join(JOURNAL))
save("journal", "torn", b"\0" + b"".join(JOURNAL)[:-20])
both = OTHER + JOURNAL[1].replace(b'"n":0', b'"n":1')
save("journal", "two", b"\1" + b"".join(JOURNAL[:2]).ljust(len(both), b"\n") + both.ljust(len(b"".join(JOURNAL[:2])), b"\n"))
