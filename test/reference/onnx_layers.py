"""What onnxruntime computes with our ONNX files of every kind of layer:

    node dist-test/exporters/onnx/networks.js FOLDER && python onnx_layers.py FOLDER > onnx_layers.json

Needs onnx and onnxruntime. The files are checked against the format, and named by their SHA-256.
"""
import hashlib
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

found = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    given = json.loads(path.with_suffix(".json").read_text())
    images = np.array(given["data"], "float32").reshape(given["shape"])
    (output,) = onnxruntime.InferenceSession(path).run(["output"], {"input": images})
    found[path.stem] = {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "shape": output.shape,
        "output": [round(float(value), 7) for value in output.ravel()],
    }
print(json.dumps(found, indent=1))
