namespace Qwem.Benchmarks.Sweep;

/// <summary>A power law through points, by least squares of the logarithms.</summary>
/// <param name="Slope">The exponent.</param>
/// <param name="StandardError">Its standard error, from the scatter of the points; it does not include a curve that is bent.</param>
/// <param name="Intercept">Natural logarithm of the value at 1.</param>
/// <param name="LastSlope">The exponent between the two largest points alone, where fixed costs matter least.</param>
internal sealed record PowerLaw(double Slope, double StandardError, double Intercept, double LastSlope)
{
    /// <summary>Fits at least three points of distinct, positive arguments in ascending order.</summary>
    public static PowerLaw Through(IReadOnlyList<(double X, double Y)> points)
    {
        double[] x = [.. points.Select(point => Math.Log(point.X))], y = [.. points.Select(point => Math.Log(point.Y))];
        double meanX = x.Average(), meanY = y.Average();
        double squares = x.Sum(value => (value - meanX) * (value - meanX));
        double slope = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / squares;
        double rest = x.Zip(y, (a, b) => Math.Pow(b - meanY - (slope * (a - meanX)), 2)).Sum();
        return new PowerLaw(slope, Math.Sqrt(rest / (x.Length - 2) / squares), meanY - (slope * meanX), (y[^1] - y[^2]) / (x[^1] - x[^2]));
    }

    /// <summary>The value of the law.</summary>
    public double At(double x) => Math.Exp(Intercept + (Slope * Math.Log(x)));
}
