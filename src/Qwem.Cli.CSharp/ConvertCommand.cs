using System.CommandLine;
using Qwem.Sim.Formats;

namespace Qwem.Cli;

/// <summary><c>qwem convert</c>: word vectors from one format into another.</summary>
internal static class ConvertCommand
{
    private const string Help =
        "Convert word vectors from one format into another.\n\n" +
        "The content of the input decides how it is read; --format, or else the end of the output's name, how it is written:\n" +
        "  npz  NumPy archive: vectors (V x d), words, and other arrays of an archive that is converted; with checksums\n" +
        "  npy  NumPy matrix (V x d, float32), its words in NAME.vocabulary.txt beside it\n" +
        "  txt  text format of word2vec (also .vec), as gensim reads it\n" +
        "  bin  binary format of word2vec\n" +
        "  tsv  table of the TensorFlow projector, its words in NAME.metadata.tsv beside it\n\n" +
        "Vectors are in single precision in all of them: numbers of a float64 matrix are rounded. What does not fit the new format is\n" +
        "named on standard error. The output is written whole or not at all.\n\n" +
        VectorOptions.Checked + "\n\n" +
        "Examples:\n" +
        "  qwem convert vectors.bin -o vectors.txt\n" +
        "  qwem convert run/embeddings.npy -o vectors.npz\n" +
        "  qwem convert vectors.npz --format bin -o vectors.model";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string> input = VectorOptions.Vectors();
        Option<string> output = Options.Output("The file to write; replaced if it exists.", "file", null);
        Option<Typed<VectorFormat?>> format = Options.Choice(
            "--format", "How to write it; auto takes the end of the output's name.",
            [("auto", (VectorFormat?)null), .. Enum.GetValues<VectorFormat>().Select(value => (value.ToString().ToLowerInvariant(), (VectorFormat?)value))]);
        Command command = new("convert", Help) { input, output, format };
        command.SetAction((parsed, cancellation) => Task.Run(
            () => Run(parsed.GetRequiredValue(input), parsed.GetRequiredValue(output), parsed.Get(format), cancellation), cancellation));
        return command;
    }

    private static int Run(string input, string output, VectorFormat? asked, CancellationToken cancellation)
    {
        if (VectorFile.WhyNotWritable(output, asked) is string reason) throw new UsageException($"The output '{output}' {reason}{(asked is null ? ", or give --format" : "")}.");
        VectorFormat target = asked ?? VectorFile.FormatByName(output)!.Value, source = VectorFile.FormatByContent(input);
        string[] read = [input, .. VectorFile.WordsPath(input, source) is string list ? [list] : Array.Empty<string>()];
        foreach (string? file in (string?[])[output, VectorFile.WordsPath(output, target)])
            if (file is not null) Options.RefuseInput(file, read);
        WordVectors vectors = VectorFile.Read(input, cancellation);
        NpyArray[] more = source == VectorFormat.Npz ? [.. NpzReader.Read(input).Where(array => array.Name is not ("vectors" or "words"))] : [];
        VectorFile.Write(vectors, output, target, more, cancellation);
        Console.Out.WriteLine($"{output} V={vectors.Size} d={vectors.Dimension} format={target.ToString().ToLowerInvariant()}");
        if (more.Length > 0 && target != VectorFormat.Npz)
            Notices.Warn($"Not kept, because this format holds vectors alone: {string.Join(", ", more.Select(array => array.Name))}.");
        if (source == VectorFormat.Npy && NpyMatrix.Read(input).Values.Any(value => (float)value != value))
            Notices.Warn("The numbers were rounded from double to single precision.");
        if (VectorFile.WordsPath(output, target) is string words) Notices.Note($"The words are in '{words}'.");
        return ExitCodes.Success;
    }
}
