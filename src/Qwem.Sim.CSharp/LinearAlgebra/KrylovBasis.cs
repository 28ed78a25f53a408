using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>Up to m orthonormal vectors of length n, and the products with all of them that a Krylov method is made of.</summary>
/// <remarks>Row-major n x m: vector k is column k. Every product reads the array once, in the order of its memory.</remarks>
internal sealed class KrylovBasis
{
    private const int StripRows = 512;

    private readonly WorkerTeam _team;
    private readonly double[] _values;

    internal KrylovBasis(int length, int capacity, WorkerTeam team)
    {
        Length = length;
        Capacity = capacity;
        _team = team;
        _values = GC.AllocateUninitializedArray<double>(length * capacity);
    }

    /// <summary>n.</summary>
    internal int Length { get; }

    /// <summary>m.</summary>
    internal int Capacity { get; }

    /// <summary>Stores an n x b block as the vectors <paramref name="first"/> .. first + b - 1.</summary>
    internal void Store(int first, DenseMatrix block) =>
        _team.Run(Strips, strip =>
        {
            for (int i = strip * StripRows; i < Math.Min(Length, (strip + 1) * StripRows); i++)
                block.Row(i).CopyTo(_values.AsSpan(i * Capacity + first, block.Columns));
        });

    /// <summary>Reads the vectors <paramref name="first"/> .. first + b - 1 as an n x b block.</summary>
    internal void Load(int first, DenseMatrix block) =>
        _team.Run(Strips, strip =>
        {
            for (int i = strip * StripRows; i < Math.Min(Length, (strip + 1) * StripRows); i++)
                _values.AsSpan(i * Capacity + first, block.Columns).CopyTo(block.Row(i));
        });

    /// <summary>coefficients = B' block and block -= B coefficients, for the vectors <paramref name="first"/> .. <paramref name="end"/> - 1.</summary>
    /// <param name="first">First vector of B.</param>
    /// <param name="end">One after the last vector of B.</param>
    /// <param name="block">n x b.</param>
    /// <param name="coefficients">At least (end - first) rows of b numbers; row k belongs to vector first + k.</param>
    internal void Remove(int first, int end, DenseMatrix block, DenseMatrix coefficients)
    {
        int count = end - first, width = block.Columns;
        if (count == 0) return;
        Operand inner = new(coefficients.Values, 0, width, false), vectors = new(block.Values, 0, width, false);
        ProductWorkspace.Mine.Multiply(count, width, Length, 1, Part(first, transposed: true), vectors, 0, inner, _team);
        ProductWorkspace.Mine.Multiply(Length, width, count, -1, Part(first, transposed: false), inner, 1, vectors, _team);
    }

    /// <summary>Replaces the first vectors by combinations of them: B[:, 0..kept) = B[:, 0..used) S.</summary>
    /// <param name="combination">kept x used, the transpose of S.</param>
    internal void Combine(DenseMatrix combination)
    {
        int kept = combination.Rows, used = combination.Columns;
        Operand factor = new(combination.Values, 0, used, true);
        _team.Run(Strips, strip =>
        {
            int start = strip * StripRows, rows = Math.Min(StripRows, Length - start);
            double[] scratch = System.Buffers.ArrayPool<double>.Shared.Rent(rows * kept);
            Operand from = new(_values, start * Capacity, Capacity, false), to = new(scratch, 0, kept, false);
            ProductWorkspace.Mine.Multiply(rows, kept, used, 1, from, factor, 0, to, team: null);
            for (int i = 0; i < rows; i++) scratch.AsSpan(i * kept, kept).CopyTo(_values.AsSpan((start + i) * Capacity, kept));
            System.Buffers.ArrayPool<double>.Shared.Return(scratch);
        });
    }

    /// <summary>Copies vectors to a new place; the places may overlap.</summary>
    internal void Move(int from, int to, int count) =>
        _team.Run(Strips, strip =>
        {
            for (int i = strip * StripRows; i < Math.Min(Length, (strip + 1) * StripRows); i++)
                _values.AsSpan(i * Capacity + from, count).CopyTo(_values.AsSpan(i * Capacity + to, count));
        });

    /// <summary>Combinations of the first vectors as rows: result = (B[:, 0..used) S)'.</summary>
    /// <param name="combination">d x used, the transpose of S.</param>
    /// <param name="result">d x n.</param>
    internal void Expand(DenseMatrix combination, DenseMatrix result) =>
        ProductWorkspace.Mine.Multiply(
            combination.Rows, Length, combination.Columns, 1,
            new Operand(combination.Values, 0, combination.Columns, false), Part(0, transposed: true),
            0, new Operand(result.Values, 0, Length, false), _team);

    private int Strips => (Length + StripRows - 1) / StripRows;

    private Operand Part(int first, bool transposed) => new(_values, first, Capacity, transposed);
}
