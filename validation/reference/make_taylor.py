"""Writes taylor-remainder.csv: r(x) = log(1 + e^-x) - (ln 2 - x/2 + x^2/8) (docs/derivations.md section 2) to 50 digits.

Columns: x (a double by repr), remainder. The definition is evaluated literally in 700 digits, so that nothing is lost down to
|x| = 1e-75 (where r = -x^4/192 is 1e-302).

Run: python3 make_taylor.py  (mpmath 1.3.0). Overwrites taylor-remainder.csv beside it.
"""

import csv
import os

from mpmath import mp, mpf

POINTS = [1e-75, 1e-40, 1e-12, 3.7e-5, 1e-3, 0.02, 0.1, 0.37, 0.7, 1.0, 1.3, 1.6, 1.9, 1.9999999999999998, 2.0, 2.3, 3.0,
          3.14159, 5.0, 9.0, 20.0, 36.5, 50.0, 300.0, 745.0, 1e4, 1e75]


def main():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "taylor-remainder.csv")
    with open(path, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["x", "remainder"])
        for point in POINTS:
            for x in (point, -point):
                with mp.workdps(700):
                    t = mpf(x)
                    # log(1 + e^-t) for negative t as -t + log(1 + e^t): e^1e75 itself would be too large.
                    soft = mp.log(1 + mp.exp(-t)) if t > 0 else -t + mp.log(1 + mp.exp(t))
                    r = soft - (mp.log(2) - t / 2 + t * t / 8)
                    out.writerow([repr(x), mp.nstr(r, 50, strip_zeros=False)])


if __name__ == "__main__":
    main()
