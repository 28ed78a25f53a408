namespace Qwem.Sim.Random;

/// <summary>Stream identifiers: one for every purpose random numbers are drawn for.</summary>
internal static class RandomStreams
{
    internal const ulong Initialisation = 1;
    internal const ulong PositiveFirstWords = 4;
    internal const ulong PositivePartners = 5;
    internal const ulong NegativeFirstWords = 6;
    internal const ulong NegativePartners = 7;
    internal const ulong PositiveOrders = 8;
    internal const ulong NegativeOrders = 9;
    internal const ulong PowerIteration = 10;
    internal const ulong KeptWords = 11;
    internal const ulong NegativeWords = 12;
    internal const ulong EpochKeys = 13;
    internal const ulong StreamDistances = 14;
    internal const ulong StreamCoins = 15;
    internal const ulong SelfPairs = 16;
    internal const ulong SelfPairWords = 17;
}
