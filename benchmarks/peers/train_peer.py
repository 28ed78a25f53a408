#!/usr/bin/python3
"""The descent of PairDescentBenchmarks in NumPy and SciPy: pairs per second, to hold qwem's against.

Usage: train_peer.py [--steps 10] [--ours1000 PAIRS_PER_S] [--ours10000 PAIRS_PER_S]

The same step: 50,000 positive and 50,000 negative pairs drawn independently, products, coefficients of L_sym, gradient, update, in
float32. Gradients are summed by a sparse product, which is several times faster than numpy.add.at. Pairs are drawn by bisection of
cumulative sums; for V = 10,000 positive pairs come from the product distribution too, which spares this peer a table of 10^8 entries.
"""
import argparse
import time

import numpy
import scipy
import scipy.sparse

PAIRS = 50_000


def cumulative(weights):
    sums = numpy.cumsum(weights, dtype=numpy.float64)
    return sums / sums[-1]


def step(embeddings, draw_positive, draw_negative, rate):
    size = len(embeddings)
    rows, columns, values = [], [], []
    for sign, draw in ((-1, draw_positive), (1, draw_negative)):
        first, second = draw()
        products = numpy.einsum("nd,nd->n", embeddings[first], embeddings[second])
        slopes = (0.5 * products + numpy.float32(sign)) / numpy.float32(PAIRS)
        rows += [first, second]
        columns += [second, first]
        values += [slopes, slopes]
    entries = numpy.concatenate(values), (numpy.concatenate(rows), numpy.concatenate(columns))
    embeddings -= rate * (scipy.sparse.csr_matrix(entries, shape=(size, size)) @ embeddings)


def measure(size, dimension, steps, ours):
    generator = numpy.random.default_rng(1)
    words = 1.0 / (numpy.arange(size) + 3.0)
    word_sums = cumulative(words)

    def independent():
        return tuple(numpy.searchsorted(word_sums, generator.random(PAIRS)) for _ in range(2))

    if size <= 1000:
        pair_sums = cumulative(numpy.outer(words, words) * generator.random((size, size)))

        def positive():
            return numpy.divmod(numpy.searchsorted(pair_sums, generator.random(PAIRS)), size)
    else:
        positive = independent
    embeddings = (generator.standard_normal((size, dimension)) / dimension**0.5).astype(numpy.float32)
    best = float("inf")
    for _ in range(steps):
        start = time.perf_counter()
        step(embeddings, positive, independent, numpy.float32(0.05))
        best = min(best, time.perf_counter() - start)
    rate = 2 * PAIRS / best
    ratio = f", qwem is {ours / rate:.1f} times as fast" if ours else ""
    print(f"V={size} d={dimension} float32: {rate / 1e6:.2f} million pairs/s (best of {steps} steps){ratio}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=10, help="steps to take the best of")
    parser.add_argument("--ours1000", type=float, help="qwem's pairs/s at V = 1000, for the ratio")
    parser.add_argument("--ours10000", type=float, help="qwem's pairs/s at V = 10,000, for the ratio")
    arguments = parser.parse_args()
    print(f"NumPy {numpy.__version__}, SciPy {scipy.__version__}")
    measure(1000, 128, arguments.steps, arguments.ours1000)
    measure(10_000, 200, arguments.steps, arguments.ours10000)


if __name__ == "__main__":
    main()
