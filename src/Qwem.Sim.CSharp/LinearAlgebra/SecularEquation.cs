using System.Runtime.CompilerServices;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>Roots of 1/rho + sum_i z_i^2 / (d_i - lambda) = 0, the eigenvalues of diag(d) + rho z z'.</summary>
/// <remarks>
/// d ascending and distinct, rho positive, every z_i nonzero. Iteration: Li (1994), "Solving secular equations stably and
/// efficiently", LAPACK working note 89 (the middle way: one pole and a constant for the terms on either side), kept inside a
/// bracket that is halved geometrically whenever the step leaves it or the residual fails to shrink; so it always ends.
/// The root is sought as an offset from the nearest pole, so that every difference d_i - lambda comes out with small relative error.
/// </remarks>
internal static unsafe class SecularEquation
{
    private const double Unit = 1.1102230246251565e-16;
    private const int StepLimit = 200;

    /// <summary>The root between d[index] and d[index + 1], or above d[count - 1] for the last index.</summary>
    /// <param name="index">Which root, 0 .. count - 1.</param>
    /// <param name="count">Number of poles.</param>
    /// <param name="d">Poles, ascending.</param>
    /// <param name="zSquared">Squares of z.</param>
    /// <param name="rho">Weight of the rank-one term.</param>
    /// <param name="difference">Receives d[i] - lambda.</param>
    /// <returns>lambda, rounded.</returns>
    internal static double Root(int index, int count, double* d, double* zSquared, double rho, double* difference)
    {
        double total = 0;
        for (int i = 0; i < count; i++) total += zSquared[i];
        if (count == 1)
        {
            difference[0] = -rho * total;
            return d[0] + rho * total;
        }
        bool last = index == count - 1;
        double gap = last ? rho * total : d[index + 1] - d[index];
        int left = last ? count - 2 : index, right = left + 1, origin = index;
        Terms middle = Evaluate(d, zSquared, rho, left, count, d[origin], 0.5 * gap);
        if (!last && middle.Value < 0) origin = index + 1;

        double floor = last ? 0.5 * zSquared[origin] * rho : 0.5 * zSquared[origin] / (1 / rho + 2 * total / gap);
        double low, high;
        if (origin != index) (low, high) = (-0.5 * gap, -floor);
        else if (!last) (low, high) = (floor, 0.5 * gap);
        else if (middle.Value < 0) (low, high) = (0.5 * gap, gap * (1 + 8 * Unit));
        else (low, high) = (floor, 0.5 * gap);

        double pole = d[origin], leftPole = d[left] - pole, rightPole = d[right] - pole;
        double tau = FirstGuess(middle, d[left] - d[index], d[right] - d[index], zSquared[left], zSquared[right], leftPole, rightPole, 0.5 * gap, low, high);
        double previous = double.PositiveInfinity;
        for (int step = 0; step < StepLimit; step++)
        {
            Terms terms = Evaluate(d, zSquared, rho, left, count, pole, tau);
            double size = Math.Abs(terms.Value);
            double noise = 8 * Unit * (1 / rho + Math.Abs(terms.Left) + Math.Abs(terms.Right)) + Unit * Math.Abs(tau) * (terms.LeftSlope + terms.RightSlope);
            if (size <= noise) break;
            if (terms.Value < 0) low = Math.Max(low, tau);
            else high = Math.Min(high, tau);
            if (high - low <= 2 * Unit * Math.Abs(tau)) break;

            double toLeft = leftPole - tau, toRight = rightPole - tau;
            double c = terms.Value - toLeft * terms.LeftSlope - toRight * terms.RightSlope;
            double a = (toLeft + toRight) * terms.Value - toLeft * toRight * (terms.LeftSlope + terms.RightSlope);
            double b = toLeft * toRight * terms.Value;
            bool stalled = step > 4 && size > 0.5 * previous;
            double next = stalled ? double.NaN : tau + InsideRoot(c, a, b, low - tau, high - tau);
            if (!(next > low && next < high)) next = Halve(low, high);
            previous = size;
            if (next == tau) break;
            tau = next;
        }
        for (int i = 0; i < count; i++) difference[i] = d[i] - pole - tau;
        return pole + tau;
    }

    /// <summary>The root of the two neighbouring terms plus the constant that the others amount to in the middle of the gap.</summary>
    private static double FirstGuess(
        Terms middle, double leftFromIndex, double rightFromIndex, double leftWeight, double rightWeight,
        double leftPole, double rightPole, double half, double low, double high)
    {
        double c = middle.Value - leftWeight / (leftFromIndex - half) - rightWeight / (rightFromIndex - half);
        double a = c * (leftPole + rightPole) + leftWeight + rightWeight;
        double b = c * leftPole * rightPole + leftWeight * rightPole + rightWeight * leftPole;
        double guess = InsideRoot(c, a, b, low, high);
        return guess > low && guess < high ? guess : Halve(low, high);
    }

    /// <summary>The root of c x^2 - a x + b inside (low, high), or NaN.</summary>
    private static double InsideRoot(double c, double a, double b, double low, double high)
    {
        double discriminant = Math.Max(0, a * a - 4 * b * c);
        double q = 0.5 * (a + Math.CopySign(Math.Sqrt(discriminant), a));
        double first = q / c, second = b / q;
        if (second > low && second < high) return second;
        return first > low && first < high ? first : double.NaN;
    }

    private static double Halve(double low, double high)
    {
        double near = Math.Min(Math.Abs(low), Math.Abs(high)), far = Math.Max(Math.Abs(low), Math.Abs(high));
        return far > 2 * near && near > 0 ? Math.CopySign(Math.Sqrt(near) * Math.Sqrt(far), low) : 0.5 * (low + high);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Terms Evaluate(double* d, double* zSquared, double rho, int left, int count, double pole, double tau)
    {
        double leftSum = 0, leftSlope = 0, rightSum = 0, rightSlope = 0;
        for (int i = 0; i <= left; i++)
        {
            double reciprocal = 1 / (d[i] - pole - tau), term = zSquared[i] * reciprocal;
            leftSum += term;
            leftSlope += term * reciprocal;
        }
        for (int i = count - 1; i > left; i--)
        {
            double reciprocal = 1 / (d[i] - pole - tau), term = zSquared[i] * reciprocal;
            rightSum += term;
            rightSlope += term * reciprocal;
        }
        return new Terms(1 / rho + leftSum + rightSum, leftSum, leftSlope, rightSum, rightSlope);
    }

    private readonly record struct Terms(double Value, double Left, double LeftSlope, double Right, double RightSlope);
}
