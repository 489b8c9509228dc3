#!/usr/bin/python3
"""Makes the pictures of tests/formats/fixtures/kinds: every kind of TIFF, WebP, HEIC, AVIF and JPEG XL, turned pictures, colour
profiles. Beside each lies a .raw with the pixels that are expected, which this script works out itself. Needs Pillow, NumPy and the
commands tiffcp (libtiff-tools), heif-enc (libheif-examples) and cjxl (libjxl-tools). The results are committed."""
import io
import os
import struct
import subprocess
import tempfile
import zlib

import numpy as np
from PIL import Image

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures", "kinds")
TURNS = {1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
         5: lambda a: a.swapaxes(0, 1), 6: lambda a: np.rot90(a, -1), 7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
         8: lambda a: np.rot90(a)}


def save(name, data, pixels=None):
    os.makedirs(HERE, exist_ok=True)
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(data)
    if pixels is not None:
        with open(os.path.join(HERE, name + ".raw"), "wb") as f:
            f.write(np.ascontiguousarray(pixels, np.uint8).tobytes())


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def tool(data, ending, command, result):
    """The file that a command makes of another."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "in" + ending), os.path.join(folder, "out" + result)
        with open(source, "wb") as f:
            f.write(data)
        subprocess.run([part.format(source=source, target=target) for part in command], check=True, capture_output=True)
        with open(target, "rb") as f:
            return f.read()


def stored(upright, orientation):
    """The pixels that a file of this orientation holds."""
    for turn in TURNS.values():
        if np.array_equal(TURNS[orientation](turn(upright)), upright):
            return np.ascontiguousarray(turn(upright))
    raise ValueError(orientation)


def exif(orientation):
    return b"II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunk(png, kind, data, behind=False):
    """A PNG with one more chunk, before its pixels or behind them."""
    at = len(png) - 12 if behind else 33
    return png[:at] + chunk(kind, data) + png[at:]


# ---- turned pictures ----------------------------------------------------------------------------------------------------------------


def boxes(data):
    at = 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        yield kind, data[at + 8:at + size]
        at += size


def box(kind, data):
    return struct.pack(">I4s", len(data) + 8, kind) + data


def associated(ipma, item, added):
    """The table of properties with more of them for one item."""
    assert ipma[:4] == bytes(4)
    out, at = ipma[:8], 8
    for _ in range(struct.unpack(">I", ipma[4:8])[0]):
        number, n = struct.unpack(">HB", ipma[at:at + 3])
        mine = added if number == item else b""
        out += struct.pack(">HB", number, n + len(mine)) + ipma[at + 3:at + 3 + n] + mine
        at += 3 + n
    return out


def with_turn(heif, orientation):
    """An HEIF file whose picture is to be turned: irot and imir, as MIAF pairs them with EXIF's orientations."""
    irot, imir = {1: (None, None), 2: (None, 1), 3: (2, None), 4: (None, 0), 5: (1, 0), 6: (3, None), 7: (3, 0),
                  8: (1, None)}[orientation]
    more = [] if irot is None else [box(b"irot", bytes([irot]))]
    more += [] if imir is None else [box(b"imir", bytes([imir]))]
    top = list(boxes(heif))
    meta = dict(top)[b"meta"]
    inner = list(boxes(meta[4:]))
    primary = struct.unpack(">H", dict(inner)[b"pitm"][4:6])[0]

    def rebuilt(shift):
        parts = []
        for kind, data in inner:
            if kind == b"iprp":
                ipco, ipma = dict(boxes(data))[b"ipco"], dict(boxes(data))[b"ipma"]
                first = len(list(boxes(ipco))) + 1
                added = bytes(0x80 | first + i for i in range(len(more)))
                data = box(b"ipco", ipco + b"".join(more)) + box(b"ipma", associated(ipma, primary, added))
            if kind == b"iloc":
                data = moved(data, shift)
            parts.append(box(kind, data))
        return box(b"meta", meta[:4] + b"".join(parts))

    shift = len(rebuilt(0)) - len(meta) - 8
    return b"".join(rebuilt(shift) if kind == b"meta" else box(kind, data) for kind, data in top)


