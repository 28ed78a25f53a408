"""Writes exact-solution.csv: values of the exact solution (docs/derivations.md 4.2) to 50 digits.

The defining formula is evaluated literally, raw exponentials and all, in arithmetic of enough digits that nothing is lost:
    N = I + sum_k phi_k c_k c_k',  phi_k = (e^{2 t lambda_k} - 1) / lambda_k  (2 t at lambda_k = 0)
    M = Y' N^-1 Y,  Y = C diag(e^{t lambda_k})           (eigenbasis of the target; t stands for kappa t)
Singular values are square roots of the eigenvalues of F^-1 Y Y' F'^-1 with N = F F' (Cholesky, at this precision harmless).
Arguments are doubles printed by repr, which reads back exactly. They come from a fixed linear congruential generator.

Columns: case,quantity,i,j,value
    size     V in i, d in j, value = number of working digits
    time     kappa t
    lambda   eigenvalue i
    c        entry (i, j) of C, d x V
    s        singular value i, descending, 50 digits
    m        entry (i, j), i <= j, of M in the eigenbasis, 50 digits
    r        R_ii(t), the i-th pivot of the triangular factor of W(t) V* (no pivots for rank-deficient starts), 50 digits
    loss     ||M - Lambda||_F^2, 50 digits

Run: python3 make_reference.py  (mpmath 1.3.0). Overwrites exact-solution.csv beside it.
"""

import csv
import math
import os

from mpmath import mp, mpf


def uniform_stream(seed):
    state = seed
    while True:
        state = (6364136223846793005 * state + 1442695040888963407) % 2**64
        yield ((state >> 11) + 0.5) * 2.0**-53


def gaussian_matrix(rows, columns, deviation, seed):
    stream = uniform_stream(seed)
    draw = lambda: math.sqrt(-2.0 * math.log(next(stream))) * math.cos(2.0 * math.pi * next(stream))
    return [[deviation * draw() for _ in range(columns)] for _ in range(rows)]


def cases():
    """(name, eigenvalues, C, times)"""
    tiny = 1e-12
    mixed = [5.0, 3.0, 3.0, 0.75, 0.0, 0.0, -0.5, -2.0]
    yield "mixed", mixed, gaussian_matrix(3, 8, 0.3, 1), [0.0, 0.01, 0.3, 1.0, 4.0, 60.0]
    yield "tiny-start", mixed, gaussian_matrix(3, 8, tiny, 2), [1.0, 5.5, 6.0, 9.0, 9.5, 30.0, 480.0]
    yield "one-dimension", [4.0, 3.9, 1.0, 0.0, -1.0], gaussian_matrix(1, 5, tiny, 3), [0.5, 7.0, 30.0, 600.0]
    yield "square", [2.0, 1.0, 0.5, 0.25], gaussian_matrix(4, 4, 1e-3, 4), [0.1, 5.0, 20.0, 1200.0]
    yield "few-positive", [1.0, 0.0, -1.0, -1.0, -3.0], gaussian_matrix(4, 5, 0.7, 5), [0.2, 3.0, 40.0]
    yield "all-negative", [-0.5, -1.0, -2.0], gaussian_matrix(2, 3, 1.5, 6), [0.0, 1.0, 25.0]
    yield "all-zero", [0.0, 0.0, 0.0], gaussian_matrix(2, 3, 1e-6, 7), [1.0, 1e12]
    yield "near-zero", [1e-9, 1e-13, -1e-13, -1e-9], gaussian_matrix(2, 4, 1.0, 8), [1.0, 1e9, 1e12]
    yield "nearly-equal", [2.0, 2.0 - 2.0**-30, 1.0, 1.0 - 2.0**-40, 0.5], gaussian_matrix(3, 5, tiny, 9), [14.0, 28.0, 50.0]
    yield "large-start", [1.0, 0.5, -0.5], gaussian_matrix(2, 3, 1e4, 10), [1e-9, 1e-3, 10.0]
    missing = gaussian_matrix(3, 6, 1e-6, 11)
    for row in missing:
        row[0] = 0.0
    yield "mode-absent", [8.0, 4.0, 2.0, 1.0, 0.5, -1.0], missing, [1.0, 10.0, 150.0]
    deficient = gaussian_matrix(2, 6, 1e-6, 12)
    yield "row-absent", [8.0, 4.0, 2.0, 1.0, 0.5, -1.0], deficient + [[0.0] * 6], [1.0, 10.0, 150.0]


