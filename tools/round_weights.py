#!/usr/bin/env python3
"""round_weights.py IN.safetensors OUT.safetensors [--bits N]: weights that compress well, for downloads.

Each row of a large weight becomes whole multiples of a power of two, N bits with the sign. The file keeps its format and
size, and every program reads it as before, but gzip and brotli then need about N bits for a number instead of 15. Vectors
and small tensors stay as they are. Standard library only."""
import argparse
import json
import math
import struct

SMALL = 2048  # numbers: a tensor below that is not worth it


def rounded(row, bits):
    most = max(map(abs, row))
    if most == 0:
        return row
    step = 2.0 ** math.ceil(math.log2(most / (2 ** (bits - 1) - 1)))
    return [round(value / step) * step for value in row]


def round_tensor(data, entry, bits):
    begin, end = entry["data_offsets"]
    count = (end - begin) // 2
    values = struct.unpack(f"<{count}e", data[begin:end])
    size = count // entry["shape"][0]
    values = [value for at in range(0, count, size) for value in rounded(values[at:at + size], bits)]
    data[begin:end] = struct.pack(f"<{count}e", *values)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--bits", type=int, default=6, help="of a number, with its sign (default: 6)")
    args = parser.parse_args()
    if not 2 <= args.bits <= 11:
        parser.error(f"--bits {args.bits}: expected 2 to 11, as half precision has")
    with open(args.input, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        header, data = json.loads(file.read(length)), bytearray(file.read())
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F16" and len(entry["shape"]) > 1 and math.prod(entry["shape"]) >= SMALL:
            round_tensor(data, entry, args.bits)
    metadata = header["__metadata__"]
    metadata["fer.provenance"] = metadata.get("fer.provenance", "origin not stated") + f"; large weights rounded to {args.bits} bits"
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with open(args.output, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    main()