def moved(iloc, shift):
    """The table of places, where everything in the file lies `shift` bytes farther behind. Version 0 or 1, offsets of 4 bytes."""
    version, sizes, out, at = iloc[0], iloc[4:6], bytearray(iloc), 8
    assert version < 2 and sizes[0] == 0x44
    for _ in range(struct.unpack(">H", iloc[6:8])[0]):
        within = version == 1 and iloc[at + 3] & 15
        at += 2 + (2 if version == 1 else 0) + 2
        base = sizes[1] >> 4
        if base and not within and (old := struct.unpack(">I", iloc[at:at + 4])[0]):
            struct.pack_into(">I", out, at, old + shift)
        moves = not within and (not base or struct.unpack(">I", iloc[at:at + 4])[0] == 0)
        at += base
        extents = struct.unpack(">H", iloc[at:at + 2])[0]
        at += 2
        for _ in range(extents):
            if moves:
                struct.pack_into(">I", out, at, struct.unpack(">I", iloc[at:at + 4])[0] + shift)
            at += 8
    return bytes(out)


HEIC = ["heif-enc", "-L", "-p", "chroma=444", "--matrix_coefficients=0", "{source}", "-o", "{target}"]
JXL = ["cjxl", "{source}", "{target}", "-d", "0"]


def turned():
    upright = np.full((16, 24, 3), 40, np.uint8)
    upright[:8, 12:], upright[8:, :12], upright[8:, 12:] = (200, 60, 60), (60, 200, 60), (60, 60, 200)
    plain = encoded(Image.fromarray(upright), "PNG")
    heic = tool(plain, ".png", HEIC, ".heic")
    avif = tool(plain, ".png", HEIC[:-2] + ["-A", "-o", "{target}"], ".avif")
    for orientation in range(1, 9):
        pixels = stored(upright, orientation)
        image = Image.fromarray(pixels)
        png = encoded(image, "PNG")
        save(f"turned{orientation}.png", with_chunk(png, b"eXIf", exif(orientation)), upright)
        save(f"turned{orientation}_behind.png", with_chunk(png, b"eXIf", exif(orientation), True), upright)
        save(f"turned{orientation}.webp", encoded(image, "WEBP", lossless=True, exif=exif(orientation)), upright)
        save(f"turned{orientation}.tif", encoded(image, "TIFF", tiffinfo={0x0112: orientation}), upright)
        save(f"turned{orientation}.jpg", encoded(image, "JPEG", quality=95, subsampling=0, exif=b"Exif\0\0" + exif(orientation)), upright)
        save(f"turned{orientation}.jxl", tool(with_chunk(png, b"eXIf", exif(orientation)), ".png", JXL, ".jxl"), upright)
        # These hold the upright pixels and are turned, so what is expected is turned too.
        save(f"turned{orientation}.heic", with_turn(heic, orientation), TURNS[orientation](upright))
        save(f"turned{orientation}.avif", with_turn(avif, orientation), TURNS[orientation](upright))


# ---- colour profiles ----------------------------------------------------------------------------------------------------------------

TO_XYZ = {  # to D50, by columns
    "srgb": np.array([[.4360747, .3850649, .1430804], [.2225045, .7168786, .0606169], [.0139322, .0971045, .7141733]]),
    "p3": np.array([[.5151187, .2919778, .1571035], [.2411892, .6922441, .0665668], [-.0010505, .0418791, .7840713]]),
    "adobe": np.array([[.6097559, .2052401, .1492240], [.3111242, .6256560, .0632197], [.0194811, .0608902, .7448387]])}


def tag_table(tags, space):
    n, body, table = len(tags), b"", b""
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table += name + struct.pack(">II", 132 + 12 * n + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s", 0, b"none", 0x02100000, b"mntr", space, b"XYZ ") + bytes(12) + b"acsp" + bytes(28)
    head += struct.pack(">III", 0xF6D6, 0x10000, 0xD32D) + bytes(48)
    whole = head + struct.pack(">I", n) + table + body
    return struct.pack(">I", len(whole)) + whole[4:]


def fixed(values):
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in values))


def gamma_curve(gamma):
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)


def named(name):
    return b"desc" + bytes(4) + struct.pack(">I", len(name) + 1) + name + bytes(79)


