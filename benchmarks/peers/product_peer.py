#!/usr/bin/env python3
"""Dense double product of order n by NumPy (OpenBLAS), beside MatrixProduct of Qwem, in one run.

    python3 benchmarks/peers/product_peer.py [n, 2048 by default]

Runs the two alternately, `rounds` times, and prints the best of each and the ratio. Qwem's side is `-- product-rate n` of the benchmarks.
"""
import os
import subprocess
import sys
import time

import numpy as np

BENCHMARKS = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "Qwem.Benchmarks.CSharp", "bin", "Release", "net10.0", "Qwem.Benchmarks.CSharp.dll")
ROUNDS = 5


def numpy_rate(order):
    random = np.random.default_rng(1)
    a, b = random.random((order, order)), random.random((order, order))
    best = 0.0
    for _ in range(8):
        start = time.perf_counter()
        a @ b
        best = max(best, 2e-9 * order**3 / (time.perf_counter() - start))
    return best


def qwem_rate(order):
    return float(subprocess.run(["dotnet", BENCHMARKS, "product-rate", str(order)], check=True, capture_output=True, text=True).stdout)


def main():
    order = int(sys.argv[1]) if len(sys.argv) > 1 else 2048
    theirs, ours = [], []
    for _ in range(ROUNDS):
        theirs.append(numpy_rate(order))
        ours.append(qwem_rate(order))
    print("NumPy GFLOP/s:", " ".join(f"{rate:.0f}" for rate in theirs))
    print("Qwem  GFLOP/s:", " ".join(f"{rate:.0f}" for rate in ours))
    print(f"best against best, n = {order}: {max(ours) / max(theirs):.2f}")


main()
