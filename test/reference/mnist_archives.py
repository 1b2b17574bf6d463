"""Shows that the digests pinned in src/nodes/load/mnist.ts are those of the archives of 1998: python mnist_archives.py FOLDER

FOLDER holds the four uncompressed files. Each is packed as its author did (GNU gzip -6, the name and time of the original file in
the header), and the archive's MD5 compared with the one that torchvision and others publish for yann.lecun.com's .gz. A file with one
other byte would give another MD5. The times were found by trying the seconds around the archives' dates. Needs GNU gzip.
"""
import hashlib
import pathlib
import subprocess
import sys

ARCHIVES = [
    ("train-images", "idx3-ubyte", 848331386, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
    ("train-labels", "idx1-ubyte", 848331398, "d53e105ee54ea40749a09fcbcd1e9432"),
    ("t10k-images", "idx3-ubyte", 885827245, "9fb629c4189551a2d022fa330f9573f3"),
    ("t10k-labels", "idx1-ubyte", 885827268, "ec29112dd5afa0611ce80d1b7f02629c"),
]

different = 0
for stem, kind, modified, published in ARCHIVES:
    plain = (pathlib.Path(sys.argv[1]) / f"{stem}-{kind}").read_bytes()
    # -n: a header of 10 bytes without name and time
    packed = subprocess.run(["gzip", "-6", "-n", "-c"], input=plain, stdout=subprocess.PIPE, check=True).stdout
    header = bytes([0x1F, 0x8B, 8, 8]) + modified.to_bytes(4, "little") + bytes([0, 3]) + f"{stem}.{kind}".encode() + b"\0"
    archive = header + packed[10:]
    same = hashlib.md5(archive).hexdigest() == published
    different += not same
    print(f"{stem}-{kind} {hashlib.sha256(plain).hexdigest()} archive of {len(archive)} bytes: {'same' if same else 'DIFFERENT'}")
sys.exit(different)
