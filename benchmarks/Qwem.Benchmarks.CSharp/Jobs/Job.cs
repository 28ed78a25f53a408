namespace Qwem.Benchmarks.Jobs;

/// <summary>One row of the speed table: a run of qwem and what it is to reach.</summary>
/// <param name="Title">What is done.</param>
/// <param name="Arguments">The command line.</param>
/// <param name="MostSeconds">Wall seconds to reach, or null.</param>
/// <param name="MostGigabytes">Peak resident set to reach in 1e9 bytes, or null.</param>
/// <param name="MostRuns">Repetitions at most, however many are asked for.</param>
internal sealed record Job(string Title, string[] Arguments, double? MostSeconds, double? MostGigabytes, int MostRuns = int.MaxValue)
{
    /// <summary>The jobs, in an order in which each finds its input.</summary>
    public static IReadOnlyList<Job> All(string data, Func<string, string> file)
    {
        string[] count(string text, string vocabulary, string size, string window, string output) =>
            ["count", text, vocabulary, size, "-L", window, "-o", file(output)];
        string[] spectrum(string counts) => ["spectrum", file(counts), "--target", "sym", "-d", "200", "-o", file("spectrum.npz")];
        string small = Measuring.Corpora.Small(data), large = Measuring.Corpora.Large(data);
        return
        [
            new("enwiki-17m, text to counts, V = 10,000, L = 16", count(small, "-V", "10000", "16", PeerCounts), 1.5, 0.4),
            new("the same, L = 48", count(small, "-V", "10000", "48", "wide.qcooc"), 2.5, null),
            new("enwiki-70m, text to counts, V = 10,000, L = 16", count(large, "-V", "10000", "16", "large.qcooc"), 6, null),
            new("enwiki-17m, text to counts, all types, L = 16", count(small, "--min-count", "1", "16", "all.qcooc"), null, null),
            new("top 200 of M*_sym, V = 10,000 (enwiki-17m), residual 1e-8", spectrum(PeerCounts), 5, 1),
            new("top 200 of M*_sym, all types of enwiki-17m, residual 1e-8", spectrum("all.qcooc"), 120, 6, MostRuns: 1),
        ];
    }

    /// <summary>The counts that the peer's spectrum is compared on.</summary>
    public const string PeerCounts = "counts.qcooc";
}
