"""scene.py FACE.png: pictures for fer predict. FACE is an RGB PNG of 8 bits, not interlaced.

two.png: the face at (20, 40), and twice as large at (230, 20), on grey of 520 x 310; none.png: 200 x 150, black;
large.png: 1200 x 1000, black."""
import struct
import sys
import zlib


def chunks(data):
    at = 8
    while at < len(data):
        n, kind = struct.unpack(">I4s", data[at:at + 8])
        yield kind, data[at + 8:at + 8 + n]
        at += 12 + n


def paeth(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def read(path):
    """Rows of bytes, three a pixel."""
    parts = list(chunks(open(path, "rb").read()))
    w, h, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", parts[0][1])
    assert (depth, colour, interlaced) == (8, 2, 0)
    raw = zlib.decompress(b"".join(d for k, d in parts if k == b"IDAT"))
    rows, above = [], bytes(3 * w)
    for y in range(h):
        kind, row = raw[y * (3 * w + 1)], bytearray(raw[y * (3 * w + 1) + 1:(y + 1) * (3 * w + 1)])
        for i in range(3 * w):
            a, b, c = (row[i - 3] if i >= 3 else 0), above[i], (above[i - 3] if i >= 3 else 0)
            row[i] = (row[i] + (0, a, b, (a + b) // 2, paeth(a, b, c))[kind]) & 255
        above = bytes(row)
        rows.append(above)
    return rows


def write(path, rows, colour=2):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    w = len(rows[0]) // (3 if colour == 2 else 1)
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, len(rows), 8, colour, 0, 0, 0)) +
                chunk(b"IDAT", zlib.compress(b"".join(b"\0" + bytes(r) for r in rows))) + chunk(b"IEND", b""))


def twice(rows):
    wide = [b"".join(r[i:i + 3] * 2 for i in range(0, len(r), 3)) for r in rows]
    return [r for r in wide for _ in range(2)]


def paste(canvas, rows, x, y):
    for i, r in enumerate(rows):
        canvas[y + i][3 * x:3 * x + len(r)] = r


face = [b"\x78" * 3 * 38 + r[3 * 38:] if y >= 90 else r for y, r in enumerate(read(sys.argv[1]))]  # without the collar
scene = [bytearray(b"\x78" * 520 * 3) for _ in range(310)]
paste(scene, face, 20, 40)
paste(scene, twice(face), 230, 20)
write("two.png", scene)
write("none.png", [bytes(200 * 3)] * 150)
write("large.png", [bytes(1200)] * 1000, 0)

turned = [bytearray(b"\x6e" * 240 * 3) for _ in range(240)]
paste(turned, read(sys.argv[1]), 54, 54)
write("turned.png", [b"".join(bytes(turned[y][3 * x:3 * x + 3]) for y in range(240)) for x in range(239, -1, -1)])  # to the left
