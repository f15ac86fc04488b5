"""Payloads made to do harm: each is an error that names it, or its bad members are ignored and the good report counts;
nothing is written anywhere but to the target, and time and memory stay bounded."""
import gzip
import json
import os
import struct
import tarfile
import tempfile

import pytest

import support
from faults.watched import watched

HEADER = ["interval_start", "namespace", "node", "pod", "pod_usage_cpu_core_seconds", "pod_request_cpu_core_seconds",
          "pod_usage_memory_byte_seconds", "pod_request_memory_byte_seconds", "pod_labels"]
GOOD = support.csv_text([{"interval_start": f"2025-11-01 0{h}:00:00 +0000 UTC", "namespace": "shop", "node": "n",
                          "pod": "p", **{c: 3600 for c in HEADER[4:8]}, "pod_labels": ""} for h in range(2)], HEADER)
EVIL = GOOD.replace(b"shop", b"evil")
ELSEWHERE = os.path.join(tempfile.gettempdir(), f"costream-evil-{os.getpid()}.csv")
MANY = 1_000_000
MOST_SECONDS, MOST_MEMORY = 60, 128 << 20


def manifest(*files, **more):
    return "manifest.json", json.dumps(support.manifest_of("u-1", files, **more)).encode()


def special(name, kind, target="", **more):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    for key, value in more.items():
        setattr(info, key, value)
    return info, None


def pack(*members):
    return gzip.compress(support.tar_bytes(members), 6)


def header_with(name, size_field, kind=b"0"):
    """A ustar header with any size field, and a checksum that fits."""
    block = bytearray(512)
    block[0:len(name)] = name
    block[100:108], block[108:116], block[116:124] = b"0000644\0", b"0000000\0", b"0000000\0"
    block[124:136], block[136:148] = size_field, b"00000000000\0"
    block[156:157], block[257:265], block[148:156] = kind, b"ustar\00000", b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def raw(*blocks):
    """A good payload, with the blocks where it would end."""
    good = support.tar_bytes([manifest("good.csv"), ("good.csv", GOOD)])
    end = good.index(b"\0" * 512, good.index(GOOD) + len(GOOD) + 511 & ~511)
    return gzip.compress(good[:end] + b"".join(blocks))


def bomb(name):
    """As good as a thousand times its size; gzip members one after the other are one stream."""
    size = 4 << 30
    start = support.tar_bytes([manifest("good.csv", name.decode()), ("good.csv", GOOD)]).rstrip(b"\0")
    start += bytes(-len(start) % 512)
    return gzip.compress(start + header_with(name, b"%011o\0" % size)) + gzip.compress(bytes(size >> 8)) * 256


