using System.Runtime.CompilerServices;
using Qwem.Sim.Threading;

namespace Qwem.Sim.LinearAlgebra;

/// <summary>One matrix operand inside an array: entry (i, j) of op(X) is <c>Values[Offset + i * Stride + j]</c>, or with i and j exchanged.</summary>
internal readonly record struct Operand(double[] Values, int Offset, int Stride, bool Transposed)
{
    /// <summary>Step from one row of op(X) to the next.</summary>
    internal nint RowStep => Transposed ? 1 : Stride;

    /// <summary>Step from one column of op(X) to the next.</summary>
    internal nint ColumnStep => Transposed ? Stride : 1;
}

/// <summary>Pack buffers and the blocked loops of one matrix product; one per calling thread, reused.</summary>
/// <remarks>
/// Blocks: depth <see cref="DepthBlock"/> fixes the bits (one chain per depth block, blocks combined in order). Everything else,
/// row and column blocks, how many depth blocks are packed at once, who computes what, changes only the speed.
/// </remarks>
internal sealed unsafe class ProductWorkspace
{
    internal const int DepthBlock = 256;
    private const int RowLimit = 3072;
    private const int ColumnLimit = 3072;
    private const int PackedLimit = 1 << 20;

    [ThreadStatic] private static ProductWorkspace? _mine;

    private readonly Action<int> _pack;
    private readonly Action<int> _compute;
    private double[] _packedRows = [];
    private double[] _packedColumns = [];
    private Operand _a, _b, _c;
    private double _alpha, _beta;
    private bool _overwrite, _upperOnly, _packColumns;
    private int _rowStart, _rows, _columnStart, _columns, _depthStart, _depth;
    private int _rowPanels, _columnPanels, _rowPack, _columnPack, _rowTasks, _columnTasks, _rowBlock, _columnBlock;

    private ProductWorkspace()
    {
        _pack = PackTask;
        _compute = ComputeTask;
    }

    internal static ProductWorkspace Mine => _mine ??= new ProductWorkspace();

    /// <summary>c = alpha a b + beta c; <paramref name="team"/> null runs on this thread alone, as inside a task of a team.</summary>
    /// <param name="rows">Rows of c.</param>
    /// <param name="columns">Columns of c.</param>
    /// <param name="depth">Columns of op(a), rows of op(b).</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="a">Left operand.</param>
    /// <param name="b">Right operand.</param>
    /// <param name="beta">Factor of the old c; with 0 the old c is not read.</param>
    /// <param name="c">The result, not transposed.</param>
    /// <param name="team">Who computes.</param>
    /// <param name="upperOnly">Leaves tiles that lie wholly below the diagonal alone; c must then be square in its leading part.</param>
    internal void Multiply(int rows, int columns, int depth, double alpha, Operand a, Operand b, double beta, Operand c, WorkerTeam? team, bool upperOnly = false)
    {
        if (rows == 0 || columns == 0) return;
        if (depth == 0 || alpha == 0)
        {
            ScaleResult(rows, columns, beta, c);
            return;
        }
        if ((double)rows * columns * depth < 60_000) team = null;
        (_a, _b, _c, _alpha, _upperOnly) = (a, b, c, alpha, upperOnly);
        int depthBlocks = Math.Max(1, PackedLimit / Math.Clamp(Math.Max(rows, columns), ProductTile.Columns, RowLimit) / DepthBlock);
        for (_columnStart = 0; _columnStart < columns; _columnStart += ColumnLimit)
        {
            _columns = Math.Min(ColumnLimit, columns - _columnStart);
            for (_depthStart = 0; _depthStart < depth; _depthStart += depthBlocks * DepthBlock)
            {
                _depth = Math.Min(depthBlocks * DepthBlock, depth - _depthStart);
                _overwrite = beta == 0 && _depthStart == 0;
                _beta = _depthStart == 0 ? beta : 1.0;
                _packColumns = true;
                for (_rowStart = 0; _rowStart < rows; _rowStart += RowLimit)
                {
                    _rows = Math.Min(RowLimit, rows - _rowStart);
                    RunBlock(team);
                    _packColumns = false;
                }
            }
        }
        (_a, _b, _c) = (default, default, default);
    }

    private static void ScaleResult(int rows, int columns, double beta, Operand c)
    {
        for (int i = 0; i < rows; i++)
        {
            Span<double> row = c.Values.AsSpan(c.Offset + i * c.Stride, columns);
            if (beta == 0) row.Clear();
            else Kernels.Scale(beta, row);
        }
    }

    private void RunBlock(WorkerTeam? team)
    {
        _rowPanels = (_rows + ProductTile.Rows - 1) / ProductTile.Rows;
        _columnPanels = (_columns + ProductTile.Columns - 1) / ProductTile.Columns;
        Reserve(ref _packedRows, _rowPanels * ProductTile.Rows * _depth);
        Reserve(ref _packedColumns, _columnPanels * ProductTile.Columns * _depth);

        int size = team?.Size ?? 1;
        _rowPack = size == 1 ? _rowPanels : Math.Max(1, _rowPanels / (2 * size));
        _columnPack = size == 1 ? _columnPanels : Math.Max(1, _columnPanels / (2 * size));
        _rowTasks = (_rowPanels + _rowPack - 1) / _rowPack;
        int columnTasks = _packColumns ? (_columnPanels + _columnPack - 1) / _columnPack : 0;
        Run(team, _rowTasks + columnTasks, _pack);

        _rowBlock = Math.Min(16, _rowPanels);
        _columnBlock = Math.Min(size == 1 ? _columnPanels : 10, _columnPanels);
        while (Tasks() < 4 * size && (_columnBlock > 1 || _rowBlock > 4) && size > 1)
        {
            if (_columnBlock > 1 && _columnBlock * 3 > _rowBlock) _columnBlock = (_columnBlock + 1) / 2;
            else if (_rowBlock > 4) _rowBlock = (_rowBlock + 1) / 2;
            else break;
        }
        _columnTasks = (_columnPanels + _columnBlock - 1) / _columnBlock;
        Run(team, Tasks(), _compute);
    }