def rgb_profile(kind, gamma):
    m = TO_XYZ[kind]
    tags = {b"desc": named(kind.encode()), b"wtpt": fixed((.9642, 1, .8249)), b"cprt": b"text" + bytes(4) + b"none\0"}
    for i, colour in enumerate(b"rgb"):
        tags[bytes([colour]) + b"XYZ"] = fixed(m[:, i])
        tags[bytes([colour]) + b"TRC"] = gamma_curve(gamma)
    return tag_table(tags, b"RGB ")


def grey_profile(gamma):
    return tag_table({b"desc": named(b"grey"), b"wtpt": fixed((.9642, 1, .8249)), b"cprt": b"text" + bytes(4) + b"none\0",
                      b"kTRC": gamma_curve(gamma)}, b"GRAY")


def srgb_curve(linear):
    linear = np.clip(linear, 0, 1)
    return np.rint(255 * np.where(linear <= .0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - .055))


def to_srgb(pixels, kind, gamma):
    linear = (pixels / 255.) ** (round(gamma * 256) / 256)
    return srgb_curve(linear @ (np.linalg.inv(TO_XYZ["srgb"]) @ TO_XYZ[kind]).T)


def profiles():
    ramp = np.linspace(60, 200, 24).astype(np.uint8)
    rgb = np.stack([np.tile(ramp, (16, 1)), np.tile(ramp[:16, None], (1, 24)), np.full((16, 24), 120, np.uint8)], -1)
    image = Image.fromarray(rgb)
    for kind, gamma in (("p3", 2.2), ("adobe", 2.19921875)):
        icc, expected = rgb_profile(kind, gamma), to_srgb(rgb, kind, gamma)
        png = encoded(image, "PNG", icc_profile=icc)
        save(f"{kind}.png", png, expected)
        save(f"{kind}.jpg", encoded(image, "JPEG", quality=98, subsampling=0, icc_profile=icc), expected)
        save(f"{kind}.tif", encoded(image, "TIFF", icc_profile=icc), expected)
        save(f"{kind}.webp", encoded(image, "WEBP", lossless=True, icc_profile=icc), expected)
        save(f"{kind}.heic", tool(png, ".png", HEIC, ".heic"), expected)
        save(f"{kind}.avif", tool(png, ".png", HEIC[:-2] + ["-A", "-o", "{target}"], ".avif"), expected)
        save(f"{kind}.jxl", tool(png, ".png", JXL, ".jxl"), expected)
    save("p3_lossy.jxl", tool(encoded(image, "PNG", icc_profile=rgb_profile("p3", 2.2)), ".png", JXL[:-1] + ["1"], ".jxl"),
         to_srgb(rgb, "p3", 2.2))
    alpha = np.tile(np.linspace(0, 255, 24).astype(np.uint8), (16, 1))[..., None]
    save("p3_alpha.png", encoded(Image.fromarray(np.concatenate([rgb, alpha], -1)), "PNG", icc_profile=rgb_profile("p3", 2.2)),
         np.rint(to_srgb(rgb, "p3", 2.2) * (alpha / 255.)))
    grey = Image.fromarray(rgb[..., 0])
    save("grey_profile.jpg", encoded(grey, "JPEG", quality=98, icc_profile=grey_profile(1.8)), srgb_curve((rgb[..., 0] / 255.) ** (461 / 256)))
    save("grey_profile.png", encoded(grey, "PNG", icc_profile=grey_profile(1.8)), srgb_curve((rgb[..., 0] / 255.) ** (461 / 256)))
    from PIL import ImageCms
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    save("srgb.png", encoded(image, "PNG", icc_profile=srgb), rgb)
    save("broken_profile.webp", encoded(image, "WEBP", lossless=True, icc_profile=b"no profile at all" * 9), rgb)
    save("other_profile.webp", encoded(image, "WEBP", lossless=True, icc_profile=grey_profile(1.8)), rgb)
    jpeg = encoded(grey, "JPEG", quality=98, icc_profile=grey_profile(1.8))
    at = jpeg.index(b"ICC_PROFILE\0") + 13
    save("broken_profile.jpg", jpeg[:at] + b"\x02" + jpeg[at + 1:], np.asarray(Image.open(io.BytesIO(jpeg))))
    return rgb


# ---- kinds --------------------------------------------------------------------------------------------------------------------------


