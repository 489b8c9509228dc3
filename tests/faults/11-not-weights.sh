exits 1 "run 'git lfs pull'" "$FER" convert "$FAULT/lfs.pth" out.safetensors --model resnet-8
exits 1 "it is an HDF5 file" "$FER" convert "$FAULT/model.h5" out.safetensors --model resnet-8
exits 1 "it is an ONNX model" "$FER" convert "$FAULT/model.onnx" out.safetensors --model resnet-8
exits 1 "it is an HTML page" "$FER" convert "$FAULT/page.pth" out.safetensors --model resnet-8
