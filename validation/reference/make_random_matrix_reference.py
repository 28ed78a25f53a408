"""Writes random-matrix.csv: the laws of docs/derivations.md section 8 to 50 digits.

Columns: case, gamma, values and weights (space-separated doubles by repr; weights are to be divided by their sum), quantity,
argument (repr, or empty), result. Quantities: edge (argument: its index from 0), density, distribution (argument: x).

Results have 50 digits, those of distribution 25.

Route, unlike the library's: Silverstein's equation z = -1/m + int v dH/(1 + gamma v m) is cleared of denominators to a polynomial in m;
the density is Im m / pi of its root in the upper half plane; edges are the real z at which dz/dm = 0 (real roots of that polynomial);
the distribution is the density integrated numerically from the edge below, after a substitution that removes the square roots.

Run: python3 make_random_matrix_reference.py  (mpmath 1.3.0). Overwrites random-matrix.csv beside it.
"""

import csv
import os

from mpmath import mp, mpf

mp.dps = 70

CASES = [
    ("plain-small", 0.01, [1.0], [1.0]),
    ("plain", 0.3, [2.5], [1.0]),
    ("plain-near-one", 0.999, [1.0], [1.0]),
    ("plain-square", 1.0, [1.0], [1.0]),
    ("plain-tall", 7.0, [0.7], [1.0]),
    ("two-joined", 0.5, [1.0, 3.0], [3.0, 1.0]),
    ("two-concentrated", 0.05, [1.0, 8.0], [1.0, 1.0]),
    ("two-tall", 3.0, [1.0, 5.0], [1.0, 1.0]),
    ("three", 0.2, [0.1, 1.0, 10.0], [2.0, 3.0, 5.0]),
    ("three-tall", 40.0, [1.0, 4.0, 30.0], [1.0, 1.0, 2.0]),
    ("with-zeros", 0.4, [0.0, 1.0, 2.0], [2.0, 1.0, 1.0]),
    ("tiny-units", 0.3, [1e-12, 4e-12], [1.0, 1.0]),
    ("five", 0.1, [1.0, 2.0, 4.0, 8.0, 16.0], [16.0, 8.0, 4.0, 2.0, 1.0]),
]


def multiply(a, b):
    out = [mpf(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    return out


def add(a, b):
    n = max(len(a), len(b))
    a = [mpf(0)] * (n - len(a)) + a
    b = [mpf(0)] * (n - len(b)) + b
    return [x + y for x, y in zip(a, b)]


def times(c, a):
    return [c * x for x in a]


def product(factors):
    out = [mpf(1)]
    for f in factors:
        out = multiply(out, f)
    return out


class Law:
    def __init__(self, gamma, values, weights):
        self.gamma = mpf(gamma)
        total = sum(mpf(w) for w in weights)
        self.atoms = [(mpf(v), mpf(w) / total) for v, w in zip(values, weights) if v > 0]
        # Units of the largest value, so that root finding sees numbers of order one.
        self.unit = max(v for v, _ in self.atoms)
        self.atoms = [(v / self.unit, w) for v, w in self.atoms]
        self.linear = [[self.gamma * v, mpf(1)] for v, _ in self.atoms]
        self.edges = self.find_edges()

    def z(self, m):
        return -1 / m + sum(w * v / (1 + self.gamma * v * m) for v, w in self.atoms)

    def roots(self, coefficients):
        while coefficients[0] == 0:
            coefficients = coefficients[1:]
        return mp.polyroots(coefficients, maxsteps=2000, extraprec=600)

    def find_edges(self):
        # dz/dm = 0: prod (1 + g v m)^2 - m^2 sum w g v^2 prod_others = 0.
        squares = [multiply(l, l) for l in self.linear]
        equation = product(squares)
        for k, (v, w) in enumerate(self.atoms):
            others = product(s for j, s in enumerate(squares) if j != k)
            equation = add(equation, times(-w * self.gamma * v * v, others + [mpf(0), mpf(0)]))
        scale = max(abs(c) for c in equation)
        equation = [mpf(0) if abs(c) < scale * mpf(10) ** -60 else c for c in equation]
        trimmed = equation
        hard = False
        while trimmed[0] == 0:  # the leading coefficient vanishes: a critical point at infinity, z = 0
            trimmed, hard = trimmed[1:], True
        real = [r.real for r in self.roots(trimmed) if abs(r.imag) < mpf(10) ** -30 * (1 + abs(r))]
        edges = sorted(self.z(m) for m in real if m != 0)
        return ([mpf(0)] if hard else []) + edges

    def density(self, x):
        # (x m + 1) prod (1 + g v m) - m sum w v prod_others = 0.
        equation = multiply([x, mpf(1)], product(self.linear))
        for k, (v, w) in enumerate(self.atoms):
            others = product(l for j, l in enumerate(self.linear) if j != k)
            equation = add(equation, times(-w * v, others + [mpf(0)]))
        return max([r.imag for r in self.roots(equation)] + [mpf(0)]) / mp.pi

    def mass_at_zero(self):
        return max(mpf(0), 1 - sum(w for _, w in self.atoms) / self.gamma)

    def integrate(self, low, high, x):
        # x = low + (high - low) sin^2(t / 2)
        top = 2 * mp.asin(mp.sqrt((x - low) / (high - low))) if x < high else mp.pi
        with mp.workdps(40):
            return mp.quad(
                lambda t: self.density(low + (high - low) * mp.sin(t / 2) ** 2) * (high - low) * mp.sin(t) / 2,
                [mpf(0), top / 2, top],
                maxdegree=7,
            )


def digits(x):
    return mp.nstr(+x, 50, strip_zeros=False)


def main():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "random-matrix.csv")
    with open(path, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["case", "gamma", "values", "weights", "quantity", "argument", "result"])
        for name, gamma, values, weights in CASES:
            law = Law(gamma, values, weights)
            head = [name, repr(gamma), " ".join(map(repr, values)), " ".join(map(repr, weights))]
            for i, e in enumerate(law.edges):
                out.writerow(head + ["edge", i, digits(e * law.unit)])
            below = law.mass_at_zero()
            for i in range(0, len(law.edges), 2):
                low, high = law.edges[i], law.edges[i + 1]
                for share in [0.001, 0.1, 0.5, 0.9, 0.999]:
                    x = float((low + (high - low) * mpf(share)) * law.unit)
                    exact = mpf(x) / law.unit
                    out.writerow(head + ["density", repr(x), digits(law.density(exact) / law.unit)])
                    if len(values) <= 3 and share in (0.1, 0.5, 0.999):
                        part = law.integrate(low, high, exact)
                        with mp.workdps(40):
                            out.writerow(head + ["distribution", repr(x), mp.nstr(below + part, 25)])
                if i + 2 < len(law.edges):
                    below += law.integrate(low, high, high)
                print(name, i, flush=True)


main()