def solve(eigenvalues, c, time):
    d, size = len(c), len(eigenvalues)
    growth = max(0.0, max(eigenvalues)) * time
    decay = max(0.0, -min(eigenvalues)) * time
    mp.dps = int(2.5 * (2 * growth + decay) / math.log(10)) + 250
    lam = [mpf(x) for x in eigenvalues]
    t = mpf(time)
    big = mp.matrix(c)
    phi = [(mp.exp(2 * t * x) - 1) / x if x != 0 else 2 * t for x in lam]
    e = [mp.exp(t * x) for x in lam]
    y = mp.matrix(d, size)
    n = mp.matrix(d, d)
    for a in range(d):
        for k in range(size):
            y[a, k] = big[a, k] * e[k]
        for b in range(d):
            n[a, b] = (1 if a == b else 0) + mp.fsum(phi[k] * big[a, k] * big[b, k] for k in range(size))
    f = mp.cholesky(n)
    w = mp.matrix(d, size)
    for k in range(size):
        for a in range(d):
            w[a, k] = (y[a, k] - mp.fsum(f[a, b] * w[b, k] for b in range(a))) / f[a, a]
    m = w.T * w
    values = sorted(mp.eigsy(w * w.T, eigvals_only=True), reverse=True)
    singular = [mp.sqrt(v) if v > mpf(10) ** (20 - mp.dps) else mpf(0) for v in values]
    loss = mp.fsum((m[i, j] - (lam[i] if i == j else 0)) ** 2 for i in range(size) for j in range(size))
    pivots = []
    work = [[w[a, k] for k in range(d)] for a in range(d)]
    for k in range(d):  # Gram-Schmidt on the leading d columns; precision makes it harmless
        norm = mp.sqrt(mp.fsum(work[a][k] ** 2 for a in range(d)))
        if norm < mpf(10) ** (20 - mp.dps / 2):
            pivots = None
            break
        pivots.append(norm)
        q = [work[a][k] / norm for a in range(d)]
        for l in range(k + 1, d):
            product = mp.fsum(q[a] * work[a][l] for a in range(d))
            for a in range(d):
                work[a][l] -= product * q[a]
    return singular, m, pivots, loss


def main():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "exact-solution.csv")

    def digits(x):
        with mp.workdps(60):
            return mp.nstr(+x, 50, strip_zeros=False)

    with open(path, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["case", "quantity", "i", "j", "value"])
        for name, eigenvalues, c, times in cases():
            d, size = len(c), len(eigenvalues)
            for index, time in enumerate(times):
                singular, m, pivots, loss = solve(eigenvalues, c, time)
                case = f"{name}-{index}"
                out.writerow([case, "size", size, d, mp.dps])
                out.writerow([case, "time", 0, 0, repr(time)])
                for k in range(size):
                    out.writerow([case, "lambda", k, 0, repr(eigenvalues[k])])
                for a in range(d):
                    for k in range(size):
                        out.writerow([case, "c", a, k, repr(c[a][k])])
                for k in range(d):
                    out.writerow([case, "s", k, 0, digits(singular[k])])
                for i in range(size):
                    for j in range(i, size):
                        out.writerow([case, "m", i, j, digits(m[i, j])])
                if pivots is not None:
                    for k in range(d):
                        out.writerow([case, "r", k, 0, digits(pivots[k])])
                out.writerow([case, "loss", 0, 0, digits(loss)])
                print(case, mp.dps, flush=True)


main()
