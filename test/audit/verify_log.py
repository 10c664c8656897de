#!/usr/bin/python3
"""Verifies an exported audit log with nothing but Python's standard library.

    verify_log.py leaves.csv [CHECKPOINT VKEY]...
    verify_log.py --tiles DIRECTORY VKEY

leaves.csv is the export of doc/auditor-guide.md, with images or without, the
directory one of C2SP tlog-tiles.  Prints what was verified, or raises.
Independent of pdauth: written from RFC 6962, RFC 8032 and the C2SP texts.
"""
import base64
import csv
import hashlib
import pathlib
import sys

csv.field_size_limit(sys.maxsize)


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(data):
    return sha256(b"\0" + data)


def root_of(hashes):
    """MTH of RFC 6962, section 2.1."""
    if not hashes:
        return sha256(b"")
    while len(hashes) > 1:
        pairs = [sha256(b"\1" + hashes[i] + hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
        hashes = pairs + (hashes[-1:] if len(hashes) % 2 else [])
    return hashes[0]


# Ed25519, RFC 8032 section 5.1, verification only.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(a, b):
    """Points as (x, y) on -x^2 + y^2 = 1 + d x^2 y^2."""
    product = D * a[0] * b[0] * a[1] * b[1] % P
    return ((a[0] * b[1] + a[1] * b[0]) * pow(1 + product, -1, P) % P,
            (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, P) % P)


def multiply(scalar, point):
    result = (0, 1)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def point_of(data):
    y = int.from_bytes(data, "little") & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square:
        raise ValueError("not a point of the curve")
    return ((P - x) % P if x % 2 != data[31] >> 7 else x, y)


BASE = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def signature_is_good(public_key, message, signature):
    scalar = int.from_bytes(signature[32:], "little")
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % ORDER
    return scalar < ORDER and multiply(scalar, BASE) == add(point_of(signature[:32]), multiply(challenge, point_of(public_key)))


def open_checkpoint(note, vkey):
    """(origin, size, root) of a signed note; C2SP signed-note and tlog-checkpoint."""
    name, key_id, encoded = vkey.strip().split("+", 2)
    typed = base64.b64decode(encoded, validate=True)
    if typed[0] != 1 or len(typed) != 33 or sha256(name.encode() + b"\n" + typed)[:4].hex() != key_id:
        raise ValueError("malformed verifier key")
    body, signatures = note.rsplit("\n\n", 1)
    body += "\n"
    for line in signatures.splitlines():
        dash, signer, signature = line.split(" ")
        raw = base64.b64decode(signature, validate=True)
        if dash == "\u2014" and signer == name and raw[:4].hex() == key_id:
            if not signature_is_good(typed[1:], body.encode(), raw[4:]):
                raise ValueError("bad signature")
            origin, size, root = body.splitlines()[:3]
            return origin, int(size), base64.b64decode(root, validate=True)
    raise ValueError("not signed by this key")


def piece(data):
    return b"\xff\xff\xff\xff" if data is None else len(data).to_bytes(4, "big") + data


def read_piece(data, at):
    length = int.from_bytes(data[at:at + 4], "big", signed=True)
    return (None, at + 4) if length < 0 else (data[at + 4:at + 4 + length], at + 4 + length)


class Log:
    """Leaves in order, checked as they come."""

    def __init__(self):
        self.hashes = []
        self.block = None           # leaf hash of the last block
        self.number = 0             # of the last block
        self.begin = 0              # first leaf behind it
        self.entries = 0
        self.erased = 0
        self.gone = 0

    def add_gone(self, hash):
        """Of a pruned entry its leaf hash is left."""
        self.gone += 1
        self.hashes.append(hash)

    def add(self, data, salt=None, image=None, with_image=True):
        if data[:2] == b"E\1":
            self.entries += 1
            if salt == b"" and image is None:
                self.erased += 1
            elif with_image and sha256(piece(salt) + piece(image)) != data[-32:]:
                raise ValueError(f"leaf {len(self.hashes)}: salt and image are not those recorded")
        elif data[:2] == b"S\1":
            self.add_block(data)
        else:
            raise ValueError(f"leaf {len(self.hashes)} is neither an entry nor a block")
        self.hashes.append(leaf_hash(data))
        if data[:2] == b"S\1":
            self.block, self.begin = self.hashes[-1], len(self.hashes)

    def add_block(self, data):
        number, first, entries = (int.from_bytes(data[i:i + 8], "big") for i in (2, 42, 50))
        _, at = read_piece(data, 58)
        previous, at = read_piece(data, at)
        leaves = data[at + 32:at + 64]
        if (number, first, entries) != (self.number + 1, self.begin, len(self.hashes) - self.begin):
            raise ValueError(f"block {number} is out of place")
        if previous != self.block:
            raise ValueError(f"block {number} does not follow from the one before")
        if sha256(b"".join(self.hashes[self.begin:])) != leaves:
            raise ValueError(f"block {number} seals other entries")
        self.number = number

    def check(self, checkpoint):
        origin, size, root = checkpoint
        if size > len(self.hashes):
            raise ValueError(f"truncated: {len(self.hashes)} leaves, {origin} signed {size}")
        if root_of(self.hashes[:size]) != root:
            raise ValueError(f"rewritten: the first {size} leaves are not those {origin} signed")


def unhex(text):
    return bytes.fromhex(text) if text != "" else None


def read_leaves(path):
    log = Log()
    with open(path, newline="") as file:
        for row in csv.reader(file):
            if int(row[0]) != len(log.hashes):
                raise ValueError(f"leaf {len(log.hashes)} is missing")
            if len(row) > 3 and row[2] in ("gone", "-") and row[3] != "":
                raise ValueError(f"leaf {len(log.hashes)} has an image without its salt")
            if len(row) > 2 and row[2] == "gone":
                log.add_gone(bytes.fromhex(row[1]))
            elif len(row) == 2 or row[2] == "-":
                log.add(bytes.fromhex(row[1]), with_image=False)
            else:
                log.add(bytes.fromhex(row[1]), bytes.fromhex(row[2]), unhex(row[3]))
    return log


def tile_path(number):
    text = f"{number % 1000:03d}"
    while number >= 1000:
        number //= 1000
        text = f"x{number % 1000:03d}/{text}"
    return text


def read_tile(directory, level, number, width):
    name = f"tile/{level}/{tile_path(number)}" + ("" if width == 256 else f".p/{width}")
    return (directory / name).read_bytes()


def read_tiles(directory, size):
    log = Log()
    for first in range(0, size, 256):
        bundle = read_tile(directory, "entries", first // 256, min(256, size - first))
        at = 0
        while at < len(bundle):
            length = int.from_bytes(bundle[at:at + 2], "big")
            log.add(bundle[at + 2:at + 2 + length], with_image=False)
            at += 2 + length
    hashes = log.hashes
    for level in range(8):
        for first in range(0, len(hashes), 256):
            part = hashes[first:first + 256]
            if read_tile(directory, level, first // 256, len(part)) != b"".join(part):
                raise ValueError(f"tile {first // 256} of level {level} does not follow from the entries")
        hashes = [root_of(hashes[i:i + 256]) for i in range(0, len(hashes) - 255, 256)]
        if not hashes:
            break
    return log


def main():
    if sys.argv[1] == "--tiles":
        directory = pathlib.Path(sys.argv[2])
        checkpoint = open_checkpoint((directory / "checkpoint").read_text(), sys.argv[3])
        log = read_tiles(directory, checkpoint[1])
        log.check(checkpoint)
        count = 1
    else:
        log = read_leaves(sys.argv[1])
        notes = sys.argv[2:]
        for note, vkey in zip(notes[::2], notes[1::2]):
            log.check(open_checkpoint(pathlib.Path(note).read_text(), vkey))
        count = len(notes) // 2
    print(f"{log.entries} entries in {log.number} blocks, {log.erased} erased, {log.gone} gone, {count} checkpoints: verified")


if __name__ == "__main__":
    main()
