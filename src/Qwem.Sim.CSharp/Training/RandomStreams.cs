namespace Qwem.Sim.Training;

/// <summary>Stream identifiers: one for every purpose random numbers are drawn for.</summary>
internal static class RandomStreams
{
    internal const ulong Initialisation = 1;
    internal const ulong PositivePairs = 2;
    internal const ulong NegativePairs = 3;
}
