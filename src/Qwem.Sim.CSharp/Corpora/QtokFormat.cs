namespace Qwem.Sim.Corpora;
internal static class QtokFormat { public static ReadOnlySpan<byte> Magic => [0x89, (byte)'Q', (byte)'T', (byte)'O', (byte)'K', 0x1A, 0x0D, 0x0A]; }
internal static class QtokReader { public static ParsedCorpus Open(string p) => throw new NotSupportedException(p); }
