#!/usr/bin/python3
"""The descent of PairDescentBenchmarks in NumPy with SciPy, Numba and PyTorch: pairs per second, to hold qwem's against.

Usage: train_peer.py [--steps 10] [--ours1000 PAIRS_PER_S] [--ours10000 PAIRS_PER_S]

The same step: 50,000 positive and 50,000 negative pairs drawn independently, products, coefficients of L_sym, gradient, update, in
float32. NumPy sums gradients by a sparse product, which is several times faster than numpy.add.at; Numba sorts both ends of the pairs
by word and lets all cores take words, each with its pairs, so that no two write to one row; PyTorch gathers and index_adds. Numba and
PyTorch are left out where they are not installed. Pairs are drawn by bisection of cumulative sums; for V = 10,000 positive pairs come from the product distribution too, which spares this peer a table of 10^8 entries.
"""
import argparse
import time

import numpy
import scipy
import scipy.sparse

try:
    import numba
except ImportError:
    numba = None
try:
    import torch
except ImportError:
    torch = None

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


def numba_step():
    @numba.njit(parallel=True, fastmath=True)
    def descend(embeddings, moved, starts, others, signs, rate):
        size, dimension = embeddings.shape
        for word in numba.prange(size):
            row, total = embeddings[word], numpy.zeros(dimension, numpy.float32)
            for n in range(starts[word], starts[word + 1]):
                other = embeddings[others[n]]
                product = numpy.float32(0)
                for k in range(dimension):
                    product += row[k] * other[k]
                slope = (numpy.float32(0.5) * product + signs[n]) / numpy.float32(PAIRS)
                for k in range(dimension):
                    total[k] += slope * other[k]
            for k in range(dimension):
                moved[word, k] = row[k] - rate * total[k]

    @numba.njit
    def sort(words, others, signs, size):
        starts = numpy.zeros(size + 1, numpy.int64)
        for word in words:
            starts[word + 1] += 1
        for word in range(size):
            starts[word + 1] += starts[word]
        places, sorted_others, sorted_signs = starts[:-1].copy(), numpy.empty_like(others), numpy.empty_like(signs)
        for n in range(len(words)):
            place = places[words[n]]
            places[words[n]] += 1
            sorted_others[place], sorted_signs[place] = others[n], signs[n]
        return starts, sorted_others, sorted_signs

    def one(embeddings, draw_positive, draw_negative, rate):
        ends = [draw() for draw in (draw_positive, draw_negative)]
        words = numpy.concatenate([end for pair in ends for end in pair])
        others = numpy.concatenate([end for pair in ends for end in pair[::-1]])
        signs = numpy.repeat(numpy.float32([-1, 1]), 2 * PAIRS)
        moved = numpy.empty_like(embeddings)
        descend(embeddings, moved, *sort(words, others, signs, len(embeddings)), rate)
        embeddings[:] = moved

    return one


def torch_step():
    def one(embeddings, draw_positive, draw_negative, rate):
        weights = torch.from_numpy(embeddings)
        gradient = torch.zeros_like(weights)
        for sign, draw in ((-1.0, draw_positive), (1.0, draw_negative)):
            first, second = (torch.from_numpy(end) for end in draw())
            left, right = weights[first], weights[second]
            slopes = ((0.5 * (left * right).sum(1) + sign) / PAIRS)[:, None]
            gradient.index_add_(0, first, slopes * right)
            gradient.index_add_(0, second, slopes * left)
        weights -= float(rate) * gradient

    return one


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
    start = (generator.standard_normal((size, dimension)) / dimension**0.5).astype(numpy.float32)
    peers = [("NumPy, SciPy", step)]
    if numba:
        peers.append(("Numba, parallel", numba_step()))
    if torch:
        peers.append(("PyTorch", torch_step()))
    moved = {}
    for name, peer in peers:
        best, embeddings, state = float("inf"), start.copy(), generator.bit_generator.state
        peer(embeddings, positive, independent, numpy.float32(0.05))
        moved[name], generator.bit_generator.state = embeddings.copy(), state
        for _ in range(steps):
            begun = time.perf_counter()
            peer(embeddings, positive, independent, numpy.float32(0.05))
            best = min(best, time.perf_counter() - begun)
        generator.bit_generator.state = state
        rate = 2 * PAIRS / best
        ratio = f", qwem is {ours / rate:.1f} times as fast" if ours else ""
        print(f"V={size} d={dimension} float32, {name}: {rate / 1e6:.2f} million pairs/s (best of {steps} steps){ratio}")
    first = moved[peers[0][0]]
    worst = max(float(numpy.abs(other - first).max()) for other in moved.values())
    print(f"  the peers' first steps differ by at most {worst:.1e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=10, help="steps to take the best of")
    parser.add_argument("--ours1000", type=float, help="qwem's pairs/s at V = 1000, for the ratio")
    parser.add_argument("--ours10000", type=float, help="qwem's pairs/s at V = 10,000, for the ratio")
    arguments = parser.parse_args()
    versions = [f"{module.__name__} {module.__version__}" for module in (numpy, scipy, numba, torch) if module]
    print(", ".join(versions))
    measure(1000, 128, arguments.steps, arguments.ours1000)
    measure(10_000, 200, arguments.steps, arguments.ours10000)


if __name__ == "__main__":
    main()
