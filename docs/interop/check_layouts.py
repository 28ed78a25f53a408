"""Checks vectors written by qwem against the documented layouts, byte for byte, with nothing but NumPy.

    python3 docs/interop/check_layouts.py v.npz v.txt v.bin v.tsv

The .npz file is the reference: np.load reads it. From its arrays this script builds the exact bytes that the layouts of
README.md in this folder ask for and compares them with the other files. It then reads the word2vec files the way gensim's
load_word2vec_format does (a heading, then for each word: bytes up to a space, 4 d bytes; or a line split at spaces) and compares
bits. Exit code 0 if all agree.
"""

import sys

import numpy as np


def text_numbers(data, count):
    numbers = np.array([float(number) for number in data], dtype=np.float32)
    assert len(numbers) == count, f"{len(numbers)} numbers, not {count}"
    return numbers


def check_text(path, words, vectors):
    lines = open(path, "rb").read().split(b"\n")
    assert lines[-1] == b"", "the last line has no end"
    assert lines[0] == b"%d %d" % vectors.shape, f"heading {lines[0]!r}"
    assert len(lines) == len(words) + 2, f"{len(lines) - 2} vectors"
    for word, vector, line in zip(words, vectors, lines[1:]):
        parts = line.split(b" ")
        assert parts[0].decode("utf-8") == word, f"{parts[0]!r} for {word!r}"
        assert text_numbers(parts[1:], len(vector)).tobytes() == vector.tobytes(), f"the numbers of {word!r}"


def check_binary(path, words, vectors):
    data = open(path, "rb").read()
    expected = b"%d %d\n" % vectors.shape
    expected += b"".join(word.encode("utf-8") + b" " + vector.astype("<f4").tobytes() for word, vector in zip(words, vectors))
    assert data == expected, "the bytes differ from 'V d\\n' and V times 'word', space, d little-endian float32"
    heading, _, rest = data.partition(b"\n")
    size, dimension = (int(number) for number in heading.split())
    at = 0
    for word, vector in zip(words, vectors):
        space = rest.index(b" ", at)
        assert rest[at:space].decode("utf-8").lstrip("\n") == word
        assert np.frombuffer(rest, dtype="<f4", count=dimension, offset=space + 1).tobytes() == vector.tobytes()
        at = space + 1 + 4 * dimension
    assert (size, dimension) == vectors.shape and at == len(rest)


def check_tables(path, words, vectors):
    metadata = open(path[: -len(".tsv")] + ".metadata.tsv", encoding="utf-8", newline="").read()
    assert metadata == "".join(word + "\n" for word in words), "the words"
    lines = open(path, "rb").read().split(b"\n")
    assert lines.pop() == b"" and len(lines) == len(words), "the number of lines"
    for word, vector, line in zip(words, vectors, lines):
        assert text_numbers(line.split(b"\t"), len(vector)).tobytes() == vector.tobytes(), f"the numbers of {word!r}"


def main(archive, *others):
    with np.load(archive) as arrays:
        words, vectors = [str(word) for word in arrays["words"]], np.ascontiguousarray(arrays["vectors"], dtype=np.float32)
        assert np.array_equal(vectors, arrays["vectors"]), "the numbers are not single precision"
    assert vectors.shape[0] == len(words) == len(set(words))
    checks = {".txt": check_text, ".vec": check_text, ".bin": check_binary, ".tsv": check_tables}
    for path in others:
        checks[path[path.rindex("."):]](path, words, vectors)
        print(f"{path}: {vectors.shape[0]} words, {vectors.shape[1]} dimensions, as documented")


if __name__ == "__main__":
    main(*sys.argv[1:])
