namespace Qwem.Sim.Corpora;

/// <summary>The two buffers of a reading: one is filled while the other is parsed; kept from file to file.</summary>
internal sealed class BatchBuffers(int batchLength)
{
    /// <summary>Bytes that may be read behind a text; zero, so that they end every word.</summary>
    public const int Slack = 64;

    /// <summary>Least room for new text: more than the end mark, which a packed text holds back.</summary>
    public const int LeastRoom = 32;

    /// <summary>The buffer that is parsed.</summary>
    public byte[] Parsed { get; set; } = GC.AllocateUninitializedArray<byte>(Math.Max(batchLength, LeastRoom) + Slack);

    /// <summary>The buffer that is filled.</summary>
    public byte[] Filled { get; set; } = GC.AllocateUninitializedArray<byte>(Math.Max(batchLength, LeastRoom) + Slack);
}
