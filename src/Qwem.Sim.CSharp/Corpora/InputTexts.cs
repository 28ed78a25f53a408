namespace Qwem.Sim.Corpora;

/// <summary>The texts of some inputs with their lengths, which are known (or found out) before any is parsed.</summary>
internal sealed class InputTexts
{
    private InputTexts(IReadOnlyList<InputFile> files, int[] textsOfFile, TextLength[] lengths, bool areCounted)
    {
        Files = files;
        TextsOfFile = textsOfFile;
        Lengths = lengths;
        AreCounted = areCounted;
    }

    /// <summary>The files.</summary>
    public IReadOnlyList<InputFile> Files { get; }

    /// <summary>How many texts each file has.</summary>
    public IReadOnlyList<int> TextsOfFile { get; }

    /// <summary>How long each text is.</summary>
    public IReadOnlyList<TextLength> Lengths { get; }

    /// <summary>Whether, by all lengths, this is the text that a vocabulary was made from.</summary>
    public bool AreCounted { get; }

    /// <summary>Finds out how long the texts are: from the files, from the vocabulary that was made from them, or by unpacking.</summary>
    /// <exception cref="CorpusException">An input cannot be read, or is a pipe of unknown length.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static InputTexts Of(IReadOnlyList<InputFile> files, CountedText? counted, CancellationToken cancellation)
    {
        List<TextLength> lengths = [];
        int[] texts = new int[files.Count];
        for (int index = 0; index < files.Count; index++)
        {
            IReadOnlyList<long> some = Known(files[index], cancellation);
            lengths.AddRange(some.Select(length => new TextLength(files[index].Length, length)));
            texts[index] = some.Count;
        }
        bool areCounted = counted is not null && counted.Lengths.Count == lengths.Count
            && counted.Lengths.Zip(lengths).All(pair => pair.Second.Text < 0 ? pair.First.File == pair.Second.File : pair.First.Text == pair.Second.Text);
        if (areCounted) return new InputTexts(files, texts, [.. counted!.Lengths], true);
        for (int index = 0, text = 0; index < files.Count; text += texts[index++])
        {
            if (texts[index] == 1 && lengths[text].Text < 0) lengths[text] = lengths[text] with { Text = Unpacked(files[index], cancellation) };
        }
        return new InputTexts(files, texts, [.. lengths], false);
    }

    /// <summary>The lengths of the texts of a file; negative where only unpacking or reading can tell.</summary>
    private static IReadOnlyList<long> Known(InputFile file, CancellationToken cancellation)
    {
        if (file.Length == 0) return file.IsNamed || !IsEmpty(file, cancellation) ? [-1] : [];
        byte[] first = CorpusFile.FirstBytes(file);
        return Signatures.IsZip(first) ? ZipText.Lengths(file) : Signatures.IsGzip(first) ? [-1] : [file.Length];
    }

    /// <summary>Whether a file without a length, found in a folder, is empty and not a pipe.</summary>
    private static bool IsEmpty(InputFile file, CancellationToken cancellation)
    {
        foreach (TextStream text in CorpusFile.Texts(file, cancellation))
        {
            text.Dispose();
            return false;
        }
        return true;
    }

    private static long Unpacked(InputFile file, CancellationToken cancellation)
    {
        if (file.Length == 0)
        {
            throw new CorpusException(
                $"The length of {(file.IsStandardInput ? file.Name : $"the input '{file.Name}'")}, by which it is divided into shards, is not known; make the vocabulary of the same input with 'qwem vocabulary', " +
                "which records the length, or give files.");
        }
        long length = 0;
        byte[] scratch = GC.AllocateUninitializedArray<byte>(1 << 18);
        foreach (TextStream text in CorpusFile.Texts(file, cancellation))
        {
            using (text)
            {
                for (int filled; (filled = text.Fill(scratch)) > 0; length += filled) cancellation.ThrowIfCancellationRequested();
            }
        }
        return length;
    }
}
