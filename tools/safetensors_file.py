"""Reads and writes .safetensors files as NumPy arrays with the metadata that libfer keeps in them."""
import json
import struct

import numpy

TYPES = {"F32": "<f4", "F16": "<f2", "I64": "<i8"}


def load(path):
    """({name: array}, metadata)"""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    about = header.pop("__metadata__", {})
    return {name: numpy.frombuffer(data[slice(*e["data_offsets"])], TYPES[e["dtype"]]).reshape(e["shape"]) for name, e in header.items()}, about


def save(path, tensors, about):
    names = {numpy.dtype(numpy_name): name for name, numpy_name in TYPES.items()}
    header, at = {"__metadata__": about}, 0
    for name, value in tensors.items():
        header[name] = {"dtype": names[value.dtype], "shape": list(value.shape), "data_offsets": [at, at + value.nbytes]}
        at += value.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for value in tensors.values():
            file.write(value.tobytes())
