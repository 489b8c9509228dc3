# The marker was set by hand, so the numbers turn out odd: what counts is that their bytes are read in its order.
exits 0 "" "$FER" convert "$FAULT/big.pth" big.safetensors --model resnet-8
python3 - "$FAULT/big.pth" <<'P' || failures=1
import json, struct, sys, zipfile
with open("big.safetensors", "rb") as f:
    header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
    start = f.tell()
    f.seek(start + header["conv1.weight"]["data_offsets"][0])
    assert header["conv1.weight"]["dtype"] == "F32", header["conv1.weight"]
    number = f.read(4)
with zipfile.ZipFile(sys.argv[1]) as z:
    stored = z.read("a_zip/data/0")[:4]
assert number == stored[::-1] and number != stored, (number, stored)
P