    private int Tasks() => ((_rowPanels + _rowBlock - 1) / _rowBlock) * ((_columnPanels + _columnBlock - 1) / _columnBlock);

    private static void Run(WorkerTeam? team, int count, Action<int> body)
    {
        if (team is not null) team.Run(count, body);
        else for (int task = 0; task < count; task++) body(task);
    }

    private void PackTask(int task)
    {
        if (task < _rowTasks)
        {
            fixed (double* source = _a.Values)
                for (int panel = task * _rowPack; panel < Math.Min(_rowPanels, (task + 1) * _rowPack); panel++)
                {
                    int first = panel * ProductTile.Rows;
                    double* from = source + _a.Offset + (_rowStart + first) * _a.RowStep + _depthStart * _a.ColumnStep;
                    double* to = Aligned(_packedRows) + (nint)first * _depth;
                    ProductPacking.Pack(from, _a.RowStep, _a.ColumnStep, Math.Min(ProductTile.Rows, _rows - first), _depth, ProductTile.Rows, to);
                }
            return;
        }
        task -= _rowTasks;
        fixed (double* source = _b.Values)
            for (int panel = task * _columnPack; panel < Math.Min(_columnPanels, (task + 1) * _columnPack); panel++)
            {
                int first = panel * ProductTile.Columns;
                double* from = source + _b.Offset + (_columnStart + first) * _b.ColumnStep + _depthStart * _b.RowStep;
                double* to = Aligned(_packedColumns) + (nint)first * _depth;
                ProductPacking.Pack(from, _b.ColumnStep, _b.RowStep, Math.Min(ProductTile.Columns, _columns - first), _depth, ProductTile.Columns, to);
            }
    }

    private void ComputeTask(int task)
    {
        int firstRow = task / _columnTasks * _rowBlock, firstColumn = task % _columnTasks * _columnBlock;
        int endRow = Math.Min(_rowPanels, firstRow + _rowBlock), endColumn = Math.Min(_columnPanels, firstColumn + _columnBlock);
        double* edge = stackalloc double[ProductTile.Rows * ProductTile.Columns + 8];
        edge = (double*)(((nint)edge + 63) & ~(nint)63);
        double* left = Aligned(_packedRows), right = Aligned(_packedColumns);
        fixed (double* result = &_c.Values[_c.Offset])
            for (int start = 0; start < _depth; start += DepthBlock)
            {
                int length = Math.Min(DepthBlock, _depth - start);
                double beta = start == 0 ? _beta : 1.0;
                bool overwrite = _overwrite && start == 0;
                for (int column = firstColumn; column < endColumn; column++)
                {
                    int width = Math.Min(ProductTile.Columns, _columns - column * ProductTile.Columns);
                    double* b = right + (nint)column * ProductTile.Columns * _depth + start * ProductTile.Columns;
                    for (int row = firstRow; row < endRow; row++)
                    {
                        int i = _rowStart + row * ProductTile.Rows, j = _columnStart + column * ProductTile.Columns;
                        if (_upperOnly && j + ProductTile.Columns <= i) break;
                        double* a = left + (nint)row * ProductTile.Rows * _depth + start * ProductTile.Rows;
                        double* c = result + (nint)i * _c.Stride + j;
                        int height = Math.Min(ProductTile.Rows, _rows - row * ProductTile.Rows);
                        if (height == ProductTile.Rows && (width & 7) == 0)
                            ProductTile.Run(a, b, length, c, _c.Stride, width, _alpha, beta, overwrite);
                        else
                            RunEdge(a, b, length, c, height, width, beta, overwrite, edge);
                    }
                }
            }
    }

    private void RunEdge(double* a, double* b, int length, double* c, int height, int width, double beta, bool overwrite, double* edge)
    {
        if (!overwrite)
        {
            new Span<double>(edge, ProductTile.Rows * ProductTile.Columns).Clear();
            for (int i = 0; i < height; i++)
                for (int j = 0; j < width; j++) edge[i * ProductTile.Columns + j] = c[(nint)i * _c.Stride + j];
        }
        ProductTile.Run(a, b, length, edge, ProductTile.Columns, width, _alpha, beta, overwrite);
        for (int i = 0; i < height; i++)
            for (int j = 0; j < width; j++) c[(nint)i * _c.Stride + j] = edge[i * ProductTile.Columns + j];
    }

    /// <summary>Pinned arrays do not move, so an address aligned to a cache line stays so.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double* Aligned(double[] pinned) =>
        (double*)(((nint)Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(pinned)) + 63) & ~(nint)63);

    private static void Reserve(ref double[] buffer, int length)
    {
        if (buffer.Length < length + 8) buffer = GC.AllocateUninitializedArray<double>(length + 8, pinned: true);
    }
}
