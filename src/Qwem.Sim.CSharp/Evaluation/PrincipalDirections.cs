using Qwem.Sim.Formats;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Evaluation;

/// <summary>The eigen-directions of the model W W' of some vectors: the columns of a closed form, and of trained vectors up to a rotation.</summary>
public sealed class PrincipalDirections
{
    private PrincipalDirections(double[] eigenvalues, DenseMatrix coordinates)
    {
        Eigenvalues = eigenvalues;
        Coordinates = coordinates;
    }

    /// <summary>d eigenvalues of W W', descending, none negative.</summary>
    public double[] Eigenvalues { get; }

    /// <summary>d x V: ROW k holds the coordinate of every word along direction k; its entry of largest absolute value is positive.</summary>
    public DenseMatrix Coordinates { get; }

    /// <summary>Rotates the vectors to the eigenbasis of W'W, a d x d matrix.</summary>
    /// <param name="vectors">W, V x d; not centred.</param>
    /// <param name="team">The threads, or null for the calling thread alone; the result does not depend on how many there are.</param>
    /// <param name="cancellation">Ends the decomposition early.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public static PrincipalDirections Of(WordVectors vectors, WorkerTeam? team = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        int dimension = vectors.Dimension;
        DenseMatrix words = new(vectors.Size, dimension), gram = new(dimension, dimension), coordinates = new(dimension, vectors.Size);
        for (int e = 0; e < words.Values.Length; e++) words.Values[e] = vectors.Values[e];
        MatrixProduct.Multiply(1, words, true, words, false, 0, gram, team);
        SymmetricEigenDecomposition spectrum = SymmetricEigenSolver.Decompose(gram, team, cancellation: cancellation);
        MatrixProduct.Multiply(1, spectrum.Eigenvectors, false, words, true, 0, coordinates, team);
        double[] eigenvalues = new double[dimension];
        for (int k = 0; k < dimension; k++)
        {
            eigenvalues[k] = Math.Max(0, spectrum.Eigenvalues[k]);
            if (SymmetricEigenSolver.LargestIsNegative(coordinates.Row(k))) Kernels.Scale(-1, coordinates.Row(k));
        }
        return new PrincipalDirections(eigenvalues, coordinates);
    }

    /// <summary>The words at the two ends of one direction.</summary>
    /// <param name="direction">k, 0 .. d - 1.</param>
    /// <param name="count">Words at each end; fewer when there are fewer.</param>
    /// <param name="among">Only the first so many words are looked at.</param>
    /// <param name="unit">True: coordinates of the words' unit vectors, 0 for a vanishing vector.</param>
    /// <returns>The largest coordinates, largest first, and the smallest, smallest first; equal ones in the order of the words.</returns>
    public (IReadOnlyList<ScoredWord> Highest, IReadOnlyList<ScoredWord> Lowest) Ends(int direction, int count, int among = int.MaxValue, bool unit = false)
    {
        double[] row = Coordinates.Row(direction)[..Math.Min(among, Coordinates.Columns)].ToArray();
        if (unit)
        {
            for (int i = 0; i < row.Length; i++)
            {
                double square = 0;
                for (int k = 0; k < Coordinates.Rows; k++) square += Coordinates[k, i] * Coordinates[k, i];
                if (square > 0) row[i] /= Math.Sqrt(square);
            }
        }
        int[] words = [.. Enumerable.Range(0, row.Length)];
        return (
            [.. words.OrderByDescending(i => row[i]).ThenBy(i => i).Take(count).Select(i => new ScoredWord(i, row[i]))],
            [.. words.OrderBy(i => row[i]).ThenBy(i => i).Take(count).Select(i => new ScoredWord(i, row[i]))]);
    }
}
