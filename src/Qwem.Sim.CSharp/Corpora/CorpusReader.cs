namespace Qwem.Sim.Corpora;

/// <summary>Reads plain or gzip-packed text: words of lower-case a-z between spaces, one article per line.</summary>
/// <remarks>
/// Space, tab, carriage return, vertical tab and form feed separate words; a newline also ends the article; a line without a
/// word is no article. Any other byte is an error. Whether a file is packed is decided by its first two bytes; a name ending in
/// .gz on a file that is not gzip is an error. Several files are read in the order given; no article crosses from one into the
/// next. A file that is one long line is one article.
/// </remarks>
public static class CorpusReader
{
    /// <summary>Reads and parses the files; keeps ids and word types, not the text.</summary>
    /// <param name="paths">Text files, at least one, in the order in which they are joined.</param>
    /// <param name="progress">Told the bytes read after every mebibyte of text, on the calling thread; or null.</param>
    /// <param name="cancellation">Ends the reading early.</param>
    /// <exception cref="CorpusException">A file is missing, unreadable, empty, wordless or not of the expected form.</exception>
    /// <exception cref="ArgumentException"><paramref name="paths"/> is empty.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ParsedCorpus Parse(
        IReadOnlyList<string> paths, IProgress<CorpusProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (paths.Count == 0) throw new ArgumentException("At least one input file is needed.", nameof(paths));
        long totalBytes = 0;
        foreach (string path in paths) totalBytes += CorpusFile.Length(path);

        WordTable table = new();
        ProvisionalIds ids = new();
        long bytesBefore = 0;
        long words = 0;
        long articles = 0;
        foreach (string path in paths)
        {
            CorpusFile file = CorpusFile.Open(path);
            using ReadAhead pieces = new(file);
            WordScanner scanner = new(path, table, ids);
            for (int length = pieces.Next(cancellation); length > 0; length = pieces.Next(cancellation))
            {
                cancellation.ThrowIfCancellationRequested();
                scanner.Scan(pieces.Piece, length);
                progress?.Report(new CorpusProgress(bytesBefore + file.BytesRead, totalBytes));
            }
            scanner.Finish();
            if (scanner.Words == 0)
                throw new CorpusException($"The input file '{path}' has no words; give a text of lower-case a-z words separated by spaces.");
            bytesBefore += file.BytesRead;
            words += scanner.Words;
            articles += scanner.Articles;
        }
        return new ParsedCorpus(table, ids, words, articles);
    }

    /// <summary>Reads the files and keeps the <paramref name="vocabularySize"/> most frequent words.</summary>
    /// <param name="paths">Text files, at least one, in the order in which they are joined.</param>
    /// <param name="vocabularySize">V, from 1 to the number of word types.</param>
    /// <param name="rule">What becomes of all other words.</param>
    /// <param name="progress">Told the bytes read after every mebibyte of text, on the calling thread; or null.</param>
    /// <param name="cancellation">Ends the reading early.</param>
    /// <exception cref="CorpusException">A file is missing, unreadable, empty, wordless or not of the expected form.</exception>
    /// <exception cref="VocabularySizeException">The text has fewer word types.</exception>
    /// <exception cref="ArgumentException"><paramref name="paths"/> is empty.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static TokenCorpus Read(
        IReadOnlyList<string> paths,
        int vocabularySize,
        OutOfVocabularyRule rule = OutOfVocabularyRule.Removed,
        IProgress<CorpusProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        TokenCorpus corpus = Parse(paths, progress, cancellation).Encode(vocabularySize, rule, cancellation);
        // The parsed form is garbage now, larger than what is kept; left to itself the collector would wait until after the counting.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return corpus;
    }
}
