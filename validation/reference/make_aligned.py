"""Writes aligned-solution.csv: Theorem 4.3 (docs/derivations.md 4.1) to 50 digits.

Columns: initial, eigenvalue, time (doubles by repr), variance s^2(t), logvariance ln s^2(t), deficit lambda - s^2(t).
s^2(t) = s0 e^x / (1 + s0 (e^x - 1) / lambda), x = 2 lambda t (s0 / (1 + 2 s0 t) at lambda = 0), evaluated literally in
enough digits that nothing is lost.

Run: python3 make_aligned.py  (mpmath 1.3.0). Overwrites aligned-solution.csv beside it.
"""

import csv
import math
import os

from mpmath import mp, mpf

INITIALS = [1e-300, 1e-24, 1e-8, 0.3, 1.0, 7.5, 1e6]
EIGENVALUES = [3.0, 1.0, 0.01, 1e-12, 1e-305, 0.0, -1e-12, -0.2, -4.0]
TIMES = [0.0, 1e-20, 0.01, 1.0, 9.3, 115.0, 350.0, 1200.0, 1e8]


def digits(x):
    with mp.workdps(60):
        return mp.nstr(+x, 50, strip_zeros=False)


def main():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "aligned-solution.csv")
    with open(path, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["initial", "eigenvalue", "time", "variance", "logvariance", "deficit"])
        for initial in INITIALS:
            for eigenvalue in EIGENVALUES:
                for time in TIMES:
                    x = 2 * abs(eigenvalue) * time
                    if x > 5000:  # raw exponentials of that size need too many digits to be worth it
                        continue
                    mp.dps = int(2 * x / math.log(10)) + 800
                    s0, l, t = mpf(initial), mpf(eigenvalue), mpf(time)
                    e = mp.exp(2 * l * t)
                    s = s0 * e / (1 + s0 * (e - 1) / l) if l != 0 else s0 / (1 + 2 * s0 * t)
                    out.writerow([repr(initial), repr(eigenvalue), repr(time), digits(s), digits(mp.log(s)), digits(l - s)])


main()
