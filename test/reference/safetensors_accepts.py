"""Which files PyPI's safetensors reads: takes a JSON list of files in base64, prints a JSON list of booleans."""

import base64
import json
import sys

from safetensors import deserialize


def accepts(file: bytes) -> bool:
    try:
        deserialize(file)
        return True
    except Exception:
        return False


with open(sys.argv[1]) as files:
    print(json.dumps([accepts(base64.b64decode(file)) for file in json.load(files)]))
