using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Qwem.Sim.Descent;
using Qwem.Sim.IO;
using Qwem.Sim.LinearAlgebra;
using Qwem.Sim.Threading;

namespace Qwem.Sim.Runs;

/// <summary>What is recorded along a run.</summary>
/// <param name="Steps">When.</param>
/// <param name="ExactLoss">True to record the loss over all pairs as well.</param>
/// <param name="Basis">K orthonormal rows of length V (twice that for two matrices) to measure overlaps with, or null.</param>
/// <param name="OverlapRanks">k of the overlaps, each from 1 to K and d.</param>
public sealed record TraceSettings(TraceSteps Steps, bool ExactLoss, DenseMatrix? Basis, IReadOnlyList<int> OverlapRanks);

/// <summary>Writes <c>trace.csv</c> as a run goes: one line per recorded step, handed to the operating system as soon as it is complete.</summary>
/// <remarks>
/// Columns: step, learning_rate, minibatch_loss, exact_loss if asked for, overlap_k for each k, s_1 .. s_d. Singular values (of [W1; W2] in a model of two
/// matrices) have the accuracy of the numbers trained in: of a run in float64 they are those of <see cref="Svd"/>, right to about 1e-15 of the largest
/// one; of a run in float32, whose roundings move them by 1e-8 of it, roots of the eigenvalues of W'W, in a fifth of the time. overlap_k is (1/k) sum over i, j at most k of (u_i . q_j)^2, u the left singular vectors of W (V x d), q the given rows.
/// Numbers are written with as many digits as they need to be read back exactly.
/// </remarks>
internal sealed class Trace : IDisposable
{
    private readonly TraceSettings _settings;
    private readonly ExactObjective? _objective;
    private readonly WorkerTeam _team;
    private readonly DenseMatrix _embeddings;
    private readonly bool _binary32;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    internal Trace(string path, TraceMark? keep, TraceSettings settings, ExactObjective? objective, IDescent descent, bool binary32, WorkerTeam team)
    {
        _settings = settings;
        _objective = objective;
        _binary32 = binary32;
        _team = team;
        _embeddings = new DenseMatrix(descent.Rows, descent.Columns);
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            long begin = keep is TraceMark mark ? Kept(path, mark, Heading(descent.Columns) + "\n") : 0;
            _file.SetLength(begin);
            _file.Seek(begin, SeekOrigin.Begin);
            Mark = new TraceMark(begin, _hash.GetCurrentHash());
            if (begin == 0) Put(Heading(descent.Columns));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What was written so far, all of it handed to the system.</summary>
    internal TraceMark Mark { get; private set; }

    internal bool Includes(long step, long last) => _settings.Steps.Contains(step, last);

    /// <summary>Records the present state.</summary>
    internal double Record(IDescent descent, double learningRate, CancellationToken cancellation)
    {
        descent.CopyTo(_embeddings);
        double loss = descent.MinibatchLoss();
        StringBuilder line = new();
        line.Append(CultureInfo.InvariantCulture, $"{descent.StepCount},{learningRate:R},{loss:R}");
        if (_settings.ExactLoss) line.Append(CultureInfo.InvariantCulture, $",{_objective!.Evaluate(_embeddings, null, cancellation):R}");
        (double[] singularValues, DenseMatrix? cosines) = _binary32 ? ByGramMatrix(cancellation) : ByDecomposition();
        if (cosines is not null)
            foreach (double overlap in Overlaps(cosines)) line.Append(CultureInfo.InvariantCulture, $",{overlap:R}");
        foreach (double value in singularValues) line.Append(CultureInfo.InvariantCulture, $",{value:R}");
        Put(line.ToString());
        return loss;
    }

    /// <summary>Flushes what was written to the disk, so that it survives a power failure.</summary>
    internal void FlushToDisk() => _file.Flush(flushToDisk: true);

    public void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
    }

