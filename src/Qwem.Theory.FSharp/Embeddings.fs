namespace Qwem.Theory

open Qwem.Theory.Hypothesis

/// d x n row-major blocks, as embeddings hold them: shapes checked, products with the kernels.
module private Block =

    /// Refuses what is no d x n block; returns n.
    let columns (values: float[]) (dimension: int) =
        if dimension < 1 then
            broken "at least one dimension" "dimension" $"dimension = {dimension}; allowed: 1 or more"

        if values.Length = 0 || values.Length % dimension <> 0 then
            broken
                "matching shapes"
                "values"
                $"values has {values.Length} entries; expected a positive multiple of d = {dimension}"

        allFinite "values" values
        values.Length / dimension

    /// Refuses what is no table of equally long rows; returns its rows one after another.
    let concat parameter (rows: float[][]) =
        if rows.Length = 0 then
            broken "matching shapes" parameter $"{parameter} is empty; expected at least one array"

        for i in 1 .. rows.Length - 1 do
            hasLength $"{parameter}[{i}]" rows[i] rows[0].Length $"as many as {parameter}[0]"

        Array.concat rows

    let transpose (values: float[]) rows columns =
        Array.init values.Length (fun at -> values[at % rows * columns + at / rows])

    /// W'W, n x n.
    let gram (values: float[]) rows columns =
        let stride = Kernels.padded rows
        let w = Kernels.transpose values columns rows columns stride

        Array.init (columns * columns) (fun at ->
            Kernels.dot w (at / columns * stride) w (at % columns * stride) stride)

    let norm (values: float[]) =
        sqrt (Array.sumBy (fun x -> x * x) values)

/// <summary>Word embeddings W: d dimensions, V words. The layout is said once, when they are made.</summary>
/// <remarks>docs/derivations.md section 1: W is d x V, column i is word i, the model is W'W. Immutable: every array that goes in or out is copied. Equal when
/// d, V and all entries are equal.</remarks>
[<RequireQualifiedAccess; NoComparison>]
type Embeddings =
    internal
        {
            Rows: int
            Columns: int
            Values: float[]
        }

    static member internal Wrap(values: float[], rows: int) : Embeddings =
        {
            Rows = rows
            Columns = values.Length / rows
            Values = values
        }

    /// <summary>From W itself, dimension after dimension: d x V row-major.</summary>
    /// <param name="values">W, entry (a, i) at a V + i; finite.</param>
    /// <param name="dimension">d, 1 or more; V is the length over d.</param>
    /// <returns>The embeddings.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The length is not a positive multiple of d, or a value is not finite.</exception>
    static member OfRows(values: float[], dimension: int) : Embeddings =
        Block.columns values dimension |> ignore
        Embeddings.Wrap(Array.copy values, dimension)

    /// <summary>From W's rows: d arrays, one per dimension, of V numbers each.</summary>
    /// <param name="rows">d arrays of equal length V; finite.</param>
    /// <returns>The embeddings.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">There is no row, lengths differ, or a value is not finite.</exception>
    static member OfRows(rows: float[][]) : Embeddings =
        Embeddings.OfRows(Block.concat "rows" rows, rows.Length)

    /// <summary>From word vectors one after another: V x d row-major, the layout of files of vectors.</summary>
    /// <param name="values">W', entry (i, a) at i d + a; finite.</param>
    /// <param name="dimension">d, 1 or more; V is the length over d.</param>
    /// <returns>The embeddings.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The length is not a positive multiple of d, or a value is not finite.</exception>
    static member OfWords(values: float[], dimension: int) : Embeddings =
        let words = Block.columns values dimension
        Embeddings.Wrap(Block.transpose values words dimension, dimension)

    /// <summary>From word vectors: V arrays, one per word, of d numbers each.</summary>
    /// <param name="vectors">V arrays of equal length d; finite.</param>
    /// <returns>The embeddings.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">There is no word, lengths differ or are 0, or a value is not finite.</exception>
    static member OfWords(vectors: float[][]) : Embeddings =
        let values = Block.concat "vectors" vectors
        Embeddings.OfWords(values, vectors[0].Length)

    /// <summary>d, the number of dimensions.</summary>
    member w.Dimension = w.Rows

    /// <summary>V, the number of words.</summary>
    member w.VocabularySize = w.Columns

    /// <summary>Entry (a, i) of W: dimension a of word i, both from 0.</summary>
    /// <param name="dimension">a, 0 to d - 1.</param>
    /// <param name="word">i, 0 to V - 1.</param>
    /// <exception cref="T:System.IndexOutOfRangeException">There is no such dimension or word.</exception>
    member w.Item
        with get (dimension: int, word: int): float =
            if uint word >= uint w.Columns then
                raise (System.IndexOutOfRangeException $"word = {word}; allowed: 0 to V - 1 = {w.Columns - 1}")

            w.Values[dimension * w.Columns + word]

    /// <summary>The first dimensions alone: the embeddings of a smaller model when the modes come in descending order.</summary>
    /// <param name="dimension">1 to d.</param>
    /// <returns>The first rows of W.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException"><paramref name="dimension"/> is out of range.</exception>
    member w.Truncated(dimension: int) : Embeddings =
        if dimension < 1 || dimension > w.Rows then
            broken "a number of dimensions" "dimension" $"dimension = {dimension}; allowed: 1 to d = {w.Rows}"

        Embeddings.Wrap(Array.sub w.Values 0 (dimension * w.Columns), dimension)

    /// <summary>W dimension after dimension, d x V row-major.</summary>
    /// <returns>A fresh array: take it once, not in a loop.</returns>
    member w.ToRows() : float[] = Array.copy w.Values

    /// <summary>W word after word, V x d row-major.</summary>
    /// <returns>A fresh array: take it once, not in a loop.</returns>
    member w.ToWords() : float[] =
        Block.transpose w.Values w.Rows w.Columns

    /// <summary>The model M = W'W, free of any rotation. Cost V^2 d.</summary>
    /// <returns>A fresh array, V x V row-major.</returns>
    member w.Gram() : float[] = Block.gram w.Values w.Rows w.Columns

    /// <summary>Shape and length.</summary>
    override w.ToString() =
        $"embeddings, d x V = {w.Rows} x {w.Columns}, |W| = {Show.number (Block.norm w.Values)}"