def many_members():
    thousand = b"".join(header_with(b"%d.csv" % i, b"%011o\0" % 0) for i in range(1000))
    return gzip.compress(thousand) * (MANY // 1000) + gzip.compress(bytes(1024))


def pax_record(key, value):
    body = b" " + key + b"=" + value + b"\n"
    length = len(body) + 1
    while length != len(body) + len(b"%d" % length):
        length = len(body) + len(b"%d" % length)
    return b"%d" % length + body


def pax(records, name, data):
    text = b"".join(pax_record(*r) for r in records)
    return b"".join([header_with(b"pax", b"%011o\0" % len(text), b"x"), text, bytes(-len(text) % 512),
                     header_with(name, b"%011o\0" % len(data)), data, bytes(-len(data) % 512), bytes(1024)])


def good_with(*members, listed=("good.csv",)):
    return pack(*members, ("good.csv", GOOD), manifest(*listed))


def cut(data, share):
    return data[:int(len(data) * share)]


OK = "counts"  # the good report, and only that
CASES = {
    "a path that leads up": (lambda: good_with(("../evil.csv", EVIL)), OK),
    "a listed path that leads up": (lambda: good_with(("../evil.csv", EVIL), listed=("good.csv", "../evil.csv")), OK),
    "a path that leads up from inside": (lambda: good_with(("a/../../evil.csv", EVIL)), OK),
    "an absolute path": (lambda: good_with((ELSEWHERE, EVIL), listed=("good.csv", ELSEWHERE)), OK),
    "a symlink, then a file through it": (lambda: good_with(special("d", tarfile.SYMTYPE, os.path.dirname(ELSEWHERE)), ("d/" + os.path.basename(ELSEWHERE), EVIL)), OK),
    "a symlink for a report": (lambda: good_with(special("evil.csv", tarfile.SYMTYPE, "/etc/passwd"), listed=("good.csv", "evil.csv")), OK),
    "nothing but a symlink": (lambda: pack(special("evil.csv", tarfile.SYMTYPE, "/etc/passwd"), manifest("evil.csv")), "no report found"),
    "a hardlink for a report": (lambda: good_with(special("evil.csv", tarfile.LNKTYPE, "/etc/passwd"), listed=("good.csv", "evil.csv")), OK),
    "a hardlink to the good report": (lambda: pack(("good.csv", GOOD), special("evil.csv", tarfile.LNKTYPE, "good.csv"), manifest("good.csv", "evil.csv")), OK),
    "a character device": (lambda: good_with(special("evil.csv", tarfile.CHRTYPE, devmajor=1, devminor=5), listed=("good.csv", "evil.csv")), OK),
    "a block device": (lambda: good_with(special("evil.csv", tarfile.BLKTYPE, devmajor=8), listed=("good.csv", "evil.csv")), OK),
    "a fifo": (lambda: good_with(special("evil.csv", tarfile.FIFOTYPE), listed=("good.csv", "evil.csv")), OK),
    "a directory for a report": (lambda: good_with(special("evil.csv", tarfile.DIRTYPE), listed=("good.csv", "evil.csv")), OK),
    "a report twice": (lambda: good_with(("good.csv", GOOD)), OK),
    "a report twice, then others' rows": (lambda: pack(("good.csv", GOOD), ("good.csv", EVIL), manifest("good.csv")), OK),
    "a report listed twice": (lambda: good_with(listed=("good.csv", "./good.csv", "good.csv")), OK),
    "a member in no list": (lambda: good_with(("evil.csv", EVIL)), OK),
    "a payload in the payload": (lambda: good_with(("evil.tar.gz", good_with()), listed=("good.csv", "evil.tar.gz")), OK),
    "no manifest": (lambda: pack(("good.csv", GOOD)), "no manifest.json"),
    "a symlink for the manifest": (lambda: pack(("good.csv", GOOD), special("manifest.json", tarfile.SYMTYPE, "/etc/passwd")), "no manifest.json"),
    "a manifest twice": (lambda: good_with(manifest("good.csv")), OK),
    "two manifests": (lambda: good_with(("evil.csv", EVIL), manifest("good.csv", "evil.csv")), "two manifests"),
    "a manifest in the front": (lambda: pack(manifest("good.csv"), ("good.csv", GOOD)), OK),
    "a manifest that is no JSON": (lambda: pack(("manifest.json", b'{"uuid": "u"'), ("good.csv", GOOD)), "not valid JSON"),
    "a manifest that nests deeply": (lambda: pack(("manifest.json", b"[" * 1_000_000), ("good.csv", GOOD)), "not valid JSON"),
    "a manifest of 64 MiB": (lambda: pack(("manifest.json", b" " * (64 << 20)), ("good.csv", GOOD)), "more than any manifest"),
    "a manifest that lists ten thousand files": (lambda: good_with(listed=("good.csv", *map(str, range(10_000)))), OK),
    "a size larger than what follows": (lambda: raw(header_with(b"evil.csv", b"%011o\0" % 100_000), EVIL), "cannot be read as a tar archive"),
    "a size of 2^62": (lambda: raw(header_with(b"evil.csv", b"\x80\0\0\0" + struct.pack(">Q", 1 << 62)), EVIL), "tar"),
    "a size below zero": (lambda: raw(header_with(b"evil.csv", b"\xff" * 12), EVIL), "tar"),
    "a file of 1 TiB, all of it a hole": (lambda: raw(pax([(b"GNU.sparse.major", b"0"), (b"GNU.sparse.minor", b"1"), (b"GNU.sparse.name", b"evil.csv"), (b"GNU.sparse.size", b"%d" % (1 << 40)), (b"GNU.sparse.numblocks", b"1"), (b"GNU.sparse.map", b"%d,0" % (1 << 40))], b"evil.csv", b"")), OK),
    "a name of 5000 characters": (lambda: good_with(("e" * 5000 + ".csv", EVIL), listed=("good.csv", "e" * 5000 + ".csv")), OK),
    "a name of 64 MiB": (lambda: raw(header_with(b"long", b"%011o\0" % (64 << 20), b"L"), b"e" * (64 << 20), header_with(b"evil.csv", b"%011o\0" % 0), bytes(1024)), "tar"),
    "a pax header of 64 MiB": (lambda: raw(pax([(b"comment", b"e" * (64 << 20))], b"evil.csv", EVIL)), "tar"),
    "NUL in a name": (lambda: raw(pax([(b"path", b"good.csv\0evil.csv")], b"evil.csv", EVIL)), OK),
    "a name that is no UTF-8": (lambda: raw(header_with(b"\xff\xfe.csv", b"%011o\0" % len(EVIL)), EVIL, bytes(-len(EVIL) % 512 + 1024)), OK),
    "a header with a wrong checksum": (lambda: raw(header_with(b"evil.csv", b"%011o\0" % 0).replace(b"evil", b"oops"), bytes(1024)), "tar"),
    "gzip cut in the middle": (lambda: cut(good_with(), 0.6), "cut off"),
    "gzip cut in its trailer": (lambda: good_with()[:-4], "cut off"),
    "gzip in several members": (lambda: b"".join(gzip.compress(part) for part in (lambda t: (t[:700], t[700:701], b"", t[701:]))(support.tar_bytes([manifest("good.csv"), ("good.csv", GOOD)]))), OK),
    "a gzip member cut, then another": (lambda: cut(good_with(), 0.6) + good_with(), "damaged"),
    "data after gzip": (lambda: good_with() + b"evil", "gzip"),
    "a wrong checksum of gzip": (lambda: (lambda d: d[:-8] + bytes([d[-8] ^ 1]) + d[-7:])(good_with()), "check"),
    "no gzip": (lambda: support.tar_bytes([manifest("good.csv"), ("good.csv", GOOD)]), "no gzip"),
    "no tar": (lambda: gzip.compress(GOOD), "tar"),
    "an empty file": (lambda: b"", "empty"),
    "an empty archive": (lambda: gzip.compress(bytes(1024)), "no manifest.json"),
    "a bomb in no list": (lambda: bomb(b"other.csv"), "times its size"),
    "a bomb for a report": (lambda: bomb(b"bomb.csv"), "times its size"),
    "a million members": (many_members, "--payload-max-members"),
}


def snapshot(folder):
    return sorted((str(p.relative_to(folder)), p.lstat().st_size) for p in folder.rglob("*"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.replace(" ", "_"))
def test_hostile_archive(case, command, tmp_path):
    make, expected = CASES[case]
    place = tmp_path / "place"
    place.mkdir()
    archive = place / "payload.tar.gz"
    archive.write_bytes(make())
    before = snapshot(place), os.path.exists(ELSEWHERE)
    arguments = [str(support.BINARY), "run", str(archive), "--source", support.SOURCE, "--month", "2025-11",
                 "--to", str(tmp_path / "out.csv"), "--output", "json"]
    code, said, seconds, memory = watched(arguments, place, tmp_path, 2 * MOST_SECONDS)
    assert (snapshot(place), os.path.exists(ELSEWHERE)) == before
    if not support.SANITIZED:
        assert memory <= MOST_MEMORY and seconds < MOST_SECONDS
    if expected == OK:
        assert code == 0, said
        rows = support.read_output(tmp_path / "out.csv")
        assert [(r["namespace"], r["pod_usage_cpu_core_hours"]) for r in rows if r["kind"] == "Pod"] == [("shop", 2.0)]
    else:
        assert code == 3 and "payload.tar.gz" in said and expected in said, (code, said)
        assert not (tmp_path / "out.csv").exists()