    /// <summary>Length of the part that belongs to a checkpoint, after a comparison with its hash.</summary>
    /// <exception cref="FileFormatException">The part was altered.</exception>
    private long Kept(string path, TraceMark mark, string heading)
    {
        byte[] buffer = new byte[1 << 16];
        bool begins = mark.Length == 0;
        while (_file.Position < mark.Length && _file.Read(buffer, 0, (int)Math.Min(buffer.Length, mark.Length - _file.Position)) is int read and > 0)
        {
            // Without a hash only the length can be checked.
            if (_file.Position == read) begins = heading.Length > read || buffer.AsSpan(0, heading.Length).SequenceEqual(Encoding.ASCII.GetBytes(heading));
            _hash.AppendData(buffer, 0, read);
        }
        if (begins && _file.Position == mark.Length && (mark.Hash is null || mark.Hash.AsSpan().SequenceEqual(_hash.GetCurrentHash()))) return mark.Length;
        throw new FileFormatException($"The trace '{path}' was altered after the checkpoint was written; restore it, or start the run again in another folder.");
    }

    private string Heading(int dimension)
    {
        IEnumerable<string> columns = ["step", "learning_rate", "minibatch_loss"];
        if (_settings.ExactLoss) columns = columns.Append("exact_loss");
        if (_settings.Basis is not null) columns = columns.Concat(_settings.OverlapRanks.Select(k => $"overlap_{k}"));
        return string.Join(',', columns.Concat(Enumerable.Range(1, dimension).Select(k => $"s_{k}")));
    }

    /// <summary>Singular values, and q_j . u_i at (j, i) when there is a basis.</summary>
    private (double[] SingularValues, DenseMatrix? Cosines) ByDecomposition()
    {
        if (_settings.Basis is not DenseMatrix basis) return (Svd.SingularValuesOfTall(_embeddings, _team), null);
        Svd svd = Svd.OfTall(_embeddings, _team);
        DenseMatrix cosines = new(basis.Rows, _embeddings.Columns);
        MatrixProduct.Multiply(1, basis, false, svd.LeftVectors, true, 0, cosines, _team);
        return (svd.SingularValues, cosines);
    }

    /// <summary>The same; u_i = W v_i / s_i, and 0 where s_i is.</summary>
    private (double[] SingularValues, DenseMatrix? Cosines) ByGramMatrix(CancellationToken cancellation)
    {
        int d = _embeddings.Columns;
        DenseMatrix gram = new(d, d);
        MatrixProduct.Multiply(1, _embeddings, true, _embeddings, false, 0, gram, _team);
        SymmetricEigenDecomposition eigen = SymmetricEigenSolver.Decompose(gram, _team, null, cancellation);
        double[] singularValues = Array.ConvertAll(eigen.Eigenvalues, eigenvalue => Math.Sqrt(Math.Max(0, eigenvalue)));
        if (_settings.Basis is not DenseMatrix basis) return (singularValues, null);
        DenseMatrix projected = new(basis.Rows, d), cosines = new(basis.Rows, d);
        MatrixProduct.Multiply(1, basis, false, _embeddings, false, 0, projected, _team);
        MatrixProduct.Multiply(1, projected, false, eigen.Eigenvectors, true, 0, cosines, _team);
        for (int j = 0; j < basis.Rows; j++)
            for (int i = 0; i < d; i++) cosines[j, i] = singularValues[i] > 0 ? cosines[j, i] / singularValues[i] : 0;
        return (singularValues, cosines);
    }

    private double[] Overlaps(DenseMatrix cosines) =>
    [
        .. _settings.OverlapRanks.Select(k =>
        {
            double sum = 0;
            for (int i = 0; i < k; i++)
                for (int j = 0; j < k; j++) sum += cosines[j, i] * cosines[j, i];
            return sum / k;
        }),
    ];

    private void Put(string line)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(line + "\n");
        _file.Write(bytes);
        _file.Flush();
        _hash.AppendData(bytes);
        Mark = new TraceMark(_file.Position, _hash.GetCurrentHash());
    }
}
