using System.Globalization;
using Qwem.Validation;

namespace Qwem.Cli;

/// <summary>A moment of an aligned training.</summary>
internal sealed record Moment(TrainingTime Time, double Sigma)
{
    /// <summary>s_k at the moment.</summary>
    /// <exception cref="ArithmeticException">The mode whose realisation time is the unit is never learned.</exception>
    public double[] SingularValues(double[] eigenvalues)
    {
        double kappaTime = Time.KappaTime(eigenvalues, Sigma);
        return double.IsFinite(kappaTime)
            ? TrainingTime.SingularValues(eigenvalues, Sigma, kappaTime)
            : throw new ArithmeticException(
                $"Mode {Time.Mode} has the eigenvalue {eigenvalues[Time.Mode - 1].ToString("G6", CultureInfo.InvariantCulture)}, not above sigma^2, and is never learned; give the time of an earlier mode or a smaller --sigma.");
    }

    /// <summary>The mode whose time is the unit is one of the model's.</summary>
    /// <param name="dimension">d.</param>
    /// <exception cref="UsageException">It is not.</exception>
    public void RequireModes(int dimension)
    {
        if (Time.Mode > dimension)
            throw new UsageException($"The time {Time} is that of mode {Time.Mode}, but there are {dimension}; give a larger -d or an earlier mode.");
    }

    /// <summary>For the line of results and the archive.</summary>
    public override string ToString() => $"time={Time} sigma={Sigma.ToString("R", CultureInfo.InvariantCulture)}";
}
