namespace Qwem.Sim.Corpora;

/// <summary>How the bytes of a text become words: one of four named conventions.</summary>
public sealed record Normalisation
{
    private Normalisation(string name, string description)
    {
        Name = name;
        Description = description;
    }

    /// <summary>The convention of text8: A-Z lowered, digits spelled out one by one, every other byte but a-z a space.</summary>
    public static Normalisation Paper { get; } = new(
        "paper",
        "A-Z become a-z, each digit becomes its English name as a word of its own (42: four two), every other byte is a space; " +
        "so accents and other scripts separate words, as in text8");

    /// <summary>As <see cref="Paper"/>, with digits dropped.</summary>
    public static Normalisation Letters { get; } = new(
        "letters", "as paper, but a digit is a space");

    /// <summary>Words as they stand between white space, in any script.</summary>
    public static Normalisation None { get; } = new(
        "none", "words stand between Unicode white space or control characters and are not changed; the text must be UTF-8");

    /// <summary>Text that is normalised already: any byte but a-z and ASCII white space is an error.</summary>
    public static Normalisation Strict { get; } = new(
        "strict", "the text is normalised already; any byte but a-z and ASCII white space is an error");

    /// <summary>All conventions.</summary>
    public static IReadOnlyList<Normalisation> All { get; } = [Paper, Letters, None, Strict];

    /// <summary>The name by which commands and files call the convention.</summary>
    public string Name { get; }

    /// <summary>What the convention does, as the end of a sentence.</summary>
    public string Description { get; }

    /// <summary>The convention of a name, or null.</summary>
    /// <param name="name">A name in lower case.</param>
    public static Normalisation? Named(string name) => All.FirstOrDefault(convention => convention.Name == name);

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
