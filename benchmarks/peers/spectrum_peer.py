#!/usr/bin/env python3
"""The leading eigenpairs of M*_sym by SciPy, beside those of `qwem spectrum`, in one run.

    qwem count enwiki-17m.txt.gz -V 10000 -L 16 -o a.qcooc
    python3 benchmarks/peers/spectrum_peer.py a.qcooc enwiki-17m.txt.gz 10000 16 200

The co-occurrences are counted again here, from the text and with NumPy alone, so that eigenvalues that agree say that counts, target
and solver are all right. Needs numpy and scipy; the dense matrix takes 8 V^2 bytes, and SciPy as much again.
Printed: seconds of each step, ARPACK's and qwem's time, the largest relative difference of the eigenvalues.
"""
import collections
import gzip
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import scipy.sparse.linalg

QWEM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "Qwem.Cli.CSharp", "bin", "Release", "net10.0", "qwem.dll")


def count(path, size, half_width):
    """Occurrences of the most frequent words, and the symmetric counts with weight L - r + 1 at distance r."""
    with gzip.open(path, "rt") as file:
        articles = [line.split() for line in file]
    frequency = collections.Counter(word for article in articles for word in article)
    words = sorted(frequency, key=lambda word: (-frequency[word], word))[:size]
    ids = {word: i for i, word in enumerate(words)}
    stream = []
    for article in articles:
        stream.extend(ids[word] for word in article if word in ids)
        stream.extend([-1] * half_width)  # no window reaches the next article
    stream = np.array(stream, dtype=np.int64)
    pairs = np.zeros(size * size)
    for distance in range(1, half_width + 1):
        left, right = stream[:-distance], stream[distance:]
        inside = (left >= 0) & (right >= 0)
        key = left[inside] * size + right[inside]
        pairs += (half_width - distance + 1) * np.bincount(key, minlength=size * size)
    pairs = pairs.reshape(size, size)
    return np.array([frequency[word] for word in words], dtype=float), pairs + pairs.T


def target(words, pairs):
    """M*_sym with P_i from the words and P_ii = P_i^2, in place of the counts."""
    unigram = words / words.sum()
    pairs /= pairs.sum()
    np.fill_diagonal(pairs, unigram**2)
    expected = np.outer(unigram, unigram)
    total = pairs + expected
    pairs -= expected
    pairs *= 2
    pairs /= total
    return pairs


def timed(what, work):
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    print(f"{what}: {seconds:.2f} s", flush=True)
    return result, seconds


def main():
    counts, text, size, half_width, wanted = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
    (words, pairs), _ = timed("NumPy counts", lambda: count(text, size, half_width))
    matrix, _ = timed("NumPy target", lambda: target(words, pairs))
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "spectrum.npz")
        command = ["dotnet", QWEM, "spectrum", counts, "--target", "sym", "-d", str(wanted), "-o", output]
        _, ours = timed("qwem spectrum, reading and writing included", lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
        archive = np.load(output)
        values, vectors = archive["eigenvalues"], archive["eigenvectors"]
    residuals = np.linalg.norm(matrix @ vectors - vectors * values, axis=0) / np.abs(values)
    print(f"qwem's eigenvectors against NumPy's matrix: relative residual at most {residuals.max():.1e}")
    for tolerance in (1e-6, 1e-8):
        (theirs, _), seconds = timed(
            f"SciPy eigsh, tolerance {tolerance:.0e}", lambda: scipy.sparse.linalg.eigsh(matrix, k=wanted, which="LA", tol=tolerance))
        theirs = np.sort(theirs)[::-1]
        print(f"  eigenvalues differ by at most {np.max(np.abs(values / theirs - 1)):.1e} (relative); SciPy takes {seconds / ours:.1f} times as long as qwem")


main()