/// <summary>Embeddings in a target's eigenbasis, C = W V*: d dimensions, V modes. Column k belongs to eigenvalue k, not to word k.</summary>
/// <remarks>docs/derivations.md section 4.2. A type of its own, so that a start W cannot stand where C is meant; TargetSpectrum.Project and Expand convert.
/// Immutable, copies arrays, equal when d, V and all entries are equal.</remarks>
[<RequireQualifiedAccess; NoComparison>]
type Projection =
    internal
        {
            Rows: int
            Columns: int
            Values: float[]
        }

    static member internal Wrap(values: float[], rows: int) : Projection =
        {
            Rows = rows
            Columns = values.Length / rows
            Values = values
        }

    /// <summary>From C itself, dimension after dimension: d x V row-major.</summary>
    /// <param name="values">C, entry (a, k) at a V + k; finite.</param>
    /// <param name="dimension">d, 1 or more; V is the length over d.</param>
    /// <returns>The embeddings in the eigenbasis.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">The length is not a positive multiple of d, or a value is not finite.</exception>
    static member OfRows(values: float[], dimension: int) : Projection =
        Block.columns values dimension |> ignore
        Projection.Wrap(Array.copy values, dimension)

    /// <summary>From C's rows: d arrays, one per dimension, of V numbers each, one per mode.</summary>
    /// <param name="rows">d arrays of equal length V; finite.</param>
    /// <returns>The embeddings in the eigenbasis.</returns>
    /// <exception cref="T:Qwem.Theory.HypothesisException">There is no row, lengths differ, or a value is not finite.</exception>
    static member OfRows(rows: float[][]) : Projection =
        Projection.OfRows(Block.concat "rows" rows, rows.Length)

    /// <summary>d, the number of dimensions.</summary>
    member c.Dimension = c.Rows

    /// <summary>V, the number of modes (and of words).</summary>
    member c.VocabularySize = c.Columns

    /// <summary>Entry (a, k) of C: dimension a of mode k, both from 0.</summary>
    /// <param name="dimension">a, 0 to d - 1.</param>
    /// <param name="mode">k, 0 to V - 1.</param>
    /// <exception cref="T:System.IndexOutOfRangeException">There is no such dimension or mode.</exception>
    member c.Item
        with get (dimension: int, mode: int): float =
            if uint mode >= uint c.Columns then
                raise (System.IndexOutOfRangeException $"mode = {mode}; allowed: 0 to V - 1 = {c.Columns - 1}")

            c.Values[dimension * c.Columns + mode]

    /// <summary>C dimension after dimension, d x V row-major.</summary>
    /// <returns>A fresh array: take it once, not in a loop.</returns>
    member c.ToRows() : float[] = Array.copy c.Values

    /// <summary>The model in the eigenbasis, V*' M V* = C'C: diag(lambda*) once everything is learned. Cost V^2 d.</summary>
    /// <returns>A fresh array, V x V row-major.</returns>
    member c.Gram() : float[] = Block.gram c.Values c.Rows c.Columns

    /// <summary>Shape and length.</summary>
    override c.ToString() =
        $"embeddings in the eigenbasis, d x V = {c.Rows} x {c.Columns}, |C| = {Show.number (Block.norm c.Values)}"