def tiffs(rgb):
    image, grey = Image.fromarray(rgb), Image.fromarray(rgb[..., 0])
    tif, deep = encoded(image, "TIFF"), rgb[..., 0].astype("<u2") * 257 - 100
    tiled = ["tiffcp", "-t", "-w", "16", "-l", "16", "{source}", "{target}"]
    save("tiled.tif", tool(tif, ".tif", tiled, ".tif"), rgb)
    save("tiled_grey.tif", tool(encoded(grey, "TIFF"), ".tif", tiled, ".tif"), rgb[..., 0])
    save("tiled_deep.tif", tool(encoded(Image.fromarray(deep), "TIFF"), ".tif", tiled, ".tif"), np.rint(deep / 257.))
    save("big.tif", tool(tif, ".tif", ["tiffcp", "-8", "{source}", "{target}"], ".tif"), rgb)
    save("big_endian.tif", tool(tif, ".tif", ["tiffcp", "-8", "-B", "{source}", "{target}"], ".tif"), rgb)
    save("planes.tif", tool(tif, ".tif", ["tiffcp", "-p", "separate", "{source}", "{target}"], ".tif"), rgb)
    save("jpeg.tif", tool(tif, ".tif", ["tiffcp", "-c", "jpeg:98", "{source}", "{target}"], ".tif"), rgb)
    save("pages.tif", encoded(image, "TIFF", save_all=True, append_images=[grey]), rgb)
    save("cut_pixels.tif", cut_pixels(tif))
    save("float.tif", encoded(Image.fromarray(rgb[..., 0].astype("f4")), "TIFF"))


def cut_pixels(tif):
    """The directory first, then only half of the pixels."""
    at = struct.unpack("<I", tif[4:8])[0]
    n = struct.unpack("<H", tif[at:at + 2])[0]
    entries = [list(struct.unpack("<HHII", tif[at + 2 + 12 * i:at + 14 + 12 * i])) for i in range(n)]
    size = 2 + 12 * n + 4
    bits = 8 + size
    for e in entries:
        if e[0] == 258:
            e[3] = bits
        if e[0] == 273:
            e[3] = bits + 6
    keep = [e for e in entries if e[0] in (256, 257, 258, 259, 262, 273, 277, 278, 279, 284)]
    out = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", len(keep))
    out += b"".join(struct.pack("<HHII", *e) for e in keep) + bytes(4)
    return out + bytes(bits - len(out)) + struct.pack("<3H", 8, 8, 8) + bytes(16 * 24 * 3 // 2)


def others(rgb):
    image = Image.fromarray(rgb)
    second = Image.fromarray(255 - rgb)
    save("animated.webp", encoded(image, "WEBP", save_all=True, append_images=[second], lossless=True), rgb)
    alpha = np.concatenate([rgb, np.full((16, 24, 1), 128, np.uint8)], -1)
    png = encoded(Image.fromarray(alpha), "PNG")
    over_black = (rgb.astype(int) * 128 + 127) // 255
    save("alpha.heic", tool(png, ".png", HEIC, ".heic"), over_black)
    save("alpha.jxl", tool(png, ".png", JXL, ".jxl"), over_black)
    save("grey.jxl", tool(encoded(Image.fromarray(rgb[..., 0]), "PNG"), ".png", JXL, ".jxl"), rgb[..., 0])
    save("lossy.jxl", tool(encoded(image, "PNG"), ".png", JXL[:-1] + ["1"], ".jxl"), rgb)
    save("lossy.avif", tool(encoded(image, "PNG"), ".png", ["heif-enc", "-q", "95", "-A", "{source}", "-o", "{target}"], ".avif"), rgb)
    film = encoded(image, "PNG", save_all=True, append_images=[second], duration=100)
    save("animated.jxl", tool(film, ".png", JXL, ".jxl"), rgb)
    for quality, name in ((90, "baseline"), (90, "progressive")):
        jpeg = encoded(image.resize((96, 96)), "JPEG", quality=quality, progressive=name == "progressive")
        save(name + ".jpg", jpeg)
    padded = encoded(image, "JPEG", quality=90)
    save("padded.jpg", padded[:-2] + bytes(3) + padded[-2:], np.asarray(Image.open(io.BytesIO(padded))))


def main():
    turned()
    rgb = profiles()
    tiffs(rgb)
    others(rgb)


main()
