#!/bin/sh
# fer models and fer info.
. "$(dirname "$0")/lib.sh"

gives 0 "models" "$FER" models
out_has '^mcct-7 .*5670396'
out_has '^vcct-1 .*11260410'
gives 0 "models as JSON" "$FER" models --format json
out_is '{m["name"]: m["params"] for m in doc}["mcct-1"] == 3001212'
out_is '701e6 < {m["name"]: m["macs"] for m in doc}["mcct-7"] < 709e6'
out_is 'all(m["input"]["height"] > 0 and m["summary"] for m in doc)'
gives 0 "models as CSV" "$FER" models --format csv
out_is 'rows[0] == ["name", "params", "macs", "input", "channels", "summary"] and all(len(r) == 6 for r in rows)'

gives 0 "info of a name" "$FER" info mcct-7
out_is 'doc["params"] == 5670396 and doc["input"] == {"height": 224, "width": 224, "channels": 3}'
out_is 'len(doc["classes"]) == 8 and doc["preprocess"] and doc["provenance"]'
out_is 'sum(__import__("math").prod(t["shape"]) for t in doc["tensors"] if t["trained"]) == doc["params"]'
gives 0 "info at another size" "$FER" info mcct-7 --input 112
out_is 'doc["input"]["width"] == 112 and doc["macs"] < 400e6'
gives 0 "info as text" "$FER" info mcct-1 --format text
out_has '^parameters  3001212'
gives 0 "info of a file" "$FER" info w.safetensors
out_is 'doc["name"] == "resnet-8" and "prior" not in doc'
gives 0 "info of a name with a slash" "$FER" info CCT-7/3x2
out_is 'doc["params"] == 855689'
gives 0 "strange class names" "$FER" info odd.safetensors
out_is 'doc["classes"] == ["neutral", "a,b", "say \"c\""]'

gives 1 "info of an unknown name" "$FER" info nonet-3
gives 1 "info of a missing file" "$FER" info missing.safetensors
err_has 'missing.safetensors'
gives 1 "info of a cut file" "$FER" info cut.safetensors
err_has 'cut.safetensors'
gives 1 "info of a picture" "$FER" info face.png
gives 1 "info of a directory" "$FER" info data
gives 1 "info at a size without a token" "$FER" info mcct-1 --input 8
finish
